"""ASGI middlewares that look at a request's origin and at who sends it, before all others."""

from http import HTTPStatus

from limits import RateLimitItemPerMinute
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.access.keys import KeyRing
from qa_service.access.sessions import Session, Sessions
from qa_service.web import cookies
from qa_service.web.dependencies import (
    ANY_ORIGIN,
    KEY_HEADER,
    Caller,
    is_from_own_page,
    is_from_unnamed_site,
    is_own_origin,
)
from qa_service.web.middleware.counting import Counts, network_of, seconds_left
from qa_service.web.problems import problem

WRONG_KEYS = RateLimitItemPerMinute(20)
"""Of one address; what it sends beyond them gets 429."""

_API, _SAFE = ("/v1/", "/mcp"), ("GET", "HEAD", "OPTIONS")
_RATE_LIMIT = tuple(f"RateLimit-{name}" for name in ("Limit", "Remaining", "Reset", "Policy"))
_EXPOSED = ("ETag", "Link", "Retry-After", "X-Request-ID", *_RATE_LIMIT)
_OF_ASSISTANTS = ("MCP-Protocol-Version", "Mcp-Method", "Mcp-Name")
_PREFLIGHT_SECONDS = 86_400
_NOT_OURS = (
    "whoever is signed in by cookie changes things on the service's own pages only: programs send "
    f"a key as {KEY_HEADER}"
)


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
            *_OF_ASSISTANTS,
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


class WrongKeys:
    """How many wrong keys an address sent, in headers and forms together."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    async def seconds_to_wait(self, scope: Scope) -> int | None:
        """Count one more; None where its address may go on at once."""
        within, stats = await self._counts.hit(WRONG_KEYS, f"wrong keys {network_of(scope)}")
        return None if within else seconds_left(stats)


class Identify:
    """Puts the `Caller` into the request's state, by key or by the cookie of a session, None
    without; `session` beside it, and `session_ended` where a cookie is not valid any more.

    Refuses invalid keys, and says less often that they are invalid to an address that sends many.
    A right key is never refused, whatever else comes from its address: a whole ministry may share
    one. Nobody guesses 256 random bits; the limit spares the log and whoever reads it.

    A cookie that is not valid is nobody's and cleared. Browsers send one whoever's page asks:
    with it, only our own pages change anything, and a script of another site is nobody.
    """

    def __init__(
        self, app: ASGIApp, keys: KeyRing, sessions: Sessions, wrong_keys: WrongKeys
    ) -> None:
        self._app, self._keys, self._sessions, self._wrong = app, keys, sessions, wrong_keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        state = scope.setdefault("state", {})
        state |= {"caller": None, "session": None, "session_ended": False}
        token = _token(headers)
        if token is not None:
            key = self._keys.check(token)
            if key is None:
                return await (await self._refusal(scope))(scope, receive, send)
            state["caller"] = Caller(key.id, key.name, key.role)
            return await self._app(scope, receive, send)
        cookie = cookies.read(scope, cookies.SESSION)
        if cookie is None or (scope["method"] in _SAFE and _is_anothers_script(headers)):
            return await self._app(scope, receive, send)
        session = self._sessions.check(cookie)
        caller = self._signed_in(session) if session else None
        if session is None or caller is None:
            state["session_ended"] = True
        elif scope["method"] not in _SAFE and not is_from_own_page(headers):
            return await problem(HTTPStatus.FORBIDDEN, _NOT_OURS)(scope, receive, send)
        else:
            state |= {"caller": caller, "session": session}
        return await self._app(scope, receive, self._keeping(scope, send))

    def _signed_in(self, session: Session) -> Caller | None:
        """A session by key lasts as long as its key, with the key's name and role of now."""
        if not session.by_key:
            return Caller(session.account, session.name, session.role)
        key = self._keys.active(session.account)
        return Caller(key.id, key.name, key.role) if key else None

    def _keeping(self, scope: Scope, send: Send) -> Send:
        """Sends the browser a newer token, or takes an invalid one away, unless a route did."""
        session: Session | None = scope["state"]["session"]
        renewed = self._sessions.renewed(session) if session else None
        if session and not renewed:
            return send

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                if cookies.is_set(headers, scope, cookies.SESSION):
                    pass
                elif renewed:
                    token = self._sessions.token(renewed)
                    cookies.put(headers, scope, cookies.SESSION, token)
                else:
                    cookies.clear(headers, scope, cookies.SESSION)
            await send(message)

        return marked

    async def _refusal(self, scope: Scope) -> JSONResponse:
        seconds = await self._wrong.seconds_to_wait(scope)
        if seconds is not None:
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


def _is_anothers_script(headers: Headers) -> bool:
    """Whether a page of another site asks for something to read; links name no origin."""
    origin = headers.get("origin")
    return origin is not None and not is_own_origin(origin, headers.get("host"))


def _token(headers: Headers) -> str | None:
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return headers.get(KEY_HEADER) or (bearer.strip() if scheme.lower() == "bearer" else None)
