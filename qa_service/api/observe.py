"""What the service says of itself: one structured log line and a few metrics a request. Never a question's text.

The path is logged as its route's template and the query string not at all, so no question can get in.
"""

import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.types import Answer, Query

Ask = Callable[[Query], Answer]

access = logging.getLogger("qa_service.access")

_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)


class Metrics:
    """Prometheus metrics of one application, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("qa_http_requests_total", "Requests", ("method", "route", "status"), registry=self.registry)
        self.seconds = Histogram(
            "qa_http_request_seconds", "Time to the response", ("route",), registry=self.registry, buckets=_SECONDS
        )
        self.answers = Counter(
            "qa_answers_total", "Questions by channel and outcome", ("channel", "outcome"), registry=self.registry
        )
        self.empty_legs = Counter("qa_empty_legs_total", "Legs that found nothing", ("leg",), registry=self.registry)
        self.answer_seconds = Histogram("qa_answer_seconds", "Time in the engine", registry=self.registry, buckets=_SECONDS)

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


class RequestLog:
    """ASGI middleware: a log line and the request metrics."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started, status = perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            seconds = perf_counter() - started
            route = getattr(scope.get("route"), "path", None) or "unmatched"
            self._metrics.requests.labels(scope["method"], route, status).inc()
            self._metrics.seconds.labels(route).observe(seconds)
            access.info(
                "request",
                extra={"method": scope["method"], "route": route, "status": status, "ms": round(seconds * 1000, 2)},
            )


class JsonLines(logging.Formatter):
    """A log record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS and name != "color_message"}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def configure_logging(level: str) -> None:
    """Send all logs, the server's own among them, to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
