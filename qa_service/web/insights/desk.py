"""Where reports are made: one at a time, in a thread of their own that answers no questions.

Whoever asks for a report that is being made waits for that one; one that was made lately is given
again. A reader who waited long enough is told so, and finds the report ready when they come back.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread, get_native_id
from time import monotonic

from qa_service.errors import OverloadedError
from qa_service.insights.report import Report
from qa_service.types import Channel

KEPT_S = 300
PATIENCE_S = 20
RETRY_AFTER_S = 10
_NICENESS = 10

Wanted = tuple[int, Channel | None]
"""Days of the period, and the channel; None is all."""


class Desk:
    """`make` is called with what is wanted; it may raise QAServiceError, which readers get."""

    def __init__(
        self,
        make: Callable[[int, Channel | None], Report],
        kept_s: float = KEPT_S,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._make, self._kept_s, self._patience_s = make, kept_s, patience_s
        self._orders: SimpleQueue[tuple[Wanted, Future[Report]]] = SimpleQueue()
        self._made: dict[Wanted, tuple[float, Future[Report]]] = {}
        self._lock = Lock()
        self._thread: Thread | None = None

    async def report(self, days: int, channel: Channel | None) -> Report:
        """Raises what `make` does, and OverloadedError where the reader waits too long."""
        waiting = asyncio.wrap_future(self._ordered((days, channel)))
        try:
            return await asyncio.wait_for(asyncio.shield(waiting), self._patience_s)
        except TimeoutError:
            raise OverloadedError(
                "the report is still being made; ask again in a moment", RETRY_AFTER_S
            ) from None

    def _ordered(self, wanted: Wanted) -> Future[Report]:
        with self._lock:
            at, future = self._made.get(wanted, (0.0, None))
            if future and not self._is_old(at, future):
                return future
            future = Future[Report]()
            self._made[wanted] = (monotonic(), future)
            self._orders.put((wanted, future))
            if self._thread is None:
                self._thread = Thread(target=self._run, name="insights", daemon=True)
                self._thread.start()
            return future

    def _is_old(self, at: float, future: Future[Report]) -> bool:
        """Whether it failed, or was asked for too long ago. One that is being made is neither."""
        return future.done() and (future.exception() is not None or monotonic() > at + self._kept_s)

    def _run(self) -> None:
        with suppress(OSError):  # where threads have no priority of their own, answers wait a bit
            os.setpriority(os.PRIO_PROCESS, get_native_id(), _NICENESS)
        while True:
            wanted, future = self._orders.get()
            try:
                future.set_result(self._make(*wanted))
            except Exception as error:  # this thread is the only one: readers get it
                future.set_exception(error)
