"""What every TermIndex does, compared with BM25 (Lucene's variant) written out slowly."""

import math
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa_service.errors import SnapshotError
from qa_service.stores import TermIndex
from qa_service.stores.bm25 import K1, B, Bm25Index

CLOSE = 1e-5
INDEXES: list[type[TermIndex]] = [Bm25Index]

TERMS = st.sampled_from(["права", "обмін", "номер", "ціна", "паспорт", "об'єкт", "vin"])
DOCUMENTS = st.lists(st.lists(TERMS, max_size=8), min_size=1, max_size=12)

DOCUMENT_LISTS = [["обмін", "права"], ["номер", "ціна", "номер"], ["права", "ціна"], []]


@pytest.fixture(params=INDEXES, ids=lambda index: index.__name__)
def index(request: pytest.FixtureRequest) -> type[TermIndex]:
    found: type[TermIndex] = request.param
    return found


def bm25(documents: Sequence[Sequence[str]], terms: Sequence[str]) -> list[float]:
    """Each document's score: Robertson's BM25 without the constant factor k1 + 1 and with idf's
    logarithm of 1 + …, as Lucene.
    """
    average = sum(map(len, documents)) / len(documents)
    scores = [0.0] * len(documents)
    for term in terms:
        having = sum(term in document for document in documents)
        idf = math.log(1 + (len(documents) - having + 0.5) / (having + 0.5))
        for row, document in enumerate(documents):
            if frequency := Counter(document)[term]:
                scores[row] += (
                    idf * frequency / (frequency + K1 * (1 - B + B * len(document) / average))
                )
    return scores


@pytest.mark.parametrize("kind", INDEXES)
@given(
    documents=DOCUMENTS,
    terms=st.lists(TERMS | st.just("невідоме"), max_size=5),
    k=st.integers(0, 15),
)
@example(documents=DOCUMENT_LISTS, terms=["права", "права", "ціна"], k=3)
def test_rows_and_scores_are_bm25s(
    kind: type[TermIndex], documents: list[list[str]], terms: list[str], k: int
) -> None:
    expected = bm25(documents, terms)
    best = sorted(
        (row for row, score in enumerate(expected) if score > 0),
        key=lambda row: (-round(expected[row], 5), row),
    )[:k]
    index = kind.build(documents)
    np.testing.assert_allclose(index.scores(terms), expected, atol=CLOSE)
    rows, scores = index.search(terms, k)
    assert len(rows) == len(scores) == len(best)
    np.testing.assert_allclose(scores, [expected[row] for row in best], atol=CLOSE)
    np.testing.assert_allclose(scores, [expected[row] for row in rows], atol=CLOSE)


@pytest.mark.parametrize("kind", INDEXES)
@given(
    documents=DOCUMENTS,
    terms=st.lists(TERMS | st.just("невідоме"), max_size=5),
    allowed=st.sets(st.integers(0, 11)),
    k=st.integers(0, 15),
)
@example(documents=DOCUMENT_LISTS, terms=["права", "ціна"], allowed=set(), k=3)
@example(documents=DOCUMENT_LISTS, terms=["права", "ціна"], allowed={0, 2}, k=15)
def test_among_some_rows_only_they_are_found_with_the_scores_that_they_have_among_all(
    kind: type[TermIndex], documents: list[list[str]], terms: list[str], allowed: set[int], k: int
) -> None:
    among = np.array(sorted(row for row in allowed if row < len(documents)), np.int64)
    index = kind.build(documents)
    whole = index.scores(terms)
    expected = sorted((-whole[row], row) for row in among.tolist() if whole[row] > 0)[:k]
    rows, scores = index.search(terms, k, among)
    assert rows.tolist() == [row for _, row in expected]
    assert scores.tolist() == [-score for score, _ in expected]
    np.testing.assert_allclose(scores, np.array(bm25(documents, terms))[rows], atol=CLOSE)
    assert rows.dtype == np.int64
    assert scores.dtype == np.float32


@pytest.mark.parametrize("k", [1, 5, 24, 25, 26, 100])
def test_equal_documents_among_some_rows_come_in_the_order_of_their_rows(
    index: type[TermIndex], k: int
) -> None:
    among = np.arange(50, 100)
    rows, _ = index.build([["ціна"], ["права"]] * 50).search(["права"], k, among)
    assert rows.tolist() == list(range(51, 100, 2))[:k]


def test_searching_among_some_rows_leaves_them_and_the_next_search_as_they_were(
    index: type[TermIndex],
) -> None:
    built, among = index.build(DOCUMENT_LISTS), np.array([2], np.int64)
    among.flags.writeable = False
    before = [part.tolist() for part in built.search(["права", "ціна"], 5)]
    assert built.search(["права", "ціна"], 5, among)[0].tolist() == [2]
    assert [part.tolist() for part in built.search(["права", "ціна"], 5)] == before


@pytest.mark.parametrize("kind", INDEXES)
@given(documents=DOCUMENTS, terms=st.lists(TERMS, max_size=5))
def test_the_best_scores_of_parts_are_the_most_of_all_scores(
    kind: type[TermIndex], documents: list[list[str]], terms: list[str]
) -> None:
    index, parts = kind.build(documents), (range(1), range(len(documents)))
    scores = index.scores(terms)
    assert index.best_scores(terms, parts) == [scores[0], scores.max()]


@pytest.mark.parametrize("kind", INDEXES)
@given(documents=DOCUMENTS, terms=st.lists(TERMS, max_size=5))
def test_hits_come_best_first_and_ties_by_row(
    kind: type[TermIndex], documents: list[list[str]], terms: list[str]
) -> None:
    rows, scores = kind.build(documents).search(terms, len(documents))
    pairs = list(zip((-scores).tolist(), rows.tolist(), strict=True))
    assert pairs == sorted(pairs)
    assert len(set(rows.tolist())) == len(rows)


def test_equal_documents_come_in_the_order_of_their_rows(index: type[TermIndex]) -> None:
    rows, _ = index.build([["ціна"], ["права"]] * 50).search(["права"], 40)
    assert rows.tolist() == list(range(1, 80, 2))


@pytest.mark.parametrize("terms", [[], ["невідоме"], [""], ["\x00"]])
def test_terms_of_no_document_have_no_hits(index: type[TermIndex], terms: list[str]) -> None:
    rows, scores = index.build(DOCUMENT_LISTS).search(terms, 5)
    assert (rows.shape, scores.shape) == ((0,), (0,))
    assert rows.dtype == np.int64
    assert scores.dtype == np.float32


def test_an_unknown_term_changes_nothing(index: type[TermIndex]) -> None:
    built = index.build(DOCUMENT_LISTS)
    with_unknown, without = built.search(["права", "невідоме"], 5), built.search(["права"], 5)
    assert [part.tolist() for part in with_unknown] == [part.tolist() for part in without]


def test_a_term_asked_for_twice_counts_twice(index: type[TermIndex]) -> None:
    built = index.build(DOCUMENT_LISTS)
    np.testing.assert_allclose(
        built.search(["ціна", "ціна"], 5)[1], 2 * built.search(["ціна"], 5)[1]
    )


@pytest.mark.parametrize("documents", [[[]], [[], []]])
def test_documents_without_terms_are_counted_and_never_found(
    index: type[TermIndex], documents: list[list[str]]
) -> None:
    built = index.build(documents)
    assert len(built) == len(documents)
    assert built.search(["права"], 5)[0].tolist() == []


def test_an_index_read_back_finds_the_same(index: type[TermIndex], tmp_path: Path) -> None:
    built = index.build(DOCUMENT_LISTS)
    built.save(tmp_path)
    again = index.load(tmp_path)
    assert len(again) == len(built) == len(DOCUMENT_LISTS)
    for terms in (["права"], ["ціна", "номер", "номер"], ["невідоме"]):
        for among in (None, np.array([0, 2], np.int64)):
            assert [part.tolist() for part in again.search(terms, 5, among)] == [
                part.tolist() for part in built.search(terms, 5, among)
            ]


def test_no_file_holds_a_pickle(index: type[TermIndex], tmp_path: Path) -> None:
    index.build(DOCUMENT_LISTS).save(tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert not path.read_bytes().startswith(b"\x80"), path
        if path.suffix == ".npy":
            np.load(path, allow_pickle=False)
        else:
            path.read_text("utf-8")


def test_arrays_of_pickled_objects_are_not_read(index: type[TermIndex], tmp_path: Path) -> None:
    index.build(DOCUMENT_LISTS).save(tmp_path)
    for path in tmp_path.rglob("*.npy"):
        np.save(path, np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(SnapshotError):
        index.load(tmp_path)


def test_a_folder_without_an_index_is_named_with_what_to_do(
    index: type[TermIndex], tmp_path: Path
) -> None:
    with pytest.raises(
        SnapshotError, match=rf"cannot read .*{tmp_path.name}: run `qa-service build`"
    ):
        index.load(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 64, b"[]", b"null", b"not an index", b"\x80\x04\x95pickle", None]
)
def test_a_damaged_or_missing_file_is_refused(
    index: type[TermIndex], tmp_path: Path, content: bytes | None
) -> None:
    index.build(DOCUMENT_LISTS).save(tmp_path)
    for path in sorted(path for path in tmp_path.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(SnapshotError):
            index.load(tmp_path)
            pytest.fail(f"{path.name} was read though it holds {content!r}")
        path.write_bytes(whole)


def test_a_file_cut_off_anywhere_is_refused(index: type[TermIndex], tmp_path: Path) -> None:
    index.build(DOCUMENT_LISTS).save(tmp_path)
    for path in sorted(path for path in tmp_path.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        for length in {0, 1, 10, len(whole) // 2, len(whole) - 2}:
            path.write_bytes(whole[:length])
            with pytest.raises(SnapshotError):
                index.load(tmp_path)
                pytest.fail(
                    f"{path.name} was read though cut off after {length} of {len(whole)} bytes"
                )
        path.write_bytes(whole)


def test_threads_find_what_one_finds(index: type[TermIndex]) -> None:
    built = index.build(DOCUMENT_LISTS * 20)
    questions = [["права"], ["ціна"], ["номер", "обмін"], ["невідоме"]] * 16
    expected = [built.search(terms, 10)[0].tolist() for terms in questions]
    with ThreadPoolExecutor(8) as threads:
        assert (
            list(threads.map(lambda terms: built.search(terms, 10)[0].tolist(), questions))
            == expected
        )


@pytest.mark.parametrize("kind", INDEXES)
@given(documents=DOCUMENTS, terms=st.lists(TERMS | st.just("невідоме"), max_size=5))
def test_a_score_is_the_sum_of_what_each_term_adds(
    kind: type[TermIndex], documents: list[list[str]], terms: list[str]
) -> None:
    index = kind.build(documents)
    impacts, asked = index.impacts(), index.numbers(terms)
    assert len(impacts.starts) == len(documents) + 1 and impacts.unused not in asked
    sums = []
    for first, last in pairwise(impacts.starts.tolist()):
        its = dict(zip(impacts.terms[first:last].tolist(), impacts.values[first:last], strict=True))
        sums.append(sum(its.get(number, 0.0) for number in asked))
    np.testing.assert_allclose(index.scores(terms), sums, atol=CLOSE)


def test_terms_are_read_alone_with_the_numbers_that_they_have(
    index: type[TermIndex], tmp_path: Path
) -> None:
    built = index.build(DOCUMENT_LISTS)
    built.save(tmp_path)
    for file in tmp_path.glob("*.npy"):
        file.unlink()
    numbers, documents = index.load_terms(tmp_path)
    assert documents == len(DOCUMENT_LISTS)
    assert {term: [number] for term, number in numbers.items()} == {
        term: built.numbers([term]) for words in DOCUMENT_LISTS for term in words
    }


def test_bm25_numbers_terms_in_the_order_asked_and_leaves_out_what_it_does_not_hold() -> None:
    index = Bm25Index.build([["прав", "обмі"], ["прав", "ціна"]])
    licence, exchange = index.numbers(["прав"])[0], index.numbers(["обмі"])[0]
    asked = ["обмі", "права", "пра", "прав", "ява", "обмі", ""]
    assert index.numbers(asked) == [exchange, licence, exchange]
    assert index.numbers([]) == Bm25Index.build([[]]).numbers(["прав"]) == []
