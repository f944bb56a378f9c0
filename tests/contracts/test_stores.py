"""What every VectorStore does, compared with the exact oracle: rows and scores.

Vectors have 16 entries of ±1/4 and the rest 0: unit length, and inner products that are exact in
float32 whatever the order of the sum. So scores are equal, not close, and ties are plenty.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa_service.errors import SnapshotError
from qa_service.stores import VectorStore
from qa_service.stores import exact as exact_module
from qa_service.stores import faiss as faiss_module
from qa_service.stores.exact import ExactStore
from qa_service.stores.faiss import FaissStore
from qa_service.types import Rows, Scores, Vectors


@dataclass(frozen=True)
class Kind:
    """A store to test: how it is built and read, its file, whether it promises every neighbour, how
    exact its scores are. rounds: whether it holds vectors in too few bits for the ones made here.
    """

    build: Callable[[Vectors], VectorStore]
    load: Callable[[Path], VectorStore]
    file: str
    complete: bool = True
    tolerance: float = 1e-6
    rounds: bool = False


KINDS = {
    "exact": Kind(ExactStore.build, ExactStore.load, exact_module.FILE),
    "faiss-flat": Kind(FaissStore.build, FaissStore.load, faiss_module.FILE, tolerance=2e-4),
    "faiss-hnsw": Kind(
        partial(FaissStore.build, hnsw_from=1),
        FaissStore.load,
        faiss_module.FILE,
        complete=False,
        tolerance=5e-3,
        rounds=True,
    ),
}
COMPLETE = [name for name, kind in KINDS.items() if kind.complete]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


def dyadic_vectors(count: int, dimension: int = 32, seed: int = 0) -> Vectors:
    random = np.random.default_rng(seed)
    vectors = np.zeros((count, dimension), np.float32)
    for row in range(count):
        vectors[row, random.permutation(dimension)[:16]] = random.choice([-0.25, 0.25], 16)
    return vectors


def random_vectors(count: int, dimension: int = 64, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, dimension), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def oracle(
    vectors: Vectors, queries: Vectors, k: int, among: Rows | None = None
) -> tuple[Rows, Scores]:
    """The contract, word for word and slowly."""
    allowed = set(range(len(vectors)) if among is None else among.tolist())
    rows, scores = (
        np.full((len(queries), k), -1, np.int64),
        np.full((len(queries), k), -np.inf, np.float32),
    )
    for number, query in enumerate(queries):
        products = [
            (-float(vector.astype(np.float64) @ query.astype(np.float64)), row)
            for row, vector in enumerate(vectors)
            if row in allowed
        ]
        for place, (product, row) in enumerate(sorted(products)[:k]):
            rows[number, place], scores[number, place] = row, -product
    return rows, scores


def rows_of(numbers: Iterable[int]) -> Rows:
    return np.array(sorted(numbers), np.int64)


def _same(found: tuple[Rows, Scores], expected: tuple[Rows, Scores]) -> None:
    np.testing.assert_array_equal(found[1], expected[1])
    np.testing.assert_array_equal(found[0], expected[0])


def _as_held(
    kind: Kind, vectors: Vectors, queries: Vectors, k: int, among: Rows | None = None
) -> tuple[Rows, Scores]:
    """What a store finds, after a look that the oracle finds the same among the vectors as it holds
    them: to the last bit where it does not round them, else up to the order of what is rounded.
    """
    store = kind.build(vectors)
    rows, scores = store.search(queries, k, among)
    held = store.vectors(0, len(store))
    expected = oracle(held, queries, k, among)
    if not kind.rounds:
        _same((rows, scores), expected)
        return rows, scores
    np.testing.assert_array_equal(rows < 0, expected[0] < 0)
    np.testing.assert_allclose(scores, expected[1], atol=1e-5)
    own = np.where(rows < 0, -np.inf, np.einsum("qkd,qd->qk", held[rows], queries))
    np.testing.assert_allclose(scores, own, atol=1e-5)
    assert all(len(set(found)) == len(found) for found in (one[one >= 0].tolist() for one in rows))
    return rows, scores


def _same_but_for_the_last_place(found: tuple[Rows, Scores], expected: tuple[Rows, Scores]) -> None:
    """Equal scores everywhere, equal rows wherever the score is not the last one's: which tied rows
    come last is a rule apart.
    """
    np.testing.assert_array_equal(found[1], expected[1])
    before_last = expected[1] > expected[1][:, -1:]
    np.testing.assert_array_equal(found[0][before_last], expected[0][before_last])


@pytest.mark.parametrize("name", COMPLETE)
@given(
    count=st.integers(1, 40),
    k=st.integers(1, 50),
    questions=st.integers(0, 25),
    seed=st.integers(0, 99),
)
def test_rows_and_scores_are_the_oracles(
    name: str, count: int, k: int, questions: int, seed: int
) -> None:
    vectors, queries = dyadic_vectors(count, seed=seed), dyadic_vectors(questions, seed=seed + 100)
    _same_but_for_the_last_place(
        KINDS[name].build(vectors).search(queries, k), oracle(vectors, queries, k)
    )


@pytest.mark.parametrize("name", COMPLETE)
@pytest.mark.parametrize("questions", [1, 3, 30])
@pytest.mark.parametrize("k", [1, 7, 100, 150, 999])
def test_rows_and_scores_are_the_oracles_among_many(name: str, questions: int, k: int) -> None:
    vectors, queries = dyadic_vectors(1_000), dyadic_vectors(questions, seed=1)
    _same_but_for_the_last_place(
        KINDS[name].build(vectors).search(queries, k), oracle(vectors, queries, k)
    )


@pytest.mark.parametrize("name", COMPLETE)
@pytest.mark.parametrize("k", [7, 100, 150])
def test_the_last_place_goes_to_the_first_of_tied_rows(name: str, k: int) -> None:
    vectors, queries = dyadic_vectors(1_000), dyadic_vectors(30, seed=1)
    _same(KINDS[name].build(vectors).search(queries, k), oracle(vectors, queries, k))


@pytest.mark.parametrize("name", COMPLETE)
@pytest.mark.parametrize("k", [1, 5, 120, 300])
def test_equal_vectors_come_in_the_order_of_their_rows(name: str, k: int) -> None:
    vectors = np.tile(dyadic_vectors(2), (150, 1))
    rows, scores = KINDS[name].build(vectors).search(vectors[:1], k)
    assert rows[0].tolist() == [*range(0, 300, 2), *range(1, 300, 2)][:k]
    assert scores[0, :150].tolist() == [1.0] * min(k, 150)


@pytest.mark.parametrize("name", KINDS)
@given(
    count=st.integers(1, 40),
    allowed=st.sets(st.integers(0, 39)),
    k=st.integers(0, 50),
    questions=st.integers(0, 5),
    seed=st.integers(0, 99),
)
@example(count=40, allowed=set(), k=5, questions=2, seed=0)
@example(count=40, allowed=set(range(40)), k=50, questions=2, seed=0)
def test_among_some_rows_every_store_finds_what_the_oracle_finds_among_them(
    name: str, count: int, allowed: set[int], k: int, questions: int, seed: int
) -> None:
    vectors, queries = dyadic_vectors(count, seed=seed), dyadic_vectors(questions, seed=seed + 100)
    among = rows_of(row for row in allowed if row < count)
    _as_held(KINDS[name], vectors, queries, k, among)


@pytest.mark.parametrize("k", [1, 7, 100, 299, 300, 301, 1_500])
def test_among_many_rows_a_store_misses_none(kind: Kind, k: int) -> None:
    """A graph that only walked past the others would."""
    vectors, queries = dyadic_vectors(1_000), dyadic_vectors(3, seed=1)
    among = rows_of(np.random.default_rng(2).permutation(1_000)[:300].tolist())
    _as_held(kind, vectors, queries, k, among)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_the_farthest_rows_are_found_where_only_they_are_allowed(kind: Kind, k: int) -> None:
    vectors, query = random_vectors(2_000), random_vectors(1, seed=1)
    among = rows_of(np.argsort(query[0] @ vectors.T)[:10].tolist())
    rows, scores = kind.build(vectors).search(query, k, among)
    assert set(rows[0].tolist()) <= set(among.tolist()) and len(set(rows[0].tolist())) == k
    best = np.sort(vectors[among] @ query[0])[::-1][:k]
    np.testing.assert_allclose(scores[0], best, atol=kind.tolerance)


@pytest.mark.parametrize("k", [1, 5, 49, 50, 60, 120])
def test_equal_vectors_among_some_rows_come_in_the_order_of_their_rows(kind: Kind, k: int) -> None:
    vectors = np.tile(dyadic_vectors(2), (150, 1))
    among = np.arange(100, 200)
    rows, scores = kind.build(vectors).search(vectors[:1], k, among)
    assert rows[0, :100].tolist() == [*range(100, 200, 2), *range(101, 200, 2)][:k]
    assert len(set(scores[0, :50].tolist())) == 1
    assert scores[0, 0] == pytest.approx(1, abs=kind.tolerance)


def test_among_no_rows_there_is_nothing(kind: Kind) -> None:
    nothing = np.empty(0, np.int64)
    rows, scores = kind.build(dyadic_vectors(9)).search(dyadic_vectors(2, seed=1), 3, nothing)
    assert rows.tolist() == [[-1] * 3] * 2
    assert scores.tolist() == [[-np.inf] * 3] * 2
    assert rows.dtype == np.int64
    assert scores.dtype == np.float32
    empty = kind.build(dyadic_vectors(9)).search(dyadic_vectors(2, seed=1), 0, nothing)
    assert empty[0].shape == empty[1].shape == (2, 0)


def test_more_hits_than_allowed_rows_leave_the_rest_empty(kind: Kind) -> None:
    vectors, queries, among = dyadic_vectors(200), dyadic_vectors(2, seed=1), rows_of([3, 77, 140])
    rows, _ = _as_held(kind, vectors, queries, 150, among)
    assert {*rows[:, :3].ravel().tolist()} == {3, 77, 140}
    assert {*rows[:, 3:].ravel().tolist()} == {-1}


def test_searching_among_some_rows_leaves_them_and_the_next_search_as_they_were(kind: Kind) -> None:
    store, queries, among = kind.build(dyadic_vectors(100)), dyadic_vectors(3, seed=1), rows_of([7])
    whole = store.search(queries, 10)
    among.flags.writeable = False
    store.search(queries, 10, among)
    assert among.tolist() == [7]
    _same(store.search(queries, 10), whole)


def test_hits_come_best_first_and_ties_by_row(kind: Kind) -> None:
    rows, scores = kind.build(dyadic_vectors(500)).search(dyadic_vectors(20, seed=1), 50)
    for found, products in zip(rows, scores, strict=True):
        pairs = list(zip((-products).tolist(), found.tolist(), strict=True))
        assert pairs == sorted(pairs)
        assert len(set(found.tolist())) == 50


def test_on_random_vectors_nearly_all_neighbours_are_found_with_their_scores(kind: Kind) -> None:
    vectors, queries = random_vectors(2_000), random_vectors(100, seed=1)
    rows, scores = kind.build(vectors).search(queries, 10)
    best = np.argsort(-(queries @ vectors.T), axis=1)[:, :10]
    recall = np.mean(
        [
            len(set(found) & set(wanted)) / 10
            for found, wanted in zip(rows.tolist(), best.tolist(), strict=True)
        ]
    )
    assert recall >= (1.0 if kind.complete else 0.99)
    np.testing.assert_allclose(
        scores, np.einsum("qkd,qd->qk", vectors[rows], queries), atol=kind.tolerance
    )


def test_what_is_missing_is_row_minus_1_with_score_minus_infinity(kind: Kind) -> None:
    vectors = dyadic_vectors(3)
    rows, scores = _as_held(kind, vectors, dyadic_vectors(2, seed=1), 5)
    assert rows[:, 3:].tolist() == [[-1, -1]] * 2
    assert scores[:, 3:].tolist() == [[-np.inf, -np.inf]] * 2


def test_shapes_and_types_are_the_contracts(kind: Kind) -> None:
    rows, scores = kind.build(dyadic_vectors(9)).search(dyadic_vectors(4, seed=1), 3)
    assert rows.shape == scores.shape == (4, 3)
    assert rows.dtype == np.int64
    assert scores.dtype == np.float32


def test_no_two_stores_have_the_same_name() -> None:
    names = [store.name for store in (ExactStore, FaissStore)]
    assert names == ["exact", "faiss"]


def test_no_questions_get_no_hits(kind: Kind) -> None:
    rows, scores = kind.build(dyadic_vectors(9)).search(np.empty((0, 32), np.float32), 3)
    assert rows.shape == scores.shape == (0, 3)


def test_no_hits_asked_for_are_no_hits(kind: Kind) -> None:
    rows, scores = kind.build(dyadic_vectors(9)).search(dyadic_vectors(2), 0)
    assert rows.shape == scores.shape == (2, 0)


def test_a_store_without_vectors_finds_nothing(kind: Kind) -> None:
    store = kind.build(np.empty((0, 32), np.float32))
    rows, scores = store.search(dyadic_vectors(1), 2)
    assert len(store) == 0
    assert (rows.tolist(), scores.tolist()) == ([[-1, -1]], [[-np.inf, -np.inf]])


def test_vectors_need_not_lie_in_one_piece(kind: Kind) -> None:
    vectors, queries = dyadic_vectors(50), dyadic_vectors(20, seed=1)
    whole = kind.build(vectors).search(queries[::2], 5)
    _same(kind.build(np.asfortranarray(vectors)).search(np.asfortranarray(queries)[::2], 5), whole)


def test_searching_leaves_the_questions_as_they_were(kind: Kind) -> None:
    queries = dyadic_vectors(3, seed=1)
    before = queries.copy()
    kind.build(dyadic_vectors(9)).search(queries, 12)
    np.testing.assert_array_equal(queries, before)


def test_a_store_read_back_finds_the_same(kind: Kind, tmp_path: Path) -> None:
    store = kind.build(dyadic_vectors(200))
    store.save(tmp_path)
    again = kind.load(tmp_path)
    queries = dyadic_vectors(10, seed=1)
    among = np.arange(20, 180, 3)
    assert len(again) == len(store) == 200
    _same(again.search(queries, 20), store.search(queries, 20))
    _same(again.search(queries, 20, among), store.search(queries, 20, among))
    assert [path.name for path in tmp_path.iterdir()] == [kind.file]


def test_a_missing_file_is_named_with_what_to_do(kind: Kind, tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=rf"cannot read .*{kind.file}: run `qa-service build`"):
        kind.load(tmp_path)


def test_faiss_says_oserror_where_a_full_disk_stops_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(index: object, path: str) -> None:
        raise RuntimeError(f"Error: 'ret == (size)' failed: write error in {path}: No space left")

    store = FaissStore.build(dyadic_vectors(9))
    monkeypatch.setattr(faiss, "write_index", full)
    with pytest.raises(OSError, match=rf"cannot write .*{faiss_module.FILE}: is the disk full\?$"):
        store.save(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 64, b"not a store at all", b"\x80\x04\x95pickle"]
)
def test_a_file_that_is_no_store_is_named_with_what_to_do(
    kind: Kind, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / kind.file).write_bytes(content)
    with pytest.raises(SnapshotError, match=rf"cannot read .*{kind.file}: run `qa-service build`"):
        kind.load(tmp_path)


def test_a_file_cut_off_anywhere_is_refused(kind: Kind, tmp_path: Path) -> None:
    kind.build(dyadic_vectors(20)).save(tmp_path)
    content = (tmp_path / kind.file).read_bytes()
    for length in [*range(0, 130, 3), *range(130, len(content), 97), len(content) - 1]:
        (tmp_path / kind.file).write_bytes(content[:length])
        with pytest.raises(SnapshotError):
            kind.load(tmp_path)


def test_threads_find_what_one_finds(kind: Kind) -> None:
    store, queries = kind.build(random_vectors(500)), random_vectors(64, seed=1)
    expected = [store.search(query[None], 10)[0].tolist() for query in queries]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda query: store.search(query[None], 10)[0].tolist(), queries))
    assert found == expected


def test_threads_that_search_among_different_rows_do_not_disturb_each_other(kind: Kind) -> None:
    store, queries = kind.build(random_vectors(500)), random_vectors(64, seed=1)
    parts = [np.arange(start, 500, 8) for start in range(8)] * 8

    def found(query: Vectors, among: Rows) -> list[int]:
        rows: list[int] = store.search(query[None], 10, among)[0][0].tolist()
        return rows

    expected = [found(query, among) for query, among in zip(queries, parts, strict=True)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(found, queries, parts)) == expected


def test_faiss_makes_a_graph_of_very_many_vectors_with_less_care(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors, depths = random_vectors(50), []
    for large_from in (51, 50):
        monkeypatch.setattr(faiss_module, "LARGE_FROM", large_from)
        depths.append(FaissStore.build(vectors, hnsw_from=1)._index.hnsw.efConstruction)
    assert depths == [200, 40]


@pytest.mark.parametrize("hnsw_from", [1, 1_000])
def test_faiss_searches_on_one_thread_and_builds_on_every_core_whichever_thread_calls(
    hnsw_from: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenMP keeps the size of its team for each calling thread."""
    monkeypatch.setattr(faiss_module, "usable_cores", lambda: 3)
    teams: list[tuple[str, int]] = []

    def watched(kind: type, method: str) -> None:
        plain = getattr(kind, method)

        def spy(self: Any, *arguments: Any, **options: Any) -> Any:
            teams.append((method, faiss.omp_get_max_threads()))
            return plain(self, *arguments, **options)

        monkeypatch.setattr(kind, method, spy)

    for index_kind in (faiss.IndexScalarQuantizer, faiss.IndexHNSWSQ):
        watched(index_kind, "add")
        watched(index_kind, "search")
    vectors = random_vectors(50)

    def build_and_search() -> None:
        store = FaissStore.build(vectors, hnsw_from=hnsw_from)
        store.search(vectors[:1], 3)
        store.search(vectors[:1], 3, np.arange(10))

    for _ in range(2):
        build_and_search()
        with ThreadPoolExecutor(1) as other_thread:
            other_thread.submit(build_and_search).result()
    assert teams == [("add", 3), ("search", 1), ("search", 1)] * 4


def test_a_graph_compares_fewer_vectors_where_fewer_neighbours_are_wanted() -> None:
    store, [query] = KINDS["faiss-hnsw"].build(random_vectors(2_000)), random_vectors(1, seed=1)

    def compared(k: int) -> int:
        counts = faiss.cvar.hnsw_stats  # type: ignore[attr-defined]
        counts.reset()
        store.search(query[None], k)
        return int(counts.ndis)

    assert compared(3) < compared(10) == compared(20)


def test_vectors_are_given_back_as_they_are_compared(kind: Kind) -> None:
    """Of some rows, whatever the graph: another engine is filled with them."""
    built, vectors = kind.build(random_vectors(50)), random_vectors(50)
    given = built.vectors(7, 20)
    assert given.shape == (13, 64) and given.dtype == np.float32
    np.testing.assert_allclose(given, vectors[7:20], atol=max(1e-3, kind.tolerance))
    _, scores = built.search(given[:1], 1)
    assert scores[0, 0] == pytest.approx(float(given[0] @ given[0]), abs=kind.tolerance)
