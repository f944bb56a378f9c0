"""Prometheus metrics of one application."""

import os
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from qa_service.types import Answer, Query

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""A folder for the numbers of several processes, named before prometheus_client is imported."""

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
_CONFIDENCES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_SECONDS_OF_CHATS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0)


_OfAll = Literal["livesum", "livemax", "liveall"]


class Metrics:
    """In a registry of its own, so that tests may have several applications in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._counter(
            "qa_http_requests_total", "Requests", "method", "route", "status"
        )
        self.seconds = self._histogram("qa_http_request_seconds", "Time to the response", "route")
        self.answers = self._counter(
            "qa_answers_total", "Questions by channel and outcome", "channel", "outcome"
        )
        self.answer_seconds = self._histogram("qa_answer_seconds", "Time in the engine")
        self.confidence = self._histogram(
            "qa_answer_confidence", "Confidence in the answer", "channel", buckets=_CONFIDENCES
        )
        self.uses = self._counter("qa_answer_uses_total", "What people did with answers", "event")
        self.cached = self._counter("qa_cached_answers_total", "Answers given again from memory")
        self.empty_legs = self._counter("qa_empty_legs_total", "Legs that found nothing", "leg")
        self.failed_legs = self._counter(
            "qa_failed_legs_total", "Parts of the search that failed or were late", "leg"
        )
        self.engine_failures = self._counter(
            "qa_engine_failures_total",
            "Searches that the engine on another machine failed or was late for",
            "leg",
        )
        self.index_swaps = self._counter(
            "qa_index_swaps_total", "New versions of the index, taken or refused", "outcome"
        )
        for outcome in ("taken", "refused"):
            self.index_swaps.labels(outcome)  # begins at 0: what first appears with 1 has not grown
        self.limit_store_failures = self._counter(
            "qa_rate_limit_store_failures_total",
            "Requests that the store of rate limits could not count",
        )
        self.journal_failures = self._counter(
            "qa_journal_failures_total",
            "Failed attempts to write the journal, and feedback that is lost",
        )
        self.journal_dropped = self._counter(
            "qa_journal_dropped_total", "Questions and events that the journal did not keep"
        )
        self._declare_chats()
        self._declare_processes()

    def _declare_chats(self) -> None:
        self.chats = self._counter(
            "qa_chats_total", "Chats that ended, by how they did", "channel", "ending"
        )
        self.chat_handovers = self._counter(
            "qa_chat_handovers_total", "Times that a person was offered", "channel", "reason"
        )
        self.chat_calls = self._counter(
            "qa_chat_calls_total",
            "Calls of chat platforms, by what became of them",
            "channel",
            "fate",
        )
        self.chat_reply_seconds = self._histogram(
            "qa_chat_reply_seconds",
            "Time from a message to its sent reply",
            "channel",
            buckets=_SECONDS_OF_CHATS,
        )
        self.chat_store_failures = self._counter(
            "qa_chat_store_failures_total", "Exchanges that the store of chats did not do"
        )
        self.chat_refused = self._counter(
            "qa_chat_refused_total", "Deliveries that no platform signed", "channel"
        )

    def _declare_processes(self) -> None:
        """Of the processes that live, as they are now: `Vitals` and the journal set them."""
        self.workers = self._gauge("qa_workers", "Processes that should answer", "livemax")
        self.workers_ready = self._gauge("qa_workers_ready", "Processes that do", "livesum")
        self.question_slots = self._gauge(
            "qa_question_slots", "Questions that are answered at once", "livesum"
        )
        self.index_built = self._gauge(
            "qa_index_built_timestamp_seconds", "When the served version was built", "liveall"
        )
        self.memory = self._gauge(
            "qa_memory_bytes", "Memory that the system cannot take back", "livesum"
        )
        self.memory_limit = self._gauge(
            "qa_memory_limit_bytes", "Memory that all processes together may take", "livemax"
        )
        self.journal_waiting = self._gauge(
            "qa_journal_waiting", "Entries that wait to be written", "livesum"
        )
        info = self._gauge("qa_build_info", "1, with the package's version", "livemax", "version")
        info.labels(version("qa_service")).set(1)

    def count_answer(self, query: Query, answer: Answer, was_cached: bool) -> None:
        self.answers.labels(query.channel, answer.reason or "answered").inc()
        if was_cached:
            self.cached.inc()
            return
        self.answer_seconds.observe(answer.took_ms / 1000)
        self.confidence.labels(query.channel).observe(answer.confidence)
        for leg in answer.empty_legs:
            self.empty_legs.labels(leg).inc()
        for leg in answer.degraded:
            self.failed_legs.labels(leg).inc()

    def count_refused_at_edge(self, method: str) -> None:
        """A request that found no room, before it was routed."""
        self.requests.labels(method, "refused at the edge", 503).inc()

    def exposition(self) -> bytes:
        """In Prometheus' text format; of all processes where they share a folder."""
        folder = os.environ.get(SHARED_FOLDER)
        return generate_latest(of_all_processes(folder) if folder else self.registry)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, of_all: _OfAll, *labels: str) -> Gauge:
        """of_all: how the figures of several processes become one."""
        return Gauge(name, meaning, labels, registry=self.registry, multiprocess_mode=of_all)

    def _histogram(
        self, name: str, meaning: str, *labels: str, buckets: Sequence[float] = _SECONDS
    ) -> Histogram:
        return Histogram(name, meaning, labels, registry=self.registry, buckets=buckets)


def forget_process(pid: int) -> None:
    """What a process that ended said of itself goes; what it counted stays."""
    mark_process_dead(pid)  # type: ignore[no-untyped-call]


def of_all_processes(folder: str) -> CollectorRegistry:
    """The sums of the processes that share `folder`."""
    registry = CollectorRegistry()
    _OfAllProcesses(registry, folder)  # type: ignore[no-untyped-call]
    return registry


class _OfAllProcesses(MultiProcessCollector):
    """Passes by files that a process which starts has made and not filled: they cannot be read."""

    def collect(self) -> Iterable[Metric]:
        files = [str(file) for file in Path(self._path).glob("*.db") if _holds_something(file)]
        metrics: Iterable[Metric] = self.merge(files, accumulate=True)  # type: ignore[no-untyped-call]
        return metrics


def _holds_something(file: Path) -> bool:
    try:
        return file.stat().st_size > 0
    except FileNotFoundError:  # of a process that has just ended
        return False
