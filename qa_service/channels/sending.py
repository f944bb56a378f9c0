"""Replies on their way to a platform: in order, and tried again while it fails.

Where the answer to a call gets lost nobody can tell whether the message arrived: it is sent again,
since a person is better off with it twice than without it.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from random import uniform
from typing import TYPE_CHECKING

from qa_service.breaker import Breaker
from qa_service.channels import Call, Fate, Inbound, Outcome, Platform, Reply
from qa_service.monitoring.metrics import Metrics

if TYPE_CHECKING:
    import httpx2

logger = logging.getLogger(__name__)

MOST_TRIES, FIRST_PAUSE_S = 8, 0.5
"""The pause doubles each time, so that a call is given up after about a minute."""

PATIENCE_S = 600.0
"""For so long in all a call waits where the platform says when to come again: where a thousand
people write at once, the last is answered minutes later.
"""

DEADLINE_S, MOST_AT_ONCE = 10.0, 100
"""Of one call; calls at the same time of one platform, so that one that hangs holds up no other."""

Exchange = Callable[[Call], Awaitable[tuple[int, bytes]]]
"""Makes a call: status and body of the answer. Raises OSError where none comes."""

Pause = Callable[[float], Awaitable[None]]


class Sender:
    """Of one event loop. pause: waits so many seconds."""

    def __init__(self, exchange: Exchange, metrics: Metrics, pause: Pause = asyncio.sleep) -> None:
        self._exchange, self._metrics, self._pause = exchange, metrics, pause
        self._breakers: defaultdict[str, Breaker] = defaultdict(_breaker)
        self._places: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(MOST_AT_ONCE)
        )

    async def send(self, platform: Platform, to: Inbound, reply: Reply) -> Fate:
        """What became of the reply: of its first call that did not arrive, where one did not."""
        for call in platform.calls(to, reply):
            fate = await self._deliver(platform, call)
            if fate is not Fate.SENT and call.must_arrive:
                return fate
        return Fate.SENT

    async def close(self) -> None:
        """Give back connections."""
        if isinstance(self._exchange, HttpExchange):
            await self._exchange.close()

    async def _deliver(self, platform: Platform, call: Call) -> Fate:
        """One call, tried again as long as that makes sense. What need not arrive tells nothing of
        whether the platform takes replies.
        """
        name = platform.name
        outcome, again = await self._try(platform, call), _Again()
        while outcome.fate is Fate.LATER and call.must_arrive:
            pause_s = again.pause_s(outcome)
            if pause_s is None:
                break
            await self._pause(pause_s)
            outcome = await self._try(platform, call)
        self._metrics.chat_calls.labels(name, outcome.fate).inc()
        if not call.must_arrive:
            return outcome.fate
        breaker = self._breakers[name]
        if outcome.fate in (Fate.LATER, Fate.REVOKED):
            breaker.failed(f"{name}: {outcome.cause}")
        else:
            breaker.succeeded()
        if outcome.fate is Fate.REFUSED:
            logger.error("a reply was refused", extra={"channel": name, "cause": outcome.cause})
        return outcome.fate

    async def _try(self, platform: Platform, call: Call) -> Outcome:
        try:
            async with self._places[platform.name], asyncio.timeout(DEADLINE_S):
                status, body = await self._exchange(call)
        except OSError as error:
            return Outcome(Fate.LATER, cause=str(error) or type(error).__name__)
        return platform.outcome(status, body)


class _Again:
    """How one call is tried again."""

    def __init__(self) -> None:
        self._failed, self._waited_s = 1, 0.0

    def pause_s(self, outcome: Outcome) -> float | None:
        """How long to wait now; None to give up. Where the platform says how long, up to twice as
        long, so that all who wait do not come again at once.
        """
        if outcome.after_s is None:
            pause_s = FIRST_PAUSE_S * 2.0 ** (self._failed - 1)
            self._failed += 1
        else:
            pause_s = max(FIRST_PAUSE_S, outcome.after_s) * uniform(1, 2)  # noqa: S311
        self._waited_s += pause_s
        is_over = self._failed > MOST_TRIES or self._waited_s > PATIENCE_S
        return None if is_over else pause_s


def _breaker() -> Breaker:
    """It only says in the log when a platform takes nothing; whether to try is for each reply."""
    return Breaker(
        logger,
        opened="a chat platform takes no replies",
        closed="a chat platform takes replies again",
        failures=1,
        level=logging.ERROR,
    )


class HttpExchange:
    """Calls over connections that are kept, to no redirect and through no proxy."""

    def __init__(self) -> None:
        self._client: httpx2.AsyncClient | None = None

    async def __call__(self, call: Call) -> tuple[int, bytes]:
        import httpx2  # an extra: most installations have no channel

        if self._client is None:
            limits = httpx2.Limits(max_connections=None)  # `Sender` has a limit
            self._client = httpx2.AsyncClient(timeout=DEADLINE_S, trust_env=False, limits=limits)
        body = dict(call.body) if call.method != "GET" else None
        try:
            answer = await self._client.request(
                call.method, call.url, json=body, headers=dict(call.headers)
            )
        except httpx2.HTTPError as error:
            raise OSError(type(error).__name__) from None  # the address may hold a token
        return answer.status_code, answer.content

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
