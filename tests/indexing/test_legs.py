"""A leg answers with passage rows, each once, with its best score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.indexing.legs import TermLeg, VectorLeg, best_of_each
from qa_service.stores import VectorStore
from qa_service.stores.exact import ExactStore
from qa_service.stores.faiss import FaissStore
from qa_service.stores.lexical import LexicalIndex
from qa_service.types import Rows, Scores, Vectors


def _vectors(*rows: tuple[float, float]) -> Vectors:
    return np.array(rows, np.float32)


def _leg(store: type[VectorStore], vectors: Vectors, owners: list[list[int]]) -> VectorLeg:
    starts = np.cumsum([0, *map(len, owners)]).astype(np.int64)
    return VectorLeg(store.build(vectors), starts, np.array([row for rows in owners for row in rows], np.int64))


QUERY = _vectors((1, 0))
STORES = [ExactStore, FaissStore]


@pytest.mark.parametrize("store", STORES)
def test_a_vector_stands_for_each_of_its_owners(store: type[VectorStore]) -> None:
    hits = _leg(store, _vectors((0.8, 0.6), (0.6, 0.8)), [[4], [1, 2]]).search(QUERY, 10)
    assert hits.rows.tolist() == [4, 1, 2]
    np.testing.assert_allclose(hits.scores, [0.8, 0.6, 0.6])


@pytest.mark.parametrize("store", STORES)
def test_a_passage_found_twice_keeps_its_best_score(store: type[VectorStore]) -> None:
    hits = _leg(store, _vectors((0, 1), (1, 0), (0.6, 0.8)), [[7], [7, 3], [3]]).search(QUERY, 3)
    assert hits.rows.tolist() == [7, 3]
    np.testing.assert_allclose(hits.scores, [1, 1])


@pytest.mark.parametrize("store", STORES)
def test_the_depth_counts_vectors_and_may_exceed_them(store: type[VectorStore]) -> None:
    leg = _leg(store, _vectors((0.8, 0.6), (0.6, 0.8)), [[0], [1]])
    assert leg.search(QUERY, 1).rows.tolist() == [0]
    assert leg.search(QUERY, 1_000).rows.tolist() == [0, 1]


def test_a_graph_that_reaches_fewer_vectors_than_asked_for_pads_and_the_leg_skips_the_padding() -> None:
    """HNSW does not promise to reach every vector: equal ones can hide from each other."""
    store = FaissStore.build(np.tile(QUERY, (600, 1)), hnsw_from=1)
    leg = VectorLeg(store, np.arange(601), np.arange(600))
    hits = leg.search(QUERY, 600)
    assert set(hits.rows.tolist()) <= set(range(600))
    assert np.isfinite(hits.scores).all()


class PaddingStore(ExactStore):
    """Finds one vector fewer than there are, and pads, as an approximate store may."""

    def search(self, queries: Vectors, k: int) -> tuple[Rows, Scores]:
        rows, scores = super().search(queries, k)
        rows[:, -1], scores[:, -1] = -1, -np.inf
        return rows, scores


def test_padding_is_no_hit() -> None:
    hits = _leg(PaddingStore, _vectors((0.8, 0.6), (0.6, 0.8), (0, 1)), [[5], [6], [7, 8]]).search(QUERY, 3)
    assert hits.rows.tolist() == [5, 6]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-5, 5)), max_size=30))
def test_each_row_once_with_its_best_score_best_first(pairs: list[tuple[int, int]]) -> None:
    pairs.sort(key=lambda pair: -pair[1])
    hits = best_of_each(np.array([row for row, _ in pairs], np.int64), np.array([score for _, score in pairs], np.float32))
    best = {row: max(score for other, score in pairs if other == row) for row, _ in pairs}
    assert dict(zip(hits.rows.tolist(), hits.scores.tolist(), strict=True)) == best
    assert hits.scores.tolist() == sorted(best.values(), reverse=True)


def test_terms_that_nothing_holds_have_no_hits() -> None:
    leg = TermLeg(LexicalIndex.build([["ціна"], ["права"]]))
    assert leg.search(["невідоме"], 5).rows.tolist() == []
    assert leg.search(["права"], 5).rows.tolist() == [1]
