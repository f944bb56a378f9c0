"""By which name the service is asked, and what every response says to browsers. ASGI middlewares
that stand outside of all others.
"""

from http import HTTPStatus
from urllib.parse import SplitResult

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.web.problems import problem

_ADMIN = "/v1/admin/"
_DOCS = "/docs"
_DOCS_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'"
)


class Hosts:
    """Refuses a `Host` that is none of ours: addresses in pages, redirects and the check of a
    browser's origin are made from it.

    allowed: names in lower case without port, `*.example.gov.ua` for those below one; `*` allows
    all. public: what browsers know the service by, whatever a proxy passes on; None for what it
    does pass on.
    """

    def __init__(
        self, app: ASGIApp, allowed: tuple[str, ...], public: SplitResult | None = None
    ) -> None:
        self._app, self._public = app, public
        self._names = frozenset(name for name in allowed if not name.startswith("*"))
        self._endings = tuple(name.removeprefix("*") for name in allowed if name.startswith("*"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        host = Headers(scope=scope).get("host", "")
        if not self._is_ours(host):
            detail = (
                "the service does not go by this name: whoever runs it can add the name to "
                "QA_ALLOWED_HOSTS"
            )
            return await problem(HTTPStatus.BAD_REQUEST, detail)(scope, receive, send)
        self._make_public(scope)
        return await self._app(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        before, _, port = host.rpartition(":")
        name = (before if port.isdecimal() else host).lower()
        return name in self._names or name.endswith(self._endings)

    def _make_public(self, scope: Scope) -> None:
        """In place: the log looks into the same scope for the route that was found."""
        if self._public is None:
            return
        headers = [(name, value) for name, value in scope["headers"] if name != b"host"]
        scope["headers"] = [*headers, (b"host", self._public.netloc.encode())]
        scope["scheme"] = self._public.scheme


class BrowserHeaders:
    """No response is taken for another type; what only administrators read is kept by nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path = scope["path"]

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers.setdefault("X-Content-Type-Options", "nosniff")
                if path.startswith(_ADMIN):
                    headers["Cache-Control"] = "no-store"
                if path.startswith(_DOCS):
                    headers.setdefault("Content-Security-Policy", _DOCS_POLICY)
            await send(message)

        return await self._app(scope, receive, marked)
