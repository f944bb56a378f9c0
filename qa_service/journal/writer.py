"""A journal that is written by a thread of its own, so that no request waits for a database.

Entries wait in a bounded queue; a full queue refuses more. The store is opened at once; while it
fails, it is tried again with growing pauses. The log has a line when it begins to fail and one when
it works again.
"""

import logging
from collections import deque
from collections.abc import Callable
from datetime import datetime
from threading import Condition, Lock, Thread

from qa_service.breaker import Breaker
from qa_service.errors import JournalError, RejectedEntryError
from qa_service.journal import CLOSING_S, Entry, Journal

logger = logging.getLogger(__name__)

CAPACITY = 1_000
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0


class JournalWriter:
    """`opening` raises JournalError while the store cannot be used.

    `on_failure` is called whenever writing fails, and for each entry that is refused or lost.
    """

    def __init__(
        self,
        opening: Callable[[], Journal],
        on_failure: Callable[[], None] = lambda: None,
        capacity: int = CAPACITY,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self._opening, self._on_failure = opening, on_failure
        self._capacity, self._first_pause_s = capacity, first_pause_s
        self._breaker = Breaker(
            logger,
            opened="feedback cannot be kept now, answers are not affected",
            closed="feedback is kept again",
            failures=1,
            level=logging.ERROR,
        )
        self._journal: Journal | None = None
        self._opening_lock = Lock()
        self._waiting: deque[Entry] = deque()
        self._changed = Condition()
        self._is_closing = False
        self._thread = Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def record(self, entry: Entry) -> None:
        """Have `entry` written soon. Never waits; raises JournalError where too many wait."""
        with self._changed:
            if len(self._waiting) < self._capacity and not self._is_closing:
                self._waiting.append(entry)
                self._changed.notify()
                return
        self._on_failure()
        self._breaker.failed("too many entries wait")
        raise JournalError("feedback cannot be kept now: try again in a few minutes")

    def entries(self, limit: int) -> list[Entry]:
        return self._open().entries(limit)

    def purge(self, before: datetime) -> int:
        return self._open().purge(before)

    def close(self, within_s: float = CLOSING_S) -> None:
        """Write what waits, for so long at most; what is lost is said in the log."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join(within_s)
        if self._waiting:
            logger.error("feedback is lost", extra={"entries": len(self._waiting)})
            for _ in range(len(self._waiting)):
                self._on_failure()
        if self._journal is not None:
            self._journal.close()

    def _open(self) -> Journal:
        with self._opening_lock:
            self._journal = self._journal or self._opening()
            return self._journal

    def _run(self) -> None:
        self._warn_early()
        pause_s = self._first_pause_s
        while entry := self._next():
            try:
                self._open().record(entry)
            except RejectedEntryError as error:
                self._on_failure()
                logger.error("feedback is lost", extra={"cause": str(error)})
            except Exception as error:  # whatever it is: this thread is the only one that writes
                self._on_failure()
                self._breaker.failed(str(error))
                if self._is_closing:
                    return
                self._pause(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                continue
            self._breaker.succeeded()
            pause_s = self._first_pause_s
            with self._changed:
                self._waiting.popleft()

    def _warn_early(self) -> None:
        """Say at the start that a store cannot be used, before the first entry needs it."""
        try:
            self._open()
        except Exception as error:
            self._breaker.failed(str(error))

    def _next(self) -> Entry | None:
        """The entry to write, which stays in the queue meanwhile; None when all is done."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closing)
            return self._waiting[0] if self._waiting else None

    def _pause(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_closing, seconds)
