"""A new version of the index is taken while the service runs.

Each process looks at `CURRENT` by itself, since a version is published by another program. Loading
happens beside the questions; what is damaged, does not fit or does not answer is refused once, and
the version before serves on.
"""

import gc
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from time import perf_counter, sleep
from types import FrameType

from qa_service.errors import QAServiceError, SnapshotError
from qa_service.indexing.versions import CURRENT_FILE, current_version
from qa_service.live import Live, Serving
from qa_service.machine import give_back_memory
from qa_service.monitoring.metrics import Metrics

logger = logging.getLogger(__name__)

EVERY_S = 0.1
_SWITCH_S, _TURN_S, _PAUSE_S = 0.0005, 0.001, 0.0005
_WARMED, _WARMING_S = 200, 1.0
"""The last questions are answered by a new version before it is served, or all would be at once:
one after another, without rests, as one client more would ask them.
"""

_Mark = tuple[bytes, int]
"""What `CURRENT` holds, and when it was written, in nanoseconds."""


@contextmanager
def making_way() -> Iterator[None]:
    """Questions first while a version is loaded, some tenths of a second of Python beside them.

    Threads take turns ten times as often, so that a question waits for a moment only whenever it
    needs the interpreter. It needs it tens of times, so this thread rests a third of the time;
    Python calls its profiler at each call of a function, which nothing else does so often. No
    collector of cycles walks over what grows, and none will later: it stays until it is replaced,
    and goes then by itself.
    """
    interval, profiler = sys.getswitchinterval(), sys.getprofile()
    sys.setswitchinterval(_SWITCH_S)
    sys.setprofile(_pauses())
    gc.disable()
    try:
        yield
    finally:
        sys.setprofile(profiler)
        gc.freeze()
        gc.enable()
        sys.setswitchinterval(interval)


def _pauses() -> Callable[[FrameType, str, object], None]:
    """A profiler that has its thread rest after each turn."""
    ends = perf_counter() + _TURN_S

    def pause(frame: FrameType, event: str, argument: object) -> None:
        nonlocal ends
        if perf_counter() > ends:
            sleep(_PAUSE_S)
            ends = perf_counter() + _TURN_S

    return pause


class Watcher:
    """Swaps `live` to the published version. `load` reads it; if it fails, it is refused.

    every_s: how often `CURRENT` is looked at; None: only when woken.
    """

    def __init__(
        self,
        live: Live,
        index: Path,
        load: Callable[[], Serving],
        metrics: Metrics,
        every_s: float | None = EVERY_S,
    ) -> None:
        self._live, self._index, self._load, self._metrics = live, index, load, metrics
        self._every_s = every_s
        self._refused: _Mark | None = None
        self._checking = Lock()
        self._woken, self._is_stopped = Event(), False
        self._thread: Thread | None = None

    def start(self) -> None:
        """Watch in a thread of its own until `stop`."""
        self._thread = Thread(target=self._run, name="index", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; a version that is being loaded is not taken any more."""
        self._is_stopped = True
        self._woken.set()

    def wake(self) -> None:
        """Have the thread look now. Safe in a signal handler."""
        self._woken.set()

    def check(self) -> bool:
        """Take the published version if it is another one. Whether it was taken; never raises."""
        with self._checking:
            mark = self._mark()
            if mark is None or mark == self._refused:
                return False
            version = None
            try:
                version = current_version(self._index)
                if version in (None, self._live.current.version):
                    return False
                with making_way():
                    serving = self._load()
                asked = self._live.current.answers.latest(_WARMED)
                serving.answers.warm(asked, _WARMING_S)
                if not serving.probe.passed and self._live.current.probe.passed:
                    raise SnapshotError("it does not answer a question of its own texts")
            except Exception as error:  # whatever it is: this thread is the only one that watches
                self._refused = mark
                self._metrics.index_swaps.labels("refused").inc()
                cause = str(error) if isinstance(error, QAServiceError) else repr(error)
                extra = {"index_version": version, "cause": cause}
                logger.error("a version is refused, the one before serves on", extra=extra)
                return False
            if self._is_stopped:
                return False
            self._live.swap(serving)
        give_back_memory()
        self._metrics.index_swaps.labels("taken").inc()
        logger.info("index loaded", extra={"index_version": serving.version})
        return True

    def _mark(self) -> _Mark | None:
        """None where there is no `CURRENT`: what is served stays."""
        path = self._index / CURRENT_FILE
        try:
            written = path.stat().st_mtime_ns
        except OSError:
            return None
        try:
            return path.read_bytes(), written
        except OSError:
            return b"", written

    def _run(self) -> None:
        while not self._is_stopped:
            self._woken.wait(self._every_s)
            self._woken.clear()
            if not self._is_stopped:
                self.check()
