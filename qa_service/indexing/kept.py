"""What a build worked out and the next one need not: values by key, in an SQLite file beside the
versions.

A file that cannot be used is no reason not to build: it is said once, and nothing is kept. A value
that was damaged counts as missing.
"""

import hashlib
import logging
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Self

logger = logging.getLogger(__name__)

_ADDED_AT_ONCE = 512
_ASKED_AT_ONCE = 500
_KEY_BYTES = 16
_WAIT_S = 5
"""How long a statement waits for another process' lock."""

_PREFIX = ".kept-"
_READINGS = f"{_PREFIX}readings.sqlite"
_SCHEMA = "CREATE TABLE IF NOT EXISTS kept (key BLOB PRIMARY KEY, crc INTEGER, value BLOB)"


def key_of(kind: str, text: str) -> bytes:
    """The key of what was made of a text, by what it is."""
    content = f"{kind}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=_KEY_BYTES).digest()


class Kept:
    """Of one thread. A kill loses the last `_ADDED_AT_ONCE` values at most."""

    def __init__(self, database: sqlite3.Connection | None) -> None:
        self._database = database
        self._used: set[bytes] = set()
        self._added: dict[bytes, bytes] = {}
        """What is not in the file yet."""

    @classmethod
    def open(cls, index: Path, encoder: str) -> AbstractContextManager[Self]:
        """What is kept in `index` for one encoder, by its fingerprint; that of others goes."""
        path = index / f"{_PREFIX}{encoder}.sqlite"
        for other in index.glob(f"{_PREFIX}*"):
            if not other.name.startswith((path.name, _READINGS)):
                with suppress(OSError):
                    other.unlink()
        return cls._at(path)

    @classmethod
    def of_readings(cls, index: Path) -> AbstractContextManager[Self]:
        """How misspelt questions were read, which no encoder has to do with."""
        return cls._at(index / _READINGS)

    @classmethod
    @contextmanager
    def _at(cls, path: Path) -> Iterator[Self]:
        kept = cls(_opened(path))
        try:
            yield kept
        finally:
            kept.close()

    def find(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is known of these."""
        self._used.update(keys)
        found = {key: self._added[key] for key in keys if key in self._added}

        def read(database: sqlite3.Connection) -> None:
            for query, some in _asked("SELECT key, crc, value", keys):
                rows = database.execute(query, some)
                found.update({key: value for key, crc, value in rows if zlib.crc32(value) == crc})

        self._do(read)
        return found

    def unknown(self, keys: Sequence[bytes]) -> list[bytes]:
        """Those of which nothing is known, in their order; whether the values of the others are
        whole is seen when they are read.
        """
        self._used.update(keys)
        known = {*self._added}

        def look(database: sqlite3.Connection) -> None:
            for query, some in _asked("SELECT key", keys):
                known.update(key for (key,) in database.execute(query, some))

        self._do(look)
        return [key for key in keys if key not in known]

    def add(self, key: bytes, value: bytes) -> None:
        self._added[key] = value
        if len(self._added) >= _ADDED_AT_ONCE:
            self._write()

    def forget_all(self) -> None:
        self._do(lambda database: database.execute("DELETE FROM kept"))

    def forget_unused(self) -> None:
        """Drop what nobody asked for since this was opened."""

        def forget(database: sqlite3.Connection) -> None:
            database.execute("CREATE TEMP TABLE used (key BLOB PRIMARY KEY)")
            database.executemany("INSERT INTO used VALUES (?)", ((key,) for key in self._used))
            database.execute("DELETE FROM kept WHERE key NOT IN (SELECT key FROM used)")

        self._do(forget)

    def close(self) -> None:
        self._write()
        if self._database is not None:
            self._database.close()

    def _write(self) -> None:
        added, self._added = self._added, {}
        rows = [(key, zlib.crc32(value), value) for key, value in added.items()]
        query = "INSERT OR REPLACE INTO kept VALUES (?, ?, ?)"
        self._do(lambda database: database.executemany(query, rows))

    def _do(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """In a transaction; nothing any more once the database failed."""
        if self._database is None:
            return
        try:
            with self._database:
                work(self._database)
        except sqlite3.Error as error:
            _say(error)
            self._database = None


def _asked(select: str, keys: Sequence[bytes]) -> Iterator[tuple[str, Sequence[bytes]]]:
    """The queries for all of `keys`, with those that each is about."""
    for start in range(0, len(keys), _ASKED_AT_ONCE):
        some = keys[start : start + _ASKED_AT_ONCE]
        yield f"{select} FROM kept WHERE key IN ({','.join('?' * len(some))})", some


def _opened(path: Path) -> sqlite3.Connection | None:
    """Made anew where it is damaged. One that cannot be used now, locked for example, stays."""
    for _ in range(2):
        try:
            database = sqlite3.connect(path, _WAIT_S, check_same_thread=False)  # one at a time
            database.execute(_SCHEMA)
            return database
        except sqlite3.DatabaseError as error:
            failure = error
            if isinstance(error, sqlite3.OperationalError):
                break
            with suppress(OSError):
                path.unlink()
    _say(failure)
    return None


def _say(error: sqlite3.Error) -> None:
    logger.warning("nothing is kept for the next build", extra={"cause": str(error)})
