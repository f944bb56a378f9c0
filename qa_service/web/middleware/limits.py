"""Limits: how much one client may ask, and how large a request body may be.

Requests are counted in a sliding window by address or key, by `limits` (MIT), in memory or in Redis
or Valkey. If the shared store fails, each process falls back to counting in its own memory.
Headers: RateLimit-* of draft-ietf-httpapi-ratelimit-headers-06, Retry-After of RFC 9110.
"""

import asyncio
import logging
import math
import time
from contextlib import suppress
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, WindowStats
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.access.keys import Key, Role
from qa_service.monitoring.metrics import Metrics
from qa_service.phrases.languages import without_language
from qa_service.web.problems import problem

logger = logging.getLogger(__name__)

KEYED_FACTOR = 10
"""An operator's or an administrator's key may ask as often as so many anonymous clients."""

_LIMITED = ("/v1/", "/feedback", "/opensearch-suggest")
_LIMITED_IF_ASKED = ("/", "/centres")
_STORE_PAUSE_S = 5.0
_MOST_DRAINED, _LINGER_S = 16 * 1024 * 1024, 2.0  # bytes, seconds
_V6_NETWORK_BITS = 64  # one household or office


class RateLimit:
    """ASGI middleware; stands inside `Identify`. Leaves `charge` in the request's state for
    requests that ask many questions.

    `rate` is what an anonymous client may ask; None limits nobody.
    """

    def __init__(
        self, app: ASGIApp, rate: RateLimitItem | None, store: Storage, metrics: Metrics
    ) -> None:
        self._app, self._rate, self._metrics = app, rate, metrics
        self._shared = SlidingWindowCounterRateLimiter(store)
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared_from = float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_limited(scope):
            return await self._app(scope, receive, send)
        if self._rate is None:
            scope["state"]["charge"] = _free
            return await self._app(scope, receive, send)
        key: Key | None = scope["state"]["key"]
        client, rate = _client(scope, key), _rate_for(self._rate, key)

        async def charge(cost: int) -> None:
            if cost >= rate.amount:
                detail = (
                    f"{cost + 1} questions at once are more than one client may ever ask "
                    f"({rate}): send fewer at a time"
                )
                raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
            within, stats = await self._count(rate, client, cost)
            if not within:
                raise HTTPException(
                    HTTPStatus.TOO_MANY_REQUESTS, _advice(stats), _headers(rate, stats, within)
                )

        within, stats = await self._count(rate, client, 1)
        headers = _headers(rate, stats, within)
        if not within:
            return await problem(HTTPStatus.TOO_MANY_REQUESTS, _advice(stats), headers)(
                scope, receive, send
            )
        scope["state"]["charge"] = charge
        added = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(pair for pair in added if pair[0] not in present),
                ]
            await send(message)

        return await self._app(scope, receive, counted)

    async def _count(self, rate: RateLimitItem, client: str, cost: int) -> tuple[bool, WindowStats]:
        """A store that failed is not asked again for a while: it would delay every request."""
        if time.monotonic() < self._shared_from:
            self._metrics.limit_store_failures.inc()
            return await _hit(self._own, rate, client, cost)
        try:
            return await _hit(self._shared, rate, client, cost)
        except StorageError as error:
            self._metrics.limit_store_failures.inc()
            self._shared_from = time.monotonic() + _STORE_PAUSE_S
            logger.warning(
                "rate limits are counted by each process alone",
                extra={"cause": str(error.__cause__ or error)},
            )
            return await _hit(self._own, rate, client, cost)


async def _free(cost: int) -> None:
    """What a request costs where nobody is limited."""


def _rate_for(anonymous: RateLimitItem, key: Key | None) -> RateLimitItem:
    if key is None or not key.role.covers(Role.OPERATOR):
        return anonymous
    return type(anonymous)(anonymous.amount * KEYED_FACTOR, anonymous.multiples)


async def _hit(
    limiter: SlidingWindowCounterRateLimiter, rate: RateLimitItem, client: str, cost: int
) -> tuple[bool, WindowStats]:
    within = await limiter.hit(rate, client, cost=cost)
    return within, await limiter.get_window_stats(rate, client)


def _is_limited(scope: Scope) -> bool:
    """Whatever makes work: the API, and the pages that search once they are asked something, in
    every language.
    """
    path = without_language(scope["path"]) or "/"
    return path.startswith(_LIMITED) or (path in _LIMITED_IF_ASKED and bool(scope["query_string"]))


def _client(scope: Scope, key: Key | None) -> str:
    """A site's key is public: its users are told apart by address. Any other key is one client."""
    if key is not None and key.role.covers(Role.OPERATOR):
        return f"key {key.id}"
    return (
        f"{key.id if key else 'anonymous'} "
        f"{_network(scope['client'][0] if scope.get('client') else '')}"
    )


def _network(address: str) -> str:
    """The address, or the /64 network of IPv6: a household may take any address of its own."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(
            parsed.ipv4_mapped or IPv6Address(int(parsed) >> _V6_NETWORK_BITS << _V6_NETWORK_BITS)
        )
    return address


def _headers(rate: RateLimitItem, stats: WindowStats, within: bool) -> dict[str, str]:
    seconds = _seconds_left(stats)
    headers = {
        "RateLimit-Limit": str(rate.amount),
        "RateLimit-Remaining": str(max(stats.remaining, 0)),
        "RateLimit-Reset": str(seconds),
        "RateLimit-Policy": f"{rate.amount};w={rate.get_expiry()}",
    }
    return headers if within else headers | {"Retry-After": str(seconds)}


def _advice(stats: WindowStats) -> str:
    return f"too many requests from here; ask again in {_seconds_left(stats)} s"


def _seconds_left(stats: WindowStats) -> int:
    return max(1, math.ceil(stats.reset_time - time.time()))


class BodyLimit:
    """ASGI middleware: refuses a body over the limit by its declared length or as it streams in.

    The reply is sent at once; what the client still sends is then read and dropped for a while,
    since closing on it would reset the connection and lose the reply (nginx' lingering_close).
    """

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

        async def lingering(message: Message) -> None:
            is_last = message["type"] == "http.response.body"
            await send({**message, "more_body": True} if is_last else message)
            if is_last:
                with suppress(TimeoutError):
                    await asyncio.wait_for(_drained(receive), _LINGER_S)
                await send({"type": "http.response.body", "body": b""})

        await reply(scope, receive, lingering)


async def _drained(receive: Receive) -> None:
    """Read and drop what a client sends, up to its end or `_MOST_DRAINED`."""
    size, more = 0, True
    while more and size < _MOST_DRAINED:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)


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
