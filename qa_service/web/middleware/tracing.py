"""A span a request, named by the route's template. Never an address, a query or a header."""

from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:  # an extra
    from qa_service.monitoring.traces import Traces

TRACE_ID = "trace_id"
"""Where the request's state holds the id of its trace."""

_UNTRACED = ("/healthz", "/readyz", "/metrics", "/static/", "/widget/", "/staff/static/")
"""Asked all the time, or in passing."""


class TraceRequests:
    """ASGI middleware. What a client that sent `traceparent` sees of us is part of its trace."""

    def __init__(self, app: ASGIApp, traces: "Traces") -> None:
        self._app, self._traces = app, traces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_UNTRACED):
            return await self._app(scope, receive, send)
        with self._traces.request(Headers(scope=scope)) as span:
            scope.setdefault("state", {})[TRACE_ID] = self._traces.id()

            async def watched(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                await send(message)

            try:
                await self._app(scope, receive, watched)
            finally:
                route = getattr(scope.get("route"), "path", None) or "unmatched"
                span.update_name(f"{scope['method']} {route}")
                span.set_attributes({"http.request.method": scope["method"], "http.route": route})
