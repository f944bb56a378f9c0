"""The work for a question among many documents is bounded, and what is found has its full score."""

from collections.abc import Sequence

import numpy as np
import pytest

from qa_service.stores import postings as postings_module
from qa_service.stores.bm25 import BUDGET, EXACT_BELOW, Bm25Index
from qa_service.stores.postings import Budget, Numbers
from qa_service.types import Scores

SMALL = Budget(postings=600, candidates=40)
UNLIMITED = Budget(postings=10**9, candidates=1)
COMMON = [f"common{number}" for number in range(8)]
MIDDLING = [f"middling{number}" for number in range(8)]


def made_up(count: int, seed: int = 1) -> list[list[str]]:
    """Documents with half of the common terms, a tenth of the middling ones, and one of a few."""
    generator = np.random.default_rng(seed)
    return [
        [term for term in COMMON if generator.random() < 0.5]
        + [term for term in MIDDLING if generator.random() < 0.1]
        + [f"rare{generator.integers(count // 10)}"]
        for _ in range(count)
    ]


DOCUMENTS = made_up(2_000)
QUESTION = [*COMMON, *MIDDLING[:4], "rare7", "rare7"]


class Work:
    """Counts the postings that are added up, and the documents looked up in each list."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.added, self.looked_up = 0, [0]
        add_up, looked_up = postings_module._add_up, postings_module._looked_up

        def counted_add_up(scores: Scores, rows: Numbers, impacts: Scores) -> None:
            self.added += len(rows)
            add_up(scores, rows, impacts)

        def counted_looked_up(rows: Numbers, impacts: Scores, wanted: Numbers) -> Scores:
            self.looked_up.append(len(wanted))
            return looked_up(rows, impacts, wanted)

        monkeypatch.setattr(postings_module, "_add_up", counted_add_up)
        monkeypatch.setattr(postings_module, "_looked_up", counted_looked_up)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    return Work(monkeypatch)


def scores_of(documents: Sequence[Sequence[str]], terms: Sequence[str]) -> Scores:
    return Bm25Index.build(documents, UNLIMITED).scores(terms)


def test_a_question_adds_up_no_more_postings_than_its_budget(work: Work) -> None:
    index = Bm25Index.build(DOCUMENTS, SMALL)
    index.search(QUESTION, 10)
    assert 0 < work.added <= SMALL.postings
    assert 0 < max(work.looked_up) <= 2 * SMALL.candidates


def test_twice_the_documents_are_no_more_work(work: Work) -> None:
    Bm25Index.build(made_up(8_000), SMALL).search(QUESTION, 10)
    assert work.added <= SMALL.postings
    assert max(work.looked_up) <= 3 * SMALL.candidates


def test_what_is_found_has_the_score_that_it_has_without_a_budget() -> None:
    rows, scores = Bm25Index.build(DOCUMENTS, SMALL).search(QUESTION, 10)
    assert len(rows) == 10
    np.testing.assert_allclose(scores, scores_of(DOCUMENTS, QUESTION)[rows], atol=1e-5)
    assert scores.tolist() == sorted(scores.tolist(), reverse=True)


def test_the_document_that_holds_most_of_the_rare_terms_is_found_first() -> None:
    documents = [*made_up(1_000), ["rare7", *MIDDLING[:4], *COMMON], *made_up(1_000, seed=2)]
    rows, _ = Bm25Index.build(documents, SMALL).search(QUESTION, 5)
    assert rows[0] == 1_000


def test_a_question_within_the_budget_misses_nothing() -> None:
    index, terms = Bm25Index.build(DOCUMENTS, SMALL), ["rare7", MIDDLING[0]]
    expected = Bm25Index.build(DOCUMENTS, UNLIMITED).search(terms, 50)
    for found, wanted in zip(index.search(terms, 50), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_with_candidates_enough_nothing_is_missed_but_by_rounding() -> None:
    index = Bm25Index.build(DOCUMENTS, Budget(SMALL.postings, 2_000))
    terms = ["rare7", *MIDDLING, COMMON[0]]
    _, scores = index.search(terms, 5)
    np.testing.assert_allclose(scores, np.sort(scores_of(DOCUMENTS, terms))[::-1][:5], atol=1e-5)


def test_among_few_documents_no_list_is_added_up(work: Work) -> None:
    among = np.arange(100, 130)
    rows, scores = Bm25Index.build(DOCUMENTS, SMALL).search(QUESTION, 10, among)
    assert work.added == 0 and max(work.looked_up) == len(among)
    expected = scores_of(DOCUMENTS, QUESTION)
    np.testing.assert_allclose(scores, np.sort(expected[among])[::-1][:10], atol=1e-5)
    np.testing.assert_allclose(scores, expected[rows], atol=1e-5)


def test_among_many_documents_nothing_is_missed() -> None:
    among = np.arange(0, 2_000, 2)
    _, scores = Bm25Index.build(DOCUMENTS, SMALL).search(QUESTION, 10, among)
    expected = np.sort(scores_of(DOCUMENTS, QUESTION)[among])[::-1][:10]
    np.testing.assert_allclose(scores, expected, atol=1e-5)


@pytest.mark.parametrize("budget", [UNLIMITED, SMALL], ids=["all", "budget"])
def test_the_best_scores_of_parts_are_those_of_their_documents(budget: Budget) -> None:
    index, terms = Bm25Index.build(DOCUMENTS, budget), ["rare7", *MIDDLING]
    parts = (range(1_500), range(1_500, 2_000))
    expected = scores_of(DOCUMENTS, terms)
    wanted = [float(expected[part.start : part.stop].max()) for part in parts]
    np.testing.assert_allclose(index.best_scores(terms, parts), wanted, atol=1e-5)
    assert index.best_scores(["unknown"], parts) == [0, 0]


def test_documents_are_all_scored_below_the_number_from_which_they_are_not(
    monkeypatch: pytest.MonkeyPatch, work: Work
) -> None:
    """Today's corpora keep their results, whatever a question costs."""
    assert EXACT_BELOW == 100_000
    postings = Bm25Index.build(DOCUMENTS)._postings.length(range(8))
    monkeypatch.setattr("qa_service.stores.bm25.BUDGET", Budget(postings - 1, 40))
    Bm25Index.build(DOCUMENTS).search(COMMON, 10)
    assert work.looked_up == [0]
    monkeypatch.setattr("qa_service.stores.bm25.EXACT_BELOW", len(DOCUMENTS))
    Bm25Index.build(DOCUMENTS).search(COMMON, 10)
    assert max(work.looked_up) > 0
    assert BUDGET.candidates >= 1_000  # as many as a leg's depth may be


def test_blocks_of_documents_are_counted_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Bm25Index.build(DOCUMENTS, UNLIMITED)
    monkeypatch.setattr(postings_module, "_BLOCK", 7)
    parts = Bm25Index.build(iter(DOCUMENTS), UNLIMITED)
    assert parts.numbers(COMMON) == whole.numbers(COMMON) != []
    for name in ("impacts", "rows", "starts"):
        np.testing.assert_array_equal(
            getattr(parts._postings, name), getattr(whole._postings, name)
        )
