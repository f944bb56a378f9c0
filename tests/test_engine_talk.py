"""Small talk, several questions at once, conversations: what the engine answers to each."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.app import tiny_engine
from support.corpus import FEE_QUESTION

from qa_service.dialogue.turns import Kind, Turn, read_turn
from qa_service.engine import QAEngine
from qa_service.ranking.classifier import Classifier, ClassifierPrediction
from qa_service.ranking.moves import MOVE_FEATURES, MoveModel
from qa_service.ranking.policy import Decision
from qa_service.retrieval import CONTEXT, MESSAGE, PASSAGES, QUESTIONS, Retrieved
from qa_service.retrieval.fusion import Ranking
from qa_service.text.normalise import normalise
from qa_service.types import (
    NO_CONTEXT,
    NO_FILTERS,
    Certainty,
    Context,
    Hits,
    Query,
    Reason,
    Topic,
    Understood,
    Vectors,
)


@pytest.mark.parametrize("text", ["Добрий день!", "дякую", "ghbdsn", "hello", "👍🏻 дякую"])
def test_small_talk_gets_a_reply_and_no_passages(tmp_path: Path, text: str) -> None:
    answer = tiny_engine(tmp_path).answer(Query(text))
    assert (answer.reason, answer.passages) == (Reason.SMALL_TALK, ())
    assert answer.reply and answer.certainty is Certainty.NONE


def test_who_wants_a_person_is_told_the_phone(tmp_path: Path) -> None:
    answer = tiny_engine(tmp_path).answer(Query("алло, дівчино"))
    assert answer.reason is Reason.SMALL_TALK and answer.handoff is not None


@pytest.mark.parametrize(
    "wrapped", ["Доброго дня! {}", "{} Дякую за відповідь!", "Підкажіть, будь ласка, {}"]
)
def test_courtesy_changes_nothing_of_an_answer(tmp_path: Path, wrapped: str) -> None:
    engine = tiny_engine(tmp_path)
    bare = engine.answer(Query(FEE_QUESTION))
    answer = engine.answer(Query(wrapped.format(FEE_QUESTION)))
    assert answer.confidence == pytest.approx(bare.confidence, abs=0.02)
    assert [one.passage.id for one in answer.passages] == [one.passage.id for one in bare.passages]


def test_a_question_has_one_part(tmp_path: Path) -> None:
    answer = tiny_engine(tmp_path).answer(Query(FEE_QUESTION))
    (part,) = answer.parts
    assert part.passage_id == answer.passages[0].passage.id
    assert part.confidence == answer.confidence


def test_the_passages_begin_with_the_best_of_each_part_in_the_order_asked(tmp_path: Path) -> None:
    text = f"{FEE_QUESTION} Що робити, якщо загублено номерний знак?"
    answer = tiny_engine(tmp_path).answer(Query(text, top_k=1))
    assert len(answer.parts) == 2
    answered = [part.passage_id for part in answer.parts if part.passage_id]
    assert [one.passage.id for one in answer.passages][: len(answered)] == answered
    assert len(answer.passages) == max(1, len(answered))


def test_one_passage_may_answer_a_message_as_a_whole(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    alone = engine.retrieve(engine.snapshot.understand("скільки чекати"))
    whole = engine.retrieve(engine.snapshot.understand(FEE_QUESTION))
    [supported] = engine.supported([alone], whole, "uk")
    hits = supported.hits[MESSAGE]
    assert engine.snapshot.passages[hits.rows[0]].id == "licence-exchange.fee"
    assert hits.scores[-1] == 0 and (np.diff(hits.scores) <= 0).all()


def test_the_context_holds_the_service_and_what_came_before(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    first = engine.answer(Query(FEE_QUESTION))
    assert first.context.service == "licence-exchange" and first.context.topic is Topic.FEE
    lost = "Що робити, якщо загублено номерний знак?"
    second = engine.answer(Query(lost, context=first.context))
    assert second.context.service in {"plates-lost", "licence-exchange"}
    assert len(second.context.recent) <= 5


def test_a_turn_without_a_subject_stays_whatever_was_found_first(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    for slug in ("licence-exchange", "plates-lost"):
        answer = engine.answer(Query("а скільки коштує", context=Context(slug)))
        assert answer.context.service == slug
        assert answer.passages[0].passage.service == slug


@pytest.mark.parametrize(("bias", "stays"), [(-9.0, True), (9.0, False)])
def test_the_parts_of_a_turn_stay_or_move_together(
    tmp_path: Path, bias: float, stays: bool
) -> None:
    engine = _moving(tmp_path, bias)
    text = "Які документи подати? Скільки коштує водійське посвідчення?"
    answer = engine.answer(Query(text, context=Context("plates-lost")))
    assert len(answer.parts) == 2
    assert (answer.context.service == "plates-lost") == stays


def test_what_stands_beside_the_talk_is_found_where_a_turn_names_it(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    talk = Context("licence-exchange", None, ("plates-lost", "licence-exchange"))
    read = engine.snapshot.understand("номерний знак")
    beside = engine.in_context(engine.retrieve(read), "licence-exchange", NO_FILTERS, talk.beside)
    shares = {
        engine.snapshot.passages[row].service: share
        for row, share in zip(beside.hits[CONTEXT].rows, beside.hits[CONTEXT].scores, strict=True)
    }
    assert shares["licence-exchange"] == 1 > shares["plates-lost"] > 0


LOST = "що робити, якщо загублено номерний знак?"


@pytest.mark.parametrize(
    ("text", "bias", "after_its_name"),
    [
        (f"ні, {LOST}", 9.0, True),
        (f"ні, {LOST}", -9.0, False),
        (LOST, 9.0, False),
        (LOST, -9.0, False),
        (LOST, 0.8, True),
        (LOST, -0.8, True),
    ],
)
def test_a_correction_that_leaves_and_a_turn_that_may_are_searched_after_the_procedures_name_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, bias: float, after_its_name: bool
) -> None:
    engine, asked = _moving(tmp_path, bias), list[str]()
    encode = engine.encode

    def noted(reading: str) -> Vectors | None:
        asked.append(reading)
        return encode(reading)

    monkeypatch.setattr(engine, "encode", noted)
    engine.answer(Query(text, context=Context("licence-exchange")))
    title = normalise(engine.catalogue.title("licence-exchange"))
    assert any(said.startswith(title) for said in asked) == after_its_name


@pytest.mark.parametrize("near", ["licence-exchange", "plates-lost"])
def test_a_turn_that_may_stay_or_leave_is_about_what_it_finds_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, near: str
) -> None:
    engine = _moving(tmp_path, 0.0)

    def with_name(query: Query, read: Understood, retrieved: Retrieved) -> Retrieved:
        message = Hits(engine.rows_of(near)[:1], np.array([99.0], np.float32))
        return replace(retrieved, hits={**retrieved.hits, MESSAGE: message})

    monkeypatch.setattr(engine, "_with_name", with_name)
    query = Query(LOST, context=Context("licence-exchange"))
    understood = engine.read(query)
    turn = read_turn(understood.reading, query.context, engine.catalogue.names)
    held = engine.hold(query, turn, understood, engine.retrieve(understood))
    assert engine.services_of(held.ranking)[0] == near
    if near == "licence-exchange":
        assert (held.service, held.other) == (near, NO_CONTEXT)
    else:
        assert (held.service, held.other) == (None, Context("licence-exchange"))
    assert 0 < held.retrieved.hits[CONTEXT].scores.max() < 1


@pytest.mark.parametrize(
    ("text", "bias", "certainty"),
    [
        ("ні, загублено номерний знак, що робити?", 0.0, Certainty.UNSURE),
        ("ні, загублено номерний знак, що робити?", 9.0, Certainty.SURE),
        ("не права, а номерний знак загублено, що робити?", 0.0, Certainty.SURE),
    ],
)
def test_a_correction_that_could_go_either_way_is_a_guess(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, bias: float, certainty: Certainty
) -> None:
    engine = _moving(tmp_path, bias)
    sure = Decision(Certainty.SURE, 0.9, None)
    monkeypatch.setattr(engine, "decide", lambda *_: sure)
    assert engine.answer(Query(text, context=Context("licence-exchange"))).certainty is certainty


@pytest.mark.parametrize(("score", "service"), [(9.0, "plates-lost"), (1.0, None)])
def test_a_turn_returns_to_what_is_not_far_behind(
    tmp_path: Path, score: float, service: str | None
) -> None:
    engine = tiny_engine(tmp_path)
    rows = [int(engine.rows_of(one)[0]) for one in ("licence-exchange", "plates-lost")]
    scores = np.array([10.0, score], np.float32)
    bare = Ranking(np.array(rows), scores, scores[:, None], (QUESTIONS,))
    assert engine._nearest_recent(Context("x", None, ("plates-lost",)), bare) == service


def test_a_fact_of_several_is_looked_for_in_the_talks_procedure_where_it_has_that(
    tmp_path: Path,
) -> None:
    engine = tiny_engine(tmp_path)
    query = Query("скільки коштує і скільки чекати?", context=Context("plates-lost"))
    understood = engine.read(query)
    turn = read_turn(understood.reading, query.context, engine.catalogue.names)
    fee, term = engine.find(query, understood, turn)
    found = [
        {engine.snapshot.passages[row].service for row in one.retrieved.hits[PASSAGES].rows}
        for one in (fee, term)
    ]
    assert found[0] == {"plates-lost"} < found[1]


def test_a_choice_asks_the_same_fact_of_the_chosen_service(tmp_path: Path) -> None:
    offered = Context(None, Topic.FEE, (), ("plates-lost", "licence-exchange"))
    answer = tiny_engine(tmp_path).answer(Query("друге", context=offered))
    assert answer.passages[0].passage.service == "licence-exchange"


@pytest.mark.parametrize(
    ("text", "service"),
    [("та, де загублено номерний знак", "plates-lost"), ("посвідчення водія", "licence-exchange")],
)
def test_a_description_chooses_the_offer_that_a_search_finds(
    tmp_path: Path, text: str, service: str
) -> None:
    engine = tiny_engine(tmp_path)
    query = Query(text, context=Context(None, Topic.FEE, (), ("plates-lost", "licence-exchange")))
    understood = engine.read(query)
    plain = Turn(Kind.PLAIN, understood.reading)
    [found] = engine.find(query, understood, plain)
    assert {engine.snapshot.passages[row].service for row in found.ranking.rows} == {service}


def test_what_a_choice_says_beside_its_place_is_asked_too(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    offered = Context(None, None, (), ("plates-lost", "licence-exchange"))
    query = Query("друге, доставка поштою", context=offered)
    assert engine.answer(query).passages[0].passage.id == "licence-exchange.fee-post"


def test_what_was_asked_is_answered_once_it_is_said_of_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa_service.turning._REACH", 1)  # the offers are not what is meant
    asked_back = Context(None, Topic.DOCUMENTS, (), ("plates-lost", "exam-practical"))
    said = Query("обмін посвідчення водія", context=asked_back)
    answer = tiny_engine(tmp_path).answer(said)
    assert answer.passages[0].passage.id == "licence-exchange.documents"


def test_who_asks_on_before_choosing_asks_of_what_was_offered(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    offered = Context(None, Topic.STEPS, (), ("plates-lost", "licence-exchange"))
    answer = engine.answer(Query("скільки коштує", context=offered))
    found = {one.passage.service for one in answer.passages} | {*answer.context.choices}
    assert found and found <= {"plates-lost", "licence-exchange"}
    only_one = engine.answer(Query("які документи потрібні", context=offered))
    assert only_one.certainty is not Certainty.SURE
    assert only_one.passages[0].passage.id == "licence-exchange.documents"


@pytest.mark.parametrize("text", ["скільки коштує", "документи і ціна", "скільки коштує і де"])
def test_a_question_without_a_subject_asks_back(tmp_path: Path, text: str) -> None:
    answer = tiny_engine(tmp_path).answer(Query(text))
    assert answer.certainty is Certainty.NONE
    if answer.reason is Reason.AMBIGUOUS:
        assert answer.context.choices == tuple(choice.service for choice in answer.choices)


@pytest.mark.parametrize(
    ("odds", "context", "is_asked_back"),
    [
        (-1.0, NO_CONTEXT, True),
        (-5.0, NO_CONTEXT, False),
        (1.0, Context("licence-exchange"), False),
        (1.0, Context("plates-lost"), True),
        (-1.0, Context("plates-lost"), False),
    ],
)
def test_a_message_that_leaves_open_what_it_is_about_is_asked_back(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    odds: float,
    context: Context,
    is_asked_back: bool,
) -> None:
    engine = tiny_engine(tmp_path)
    predict = Classifier.predict

    def unclear(classifier: Classifier, vector: Vectors) -> ClassifierPrediction:
        return replace(predict(classifier, vector), vague=odds)

    monkeypatch.setattr(Classifier, "predict", unclear)
    answer = engine.answer(Query(FEE_QUESTION, context=context))
    assert (answer.reason is Reason.AMBIGUOUS) is is_asked_back
    if is_asked_back:
        assert answer.choices and answer.context.service == context.service


@pytest.mark.parametrize(
    ("question", "lang", "said"),
    [
        ("дякую", None, "Будь ласка"),
        ("thank you very much", None, "You are welcome"),
        ("дякую", "en", "You are welcome"),
        ("thank you very much", "uk", "Будь ласка"),
        ("дякую", "fr", "Будь ласка"),
        ("dyakuyu", None, "Будь ласка"),
        ("ghbdsn", None, "Я шукаю"),
    ],
)
def test_a_reply_is_in_the_language_asked_for_else_in_the_questions(
    tmp_path: Path, question: str, lang: str | None, said: str
) -> None:
    answer = tiny_engine(tmp_path).answer(Query(question, lang=lang))
    assert answer.reply and answer.reply.startswith(said)


def test_a_reply_in_english_names_the_phone(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    answer = engine.answer(Query("ghbdsn", lang="en"))
    assert answer.reply and engine.options.handoff.phone in answer.reply


def _moving(folder: Path, bias: float) -> QAEngine:
    """An engine to which every turn that names a subject is as likely to leave its talk."""
    engine = tiny_engine(folder)
    move = MoveModel(bias, dict.fromkeys(MOVE_FEATURES, 0.0))
    engine.snapshot = replace(engine.snapshot, weights=replace(engine.snapshot.weights, move=move))
    return engine
