"""The engine through what it answers, on a tiny corpus with the hashing encoder."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, product
from pathlib import Path

import pytest
from tiny import FEE_QUESTION, PASSAGES, engine_that_knows_off_topic, tiny_engine, tiny_settings

from qa_service.arrays import Hits
from qa_service.bootstrap import build, load_engine
from qa_service.engine import QAEngine
from qa_service.errors import NotFoundError, RequestError
from qa_service.modelling.fit_ranking import LEGS
from qa_service.ranking.confidence import Signs
from qa_service.ranking.weights import fitted_weights
from qa_service.retrieval.legs import CONTEXT, KNOWN, LEXICAL, LEXICAL_EN, OFF_TOPIC
from qa_service.text.normalise import normalise
from qa_service.types import NO_FILTERS, Answer, Channel, Filters, Query, Reason, Topic

QUESTIONS = (
    FEE_QUESTION,
    "обмін прав",
    "загубив номера",
    "яка ціна",
    "де іспит",
    "zzz qqq",
    "погода на завтра у Львові",
    "j,vsy ghfd",
    "obmin prav",
    "?!",
    "",
)
READING = "скільки коштує обмін посвідчення водія?"
WEATHER = "яка погода на завтра"


def _answers(engine: QAEngine, top_k: int = 3) -> Iterator[Answer]:
    for question, channel in product(QUESTIONS, Channel):
        yield engine.answer(Query(question, top_k=top_k, channel=channel))


def _ids(answer: Answer) -> list[str]:
    return [ranked.passage.id for ranked in answer.passages]


def _found(engine: QAEngine, hits: Hits) -> list[str]:
    return [engine.index.passages[row].id for row in hits.rows]


def _signs(engine: QAEngine, reading: str, filters: Filters = NO_FILTERS) -> Signs:
    hits = engine.retrieve(reading, filters)
    return engine.signs(reading, hits, engine.rank(hits))


def _jsonl_engine(folder: Path, *documents: dict[str, str]) -> QAEngine:
    corpus = folder / "corpus.jsonl"
    corpus.write_text(
        "\n".join(json.dumps(document, ensure_ascii=False) for document in documents), "utf-8"
    )
    settings = tiny_settings(folder, corpus=corpus)
    build(settings)
    return load_engine(settings)


# Ranking


def test_the_heading_of_a_passage_finds_it_first_and_answers(tmp_path: Path) -> None:
    answer = tiny_engine(tmp_path).answer(Query(FEE_QUESTION))
    assert _ids(answer)[0] == "licence-exchange.fee"
    assert answer.answerable and answer.reason is None and answer.question == FEE_QUESTION


@pytest.mark.parametrize("top_k", [1, 3, 8, 20])
def test_top_k_cuts_one_and_the_same_ranking(tmp_path: Path, top_k: int) -> None:
    engine = tiny_engine(tmp_path)
    whole = _ids(engine.answer(Query(FEE_QUESTION, top_k=20)))
    assert sorted(whole) == sorted(PASSAGES)
    assert _ids(engine.answer(Query(FEE_QUESTION, top_k=top_k))) == whole[:top_k]


@pytest.mark.parametrize("top_k", [0, -1, 21])
def test_top_k_out_of_range_is_the_callers_error(tmp_path: Path, top_k: int) -> None:
    with pytest.raises(RequestError, match=f"top_k must be 1 to 20, not {top_k}"):
        tiny_engine(tmp_path).answer(Query("x", top_k=top_k))


def test_scores_and_confidences_never_rise_along_the_ranking(tmp_path: Path) -> None:
    for answer in _answers(tiny_engine(tmp_path), top_k=8):
        for above, below in pairwise(answer.passages):
            assert above.score >= below.score and above.confidence >= below.confidence
        assert (
            all(0 <= ranked.confidence <= 1 for ranked in answer.passages)
            and 0 <= answer.confidence <= 1
        )


def test_the_same_question_gets_the_same_answer_under_a_new_id_from_any_thread(
    tmp_path: Path,
) -> None:
    engine = tiny_engine(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: engine.answer(Query(FEE_QUESTION)), range(64)))
    assert len({answer.answer_id for answer in answers}) == 64
    assert len({(answer.passages, answer.siblings, answer.related) for answer in answers}) == 1


# Filters and context


def test_a_service_filter_keeps_only_its_passages_and_finds_all_of_them(tmp_path: Path) -> None:
    answer = tiny_engine(tmp_path).answer(
        Query(FEE_QUESTION, top_k=20, filters=Filters(frozenset({"plates-lost"})))
    )
    assert sorted(_ids(answer)) == ["plates-lost.fee", "plates-lost.steps"]


def test_a_topic_filter_keeps_only_its_passages(tmp_path: Path) -> None:
    answer = tiny_engine(tmp_path).answer(
        Query("іспит", top_k=20, filters=Filters(topics=frozenset({Topic.FEE})))
    )
    assert sorted(_ids(answer)) == [
        "licence-exchange.fee",
        "licence-exchange.fee-post",
        "plates-lost.fee",
    ]


def test_filters_of_both_kinds_hold_together_and_several_of_a_kind_add_up(tmp_path: Path) -> None:
    filters = Filters(
        frozenset({"plates-lost", "exam-practical"}), frozenset({Topic.FEE, Topic.EXAM})
    )
    answer = tiny_engine(tmp_path).answer(Query("ціна", top_k=20, filters=filters))
    assert sorted(_ids(answer)) == ["exam-practical.exam", "plates-lost.fee"]


def test_filters_that_exclude_each_other_leave_no_match_and_a_handoff(tmp_path: Path) -> None:
    filters = Filters(frozenset({"plates-lost"}), frozenset({Topic.EXAM}))
    answer = tiny_engine(tmp_path).answer(Query(FEE_QUESTION, filters=filters))
    assert answer.passages == () and answer.reason is Reason.NO_MATCH and answer.handoff


@pytest.mark.parametrize(
    "query", [Query("x", filters=Filters(frozenset({"nope"}))), Query("x", context_service="nope")]
)
def test_an_unknown_service_is_the_callers_error_that_says_where_services_are_listed(
    tmp_path: Path, query: Query
) -> None:
    with pytest.raises(NotFoundError, match=r"no service 'nope'; GET /v1/services lists them"):
        tiny_engine(tmp_path).answer(query)


@pytest.mark.parametrize("service", ["plates-lost", "licence-exchange", "exam-practical"])
def test_a_follow_up_is_answered_about_the_service_of_the_conversation(
    tmp_path: Path, service: str
) -> None:
    engine = engine_that_knows_off_topic(tmp_path, WEATHER)
    answer = engine.answer(Query("а яка вартість?", context_service=service))
    assert answer.answerable and answer.passages[0].passage.service == service


def test_a_conversation_does_not_make_an_off_topic_question_its_own(tmp_path: Path) -> None:
    engine = engine_that_knows_off_topic(tmp_path, WEATHER)
    answer = engine.answer(
        Query("яка погода на завтра у Львові", context_service="licence-exchange")
    )
    assert answer.reason is Reason.OFF_TOPIC


def test_a_new_subject_drops_the_service_of_the_conversation(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    asked = Query("Що робити, якщо загублено номерний знак?", context_service="exam-practical")
    assert _ids(engine.answer(asked))[0] == "plates-lost.steps"


def test_a_filter_outweighs_the_context(tmp_path: Path) -> None:
    filters = Filters(frozenset({"plates-lost"}))
    answer = tiny_engine(tmp_path).answer(
        Query("яка вартість", filters=filters, context_service="exam-practical")
    )
    assert {ranked.passage.service for ranked in answer.passages} == {"plates-lost"}


# Legs


def test_every_leg_says_what_it_found(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    hits = engine.retrieve(READING)
    assert hits.keys() == set(LEGS)
    for leg, found in hits.items():
        assert _found(engine, found)[0] == "licence-exchange.fee", leg
        assert len(found.rows) == len(found.scores) == len(set(found.rows.tolist()))
        assert (found.scores[:-1] >= found.scores[1:]).all()


@pytest.mark.parametrize(
    ("reading", "leg"),
    [(READING, LEXICAL), ("exchange fee", LEXICAL_EN), ("fee (вартість обміну)", LEXICAL)],
)
def test_words_are_a_leg_of_their_own_where_most_letters_are_latin(
    tmp_path: Path, reading: str, leg: str
) -> None:
    assert tiny_engine(tmp_path).retrieve(reading).keys() & {LEXICAL, LEXICAL_EN} == {leg}


def test_the_service_of_the_conversation_is_a_leg_of_its_passages(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    context = engine.retrieve("а яка вартість?", context_service="plates-lost")[CONTEXT]
    assert sorted(_found(engine, context)) == ["plates-lost.fee", "plates-lost.steps"] and set(
        context.scores
    ) == {1}


@pytest.mark.parametrize("filters", [NO_FILTERS, Filters(frozenset({"plates-lost"}))])
def test_the_nearest_questions_of_either_kind_are_found_whatever_the_filters(
    tmp_path: Path, filters: Filters
) -> None:
    engine = engine_that_knows_off_topic(tmp_path, WEATHER, "котра година")
    hits = engine.retrieve(WEATHER, filters)
    assert hits.keys() == {*LEGS, KNOWN, OFF_TOPIC}
    assert len(hits[KNOWN].rows) == engine.index.manifest.questions
    assert hits[OFF_TOPIC].rows.tolist() == [0, 1] and hits[OFF_TOPIC].scores[0] == pytest.approx(
        1, abs=2e-4
    )


# What is known of a question


def test_an_off_topic_question_is_nearer_to_its_like_than_to_known_ones(tmp_path: Path) -> None:
    engine = engine_that_knows_off_topic(tmp_path, WEATHER)
    weather, exchange = (
        _signs(engine, "яка погода на завтра у львові").aside,
        _signs(engine, "скільки коштує обмін").aside,
    )
    assert weather is not None and exchange is not None
    assert weather < 0 < exchange


def test_what_is_known_to_be_off_topic_finds_nothing_and_lowers_the_confidence(
    tmp_path: Path,
) -> None:
    without, knowing = (
        tiny_engine(tmp_path / "without"),
        engine_that_knows_off_topic(tmp_path / "knowing", WEATHER),
    )
    trusting, wary = (
        engine.answer(Query("яка погода на завтра у Львові")) for engine in (without, knowing)
    )
    assert [(ranked.passage, ranked.score) for ranked in wary.passages] == [
        (ranked.passage, ranked.score) for ranked in trusting.passages
    ]
    assert wary.confidence < trusting.confidence
    assert wary.reason is Reason.OFF_TOPIC and wary.handoff


def test_a_known_question_is_answered_beside_off_topic_ones(tmp_path: Path) -> None:
    answer = engine_that_knows_off_topic(tmp_path, WEATHER).answer(Query(FEE_QUESTION))
    assert answer.answerable and _ids(answer)[0] == "licence-exchange.fee"


@pytest.mark.parametrize("question", [FEE_QUESTION, WEATHER, "zzz qqq"])
def test_without_off_topic_questions_every_question_is_in_scope(
    tmp_path: Path, question: str
) -> None:
    engine, judge = tiny_engine(tmp_path), fitted_weights().judge
    answer = engine.answer(Query(question))
    signs = _signs(engine, answer.understood.reading)
    assert signs.aside is None and judge.scope.probability(signs) == 1
    assert answer.confidence == judge.answering.probability(signs)
    assert answer.reason is not Reason.OFF_TOPIC


def test_the_signs_are_the_best_candidates(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    hits = engine.retrieve("обмін zzzzz")
    signs, scores = _signs(engine, "обмін zzzzz"), engine.rank(hits).scores
    assert signs.score == scores[0] and 1 / len(scores) <= signs.share <= 1


def test_the_wording_leans_to_the_questions_whose_words_it_has(tmp_path: Path) -> None:
    engine = engine_that_knows_off_topic(tmp_path, WEATHER)
    known, both, weather = (
        _signs(engine, question).wording for question in (READING, f"{READING} {WEATHER}", WEATHER)
    )
    assert known > 0 > weather and known > both > weather
    assert _signs(tiny_engine(tmp_path / "none"), READING).wording == 0


def test_a_filter_does_not_change_how_near_a_question_is_to_off_topic_ones(tmp_path: Path) -> None:
    engine = engine_that_knows_off_topic(tmp_path, WEATHER)
    filters = Filters(frozenset({"plates-lost"}), frozenset({Topic.FEE}))
    assert _signs(engine, READING, filters).aside == _signs(engine, READING).aside


def test_where_the_filters_leave_nothing_the_signs_are_still_there(tmp_path: Path) -> None:
    filters = Filters(frozenset({"plates-lost"}), frozenset({Topic.EXAM}))
    assert _signs(tiny_engine(tmp_path), READING, filters) == Signs(
        score=0, share=0, aside=None, wording=0
    )


def test_what_the_conversation_adds_to_a_score_is_a_sign_of_its_own(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    within, outside = (
        engine.signs(READING, hits, engine.rank(hits))
        for hits in (
            engine.retrieve(READING, context_service=slug)
            for slug in ("licence-exchange", "plates-lost")
        )
    )
    alone = _signs(engine, READING)
    assert within.score == pytest.approx(alone.score, abs=1e-5)
    assert (alone.context, within.context) == (0, 1)
    assert outside.context == (
        engine.answer(Query(READING, context_service="plates-lost")).passages[0].passage.service
        == "plates-lost"
    )


# What stands around the answer


def test_siblings_are_other_topics_of_the_best_passages_service_each_once_and_none_shown_already(
    tmp_path: Path,
) -> None:
    engine = tiny_engine(tmp_path)
    answer = engine.answer(Query(FEE_QUESTION, top_k=1))
    assert [passage.id for passage in answer.siblings] == [
        "licence-exchange.documents",
        "licence-exchange.term",
    ]
    for answer in _answers(engine):
        topics = [passage.topic for passage in answer.siblings]
        assert len(topics) == len(set(topics))
        assert not {passage.id for passage in answer.siblings} & set(_ids(answer))
        for passage in answer.siblings:
            assert (
                passage.service == answer.passages[0].passage.service
                and passage.topic != answer.passages[0].passage.topic
            )


def test_related_questions_are_four_at_most_and_belong_to_passages_not_shown(
    tmp_path: Path,
) -> None:
    engine = tiny_engine(tmp_path)
    answer = engine.answer(Query(FEE_QUESTION, top_k=1))
    own = set(engine.passage("licence-exchange.fee").questions)
    assert len(answer.related) == len(set(answer.related)) == 4
    assert not own & set(answer.related)


def test_highlights_are_spans_of_whole_sentences_inside_the_text(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    best = engine.answer(Query(FEE_QUESTION)).passages[0]
    assert [best.passage.text[start:end] for start, end in best.highlights] == [
        "Обмін посвідчення водія коштує 572 гривні."
    ]
    for answer in _answers(engine, top_k=8):
        for ranked in answer.passages:
            for start, end in ranked.highlights:
                piece = ranked.passage.text[start:end]
                assert (
                    0 <= start < end <= len(ranked.passage.text)
                    and piece == piece.strip()
                    and piece[-1] in ".!?…"
                )


def test_there_is_a_handoff_with_a_reason_exactly_where_there_is_no_answer(tmp_path: Path) -> None:
    answers = list(
        _answers(tiny_engine(tmp_path, contact_phone="101", contact_site="https://a.test"))
    )
    assert {answer.answerable for answer in answers} == {True, False}
    for answer in answers:
        assert (answer.handoff is None) == (answer.reason is None) == answer.answerable
        if answer.handoff:
            assert (answer.handoff.phone, answer.handoff.site) == (
                "101",
                "https://a.test",
            ) and answer.related == ()


def test_choices_are_offered_exactly_where_the_question_is_ambiguous(tmp_path: Path) -> None:
    for answer in _answers(tiny_engine(tmp_path)):
        assert bool(answer.choices) == (answer.reason is Reason.AMBIGUOUS)
        assert len({choice.service for choice in answer.choices}) == len(answer.choices)


# Questions that are not searched for


@pytest.mark.parametrize(
    "question", ["", " \t\n", "?!…", "«»", "\x00", "\ud800", "\u200b\u00ad", "👍"]
)
def test_a_question_without_a_letter_or_figure_is_empty(tmp_path: Path, question: str) -> None:
    answer = tiny_engine(tmp_path).answer(Query(question))
    assert answer.reason is Reason.EMPTY and not answer.answerable
    assert (answer.passages, answer.siblings, answer.related, answer.confidence) == ((), (), (), 0)


def test_a_question_of_personal_data_only_is_not_searched_for(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    answer = engine.answer(Query("067 123-45-67"))
    assert (answer.reason, answer.passages, answer.understood.reading) == (
        Reason.PERSONAL_DATA_ONLY,
        (),
        "",
    )
    assert engine.answer(Query(f"067 123-45-67 {FEE_QUESTION}")).answerable


@pytest.mark.parametrize("question", ["НЕ 8000 КМ", "НА 5000 км", "АА 1234 ВВ", "067 123-45-67"])
def test_questions_that_normalise_alike_are_all_searched_for_or_none_is(
    tmp_path: Path, question: str
) -> None:
    """Else the answer cache would give one of them the refusal of another."""
    engine = tiny_engine(tmp_path)
    assert engine.answer(Query(question)).reason is engine.answer(Query(normalise(question))).reason


def test_a_question_over_the_limit_is_too_long_and_one_at_the_limit_is_read(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path, max_question_chars=40)
    assert engine.answer(Query("я" * 41)).reason is Reason.TOO_LONG
    assert engine.answer(Query(FEE_QUESTION.ljust(40))).answerable


def test_a_correction_is_said_back_and_leads_to_the_same_passages(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    typed, meant = engine.answer(Query("j,vsy ghfd")), engine.answer(Query("обмін прав"))
    assert [
        (correction.before, correction.after) for correction in typed.understood.corrections
    ] == [("j,vsy ghfd", "обмін прав")]
    assert meant.understood.corrections == () and _ids(typed) == _ids(meant)


# Look-ups and other corpora


def test_services_and_passages_are_found_by_their_names(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    assert [service.slug for service in engine.services] == [
        "exam-practical",
        "licence-exchange",
        "plates-lost",
    ]
    assert engine.passage("plates-lost.fee") in engine.service("plates-lost").passages


def test_an_unknown_service_or_passage_is_not_found(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    with pytest.raises(NotFoundError, match="no service 'fee'"):
        engine.service("fee")
    with pytest.raises(NotFoundError, match="no passage 'fee'"):
        engine.passage("fee")


def test_search_gives_each_document_once_with_the_score_of_its_best_chunk(tmp_path: Path) -> None:
    long = "\n\n".join(
        f"Розділ {name}. " + f"{name} слово " * 60 for name in ("липа", "граб", "клен")
    )
    engine = _jsonl_engine(
        tmp_path, {"_id": "long", "text": long}, {"_id": "short", "text": "Дуб росте поволі."}
    )
    best: dict[str, float] = {}
    chunks = engine.answer(Query("граб слово", top_k=20)).passages
    assert [ranked.passage.document for ranked in chunks].count("long") > 1
    for ranked in chunks:
        best[ranked.passage.document] = max(best.get(ranked.passage.document, -1e9), ranked.score)
    assert engine.search("граб слово", 100) == sorted(best.items(), key=lambda found: -found[1])


def test_search_stops_at_its_depth(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    whole = engine.search(FEE_QUESTION, 100)
    assert len(whole) == len(PASSAGES) and engine.search(FEE_QUESTION, 2) == whole[:2]


def test_a_corpus_without_services_is_answered_without_siblings(tmp_path: Path) -> None:
    engine = _jsonl_engine(
        tmp_path,
        {"_id": "d1", "title": "Дуб", "text": "Дуб росте поволі."},
        {"_id": "d2", "text": "Верба росте швидко."},
    )
    answer = engine.answer(Query("як росте дуб"))
    assert (
        engine.services == ()
        and answer.passages[0].passage.id == "d1"
        and answer.siblings == ()
        and answer.choices == ()
    )


def test_a_text_that_is_the_only_one_of_its_corpus_is_found(tmp_path: Path) -> None:
    engine = _jsonl_engine(tmp_path, {"_id": "only", "text": "Дуб росте поволі."})
    assert engine.search("дуб", 10)[0][0] == "only"
