"""Measures of rankings. Expected numbers are worked out by hand from the definitions."""

import sys
from collections.abc import Sequence
from math import log2

import pytest

from qa_service.errors import EvaluationError, MissingExtraError
from qa_service.evaluation.retrieval import RetrievalMeasures, evaluate_retrieval, measure_run


def _scores(*documents: str) -> dict[str, float]:
    return {document: 1 - rank / 1000 for rank, document in enumerate(documents)}


def test_measures_are_means_of_the_textbook_definitions() -> None:
    run = {"q1": _scores("x", "a", "b"), "q2": _scores("c")}
    measured = measure_run(run, {"q1": {"a": 2, "b": 1, "n": 0}, "q2": {"c": 1}})
    ndcg = (2 / log2(3) + 1 / log2(4)) / (2 / log2(2) + 1 / log2(3))
    assert measured.queries == 2
    assert measured.ndcg_at_10 == pytest.approx((ndcg + 1) / 2)
    assert measured.recall_at_1 == pytest.approx((0 + 1) / 2)
    assert measured.recall_at_5 == 1
    assert measured.mrr == pytest.approx((1 / 2 + 1) / 2)


def test_each_measure_looks_as_deep_as_its_name_says() -> None:
    ranking = [f"n{rank}" for rank in range(1, 201)]
    for rank in (1, 4, 8, 50, 150):
        ranking[rank - 1] = f"r{rank}"
    measured = measure_run(
        {"q": _scores(*ranking)}, {"q": {f"r{rank}": 1 for rank in (1, 4, 8, 50, 150)}}
    )
    assert measured.recall_at_1 == pytest.approx(1 / 5)
    assert measured.recall_at_5 == pytest.approx(2 / 5)
    assert measured.recall_at_10 == pytest.approx(3 / 5)
    assert measured.recall_at_100 == pytest.approx(4 / 5)
    assert measure_run({"q": _scores(*ranking[1:])}, {"q": {"r50": 1}}).mrr == 0


def test_a_query_that_the_run_does_not_know_counts_as_0_and_one_without_judgements_not_at_all() -> (
    None
):
    measured = measure_run(
        {"q1": _scores("a"), "unjudged": _scores("z")}, {"q1": {"a": 1}, "q2": {"b": 1}, "q3": {}}
    )
    assert measured == RetrievalMeasures(2, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5)


@pytest.mark.parametrize("relevant", ["a", "b"])
def test_equal_scores_keep_the_order_of_the_run_whatever_the_ids(relevant: str) -> None:
    other = "b" if relevant == "a" else "a"
    assert measure_run({"q": {relevant: 1.0, other: 1.0}}, {"q": {relevant: 1}}).ndcg_at_10 == 1
    second = measure_run({"q": {other: 1.0, relevant: 1.0}}, {"q": {relevant: 1}})
    assert (second.recall_at_1, second.mrr) == (0, 0.5)


def test_scores_that_differ_beyond_32_bits_still_order_documents() -> None:
    assert measure_run({"q": {"b": 0.7, "a": 0.70000000001}}, {"q": {"a": 1}}).recall_at_1 == 1


def test_the_order_that_a_search_returns_is_measured_and_chunks_of_a_document_count_once() -> None:
    def search(question: str, depth: int) -> Sequence[tuple[str, float]]:
        assert (question, depth) == ("питання", 7)
        return [("x", 0.5), ("x", 0.5), ("a", 0.5)]

    measured = evaluate_retrieval(search, {"q": "питання"}, {"q": {"a": 1}}, depth=7)
    assert measured.mrr == 0.5
    assert measured.ndcg_at_10 == pytest.approx(1 / log2(3))


def test_only_queries_with_judgements_are_searched_and_progress_is_told() -> None:
    asked: list[str] = []
    told: list[tuple[str, int, int]] = []

    def search(question: str, depth: int) -> Sequence[tuple[str, float]]:
        asked.append(question)
        return [("a", 1.0)]

    queries = {"1": "перше", "2": "друге", "3": "третє"}
    qrels = {"1": {"a": 1}, "3": {"a": 1}, "absent": {"a": 1}}
    assert (
        evaluate_retrieval(search, queries, qrels, progress=lambda *step: told.append(step)).queries
        == 2
    )
    assert asked == ["перше", "третє"]
    assert told == [("questions", 1, 2), ("questions", 2, 2)]


def test_a_search_that_finds_nothing_measures_0() -> None:
    assert evaluate_retrieval(lambda _, __: [], {"q": "?"}, {"q": {"a": 1}}) == RetrievalMeasures(
        1, 0, 0, 0, 0, 0, 0
    )


def test_queries_and_judgements_of_different_collections_are_refused() -> None:
    with pytest.raises(EvaluationError, match="--queries and --qrels of one collection"):
        evaluate_retrieval(lambda _, __: [], {"q": "?"}, {"other": {"a": 1}})
    with pytest.raises(EvaluationError, match="no judgements"):
        measure_run({}, {"q": {}})


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    with pytest.raises(MissingExtraError, match=r"pip install -e '\.\[evaluation\]'"):
        measure_run({"q": {"a": 1.0}}, {"q": {"a": 1}})
