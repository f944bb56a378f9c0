"""Vectors of earlier builds are used again, and only those that are whole and of this encoder. Each
test name is the rule.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.fakes import Broken

from qa_service.encoders.hashing import HashingEncoder
from qa_service.indexing.vectors import CachedEncoder, VectorCache
from qa_service.types import Vectors

TEXTS = ["скільки коштує", "які документи", "де отримати"]


class Counting(HashingEncoder):
    """Notes each text that it encodes, and breaks at the text `breaks_at`."""

    def __init__(self, dimension: int = 64, breaks_at: str = "") -> None:
        super().__init__(dimension)
        self.encoded: list[str] = []
        self._breaks_at = breaks_at

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        if self._breaks_at in texts:
            raise Broken
        self.encoded += texts
        return super().encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        return super().encode_passages(texts)


def _file(folder: Path) -> Path:
    [path] = folder.glob(".vectors-*.sqlite")
    return path


def _fill(folder: Path, texts: Sequence[str] = TEXTS) -> None:
    with VectorCache.open(folder, Counting()) as cache:
        cache.queries(texts)


def test_a_text_is_encoded_once_and_its_vector_stays_the_same_to_the_bit(tmp_path: Path) -> None:
    _fill(tmp_path)
    encoder, steps = Counting(), list[int]()
    with VectorCache.open(tmp_path, encoder) as cache:
        vectors = cache.queries([*TEXTS, "новий"], steps.append)
        assert np.array_equal(cache.queries(["новий"]), vectors[3:])
    assert encoder.encoded == ["новий"] and steps == [3, 4]
    assert np.array_equal(vectors, HashingEncoder(64).encode_queries([*TEXTS, "новий"]))


def test_a_question_and_a_passage_of_the_same_words_are_two_texts(tmp_path: Path) -> None:
    _fill(tmp_path)
    encoder = Counting()
    with VectorCache.open(tmp_path, encoder) as cache:
        cache.passages(TEXTS)
    assert encoder.encoded == TEXTS


def test_the_vectors_of_another_encoder_are_not_used_and_go(tmp_path: Path) -> None:
    _fill(tmp_path)
    old, encoder = _file(tmp_path), Counting(32)
    with VectorCache.open(tmp_path, encoder) as cache:
        assert cache.queries(TEXTS).shape == (3, 32)
    assert encoder.encoded == TEXTS and _file(tmp_path) != old


def test_a_damaged_vector_is_made_again(tmp_path: Path) -> None:
    _fill(tmp_path)
    with sqlite3.connect(_file(tmp_path)) as database:
        [(key, vector)] = database.execute("SELECT key, vector FROM vectors LIMIT 1").fetchall()
        changed = bytes([vector[0] ^ 1]) + vector[1:]
        database.execute("UPDATE vectors SET vector = ? WHERE key = ?", (changed, key))
    encoder = Counting()
    with VectorCache.open(tmp_path, encoder) as cache:
        vectors = cache.queries(TEXTS)
    assert len(encoder.encoded) == 1
    assert np.array_equal(vectors, HashingEncoder(64).encode_queries(TEXTS))


def test_a_file_that_is_no_database_is_made_anew(tmp_path: Path) -> None:
    _fill(tmp_path)
    _file(tmp_path).write_bytes(b"no database at all, but long enough to look like one" * 40)
    _fill(tmp_path)
    encoder = Counting()
    with VectorCache.open(tmp_path, encoder) as cache:
        cache.queries(TEXTS)
    assert encoder.encoded == []


def test_where_nothing_can_be_kept_it_is_said_once_and_the_vectors_are_right(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = Counting()
    (tmp_path / f".vectors-{encoder.fingerprint}.sqlite").mkdir()
    with VectorCache.open(tmp_path, encoder) as cache:
        vectors = cache.queries(TEXTS)
        cache.forget_unused()
    assert np.array_equal(vectors, HashingEncoder(64).encode_queries(TEXTS))
    assert [one.message for one in caplog.records] == ["vectors are not kept for the next build"]


def test_a_build_that_breaks_goes_on_where_it_was(tmp_path: Path) -> None:
    many = [f"питання {number}" for number in range(100)]
    broken = Counting(breaks_at="питання 70")
    with pytest.raises(Broken), VectorCache.open(tmp_path, broken) as cache:
        cache.queries(many)
    encoder = Counting()
    with VectorCache.open(tmp_path, encoder) as cache:
        cache.queries(many)
    assert 0 < len(encoder.encoded) < len(many) and "питання 70" in encoder.encoded


def test_what_no_build_asked_for_is_forgotten(tmp_path: Path) -> None:
    _fill(tmp_path)
    with VectorCache.open(tmp_path, Counting()) as cache:
        cache.queries(TEXTS[:1])
        cache.forget_unused()
    encoder = Counting()
    with VectorCache.open(tmp_path, encoder) as cache:
        cache.queries(TEXTS)
        cache.forget_all()
        cache.queries(TEXTS[:1])
    assert encoder.encoded == [*TEXTS[1:], TEXTS[0]]


def test_an_encoder_over_a_cache_is_the_encoder(tmp_path: Path) -> None:
    _fill(tmp_path)
    encoder = Counting()
    with VectorCache.open(tmp_path, encoder) as cache:
        cached = CachedEncoder(cache)
        assert np.array_equal(cached.encode_queries(TEXTS[:1]), encoder.encode_queries(TEXTS[:1]))
        assert np.array_equal(cached.encode_passages(["a"]), encoder.encode_passages(["a"]))
    assert encoder.encoded == [TEXTS[0], "a", "a"]
    assert (cached.name, cached.fingerprint) == (encoder.name, encoder.fingerprint)
