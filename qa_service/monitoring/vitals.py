"""What a process says of itself every few seconds: ready or not, its version, its memory.

By a thread, since with several processes the one that is asked for metrics may be another.
"""

from collections.abc import Callable
from threading import Event, Thread

from qa_service.machine import memory_bytes, memory_limit_bytes
from qa_service.monitoring.metrics import Metrics

EVERY_S = 2.0


class Vitals:
    """is_ready: whether the process answers now. built: when its version was built, Unix seconds.
    workers: how many processes there should be.
    """

    def __init__(
        self,
        metrics: Metrics,
        is_ready: Callable[[], bool],
        built: Callable[[], float],
        workers: int = 1,
    ) -> None:
        self._metrics, self._is_ready, self._built = metrics, is_ready, built
        self._stopped = Event()
        metrics.workers.set(workers)
        metrics.memory_limit.set(memory_limit_bytes())

    def start(self) -> None:
        """Until `stop`."""
        self.take()
        Thread(target=self._run, name="vitals", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def take(self) -> None:
        """Set all of them once."""
        self._metrics.workers_ready.set(self._is_ready())
        self._metrics.index_built.set(self._built())
        self._metrics.memory.set(memory_bytes())

    def _run(self) -> None:
        while not self._stopped.wait(EVERY_S):
            self.take()
