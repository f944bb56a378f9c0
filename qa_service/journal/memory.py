"""A journal that ends with its process, for tests."""

from collections import deque
from datetime import datetime
from threading import Lock

from qa_service.journal import CLOSING_S, Entry

MAX_ENTRIES = 1_000


class MemoryJournal:
    """The newest `MAX_ENTRIES` entries, the newest on the left."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MAX_ENTRIES)
        self._lock = Lock()

    def record(self, entry: Entry) -> None:
        with self._lock:
            earlier = next((one for one in self._entries if _is_same(one, entry)), None)
            if earlier:
                self._entries.remove(earlier)
                about = entry.about or earlier.about
                entry = Entry(entry.at, entry.feedback, about, is_masked=True)
            self._entries.appendleft(entry)

    def entries(self, limit: int) -> list[Entry]:
        with self._lock:
            return list(self._entries)[:limit]

    def purge(self, before: datetime) -> int:
        with self._lock:
            kept = [entry for entry in self._entries if entry.at >= before]
            removed = len(self._entries) - len(kept)
            self._entries = deque(kept, maxlen=MAX_ENTRIES)
        return removed

    def close(self, within_s: float = CLOSING_S) -> None:
        """Nothing is held."""


def _is_same(one: Entry, other: Entry) -> bool:
    """Whether two entries are votes on one answer and passage."""
    votes = ((entry.feedback.answer_id, entry.feedback.passage_id) for entry in (one, other))
    return len(set(votes)) == 1
