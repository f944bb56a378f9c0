"""What fails is left alone for a while: a breaker, and a bulkhead around exchanges with a program
outside of the process, which have one deadline each.

A breaker (M. Nygard, Release It!) is closed while its part works. It opens after some failures in a
row; then one try each few seconds is let through, and the first that succeeds closes it. The log
has one line for each change.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from threading import Lock
from typing import TypeVar

FAILURES, PAUSE_S = 5, 5.0

Found = TypeVar("Found")


class Breaker:
    """Of one part. Safe to use from threads.

    opened, closed: what `log` says of a change, opened with the failure's cause; `fields` go with
    both. failures: in a row, that open it. pause_s: between two tries while it is open.
    """

    def __init__(
        self,
        log: logging.Logger,
        *,
        opened: str,
        closed: str,
        fields: Mapping[str, object] | None = None,
        failures: int = FAILURES,
        pause_s: float = PAUSE_S,
        level: int = logging.WARNING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log, self._level, self._fields = log, level, dict(fields or {})
        self._opened, self._closed = opened, closed
        self._most, self._pause_s, self._clock = failures, pause_s, clock
        self._failures = 0
        self._next_try = self._last_failure = float("-inf")
        self._lock = Lock()

    @property
    def is_open(self) -> bool:
        return self._failures >= self._most

    def allows(self) -> bool:
        """Whether to try now; asked once for each try."""
        if not self.is_open:
            return True
        with self._lock:
            now = self._clock()
            if now < self._next_try:
                return False
            self._next_try = now + self._pause_s
            return True

    def succeeded(self) -> None:
        if not self._failures:
            return
        with self._lock:
            was_open, self._failures = self.is_open, 0
        if was_open:
            self._log.warning(self._closed, extra=self._fields)

    def failed(self, cause: str, started: float | None = None) -> bool:
        """Whether it counts: not where the try was under way already when another failed.

        started: when it began, in seconds of the clock.
        """
        with self._lock:
            if started is not None and started < self._last_failure:
                return False
            self._last_failure = self._clock()
            self._failures += 1
            opens = self._failures == self._most
            if opens:
                self._next_try = self._clock() + self._pause_s
        if opens:
            self._log.log(self._level, self._opened, extra={**self._fields, "cause": cause})
        return True


class UnavailableError(Exception):
    """An exchange failed, was late or was not tried."""


class Bulkhead:
    """Runs exchanges with one program, each until its deadline, unless the breaker is open."""

    def __init__(self, breaker: Breaker, deadline_s: float) -> None:
        self._breaker, self._deadline_s = breaker, deadline_s

    async def run(self, exchange: Callable[[], Awaitable[Found]]) -> Found:
        """Raises UnavailableError in place of whatever `exchange` raises."""
        if not self._breaker.allows():
            raise UnavailableError
        try:
            async with asyncio.timeout(self._deadline_s):
                found = await exchange()
        except TimeoutError as error:
            self._breaker.failed(f"no answer within {self._deadline_s:g} s")
            raise UnavailableError from error
        except Exception as error:
            self._breaker.failed(str(error.__cause__ or error))
            raise UnavailableError from error
        self._breaker.succeeded()
        return found
