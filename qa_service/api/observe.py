"""What the service says of itself: one structured log line and a few metrics a request. Never a
question's text.

The path is logged as its route's template and the query string not at all, so no question can get
in.
"""

import json
import logging
import re
import secrets
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
_ID_HEADER, _ID_BYTES, _PLAIN_ID = b"x-request-id", 8, re.compile(r"[A-Za-z0-9._-]{1,64}")
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


class RequestLog:
    """ASGI middleware: a log line, the request metrics, and an id that the log and the response
    share.

    The id is the one that a proxy or client gave, where it is a plain one.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started, status, request_id = perf_counter(), 500, _request_id(scope)

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (_ID_HEADER, request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            seconds = perf_counter() - started
            route = getattr(scope.get("route"), "path", None) or "unmatched"
            self._metrics.requests.labels(scope["method"], route, status).inc()
            self._metrics.seconds.labels(route).observe(seconds)
            fields = {
                "method": scope["method"],
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 2),
            }
            access.info("request", extra=fields | {"request_id": request_id})


def _request_id(scope: Scope) -> str:
    given = dict(scope["headers"]).get(_ID_HEADER, b"").decode("latin-1")
    return given if _PLAIN_ID.fullmatch(given) else secrets.token_hex(_ID_BYTES)


class JsonLines(logging.Formatter):
    """A log record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {
            name: value
            for name, value in vars(record).items()
            if name not in _STANDARD_FIELDS and name != "color_message"
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def configure_logging(level: str) -> None:
    """Send all logs, the server's own among them, to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
