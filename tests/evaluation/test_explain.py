"""What is printed about a question is what the engine did with it, figure by figure. On the tiny
corpus.
"""

import re
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from support.app import engine_that_knows_off_topic, tiny_engine
from support.corpus import FEE_QUESTION, PASSAGES

from qa_service.engine import QAEngine
from qa_service.evaluation.run import explain
from qa_service.retrieval import LEXICAL, VECTOR_LEGS
from qa_service.text.understand import readings
from qa_service.types import Channel, Query, Reason

WRONG_LAYOUT = "j,vsy ghfd"
TWO_QUESTIONS = "скільки коштує обмін прав? що робити, якщо загублено номерний знак?"
ROUNDED = 0.005
"""By how much a printed figure may differ from the true one."""


@dataclass(frozen=True)
class Explained:
    """The printed blocks, apart; a table is its rows of cells, the header first."""

    read_as: str
    readings: list[list[str]]
    legs: list[list[str]]
    passages: list[list[str]]
    features: list[list[str]]
    verdict: str


def _explained(engine: QAEngine, question: str, channel: Channel = Channel.SITE) -> Explained:
    read_as, *tables, verdict = explain(engine, question, channel).split("\n\n")
    of_readings, of_legs, of_passages, of_features = (
        [re.split(" {2,}", line.strip()) for line in table.splitlines()] for table in tables
    )
    return Explained(read_as, of_readings, of_legs, of_passages, of_features, verdict)


def test_a_question_in_the_wrong_layout_shows_every_reading_with_the_share_that_is_known(
    tmp_path: Path,
) -> None:
    engine = tiny_engine(tmp_path)
    explained = _explained(engine, WRONG_LAYOUT)
    assert explained.read_as == "language uk, read as: обмін прав"
    assert explained.readings[:3] == [
        ["reading", "known", "text"],
        ["as typed", "0.00", "j,vsy ghfd"],
        ["layout", "0.80", "обмін прав"],
    ]
    known = readings(WRONG_LAYOUT, engine.snapshot.vocabulary)
    assert [text for _, _, text in explained.readings[1:]] == [reading.text for reading in known]


def test_a_question_that_reads_one_way_shows_that_reading(tmp_path: Path) -> None:
    assert _explained(tiny_engine(tmp_path), FEE_QUESTION).readings[1:] == [
        ["as typed", "1.00", FEE_QUESTION.lower()]
    ]


def test_each_leg_has_its_weight_and_the_number_of_its_hits(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    header, *legs = _explained(engine, FEE_QUESTION).legs
    hits = engine.retrieve(engine.snapshot.understand(FEE_QUESTION)).hits
    weights = engine.snapshot.weights.legs
    assert header == ["leg", "weight", "hits"]
    assert {leg for leg, _, _ in legs} == hits.keys() & weights.keys()
    for leg, weight, found in legs:
        assert weight == f"{weights[leg]:.3f}" and found == str(len(hits[leg].rows))


def test_the_words_of_an_english_question_have_the_weight_of_english_ones(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    weights = engine.snapshot.weights
    legs = {leg: weight for leg, weight, _ in _explained(engine, "driving licence").legs[1:]}
    assert legs["lexical"] == f"{weights.legs['lexical'] * weights.english_lexical:.3f}"
    assert legs["passages"] == f"{weights.legs['passages']:.3f}"


def test_passages_and_scores_are_the_answers_in_its_order(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    answer = engine.answer(Query(FEE_QUESTION, top_k=len(PASSAGES)))
    shown = [
        (passage, score) for passage, score, *_ in _explained(engine, FEE_QUESTION).passages[1:]
    ]
    assert shown == [(ranked.passage.id, f"{ranked.score:.2f}") for ranked in answer.passages]


@pytest.mark.parametrize("question", [FEE_QUESTION, WRONG_LAYOUT, "zzz qqq"])
def test_the_legs_shares_of_a_passage_add_up_to_its_score(tmp_path: Path, question: str) -> None:
    explained = _explained(tiny_engine(tmp_path), question)
    header, *found = explained.passages
    with_hits = [leg for leg, _, hits in explained.legs[1:] if hits != "0"]
    assert header == ["passage", "score", *with_hits] and len(found) == len(PASSAGES)
    for _, score, *shares in found:
        assert sum(map(float, shares)) == pytest.approx(
            float(score), abs=ROUNDED * (len(shares) + 1)
        )


@pytest.mark.parametrize("question", [FEE_QUESTION.lower(), "яка погода на завтра"])
def test_the_features_are_those_that_the_engine_decides_by(tmp_path: Path, question: str) -> None:
    engine = engine_that_knows_off_topic(tmp_path, "яка погода у львові")
    understood = engine.snapshot.understand(question)
    retrieved = engine.retrieve(understood)
    features = engine.features(retrieved, engine.rank(retrieved, understood.language))
    header, *shown = _explained(engine, question).features
    assert header == ["feature", "value"]
    assert shown == [[name, f"{value:.2f}"] for name, value in asdict(features).items()]


def test_a_dash_stands_for_the_margin_to_off_topic_questions_where_none_is_known(
    tmp_path: Path,
) -> None:
    assert ["dense_margin", "-"] in _explained(tiny_engine(tmp_path), FEE_QUESTION).features


def test_the_nearest_questions_are_no_legs(tmp_path: Path) -> None:
    explained = _explained(
        engine_that_knows_off_topic(tmp_path, "яка погода у львові"), FEE_QUESTION
    )
    legs = [*VECTOR_LEGS, LEXICAL]
    assert [leg for leg, _, _ in explained.legs[1:]] == legs
    assert explained.passages[0] == ["passage", "score", *legs]


@pytest.mark.parametrize("channel", Channel)
def test_the_verdict_is_the_answers(tmp_path: Path, channel: Channel) -> None:
    engine, verdicts = engine_that_knows_off_topic(tmp_path, "яка погода у львові"), set()
    for question in (FEE_QUESTION, WRONG_LAYOUT, "а яка вартість?", "яка погода на завтра"):
        answer = engine.answer(Query(question, channel=channel))
        verdict = "answered" if answer.reason is None else f"not answered: {answer.reason}"
        verdicts.add(verdict)
        assert (
            _explained(engine, question, channel).verdict
            == f"confidence {answer.confidence:.3f}, {verdict} (channel {channel})"
        )
    assert {"answered", "not answered: off_topic"} <= verdicts


def test_a_question_without_a_subject_is_asked_back_as_the_answer_says(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    answer = engine.answer(Query("а яка вартість?"))
    assert answer.reason is Reason.AMBIGUOUS
    assert "not answered: ambiguous" in _explained(engine, "а яка вартість?").verdict


def test_each_part_of_a_message_shows_what_was_found_for_it(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    answer = engine.answer(Query(TWO_QUESTIONS, top_k=len(PASSAGES)))
    assert len(answer.parts) == 2
    _, _, *of_parts, verdict = explain(engine, TWO_QUESTIONS, Channel.SITE).split("\n\n")
    assert of_parts[::4] == [f"part: {part.asked}" for part in answer.parts]
    best = [table.splitlines()[1].split()[0] for table in of_parts[2::4]]
    assert best == [part.passage_id for part in answer.parts]
    assert verdict.startswith(f"confidence {answer.confidence:.3f}, answered")


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("", Reason.EMPTY),
        ("дякую", Reason.SMALL_TALK),
        ("?!", Reason.EMPTY),
        ("я" * 1_001, Reason.TOO_LONG),
    ],
)
def test_a_question_that_is_not_searched_has_a_reason_and_nothing_else(
    tmp_path: Path, question: str, reason: Reason
) -> None:
    engine = tiny_engine(tmp_path)
    assert engine.answer(Query(question)).reason is reason
    assert explain(engine, question, Channel.SITE) == f"not searched: {reason}"
