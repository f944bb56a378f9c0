"""Texts -> vectors, each text once: the vectors of earlier builds are kept beside the versions.

A build that was killed goes on where it was, and an editor's change embeds what it changed. The
vectors are those that the encoder gave, bit for bit, so that a build with them equals one without.
"""

import hashlib
import logging
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self, TypeVar

import numpy as np

from qa_service.encoders import Encoder
from qa_service.files import usable_cores
from qa_service.indexing.texts import LegTexts
from qa_service.retrieval import PASSAGES
from qa_service.types import Progress, Vectors

logger = logging.getLogger(__name__)

_BATCH = 16
_ADDED_AT_ONCE = 512
_ASKED_AT_ONCE = 500
_KEY_BYTES = 16
_PREFIX = ".vectors-"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, crc INTEGER, vector BLOB)
"""


def _unseen(done: int) -> None:
    """Progress that nobody follows."""


Encode = Callable[[Sequence[str]], Vectors]
Value = TypeVar("Value")


class VectorCache:
    """Vectors of one encoder by text, in an SQLite file. Of one thread.

    A file that cannot be used is no reason not to build: it is said once, and nothing is kept.
    """

    def __init__(self, encoder: Encoder, database: sqlite3.Connection | None) -> None:
        self.encoder, self._database = encoder, database
        self._used: set[bytes] = set()
        self._added: dict[bytes, bytes] = {}
        """What is not in the file yet."""

    @classmethod
    @contextmanager
    def open(cls, index: Path, encoder: Encoder) -> Iterator[Self]:
        """The vectors kept in `index`; those of other encoders are removed."""
        path = index / f"{_PREFIX}{encoder.fingerprint}.sqlite"
        for other in index.glob(f"{_PREFIX}*"):
            if not other.name.startswith(path.name):
                with suppress(OSError):
                    other.unlink()
        cache = cls(encoder, _opened(path))
        try:
            yield cache
        finally:
            cache.close()

    def queries(self, texts: Sequence[str], progress: Callable[[int], None] = _unseen) -> Vectors:
        """Like `Encoder.encode_queries`. progress: is told how many of `texts` are done."""
        return self._vectors("query", texts, self.encoder.encode_queries, progress)

    def passages(self, texts: Sequence[str], progress: Callable[[int], None] = _unseen) -> Vectors:
        """Like `Encoder.encode_passages`. progress: is told how many of `texts` are done."""
        return self._vectors("passage", texts, self.encoder.encode_passages, progress)

    def forget_all(self) -> None:
        """Drop every vector."""
        with self._using() as database:
            if database is not None:
                database.execute("DELETE FROM vectors")

    def forget_unused(self) -> None:
        """Drop the vectors of texts that nobody asked for since the cache was opened."""
        with self._using() as database:
            if database is not None:
                database.execute("CREATE TEMP TABLE used (key BLOB PRIMARY KEY)")
                database.executemany("INSERT INTO used VALUES (?)", ((key,) for key in self._used))
                database.execute("DELETE FROM vectors WHERE key NOT IN (SELECT key FROM used)")

    def close(self) -> None:
        self._store_added()
        if self._database is not None:
            self._database.close()

    def _vectors(
        self, kind: str, texts: Sequence[str], encode: Encode, progress: Callable[[int], None]
    ) -> Vectors:
        keys = [_key(kind, text) for text in texts]
        self._used.update(keys)
        vectors = np.empty((len(texts), self.encoder.dimension), np.float32)
        known = self._known(keys)
        missing = [row for row, key in enumerate(keys) if key not in known]
        for row, key in enumerate(keys):
            if key in known:
                vectors[row] = np.frombuffer(known[key], np.float32)
        done = len(texts) - len(missing)
        progress(done)
        for rows, encoded in _encoded(encode, texts, missing):
            vectors[rows] = encoded
            self._add([keys[row] for row in rows], encoded)
            done += len(rows)
            progress(done)
        return vectors

    def _known(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is kept and whole."""
        size = self.encoder.dimension * np.dtype(np.float32).itemsize
        found = {key: self._added[key] for key in keys if key in self._added}
        with self._using() as database:
            if database is not None:
                for some in _slices(keys, _ASKED_AT_ONCE):
                    places = ",".join("?" * len(some))
                    query = f"SELECT key, crc, vector FROM vectors WHERE key IN ({places})"  # noqa: S608
                    for key, crc, vector in database.execute(query, some):
                        if len(vector) == size and zlib.crc32(vector) == crc:
                            found[key] = vector
        return found

    def _add(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        for key, vector in zip(keys, vectors, strict=True):
            self._added[key] = vector.astype(np.float32).tobytes()
        if len(self._added) >= _ADDED_AT_ONCE:
            self._store_added()

    def _store_added(self) -> None:
        added, self._added = self._added, {}
        rows = [(key, zlib.crc32(vector), vector) for key, vector in added.items()]
        with self._using() as database:
            if database is not None and rows:
                database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection | None]:
        """The database in a transaction; None once it failed."""
        try:
            if self._database is None:
                yield None
            else:
                with self._database:
                    yield self._database
        except sqlite3.Error as error:
            _say(error)
            self._database = None


class CachedEncoder:
    """The encoder of a cache, which looks there first. Of the cache's thread."""

    def __init__(self, cache: VectorCache) -> None:
        encoder = cache.encoder
        self.name, self.fingerprint, self.dimension = (
            encoder.name,
            encoder.fingerprint,
            encoder.dimension,
        )
        self._cache = cache

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._cache.queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._cache.passages(texts)


def embed(cache: VectorCache, texts: LegTexts, progress: Progress) -> Vectors:
    """The vectors of a leg's texts, shape (texts, dimension)."""
    encode = cache.passages if texts.leg == PASSAGES else cache.queries
    count = len(texts.texts)
    return encode(texts.texts, lambda done: progress(texts.leg, done, count))


def _encoded(
    encode: Encode, texts: Sequence[str], rows: Sequence[int]
) -> Iterator[tuple[Sequence[int], Vectors]]:
    """Some rows at a time with the vectors of their texts, a batch on each core."""
    if not rows:
        return
    batches = list(_slices(rows, _BATCH))
    with ThreadPoolExecutor(usable_cores()) as pool:
        found = pool.map(lambda batch: encode([texts[row] for row in batch]), batches)
        yield from zip(batches, found, strict=True)


def _opened(path: Path) -> sqlite3.Connection | None:
    """Made anew where it cannot be read."""
    for _ in range(2):
        try:
            database = sqlite3.connect(path)
            database.execute(_SCHEMA)
            return database
        except sqlite3.DatabaseError as error:
            failure = error
            with suppress(OSError):
                path.unlink()
    _say(failure)
    return None


def _slices(values: Sequence[Value], size: int) -> Iterator[Sequence[Value]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def _say(error: sqlite3.Error) -> None:
    logger.warning("vectors are not kept for the next build", extra={"cause": str(error)})


def _key(kind: str, text: str) -> bytes:
    content = f"{kind}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=_KEY_BYTES).digest()
