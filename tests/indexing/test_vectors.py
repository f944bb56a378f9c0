"""Vectors of earlier builds are used again, and only those that are whole and of this encoder. Each
test name is the rule.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
from support.fakes import Broken, CountingEncoder

from qa_service.encoders import Encoder
from qa_service.encoders.hashing import HashingEncoder
from qa_service.indexing import kept as kept_module
from qa_service.indexing import texts
from qa_service.indexing import vectors as vectors_module
from qa_service.indexing.kept import Kept
from qa_service.indexing.texts import KeptTexts
from qa_service.indexing.vectors import CachedEncoder
from qa_service.text.courtesy import without_courtesy
from qa_service.text.spelling import word_counts
from qa_service.types import Vectors

TEXTS = ["скільки коштує", "які документи", "де отримати"]


class Breaking(CountingEncoder):
    """Breaks at the question `breaks_at`."""

    def __init__(self, breaks_at: str) -> None:
        super().__init__()
        self._breaks_at = breaks_at

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        if self._breaks_at in texts:
            raise Broken
        return super().encode_queries(texts)


def _file(folder: Path) -> Path:
    [path] = folder.glob(".kept-*.sqlite")
    return path


@contextmanager
def _cached(folder: Path, encoder: Encoder) -> Iterator[tuple[CachedEncoder, Kept]]:
    with Kept.open(folder, encoder.fingerprint) as kept:
        yield CachedEncoder(encoder, kept), kept


def _fill(folder: Path, texts: Sequence[str] = TEXTS) -> None:
    with _cached(folder, CountingEncoder()) as (cache, _kept):
        cache.encode_queries(texts)


def test_a_text_is_encoded_once_and_its_vector_stays_the_same_to_the_bit(tmp_path: Path) -> None:
    _fill(tmp_path)
    encoder, steps = CountingEncoder(), list[int]()
    with _cached(tmp_path, encoder) as (cache, _kept):
        vectors = cache.encode_queries([*TEXTS, "новий"], steps.append)
        assert np.array_equal(cache.encode_queries(["новий"]), vectors[3:])
    assert encoder.encoded == ["новий"] and steps == [3, 4]
    assert np.array_equal(vectors, HashingEncoder(64).encode_queries([*TEXTS, "новий"]))


def test_what_is_kept_is_read_a_part_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vectors of 1,000,000 texts as objects of Python take as much again."""
    monkeypatch.setattr(vectors_module, "_AT_ONCE", 2)
    asked: list[int] = []
    find = Kept.find

    def counted(kept: Kept, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        asked.append(len(keys))
        return find(kept, keys)

    monkeypatch.setattr(Kept, "find", counted)
    _fill(tmp_path)
    steps: list[int] = []
    with _cached(tmp_path, CountingEncoder()) as (cache, _kept):
        vectors = cache.encode_queries([*TEXTS, "новий"], steps.append)
    assert asked == [2, 1, 2, 2] and steps == [2, 3, 4]
    assert np.array_equal(vectors, HashingEncoder(64).encode_queries([*TEXTS, "новий"]))


def test_a_question_and_a_passage_of_the_same_words_are_two_texts(tmp_path: Path) -> None:
    _fill(tmp_path)
    encoder = CountingEncoder()
    with _cached(tmp_path, encoder) as (cache, _kept):
        cache.encode_passages(TEXTS)
    assert encoder.encoded == TEXTS


def test_the_vectors_of_another_encoder_are_not_used_and_go(tmp_path: Path) -> None:
    _fill(tmp_path)
    old, encoder = _file(tmp_path), CountingEncoder(32)
    with _cached(tmp_path, encoder) as (cache, _kept):
        assert cache.encode_queries(TEXTS).shape == (3, 32)
    assert encoder.encoded == TEXTS and _file(tmp_path) != old


def test_a_damaged_vector_is_made_again(tmp_path: Path) -> None:
    _fill(tmp_path)
    with sqlite3.connect(_file(tmp_path)) as database:
        [(key, vector)] = database.execute("SELECT key, value FROM kept LIMIT 1").fetchall()
        changed = bytes([vector[0] ^ 1]) + vector[1:]
        database.execute("UPDATE kept SET value = ? WHERE key = ?", (changed, key))
    encoder = CountingEncoder()
    with _cached(tmp_path, encoder) as (cache, _kept):
        vectors = cache.encode_queries(TEXTS)
    assert len(encoder.encoded) == 1
    assert np.array_equal(vectors, HashingEncoder(64).encode_queries(TEXTS))


def test_a_file_that_is_no_database_is_made_anew(tmp_path: Path) -> None:
    _fill(tmp_path)
    _file(tmp_path).write_bytes(b"no database at all, but long enough to look like one" * 40)
    _fill(tmp_path)
    encoder = CountingEncoder()
    with _cached(tmp_path, encoder) as (cache, _kept):
        cache.encode_queries(TEXTS)
    assert encoder.encoded == []


def test_where_nothing_can_be_kept_it_is_said_once_and_the_vectors_are_right(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = CountingEncoder()
    (tmp_path / f".kept-{encoder.fingerprint}.sqlite").mkdir()
    with _cached(tmp_path, encoder) as (cache, kept):
        vectors = cache.encode_queries(TEXTS)
        kept.forget_unused()
    assert np.array_equal(vectors, HashingEncoder(64).encode_queries(TEXTS))
    assert [one.message for one in caplog.records] == ["nothing is kept for the next build"]


def test_a_file_that_another_process_holds_stays_as_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_module, "_WAIT_S", 0)
    _fill(tmp_path)
    with closing(sqlite3.connect(_file(tmp_path))) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        _fill(tmp_path)
    assert [one.message for one in caplog.records] == ["nothing is kept for the next build"]
    encoder = CountingEncoder()
    with _cached(tmp_path, encoder) as (cache, _kept):
        cache.encode_queries(TEXTS)
    assert encoder.encoded == []


def test_a_build_that_breaks_goes_on_where_it_was(tmp_path: Path) -> None:
    many = [f"питання {number}" for number in range(100)]
    broken = Breaking(breaks_at="питання 70")
    with pytest.raises(Broken), _cached(tmp_path, broken) as (cache, _):
        cache.encode_queries(many)
    encoder = CountingEncoder()
    with _cached(tmp_path, encoder) as (cache, _kept):
        cache.encode_queries(many)
    assert 0 < len(encoder.encoded) < len(many) and "питання 70" in encoder.encoded


def test_what_no_build_asked_for_is_forgotten(tmp_path: Path) -> None:
    _fill(tmp_path)
    with _cached(tmp_path, CountingEncoder()) as (cache, kept):
        cache.encode_queries(TEXTS[:1])
        kept.forget_unused()
    encoder = CountingEncoder()
    with _cached(tmp_path, encoder) as (cache, kept):
        cache.encode_queries(TEXTS)
        kept.forget_all()
        cache.encode_queries(TEXTS[:1])
    assert encoder.encoded == [*TEXTS[1:], TEXTS[0]]


def test_an_encoder_over_what_is_kept_says_that_it_is_the_encoder(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    with _cached(tmp_path, encoder) as (cache, _):
        told = (cache.name, cache.fingerprint, cache.dimension)
    assert told == (encoder.name, encoder.fingerprint, encoder.dimension)


def test_a_question_is_read_once_as_long_as_no_text_rule_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def counting(text: str) -> str:
        read.append(text)
        return without_courtesy(text)

    monkeypatch.setattr(texts, "without_courtesy", counting)
    asked = ["Добрий день! Скільки коштує?", "Дякую!", "Дякую!"]
    for _ in range(2):
        with Kept.open(tmp_path, "encoder") as kept:
            assert KeptTexts(kept).bare(asked) == ["скільки коштує?", "дякую!", "дякую!"]
    assert len(read) == 2
    monkeypatch.setattr(texts, "text_rules", lambda: "others")
    with Kept.open(tmp_path, "encoder") as kept:
        KeptTexts(kept).bare(asked)
    assert len(read) == 4


def test_words_are_counted_once_and_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []

    def counting(some: Sequence[str]) -> Counter[str]:
        counted.extend(some)
        return word_counts(some)

    monkeypatch.setattr(texts, "word_counts", counting)
    held = ["Обмін прав", "права, права!"]
    for _ in range(2):
        with Kept.open(tmp_path, "encoder") as kept:
            assert KeptTexts(kept).word_counts(held) == word_counts(held)
    assert counted == held
