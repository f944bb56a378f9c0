"""A leg answers with passage rows, each once, with its best score or the mean of its best
scores.
"""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.retrieval import NO_HITS
from qa_service.retrieval.legs import VectorLeg, best_of_each, mean_of_best, nearest, rows_by
from qa_service.stores import VectorStore
from qa_service.stores.exact import ExactStore
from qa_service.stores.faiss import FaissStore
from qa_service.types import Hits, Rows, Scores, Vectors


def _vectors(*rows: tuple[float, float]) -> Vectors:
    return np.array(rows, np.float32)


def _leg(
    store: type[VectorStore], vectors: Vectors, owners: list[list[int]], neighbours: int = 1
) -> VectorLeg:
    starts = np.cumsum([0, *map(len, owners)]).astype(np.int64)
    return VectorLeg(
        store.build(vectors),
        starts,
        np.array([row for rows in owners for row in rows], np.int64),
        neighbours,
    )


CLOSE = 2e-4
"""FAISS keeps vectors in 16 bits a number."""

QUERY = np.array((1, 0), np.float32)
STORES = [ExactStore, FaissStore]


@pytest.mark.parametrize("store", STORES)
def test_a_vector_stands_for_each_of_its_owners(store: type[VectorStore]) -> None:
    hits = _leg(store, _vectors((0.8, 0.6), (0.6, 0.8)), [[4], [1, 2]]).search(QUERY, 10)
    assert hits.rows.tolist() == [4, 1, 2]
    np.testing.assert_allclose(hits.scores, [0.8, 0.6, 0.6], atol=CLOSE)


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


def test_a_graph_that_reaches_fewer_vectors_than_asked_for_pads_and_the_leg_skips_the_padding() -> (
    None
):
    """HNSW does not promise to reach every vector: equal ones can hide from each other."""
    store = FaissStore.build(np.tile(QUERY, (600, 1)), hnsw_from=1)
    leg = VectorLeg(store, np.arange(601), np.arange(600))
    hits = leg.search(QUERY, 600)
    assert set(hits.rows.tolist()) <= set(range(600))
    assert np.isfinite(hits.scores).all()


class PaddingStore(ExactStore):
    """Finds one vector fewer than there are, and pads, as an approximate store may."""

    def search(self, queries: Vectors, k: int, among: Rows | None = None) -> tuple[Rows, Scores]:
        rows, scores = super().search(queries, k, among)
        rows[:, -1], scores[:, -1] = -1, -np.inf
        return rows, scores


def test_the_nearest_vectors_come_best_first_and_are_as_many_as_asked_for_or_as_there_are() -> None:
    store = ExactStore.build(_vectors((0, 1), (0.8, 0.6), (0.6, 0.8)))
    hits = nearest(store, QUERY, 2)
    assert hits.rows.tolist() == [1, 2]
    np.testing.assert_allclose(hits.scores, [0.8, 0.6])
    assert nearest(store, QUERY, 1_000).rows.tolist() == [1, 2, 0]


def test_padding_is_no_vector() -> None:
    hits = nearest(PaddingStore.build(_vectors((0.8, 0.6), (0.6, 0.8), (0, 1))), QUERY, 3)
    assert hits.rows.tolist() == [0, 1]
    np.testing.assert_allclose(hits.scores, [0.8, 0.6])


def test_a_store_that_finds_nothing_leaves_a_leg_without_hits() -> None:
    assert _leg(PaddingStore, QUERY[None], [[5]], neighbours=3).search(QUERY, 1).rows.tolist() == []


def test_padding_is_no_hit() -> None:
    hits = _leg(PaddingStore, _vectors((0.8, 0.6), (0.6, 0.8), (0, 1)), [[5], [6], [7, 8]]).search(
        QUERY, 3
    )
    assert hits.rows.tolist() == [5, 6]


@pytest.mark.parametrize(("neighbours", "scores"), [(1, [0.8, 0.8, 0.5]), (2, [0.8, 0.65, 0.5])])
def test_vectors_hits_become_those_of_the_passages_that_own_them(
    neighbours: int, scores: list[float]
) -> None:
    leg = _leg(ExactStore, _vectors((1, 0), (1, 0), (1, 0)), [[9], [7, 3], [3, 4]], neighbours)
    hits = leg.owned(Hits(np.array([1, 2]), np.array([0.8, 0.5], np.float32)))
    assert hits.rows.tolist() == [7, 3, 4]
    np.testing.assert_allclose(hits.scores, scores)


def test_no_vectors_have_no_owners() -> None:
    assert _leg(ExactStore, QUERY[None], [[5]], neighbours=3).owned(NO_HITS) is NO_HITS


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-5, 5)), max_size=30))
def test_each_row_once_with_its_best_score_best_first(pairs: list[tuple[int, int]]) -> None:
    pairs.sort(key=lambda pair: -pair[1])
    hits = best_of_each(
        np.array([row for row, _ in pairs], np.int64),
        np.array([score for _, score in pairs], np.float32),
    )
    best = {row: max(score for other, score in pairs if other == row) for row, _ in pairs}
    assert dict(zip(hits.rows.tolist(), hits.scores.tolist(), strict=True)) == best
    assert hits.scores.tolist() == sorted(best.values(), reverse=True)


def naive_mean_of_best(
    pairs: list[tuple[int, int]], wanted: dict[int, int]
) -> list[tuple[int, float]]:
    """(row, score) as the rule says, pair by pair; ties by row."""
    worst = min(score for _, score in pairs)
    means = {}
    for row in {row for row, _ in pairs}:
        scores = sorted((score for other, score in pairs if other == row), reverse=True)
        best = (scores + [worst] * wanted[row])[: wanted[row]]
        means[row] = sum(best) / len(best)
    return sorted(means.items(), key=lambda hit: (-hit[1], hit[0]))


def _agree(hits: Hits, expected: list[tuple[int, float]]) -> None:
    np.testing.assert_allclose(hits.scores, [score for _, score in expected], rtol=1e-6, atol=1e-6)
    assert dict(zip(hits.rows.tolist(), hits.scores.tolist(), strict=True)) == pytest.approx(
        dict(expected)
    )
    assert hits.rows.dtype == np.int64
    assert hits.scores.dtype == np.float32


@given(
    pairs=st.lists(st.tuples(st.integers(0, 9), st.integers(-5, 5)), min_size=1, max_size=30),
    wanted=st.lists(st.integers(1, 4), min_size=10, max_size=10),
)
def test_each_row_once_with_the_mean_of_its_best_scores_best_first(
    pairs: list[tuple[int, int]], wanted: list[int]
) -> None:
    pairs.sort(key=lambda pair: -pair[1])
    rows, scores = (
        np.array([row for row, _ in pairs], np.int64),
        np.array([score for _, score in pairs], np.float32),
    )
    _agree(
        mean_of_best(rows, scores, np.array(wanted)),
        naive_mean_of_best(pairs, dict(enumerate(wanted))),
    )


WHOLE_VECTORS = st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=1, max_size=12)
"""Of whole numbers, so that inner products are exact and ties are plenty."""


@given(
    vectors=WHOLE_VECTORS,
    depth=st.integers(1, 5),
    neighbours=st.sampled_from([2, 3]),
    data=st.data(),
)
def test_a_passages_score_is_the_mean_of_its_nearest_vectors(
    vectors: list[tuple[int, int]], depth: int, neighbours: int, data: st.DataObject
) -> None:
    some_rows = st.lists(st.integers(0, 5), min_size=1, max_size=3, unique=True)
    owners = data.draw(st.lists(some_rows, min_size=len(vectors), max_size=len(vectors)))
    hits = _leg(ExactStore, _vectors(*vectors), owners, neighbours).search(QUERY, depth)

    found = sorted(range(len(vectors)), key=lambda number: (-vectors[number][0], number))[
        : depth * neighbours
    ]
    pairs = [(row, vectors[number][0]) for number in found for row in owners[number]]
    owned = Counter(row for rows in owners for row in rows)
    _agree(
        hits,
        naive_mean_of_best(pairs, {row: min(count, neighbours) for row, count in owned.items()}),
    )


@pytest.mark.parametrize("store", STORES)
def test_a_passage_with_fewer_vectors_than_neighbours_is_not_punished(
    store: type[VectorStore],
) -> None:
    hits = _leg(
        store, _vectors((0.8, 0.6), (0.6, 0.8), (0.6, 0.8), (0.6, 0.8)), [[1], [0], [0], [0]], 3
    ).search(QUERY, 4)
    assert hits.rows.tolist() == [1, 0]
    np.testing.assert_allclose(hits.scores, [0.8, 0.6], atol=CLOSE)


@pytest.mark.parametrize("store", STORES)
def test_one_vector_that_is_near_by_chance_does_not_beat_three(store: type[VectorStore]) -> None:
    vectors = _vectors((1, 0), (0, 1), (0, 1), (0.8, 0.6), (0.8, 0.6), (0.8, 0.6))
    hits = _leg(store, vectors, [[0], [0], [0], [1], [1], [1]], 3).search(QUERY, 2)
    assert hits.rows.tolist() == [1, 0]
    np.testing.assert_allclose(hits.scores, [0.8, 1 / 3], atol=CLOSE)


@pytest.mark.parametrize("store", STORES)
def test_vectors_that_were_not_found_count_as_the_worst_found(store: type[VectorStore]) -> None:
    vectors = _vectors((1, 0), (0.8, 0.6), (0.6, 0.8), (0, 1), (0, 1))
    hits = _leg(store, vectors, [[0], [1], [1], [0], [0]], 3).search(QUERY, 1)
    assert hits.rows.tolist() == [0, 1]
    np.testing.assert_allclose(hits.scores, [(1 + 0.6 + 0.6) / 3, 0.7], atol=CLOSE)


# Some of the vectors only


@pytest.mark.parametrize("store", STORES)
def test_among_some_vectors_only_those_are_found_however_many_are_nearer(
    store: type[VectorStore],
) -> None:
    leg = _leg(store, _vectors((1, 0), (0.8, 0.6), (0.6, 0.8)), [[0], [1], [2, 3]])
    hits = leg.search(QUERY, 10, np.array([1, 2]))
    assert hits.rows.tolist() == [1, 2, 3]
    np.testing.assert_allclose(hits.scores, [0.8, 0.6, 0.6], atol=CLOSE)
    assert leg.search(QUERY, 1, np.array([2])).rows.tolist() == [2, 3]


@pytest.mark.parametrize("store", STORES)
def test_among_no_vectors_nothing_is_found(store: type[VectorStore]) -> None:
    leg = _leg(store, _vectors((1, 0), (0.8, 0.6)), [[0], [1]])
    assert leg.search(QUERY, 10, np.empty(0, np.int64)).rows.tolist() == []


@given(
    owners=st.lists(
        st.lists(st.integers(0, 5), min_size=1, max_size=3, unique=True), min_size=1, max_size=12
    ),
    passages=st.sets(st.integers(0, 5)),
)
def test_the_vectors_of_passages_are_those_that_stand_for_one_of_them(
    owners: list[list[int]], passages: set[int]
) -> None:
    leg = _leg(ExactStore, np.tile(QUERY, (len(owners), 1)), owners)
    found = leg.vectors_of(np.array(sorted(passages), np.int64))
    assert found.tolist() == [row for row, owned in enumerate(owners) if passages & set(owned)]


def test_each_value_has_the_positions_where_it_stands() -> None:
    rows = rows_by(["fee", "term", "fee"])
    assert {value: found.tolist() for value, found in rows.items()} == {"fee": [0, 2], "term": [1]}
