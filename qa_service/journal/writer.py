"""A journal that is written by a thread of its own, so that no request waits for a database.

Entries wait in a bounded queue; those that wait together are written in one transaction. The store
is opened at once; while it fails, it is tried again with growing pauses. The log has a line when it
begins to fail and one when it works again.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice
from threading import Condition, Lock, Thread

from qa_service.breaker import Breaker
from qa_service.errors import JournalError, RejectedEntryError
from qa_service.journal import CLOSING_S, Entry, Event, Exchange, KeptVote, Limits, Store
from qa_service.journal.trimming import Trimmer

logger = logging.getLogger(__name__)

CAPACITY, RESERVED = 6_000, 1_000
"""Entries that wait at most, some 10 MB; the last thousand places are not for questions and events.
"""
TOGETHER = 500
"""Entries that are written in one transaction at most."""
LINGER_S = 0.2
"""How long questions and events wait for others, so that a busy service writes five times a second.
"""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
LAST_TRIES = 2
"""While closing: a connection that broke off is opened anew, a database that is down is left."""


def _nobody(*told: int) -> None:
    """Told of nothing."""


class JournalWriter:
    """`opening` raises JournalError while the store cannot be used.

    on_failure: called whenever writing fails, and for each vote or audit line that is refused or
    lost. on_drop: for each question or event that is. on_waiting: told how many entries wait,
    whenever some were to be written.
    """

    def __init__(
        self,
        opening: Callable[[], Store],
        on_failure: Callable[[], None] = _nobody,
        on_drop: Callable[[], None] = _nobody,
        limits: Limits = Limits(),  # noqa: B008 (frozen)
        *,
        on_waiting: Callable[[int], None] = _nobody,
        capacity: int = CAPACITY,
        reserved: int = RESERVED,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self._opening, self._on_failure, self._on_drop = opening, on_failure, on_drop
        self._on_waiting = on_waiting
        self._capacity, self._reserved, self._first_pause_s = capacity, reserved, first_pause_s
        self._breaker = Breaker(
            logger,
            opened="the journal cannot be written now, answers are not affected",
            closed="the journal is written again",
            failures=1,
            level=logging.ERROR,
        )
        self._trimmer = Trimmer(limits)
        self._store: Store | None = None
        self._opening_lock = Lock()
        self._waiting: deque[Entry] = deque()
        self._changed = Condition()
        self._is_urgent = self._is_closing = False
        self._thread = Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def record(self, *entries: Entry) -> None:
        """Have `entries` written soon. Never waits; raises JournalError where too many wait, and
        once it closes.
        """
        can_drop = all(map(_can_be_dropped, entries))
        most = self._capacity - self._reserved if can_drop else self._capacity
        with self._changed:
            if len(self._waiting) + len(entries) <= most and not self._is_closing:
                is_first = not self._waiting
                self._waiting.extend(entries)
                self._is_urgent = self._is_urgent or not can_drop
                if is_first or not can_drop:
                    self._changed.notify()
                return
        self._count_lost(entries)
        if not can_drop:
            self._breaker.failed("too many entries wait")
        raise JournalError("nothing more can be kept now: try again in a few minutes")

    def votes(self, limit: int) -> list[KeptVote]:
        return self._open().votes(limit)

    def purge(self, before: datetime) -> int:
        return self._open().purge(before)

    def close(self, within_s: float = CLOSING_S) -> None:
        """Write what waits, for so long at most; what is lost is said in the log."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join(within_s)
        if lost := list(self._waiting):
            logger.error("entries of the journal are lost", extra={"entries": len(lost)})
            self._count_lost(lost)
        if self._store is not None:
            self._store.close()

    def _open(self) -> Store:
        with self._opening_lock:
            self._store = self._store or self._opening()
            return self._store

    def _run(self) -> None:
        self._warn_early()
        pause_s, tries_left = self._first_pause_s, LAST_TRIES
        while (batch := self._next()) is not None:
            try:
                self._write(batch)
            except Exception as error:  # whatever it is: this thread is the only one that writes
                self._on_failure()
                self._on_waiting(len(self._waiting))
                self._breaker.failed(str(error))
                tries_left -= self._is_closing
                if not tries_left:
                    return
                self._pause(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                continue
            if batch:
                self._breaker.succeeded()
                pause_s = self._first_pause_s
                with self._changed:
                    for _ in batch:
                        self._waiting.popleft()
                self._on_waiting(len(self._waiting))
            self._trim()

    def _warn_early(self) -> None:
        """Say at the start that a store cannot be used, before the first entry needs it."""
        try:
            self._open()
        except Exception as error:
            self._breaker.failed(str(error))

    def _next(self) -> list[Entry] | None:
        """The entries to write, which stay in the queue meanwhile; none when it is time to trim,
        None when all is done.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._waiting or self._is_closing, self._trimmer.due_in_s
            )
            if self._waiting:
                self._changed.wait_for(lambda: self._is_urgent or self._is_closing, LINGER_S)
            self._is_urgent = False
            batch = list(islice(self._waiting, TOGETHER))
            return batch if batch or not self._is_closing else None

    def _write(self, batch: Sequence[Entry]) -> None:
        """Write all; one that is rejected is lost alone."""
        if not batch:
            return
        try:
            self._open().record(*batch)
        except RejectedEntryError as error:
            if len(batch) == 1:
                self._count_lost(batch)
                logger.error("an entry of the journal is lost", extra={"cause": str(error)})
                return
            middle = len(batch) // 2
            self._write(batch[:middle])
            self._write(batch[middle:])

    def _trim(self) -> None:
        try:
            self._trimmer.trim(self._open)
        except Exception as error:
            self._breaker.failed(str(error))

    def _count_lost(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            (self._on_drop if _can_be_dropped(entry) else self._on_failure)()

    def _pause(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_closing, seconds)


def _can_be_dropped(entry: Entry) -> bool:
    return isinstance(entry, Exchange | Event)
