"""Prometheus metrics."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Histogram

from qa_service.types import Answer, Query

Ask = Callable[[Query], Answer]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)


class Metrics:
    """Prometheus metrics of one application, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "qa_http_requests_total",
            "Requests",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "qa_http_request_seconds",
            "Time to the response",
            ("route",),
            registry=self.registry,
            buckets=_SECONDS,
        )
        self.answers = Counter(
            "qa_answers_total",
            "Questions by channel and outcome",
            ("channel", "outcome"),
            registry=self.registry,
        )
        self.cached = Counter(
            "qa_cached_answers_total", "Answers given again from memory", registry=self.registry
        )
        self.limit_store_failures = Counter(
            "qa_rate_limit_store_failures_total",
            "Requests that the store of rate limits could not count",
            registry=self.registry,
        )
        self.journal_failures = Counter(
            "qa_journal_failures_total",
            "Feedback that the journal could not keep",
            registry=self.registry,
        )
        self.empty_legs = Counter(
            "qa_empty_legs_total", "Legs that found nothing", ("leg",), registry=self.registry
        )
        self.answer_seconds = Histogram(
            "qa_answer_seconds", "Time in the engine", registry=self.registry, buckets=_SECONDS
        )

    def counting(self, ask: Ask) -> Ask:
        """`ask`, its answers counted."""

        def counted(query: Query) -> Answer:
            answer = ask(query)
            self.answers.labels(query.channel, answer.reason or "answered").inc()
            for leg in answer.empty_legs:
                self.empty_legs.labels(leg).inc()
            self.answer_seconds.observe(answer.took_ms / 1000)
            return answer

        return counted
