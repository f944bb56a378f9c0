"""Late interaction's TokenStore, compared with the rule written out slowly over vectors that are not quantised."""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from qa_service.errors import SnapshotError
from qa_service.stores.tokens import SCALES_FILE, STARTS_FILE, VECTORS_FILE, TokenStore, quantise
from qa_service.types import Rows, Vectors

DIMENSION = 16
FILES = [VECTORS_FILE, SCALES_FILE, STARTS_FILE]

ROUNDING = 0.5 / 127 * DIMENSION**0.5
"""By how much half a step of int8 in each number can change the inner product of two unit vectors."""


def tokens(count: int, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, DIMENSION), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def some_passages(lengths: list[int], seed: int = 0) -> list[Vectors]:
    return [tokens(length, seed + number) for number, length in enumerate(lengths)]


def store_of(passages: list[Vectors]) -> TokenStore:
    return TokenStore.build(quantise(passage) for passage in passages)


def oracle(question: Vectors, passages: list[Vectors], rows: Rows) -> list[float]:
    """For each row, the mean over the question's tokens of the best cosine among the passage's."""
    return [sum(max(float(asked @ token) for token in passages[row]) for asked in question) / len(question) for row in rows]


PASSAGES = some_passages([3, 1, 7, 2, 5])
QUESTION = tokens(4, seed=99)


@given(
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=8),
    question=st.integers(1, 5),
    candidates=st.integers(1, 8),
    seed=st.integers(0, 999),
)
def test_scores_are_the_oracles_within_the_rounding(lengths: list[int], question: int, candidates: int, seed: int) -> None:
    passages, asked = some_passages(lengths, seed), tokens(question, seed + 1_000)
    rows = np.random.default_rng(seed).permutation(len(passages))[:candidates]
    scores = store_of(passages).scores(asked, rows)
    assert scores.shape == rows.shape
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, oracle(asked, passages, rows), atol=ROUNDING)


def test_a_passage_of_the_questions_own_tokens_scores_1() -> None:
    assert store_of(PASSAGES).scores(PASSAGES[2], np.array([2]))[0] == pytest.approx(1, abs=ROUNDING)


@pytest.mark.parametrize("rows", [[0], [4], [1, 1], [4, 0], [4, 3, 2, 1, 0], [2, 0, 2]])
def test_scores_come_in_the_order_of_the_rows_and_each_is_its_own(rows: list[int]) -> None:
    store = store_of(PASSAGES)
    every = store.scores(QUESTION, np.arange(len(store)))
    np.testing.assert_allclose(store.scores(QUESTION, np.array(rows)), every[rows], atol=1e-6)


def test_the_number_of_passages_is_known() -> None:
    assert len(store_of(PASSAGES)) == 5
    assert len(store_of(PASSAGES[:1])) == 1


def test_a_vector_of_nothing_but_zeros_scores_0() -> None:
    nothing = np.zeros((2, DIMENSION), np.float32)
    store = store_of([nothing, PASSAGES[0]])
    assert store.scores(QUESTION, np.array([0])).tolist() == [0]
    assert store.scores(nothing, np.array([0, 1])).tolist() == [0, 0]


FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=FINITE))
def test_quantised_vectors_are_whole_numbers_up_to_127_and_half_a_step_away(vectors: Vectors) -> None:
    whole, steps = quantise(vectors)
    assert (whole.shape, steps.shape) == (vectors.shape, vectors.shape[:1])
    assert whole.dtype == np.int8
    assert steps.dtype == np.float32
    assert np.abs(whole.astype(int)).max() <= 127
    assert (steps > 0).all()
    steps_wide = steps.astype(np.float64)[:, None]
    assert (np.abs(whole * steps_wide - vectors) <= 0.5001 * steps_wide).all()


def test_the_largest_number_of_a_vector_becomes_127() -> None:
    whole, _ = quantise(np.array([[0.5, -1.0], [0.002, 0.001]], np.float32))
    assert whole.tolist() == [[64, -127], [127, 64]]


def test_a_store_read_back_scores_the_same(tmp_path: Path) -> None:
    store = store_of(PASSAGES)
    store.save(tmp_path)
    again = TokenStore.load(tmp_path)
    rows = np.arange(len(store))
    assert len(again) == len(store)
    np.testing.assert_array_equal(again.scores(QUESTION, rows), store.scores(QUESTION, rows))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)


def pickled() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([{"a": 1}], object), allow_pickle=True)
    return file.getvalue()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [None, b"", b"\x00" * 64, b"not an array", b"\x80\x04\x95pickle", pickled()])
def test_a_damaged_or_missing_file_is_refused_with_the_folder_and_what_to_do(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    store_of(PASSAGES).save(tmp_path)
    (tmp_path / name).unlink() if content is None else (tmp_path / name).write_bytes(content)
    with pytest.raises(SnapshotError, match=rf"cannot read the token vectors in {tmp_path}: run `qa-service build`"):
        TokenStore.load(tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path, name: str) -> None:
    store_of(PASSAGES).save(tmp_path)
    content = (tmp_path / name).read_bytes()
    for length in [*range(0, 130, 7), len(content) // 2, len(content) - 1]:
        (tmp_path / name).write_bytes(content[:length])
        with pytest.raises(SnapshotError):
            TokenStore.load(tmp_path)
            pytest.fail(f"{name} was read though cut off after {length} of {len(content)} bytes")


def test_threads_get_the_scores_that_one_gets(tmp_path: Path) -> None:
    store_of(PASSAGES).save(tmp_path)
    store, rows = TokenStore.load(tmp_path), np.arange(len(PASSAGES))
    questions = [tokens(4, seed) for seed in range(64)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda question: store.scores(question, rows).tolist(), questions))
    assert found == [store.scores(question, rows).tolist() for question in questions]
