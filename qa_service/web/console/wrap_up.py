"""What a telephone system hears of a call that ended: never a word of what was asked.

Each event is posted as JSON with its HMAC, in the background. It waits in a short queue; where the
address does not answer it is tried a few times and dropped.
"""

import asyncio
import hashlib
import hmac
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Protocol

from qa_service.breaker import PAUSE_S, Breaker, Bulkhead, UnavailableError
from qa_service.web.dependencies import AppDependencies

logger = logging.getLogger(__name__)

SIGNATURE = "X-QA-Signature"
MOST_WAITING, MOST_TRIES = 200, 5
DEADLINE_S, CLOSING_S = 3.0, 1.0


@dataclass(frozen=True, slots=True)
class WrapUp:
    """A call's end. services: slugs, in the order talked about. answered: of the `questions`, those
    that were not left without an answer. at: ISO 8601 in UTC.
    """

    id: str
    at: str
    call: str
    services: tuple[str, ...]
    questions: int
    answered: int
    event: str = "call.wrap_up"


class Post(Protocol):
    """Sends `body` with `headers`; raises whatever says that it was not taken."""

    async def __call__(self, body: bytes, headers: dict[str, str]) -> None: ...


class WrapUps:
    """Events on their way. All but the constructor runs in the event loop.

    post: the exchange. secret: of the HMAC; none is sent where it is empty. outgoing: headers by
    which the webhook goes on with the trace of the request that sends.
    """

    def __init__(
        self,
        post: Post,
        secret: str = "",
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        outgoing: Callable[[], dict[str, str]] = dict,
    ) -> None:
        breaker = Breaker(
            logger,
            opened="the webhook of calls takes no events",
            closed="the webhook of calls takes events again",
        )
        self._post, self._secret, self._pause = post, secret.encode(), pause
        self._outgoing = outgoing
        self._bulkhead = Bulkhead(breaker, DEADLINE_S)
        self._waiting = deque[tuple[WrapUp, dict[str, str]]](maxlen=MOST_WAITING)
        self._task: asyncio.Task[None] | None = None

    def send(self, wrap_up: WrapUp) -> None:
        """At once where nothing waits; where too many do, the oldest is dropped."""
        self._waiting.append((wrap_up, self._outgoing()))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._send_all())

    async def close(self, within_s: float) -> None:
        """Send what waits, for so long and a moment at most."""
        if self._task:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._task, min(within_s, CLOSING_S))

    async def _send_all(self) -> None:
        while self._waiting:
            await self._try(*self._waiting.popleft())

    async def _try(self, wrap_up: WrapUp, headers: dict[str, str]) -> None:
        body = json.dumps(asdict(wrap_up)).encode()
        headers = {"Content-Type": "application/json", **headers}
        if self._secret:
            headers[SIGNATURE] = signature(self._secret, body)
        for _ in range(MOST_TRIES):
            with suppress(UnavailableError):
                await self._bulkhead.run(lambda: self._post(body, headers))
                return
            await self._pause(PAUSE_S)


def signature(secret: bytes, body: bytes) -> str:
    """`sha256=` and the HMAC-SHA256 (RFC 2104) of the body as it is sent, in hex."""
    return f"sha256={hmac.digest(secret, body, hashlib.sha256).hex()}"


def open_wrap_ups(deps: AppDependencies) -> WrapUps | None:
    """None where no address is told."""
    url, secret = deps.console.wrap_up_url, deps.console.wrap_up_secret
    outgoing = deps.traces.outgoing if deps.traces else dict
    return WrapUps(over_http(url), secret, outgoing=outgoing) if url else None


def over_http(url: str) -> Post:
    """Posts to `url`; follows no redirect and takes nothing but 2xx for an answer."""

    async def post(body: bytes, headers: dict[str, str]) -> None:
        import httpx2  # an extra: most installations have no webhook

        async with httpx2.AsyncClient(timeout=DEADLINE_S, trust_env=False) as client:
            reply = await client.post(url, content=body, headers=headers)
        reply.raise_for_status()

    return post
