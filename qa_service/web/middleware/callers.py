"""ASGI middlewares that look at a request's origin and key before anything else does."""

from http import HTTPStatus

from limits import RateLimitItemPerMinute
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from qa_service.access.keys import KeyRing
from qa_service.web.dependencies import (
    ANY_ORIGIN,
    KEY_HEADER,
    Caller,
    is_from_unnamed_site,
    is_own_origin,
)
from qa_service.web.middleware.counting import Counts, network_of, seconds_left
from qa_service.web.problems import problem

WRONG_KEYS = RateLimitItemPerMinute(20)
"""Of one address; what it sends beyond them gets 429."""

_API, _SAFE = "/v1/", ("GET", "HEAD", "OPTIONS")
_RATE_LIMIT = tuple(f"RateLimit-{name}" for name in ("Limit", "Remaining", "Reset", "Policy"))
_EXPOSED = ("ETag", "Link", "Retry-After", "X-Request-ID", *_RATE_LIMIT)
_PREFLIGHT_SECONDS = 86_400


def cross_origin(app: ASGIApp, origins: tuple[str, ...]) -> ASGIApp:
    """CORS for the sites in `origins`, without cookies: nothing here knows a browser's user."""
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=("GET", "POST"),
        allow_headers=(
            "Authorization",
            "Content-Type",
            "If-None-Match",
            "X-Request-ID",
            KEY_HEADER,
        ),
        expose_headers=_EXPOSED,
        max_age=_PREFLIGHT_SECONDS,
    )


class OriginGuard:
    """Refuses API requests that browsers send from a site neither allowed nor our own, and those
    that do something from a site that is not named.
    """

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self._app, self._origins = app, origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or not scope["path"].startswith(_API)
            or self._allowed(scope["method"], Headers(scope=scope))
        ):
            return await self._app(scope, receive, send)
        detail = (
            "this site may not use the service: whoever runs it can add the site to QA_CORS_ORIGINS"
        )
        # The refusal itself is for every site to read, so that a widget can say it.
        headers = {"Vary": "Origin", "Access-Control-Allow-Origin": ANY_ORIGIN}
        return await problem(HTTPStatus.FORBIDDEN, detail, headers)(scope, receive, send)

    def _allowed(self, method: str, headers: Headers) -> bool:
        origin = headers.get("origin")
        if ANY_ORIGIN in self._origins or is_own_origin(origin or "", headers.get("host")):
            return True
        if origin is None:  # a link from anywhere may be followed
            return method in _SAFE or not is_from_unnamed_site(headers)
        return origin in self._origins


class Identify:
    """Puts the `Caller` into the request's state, None without one; refuses invalid keys, and
    says less often that they are invalid to an address that sends many.

    A right key is never refused, whatever else comes from its address: a whole ministry may share
    one. Nobody guesses 256 random bits; the limit spares the log and whoever reads it.
    """

    def __init__(self, app: ASGIApp, keys: KeyRing, counts: Counts) -> None:
        self._app, self._keys, self._counts = app, keys, counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        token = _token(Headers(scope=scope))
        key = self._keys.check(token) if token is not None else None
        if token is not None and key is None:
            return await (await self._refusal(scope))(scope, receive, send)
        caller = Caller(key.id, key.name, key.role) if key else None
        scope.setdefault("state", {})["caller"] = caller
        return await self._app(scope, receive, send)

    async def _refusal(self, scope: Scope) -> JSONResponse:
        within, stats = await self._counts.hit(WRONG_KEYS, f"wrong keys {network_of(scope)}")
        if not within:
            seconds = seconds_left(stats)
            return problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"too many wrong keys from here; ask again in {seconds} s",
                {"Retry-After": str(seconds)},
            )
        return problem(
            HTTPStatus.UNAUTHORIZED,
            f"the key is not valid or was revoked; leave out {KEY_HEADER} or ask whoever runs "
            "the service for a new one",
            {"WWW-Authenticate": "Bearer"},
        )


def _token(headers: Headers) -> str | None:
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return headers.get(KEY_HEADER) or (bearer.strip() if scheme.lower() == "bearer" else None)
