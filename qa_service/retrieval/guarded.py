"""Searches under guard: one deadline for all of a question, and a breaker for each.

A search that raises, or that is not done by the deadline, is left out; the others answer. One that
has failed several times in a row is then tried once in a while only, so that a search that hangs
costs its deadline a few times, not at each question. Failures of questions that were under way at
once count as one: a machine that pauses for a moment fails them all. Threads that hang stay behind
until they end, or the process does.

The searches of a question run in turn on one thread, since handing each to a thread of its own
costs more than it saves. Where one takes long, another thread goes on with those that wait. Those
that wait for another machine run at once, on a thread each.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Semaphore, Thread
from typing import Any, ClassVar

from qa_service.breaker import PAUSE_S, Breaker
from qa_service.errors import EngineError

logger = logging.getLogger(__name__)

HANGING = 4
"""A search is not tried while so many threads still hang in it: others need them."""

_THREADS = 64
_PATIENCE_S = 0.05
"""How long a search may take before another thread goes on with those that wait for it."""

_Queue = deque[tuple["Future[Any]", Callable[[], Any]]]


class SearchBreaker(Breaker):
    """Of one search, which may also hang in threads."""

    what: ClassVar[str] = "a search"
    logs_each: ClassVar[bool] = True

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._hanging, self._hanging_lock = name, 0, Lock()
        super().__init__(
            logger,
            opened=f"{self.what} fails, it is left out for {PAUSE_S:g} s",
            closed=f"{self.what} works again",
            fields={"leg": name},
            clock=clock,
        )

    def allows(self) -> bool:
        return self._hanging < HANGING and super().allows()

    def failed(self, cause: str, started: float | None = None) -> bool:
        counts = super().failed(cause, started)
        if counts and self.logs_each and not self.is_open:
            logger.warning("a search fails", extra={"leg": self._name, "cause": cause})
        return counts

    def late(self, future: "Future[Any]", started: float) -> None:
        """Nobody waits for this run any more, but its thread may hang in it."""
        if not future.cancel():
            self._count_hanging(1)
            future.add_done_callback(lambda _: self._count_hanging(-1))
        self.failed("not done by the deadline", started)

    def _count_hanging(self, more: int) -> None:
        with self._hanging_lock:
            self._hanging += more


class EngineBreaker(SearchBreaker):
    """Of a search that this machine does where the engine fails: the log has the changes only."""

    what = "the engine's search"
    logs_each = False


class Guard:
    """Runs searches by name. Safe to use from threads; one for all questions of a process."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        breaker: type[SearchBreaker] = SearchBreaker,
    ) -> None:
        self._clock, self._new_breaker = clock, breaker
        self._pool = _Threads(_THREADS)
        self._breakers: dict[str, SearchBreaker] = {}

    def run(
        self, searches: Mapping[str, Callable[[], Any]], deadline: float, at_once: bool = False
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """What each search found, and the names of those that failed, were late or are left out.

        `deadline`: in seconds of the clock. at_once: on a thread each, not in turn.
        """
        started = self._clock()
        breakers = {name: self._breaker(name) for name in searches}
        running: dict[str, Future[Any]] = {
            name: Future() for name in searches if breakers[name].allows()
        }
        runs = [(running[name], searches[name]) for name in running]
        if at_once:
            for run in runs:
                self._pool.work_on(deque([run]))
        else:
            self._run_in_turn(deque(runs), deadline)
        found = {}
        for name, future in running.items():
            try:
                found[name] = future.result(max(0.0, deadline - self._clock()))
            except TimeoutError:
                breakers[name].late(future, started)
            except Exception as error:
                # Only the kind of error, where its text is not ours: it may quote the question.
                ours = isinstance(error, EngineError)
                breakers[name].failed(str(error) if ours else type(error).__name__, started)
            else:
                breakers[name].succeeded()
        return found, tuple(name for name in searches if name not in found)

    def _run_in_turn(self, queue: _Queue, deadline: float) -> None:
        """Returns once the last search is done, or at the deadline."""
        if not queue:
            return
        last, _ = queue[-1]
        patience = min(_PATIENCE_S, max(0.0, deadline - self._clock()) / (len(queue) + 1))
        stalls = True
        while not last.done():
            if stalls:
                self._pool.work_on(queue)
            waiting = len(queue)
            with suppress(TimeoutError):
                last.exception(patience)
            if self._clock() >= deadline:
                return
            stalls = 0 < len(queue) == waiting

    def _breaker(self, name: str) -> SearchBreaker:
        return self._breakers.setdefault(name, self._new_breaker(name, self._clock))


class _Threads:
    """At most `most` threads, made as they are needed. One that hangs in a search does not keep the
    process from ending, as those of `concurrent.futures` would.
    """

    def __init__(self, most: int) -> None:
        self._most, self._made = most, 0
        self._queues: SimpleQueue[_Queue] = SimpleQueue()
        self._idle = Semaphore(0)
        self._lock = Lock()

    def work_on(self, queue: _Queue) -> None:
        """Have a thread run what waits in `queue`, as soon as one is free."""
        self._queues.put(queue)
        if self._idle.acquire(blocking=False):
            return
        with self._lock:
            if self._made < self._most:
                self._made += 1
                Thread(target=self._run, name=f"search-{self._made}", daemon=True).start()

    def _run(self) -> None:
        while True:
            _work(self._queues.get())
            self._idle.release()


def _work(queue: _Queue) -> None:
    """Run searches until none waits; other threads may take from the same queue."""
    while queue:
        try:
            future, search = queue.popleft()
        except IndexError:  # another thread took the last one
            return
        if not future.set_running_or_notify_cancel():
            continue
        try:
            future.set_result(search())
        except Exception as error:
            future.set_exception(error)
