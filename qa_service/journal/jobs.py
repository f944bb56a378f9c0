"""Work that one process at a time does for all that share a journal: whose turn it is stands there.

A claim is one statement, so that of several processes at once exactly one gets it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, insert, or_, select, update

from qa_service.errors import RejectedEntryError
from qa_service.journal.open_tables import JournalTables
from qa_service.journal.tables import JOBS

LEASE = timedelta(hours=1)
"""How long a claim holds whose process was killed."""

NOW = timedelta(0)

_FAILED = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands where a run that failed would say when it finished."""


class Jobs:
    def __init__(self, tables: JournalTables) -> None:
        self._tables = tables

    def claim(self, name: str, every: timedelta = NOW, at: datetime | None = None) -> bool:
        """Whether it is this caller's turn: nobody runs `name`, and nobody began within `every`, or
        within `LEASE` where that run failed: a server tries again in an hour, a person at once.

        A claim from the future, by a clock that was wrong, counts for nothing. Raises JournalError.
        """
        now = at or datetime.now(UTC)
        begun = JOBS.c.claimed_at
        is_due = or_(
            and_(JOBS.c.finished_at.is_not(None), begun <= now - every),
            and_(
                or_(JOBS.c.finished_at.is_(None), JOBS.c.finished_at == _FAILED),
                begun <= now - LEASE,
            ),
            begun > now + LEASE,
        )
        taken = update(JOBS).where(JOBS.c.name == name, is_due)
        with self._tables.transaction() as connection:
            if connection.execute(taken.values(claimed_at=now, finished_at=None)).rowcount:
                return True
            if connection.execute(select(JOBS.c.name).where(JOBS.c.name == name)).first():
                return False
        return self._claim_first(name, now)

    @contextmanager
    def finishing(self, name: str) -> Iterator[None]:
        """Give the claim back at the end, and say whether it failed. Raises JournalError."""
        ended = _FAILED
        try:
            yield
            ended = datetime.now(UTC)
        finally:
            done = update(JOBS).where(JOBS.c.name == name)
            with self._tables.transaction() as connection:
                connection.execute(done.values(finished_at=ended))

    def finished_at(self, name: str) -> datetime | None:
        """When the last run ended; None before the first, while one is under way, and after one
        that failed.
        """
        ended = select(JOBS.c.finished_at).where(JOBS.c.name == name, JOBS.c.finished_at != _FAILED)
        with self._tables.transaction() as connection:
            return connection.execute(ended).scalar_one_or_none()

    def _claim_first(self, name: str, now: datetime) -> bool:
        try:
            with self._tables.transaction() as connection:
                connection.execute(insert(JOBS).values(name=name, claimed_at=now))
        except RejectedEntryError:  # another was quicker
            return False
        return True
