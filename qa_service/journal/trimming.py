"""When the journal forgets what is too old or too much: a minute after the start and each hour, in
portions, between which entries are written.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from qa_service.journal import Limits, Store, Trimmed

logger = logging.getLogger(__name__)

FIRST_S, EVERY_S = 60.0, 3_600.0
JUMP = timedelta(minutes=5)
"""A clock that differs by more from the time that went by has been set."""


def _now() -> datetime:
    return datetime.now(UTC)


class Trimmer:
    """Used by one thread. now: the clock; elapsed: seconds that went by, whatever it says."""

    def __init__(
        self,
        limits: Limits,
        now: Callable[[], datetime] = _now,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits, self._now, self._elapsed = limits, now, elapsed
        self._due = elapsed() + FIRST_S
        self._seen = (now(), elapsed())
        self._removed = Trimmed()

    @property
    def due_in_s(self) -> float:
        return max(0.0, self._due - self._elapsed())

    def trim(self, open_store: Callable[[], Store]) -> None:
        """Remove a portion, if it is time. A clock that has been set is not believed for an hour,
        for it could make everything old. Raises JournalError; then it is tried in an hour.
        """
        if self.due_in_s:
            return
        if self._has_jumped():
            self._end_round()
            return
        removed = Trimmed()
        try:
            removed = open_store().trim(self._limits, self._now())
        finally:
            self._removed += removed
            if not removed:
                self._end_round()

    def _has_jumped(self) -> bool:
        (clock, elapsed), self._seen = self._seen, (self._now(), self._elapsed())
        went_by = timedelta(seconds=self._seen[1] - elapsed)
        has_jumped = abs(self._seen[0] - clock - went_by) > JUMP
        if has_jumped:
            logger.warning("the clock was set: nothing is removed from the journal for an hour")
        return has_jumped

    def _end_round(self) -> None:
        if self._removed.old:
            logger.info("old entries are removed", extra={"entries": self._removed.old})
        if self._removed.beyond:
            logger.warning(
                "the journal is full: its oldest entries are removed",
                extra={"entries": self._removed.beyond},
            )
        self._removed = Trimmed()
        self._due = self._elapsed() + EVERY_S
