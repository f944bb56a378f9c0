"""A journal whose store may be down when the service starts: opened when it is needed, again after
each failure to open.
"""

from collections.abc import Callable
from datetime import datetime
from threading import Lock

from qa_service.journal import Asked, Entry, Journal
from qa_service.types import Feedback


class LateJournal:
    """`opening` raises JournalError while the store cannot be used."""

    def __init__(self, opening: Callable[[], Journal]) -> None:
        self._opening = opening
        self._journal: Journal | None = None
        self._lock = Lock()

    def open(self) -> Journal:
        with self._lock:
            self._journal = self._journal or self._opening()
            return self._journal

    def record(self, feedback: Feedback, about: Asked | None) -> None:
        self.open().record(feedback, about)

    def entries(self, limit: int) -> list[Entry]:
        return self.open().entries(limit)

    def purge(self, before: datetime) -> int:
        return self.open().purge(before)

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()
