"""Limits: how much one client may ask, and how large a request body may be.

Headers: RateLimit-* of draft-ietf-httpapi-ratelimit-headers-06, Retry-After of RFC 9110.
"""

from collections.abc import Callable, Sequence
from http import HTTPStatus

from anyio import to_thread
from limits import RateLimitItem, WindowStats
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.access.keys import Role
from qa_service.phrases.languages import without_language
from qa_service.web.dependencies import Caller
from qa_service.web.middleware.counting import Counts, network_of, seconds_left
from qa_service.web.problems import problem

KEYED_FACTOR = 10
"""One of staff may ask as often as so many anonymous clients."""

_LIMITED = (
    "/v1/",
    "/mcp",
    "/chat/messages",
    "/feedback",
    "/opensearch-suggest",
    "/sign-in",
)
_LIMITED_IF_ASKED = ("/", "/centres", "/operator")
_UNIT_BYTES, _MOST_COUNTED_BYTES = 16_384, 262_144
_COUNTED_AT_ONCE = 300  # letters: a fraction of a millisecond, less than changing threads


class RateLimit:
    """ASGI middleware; stands inside `Identify`. A request counts as one; routes that answer
    questions await `charge`, which it leaves in the request's state, with the questions.

    `rate` is what an anonymous client may ask; None limits nobody. `cost`: of a question.
    """

    def __init__(
        self,
        app: ASGIApp,
        rate: RateLimitItem | None,
        counts: Counts,
        cost: Callable[[str], int],
    ) -> None:
        self._app, self._rate, self._counts, self._cost = app, rate, counts, cost

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_limited(scope):
            return await self._app(scope, receive, send)
        if self._rate is None:
            scope.setdefault("state", {})["charge"] = _free
            return await self._app(scope, receive, send)
        caller: Caller | None = scope["state"]["caller"]
        allowance = _Allowance(self._counts, _rate_for(self._rate, caller), _client(scope, caller))
        if not await allowance.take(_units_of_body(scope)):
            return await allowance.refusal()(scope, receive, send)

        async def charge(*questions: str) -> None:
            is_short = sum(map(len, questions)) <= _COUNTED_AT_ONCE
            units = (
                self._units(questions)
                if is_short
                else await to_thread.run_sync(self._units, questions)
            )
            await allowance.charge(len(questions), units)

        scope["state"]["charge"] = charge

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                for name, value in allowance.headers().items():
                    headers.setdefault(name, value)
            await send(message)

        return await self._app(scope, receive, counted)

    def _units(self, questions: Sequence[str]) -> int:
        return sum(map(self._cost, questions))


class _Allowance:
    """What one client may ask, as one request sees it."""

    def __init__(self, counts: Counts, rate: RateLimitItem, client: str) -> None:
        self._counts, self._rate, self._client = counts, rate, client
        self._stats = WindowStats(0, 0)
        self._is_within = True

    async def take(self, units: int) -> bool:
        """Count so many; whether they were left, else none is counted."""
        self._is_within, self._stats = await self._counts.hit(self._rate, self._client, units)
        return self._is_within

    async def charge(self, questions: int, units: int) -> None:
        """Count what questions cost beyond the one unit of their request: no more than everything,
        so that each can be asked at all. Raises HTTPException.
        """
        if questions > self._rate.amount:
            detail = (
                f"{questions} questions at once are more than one client may ever ask "
                f"({self._rate}): send fewer at a time"
            )
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
        further = min(units, self._rate.amount) - 1
        if further and not await self.take(further):
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, self._advice(), self.headers())

    def refusal(self) -> JSONResponse:
        return problem(HTTPStatus.TOO_MANY_REQUESTS, self._advice(), self.headers())

    def headers(self) -> dict[str, str]:
        seconds = seconds_left(self._stats)
        headers = {
            "RateLimit-Limit": str(self._rate.amount),
            "RateLimit-Remaining": str(max(self._stats.remaining, 0)),
            "RateLimit-Reset": str(seconds),
            "RateLimit-Policy": f"{self._rate.amount};w={self._rate.get_expiry()}",
        }
        return headers if self._is_within else headers | {"Retry-After": str(seconds)}

    def _advice(self) -> str:
        return f"too many requests from here; ask again in {seconds_left(self._stats)} s"


async def _free(*questions: str) -> None:
    """What questions cost where nobody is limited."""


def _units_of_body(scope: Scope) -> int:
    """One, and one for each further 16 KiB that a body is said to have: reading it is work, too.
    One over the usual limit is refused unread.
    """
    said = dict(scope["headers"]).get(b"content-length", b"")
    length = int(said) if said.isdigit() else 0
    return 1 + (length // _UNIT_BYTES if length <= _MOST_COUNTED_BYTES else 0)


def _rate_for(anonymous: RateLimitItem, caller: Caller | None) -> RateLimitItem:
    if caller is None or not caller.role.covers(Role.OPERATOR):
        return anonymous
    return type(anonymous)(anonymous.amount * KEYED_FACTOR, anonymous.multiples)


def _is_limited(scope: Scope) -> bool:
    """Whatever makes work: the API, and the pages that search once they are asked something, in
    every language.
    """
    path = without_language(scope["path"]) or "/"
    return path.startswith(_LIMITED) or (path in _LIMITED_IF_ASKED and bool(scope["query_string"]))


def _client(scope: Scope, caller: Caller | None) -> str:
    """A site's key is public: its users are told apart by address. Anybody else is one client."""
    if caller is not None and caller.role.covers(Role.OPERATOR):
        return f"caller {caller.id}"
    return f"{caller.id if caller else 'anonymous'} {network_of(scope)}"


class BodyLimit:
    """ASGI middleware: refuses a body over the limit by its declared length or as it streams in."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app, self._max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._max_bytes:
            return await self._refuse(scope, receive, send)
        body = b""
        if scope["method"] in ("POST", "PUT", "PATCH"):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > self._max_bytes:
                    return await self._refuse(scope, receive, send)
        return await self._app(scope, _replay(body, receive), send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = f"the request body is larger than {self._max_bytes} bytes; send a shorter question"
        reply = problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, {"Connection": "close"})
        await reply(scope, receive, send)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hand the body read above to the application, then whatever the server says next."""
    sent = False

    async def replayed() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
