"""The journal's tables for whoever reads and handles them beside the process that records."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from sqlalchemy import Connection, Engine

from qa_service.errors import JournalError
from qa_service.journal.database import (
    WAIT_SECONDS,
    file_of,
    identity_of,
    make_engine,
    parse,
    wrapped,
)
from qa_service.journal.schema import prepare


class JournalTables:
    """Thread-safe. Makes no file: the process that records does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file: tuple[int, int] | None = None
        self._is_prepared = False

    @classmethod
    def open(cls, url: str, wait_s: float = WAIT_SECONDS) -> Self:
        """Connects later, when it is first needed. wait_s: see `WAIT_SECONDS`. Raises as
        `check_url` does.
        """
        return cls(make_engine(parse(url), wait_s))

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All that happens inside is kept, or none of it. Raises JournalError."""
        self._find_file()
        if not self._is_prepared:
            prepare(self._engine)
            self._is_prepared = True
        with wrapped(self._engine.url), self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        self._engine.dispose()

    def _find_file(self) -> None:
        """SQLite would go on with a file that was removed, and make one that is missing."""
        file, found = file_of(self._engine.url), identity_of(self._engine.url)
        if file and found is None:
            raise JournalError(f"there is no journal {file} yet: the service makes it")
        if found != self._file:
            self._engine.dispose()
            self._file, self._is_prepared = found, False
