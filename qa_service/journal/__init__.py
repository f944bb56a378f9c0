"""The journal: what was asked and answered, what was done with answers and said of them, and what
the staff did. Kept for editors and managers, masked.

To add one, copy `memory.py` and add it to `tests/journal/test_journals.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qa_service.errors import JournalError
from qa_service.journal.entries import (
    MAX_COMMENT_CHARS,
    Asked,
    AuditLine,
    Entry,
    Event,
    Exchange,
    Feedback,
    KeptVote,
    Vote,
)
from qa_service.types import Use

__all__ = [
    "AUDIT_DAYS",
    "CLOSING_S",
    "MAX_COMMENT_CHARS",
    "Asked",
    "AuditLine",
    "Entry",
    "Event",
    "Exchange",
    "Feedback",
    "Journal",
    "KeptVote",
    "Limits",
    "NullJournal",
    "Store",
    "Trimmed",
    "Vote",
]

CLOSING_S = 7.0
"""How long a process that ends waits for the last entries to be written."""

AUDIT_DAYS = 365
"""How long audit lines are kept, whatever else is removed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """days: how long entries are kept, audit lines apart. questions: how many of them, and so how
    many votes and events. 0: without limit.
    """

    days: int = 0
    questions: int = 0

    @property
    def votes(self) -> int:
        return self.questions

    @property
    def events(self) -> int:
        """As many as so many answers may have, of each use one."""
        return self.questions * len(Use)


@dataclass(frozen=True, slots=True)
class Trimmed:
    """How many entries were removed: old ones, and the oldest beyond the most that are kept."""

    old: int = 0
    beyond: int = 0

    def __add__(self, other: "Trimmed") -> "Trimmed":
        return Trimmed(self.old + other.old, self.beyond + other.beyond)

    def __bool__(self) -> bool:
        return bool(self.old or self.beyond)


class Journal(Protocol):
    """Append, read, forget. Thread-safe; every method may raise JournalError."""

    def record(self, *entries: Entry) -> None:
        """Keep all of `entries` or none; what is there already is kept once.

        A vote takes the place of an earlier one on the same answer and passage. Where a question
        asks the same again as the one before it in its conversation (`Exchange.asks_again`), that
        one gets the event `asked_again`. Raises RejectedEntryError where an entry will never be
        taken; a journal that writes later cannot tell, and loses that entry alone.
        """

    def votes(self, limit: int) -> list[KeptVote]:
        """At most `limit` votes, newest first."""

    def purge(self, before: datetime) -> int:
        """Remove what is older than `before`, which has a time zone. The number removed.

        Audit lines stay until they are `AUDIT_DAYS` old, so that nobody can remove their traces.
        """

    def close(self, within_s: float = CLOSING_S) -> None:
        """Give back files and connections; write what waits before, for so long at most."""


class Store(Journal, Protocol):
    """A journal that writes at once; `writer.py` keeps it off the way of requests."""

    def trim(self, limits: Limits, now: datetime) -> Trimmed:
        """Remove a portion of what is beyond `limits`; nothing is removed when all is done."""


class NullJournal:
    """No journal: nothing is kept, and feedback is refused, since nobody would ever read it."""

    def record(self, *entries: Entry) -> None:
        if any(isinstance(entry, Vote) for entry in entries):
            raise self._error()

    def votes(self, limit: int) -> list[KeptVote]:
        raise self._error()

    def purge(self, before: datetime) -> int:
        raise self._error()

    def close(self, within_s: float = CLOSING_S) -> None:
        """Nothing is held."""

    def _error(self) -> JournalError:
        return JournalError("this installation keeps no feedback")
