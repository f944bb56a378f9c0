"""A journal that ends with its process, for tests."""

from collections import deque
from datetime import datetime
from threading import Lock

from qa_service.journal import Asked, Entry, masked_entry
from qa_service.types import Feedback

MAX_ENTRIES = 1_000


class MemoryJournal:
    """The newest `MAX_ENTRIES` entries, the newest on the left."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MAX_ENTRIES)
        self._lock = Lock()

    def record(self, feedback: Feedback, about: Asked | None) -> None:
        with self._lock:
            self._entries.appendleft(masked_entry(feedback, about))

    def entries(self, limit: int) -> list[Entry]:
        with self._lock:
            return list(self._entries)[:limit]

    def purge(self, before: datetime) -> int:
        with self._lock:
            kept = [entry for entry in self._entries if entry.at >= before]
            removed = len(self._entries) - len(kept)
            self._entries = deque(kept, maxlen=MAX_ENTRIES)
        return removed

    def close(self) -> None:
        """Nothing is held."""
