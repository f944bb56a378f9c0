"""One structured log line and a few metrics a request. Never a question's text.

The path is logged as its route's template and the query string not at all, so no question can get
in.
"""

import asyncio
import logging
import re
import secrets
from http import HTTPStatus
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.monitoring.metrics import Metrics
from qa_service.web.middleware.tracing import TRACE_ID

access = logging.getLogger("qa_service.access")

_CLIENT_LEFT = 499
"""What is counted where no response was begun because nobody was there for it, as nginx does."""

_ID_HEADER, _ID_BYTES, _PLAIN_ID = b"x-request-id", 8, re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestLog:
    """ASGI middleware: a log line, the request metrics, and an id that the log and the response
    share.

    The id is the one that a proxy or client gave, where it is a plain one, else that of the trace.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started, status, request_id = perf_counter(), _CLIENT_LEFT, _request_id(scope)

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (_ID_HEADER, request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:  # the process ends before the response
            status = HTTPStatus.SERVICE_UNAVAILABLE if status == _CLIENT_LEFT else status
            raise
        except Exception:
            status = HTTPStatus.INTERNAL_SERVER_ERROR if status == _CLIENT_LEFT else status
            raise
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
            traced = {TRACE_ID: trace_id} if (trace_id := _trace_id(scope)) else {}
            access.info("request", extra=fields | {"request_id": request_id} | traced)


def _request_id(scope: Scope) -> str:
    given = dict(scope["headers"]).get(_ID_HEADER, b"").decode("latin-1")
    is_plain = _PLAIN_ID.fullmatch(given)
    return given if is_plain else _trace_id(scope) or secrets.token_hex(_ID_BYTES)


def _trace_id(scope: Scope) -> str | None:
    """None where requests are not traced."""
    found: str | None = scope.get("state", {}).get(TRACE_ID)
    return found
