"""Measures of answers. Expected numbers are worked out by hand from the definitions."""

from collections.abc import Callable
from dataclasses import replace
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.documents.questions import JudgedQuestion, Style
from qa_service.errors import EvaluationError
from qa_service.evaluation.answers import evaluate_answers, grade, summarise
from qa_service.evaluation.metrics import (
    expected_calibration_error,
    ndcg,
    percentile,
    reciprocal_rank,
)
from qa_service.types import Answer, Certainty, Passage, RankedPassage, Topic, Understood


def _question(text: str, *passages: str, style: Style = Style.FORMAL) -> JudgedQuestion:
    services = frozenset(passage.partition(".")[0] for passage in passages)
    return JudgedQuestion(text, text, style, services, frozenset(passages), None, bool(passages))


def _answer(
    *documents: str, answerable: bool = True, confidence: float = 1.0, took_ms: float = 1.0
) -> Answer:
    passages = tuple(
        Passage(
            f"{document}#{number}",
            document,
            document.partition(".")[0],
            "",
            Topic.NOTE,
            "",
            "текст",
        )
        for number, document in enumerate(documents)
    )
    return Answer(
        answer_id="",
        question="",
        understood=Understood("uk", ""),
        certainty=Certainty.SURE if answerable else Certainty.NONE,
        confidence=confidence,
        reason=None,
        passages=tuple(RankedPassage(passage, 1.0, confidence) for passage in passages),
        siblings=(),
        choices=(),
        related=(),
        handoff=None,
        index_version="1",
        degraded=(),
        took_ms=took_ms,
    )


def _given(answers: dict[str, Answer]) -> Callable[[JudgedQuestion], Answer]:
    return lambda question: answers[question.question]


def test_hits_are_counted_among_the_first_k_whatever_the_answer_says_of_itself() -> None:
    answers = {
        "a": _answer("s.1", "s.2"),
        "b": _answer("s.9", "s.8", "s.1", answerable=False),
        "c": _answer("t.9", "t.8", "t.7", "t.6", "s.1"),
        "d": _answer(),
    }
    total = evaluate_answers(_given(answers), [_question(text, "s.1") for text in answers]).total
    assert (total.questions, total.answerable) == (4, 4)
    assert total.service_at_1 == 2 / 4
    assert (total.answer_at_1, total.answer_at_3, total.answer_at_5) == (1 / 4, 2 / 4, 3 / 4)
    assert total.mrr == pytest.approx((1 + 1 / 3 + 1 / 5 + 0) / 4)


def test_questions_out_of_scope_count_only_where_they_should() -> None:
    answers = {
        "right": _answer("s.1"),
        "wrong": _answer("s.2"),
        "abstained": _answer("s.1", answerable=False),
        "out, answered": _answer("s.1"),
        "out, abstained": _answer("s.1", answerable=False),
    }
    questions = [
        _question(text) if text.startswith("out") else _question(text, "s.1") for text in answers
    ]
    total = evaluate_answers(_given(answers), questions).total
    assert (total.questions, total.answerable) == (5, 3)
    assert total.answer_at_1 == pytest.approx(2 / 3)
    assert total.answered == pytest.approx(2 / 3)
    assert total.false_answers == 1 / 2
    assert total.precision == pytest.approx(1 / 3)


def test_a_measure_over_no_question_is_none_not_0() -> None:
    out = summarise([grade(_question("?"), _answer(answerable=False))])
    assert (
        out.service_at_1,
        out.answer_at_1,
        out.mrr,
        out.ndcg_at_10,
        out.answered,
        out.precision,
    ) == (None,) * 6
    assert out.false_answers == 0
    assert summarise([grade(_question("?", "s.1"), _answer("s.1"))]).false_answers is None


def test_chunks_of_one_document_count_once_at_the_better_rank() -> None:
    assert grade(_question("?", "s.1"), _answer("s.2", "s.1", "s.2", "s.1")).relevant == (
        False,
        True,
    )


def test_ndcg_is_over_answers_of_ten_passages() -> None:
    ten = _answer("s.1", *(f"s.{number}" for number in range(10, 19)))
    answers = {"ten": ten, "three": _answer("s.7", "s.8", "s.9")}
    total = evaluate_answers(
        _given(answers), [_question(text, "s.1", "s.2") for text in answers]
    ).total
    assert total.ndcg_at_10 == pytest.approx(1 / (1 + 1 / log2(3)))


def test_ndcg_discounts_by_log2_of_rank_plus_1_and_looks_ten_deep() -> None:
    ranking = [False, True, False, True] + [False] * 6 + [True]
    assert ndcg(ranking, known=3) == pytest.approx(
        (1 / log2(3) + 1 / log2(5)) / (1 + 1 / log2(3) + 1 / 2)
    )
    assert ndcg([True] * 10, known=50) == 1
    assert ndcg([False] * 10, known=1) == 0


def test_ndcg_and_reciprocal_rank_agree_with_the_reference_implementation() -> None:
    pytest.importorskip("ir_measures")
    from qa_service.evaluation.retrieval import measure_run

    ranking = [False, False, True, True, False, True, False, False, False, True]
    run = {"q": {f"d{rank}": -float(rank) for rank in range(10)}}
    grades = {f"d{rank}": int(hit) for rank, hit in enumerate(ranking)} | {"missed": 1}
    measured = measure_run(run, {"q": grades})
    assert ndcg(ranking, known=5) == pytest.approx(measured.ndcg_at_10)
    assert reciprocal_rank(ranking) == pytest.approx(measured.mrr)


def test_calibration_error_weighs_each_bin_by_its_size() -> None:
    # Bin 0.9-1: confidence 0.95, half right: gap 0.45 of weight 2/4. Bin 0.2-0.3: 0.25, none right:
    # gap 0.25 of weight 2/4.
    judged = [(0.95, True), (0.95, False), (0.2, False), (0.3 - 1e-9, False)]
    assert expected_calibration_error(judged) == pytest.approx(0.45 / 2 + 0.25 / 2)


def test_opposite_errors_cancel_inside_a_bin_and_never_between_bins() -> None:
    assert expected_calibration_error([(0.52, True), (0.58, False)]) == pytest.approx(0.05)
    assert expected_calibration_error([(0.45, True), (0.55, False)]) == pytest.approx(0.55)


def test_confidence_of_1_falls_in_the_last_bin() -> None:
    assert expected_calibration_error([(1.0, True), (0.9, False)]) == pytest.approx(0.45)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_calibration_error_is_between_0_and_1(judged: list[tuple[float, bool]]) -> None:
    assert 0 <= expected_calibration_error(judged) <= 1


def test_confidence_is_judged_over_all_questions_also_out_of_scope_and_abstained() -> None:
    answers = {
        "in": _answer("s.1", answerable=False, confidence=0.4),
        "out": _answer("s.1", confidence=0.8),
    }
    total = evaluate_answers(_given(answers), [_question("in", "s.1"), _question("out")]).total
    assert total.ece == pytest.approx((0.6 + 0.8) / 2)


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile([3, 1, 2, 4], 50) == 2
    assert percentile([float(value) for value in range(100, 0, -1)], 95) == 95
    assert percentile([5.0], 95) == percentile([5.0], 0) == 5
    total = summarise(
        [grade(_question("?"), _answer(took_ms=took)) for took in (10.0, 20.0, 400.0)]
    )
    assert (total.p50_ms, total.p95_ms) == (20, 400)


def test_each_style_that_occurs_has_its_own_measures() -> None:
    told: list[tuple[str, int, int]] = []
    questions = [
        _question("single", "s.1", style=Style.SINGLE),
        _question("formal", "s.2"),
        _question("formal", "s.1"),
    ]
    report = evaluate_answers(
        lambda _: _answer("s.1"), questions, "dev", lambda *step: told.append(step)
    )
    assert list(report.styles) == [Style.FORMAL, Style.SINGLE]
    assert (report.styles[Style.FORMAL].answer_at_1, report.styles[Style.SINGLE].answer_at_1) == (
        1 / 2,
        1,
    )
    assert report.total.answer_at_1 == pytest.approx(2 / 3)
    assert told == [("dev", 1, 3), ("dev", 2, 3), ("dev", 3, 3)]


def test_courtesy_is_what_a_wrapped_question_gains_or_loses_against_the_bare_one() -> None:
    bare, wrapped = "обмін", "Добрий день! обмін"
    question = replace(_question(wrapped, "s.1"), bare=bare)
    asked: list[str] = []

    def answer(one: JudgedQuestion) -> Answer:
        asked.append(one.question)
        return _answer("s.1" if one.question == bare else "s.2")

    courtesy = evaluate_answers(answer, [question, _question("s.1", "s.1")]).courtesy
    assert courtesy is not None and courtesy.questions == 1
    assert (courtesy.answer_at_1, courtesy.refused, courtesy.false_answers) == (-1.0, 0.0, None)
    assert asked == [wrapped, "s.1", bare]


def test_no_questions_are_refused() -> None:
    with pytest.raises(EvaluationError, match="no questions"):
        evaluate_answers(lambda _: _answer(), [])
