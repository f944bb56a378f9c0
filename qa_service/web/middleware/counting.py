"""How often a client did something, counted in a sliding window by `limits` (MIT), in memory or in
Redis or Valkey. Where the shared store fails, each process counts in its own memory.
"""

import logging
import math
import time
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, WindowStats
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.types import Scope

from qa_service.breaker import Breaker, Bulkhead, UnavailableError
from qa_service.monitoring.metrics import Metrics

logger = logging.getLogger(__name__)

DEADLINE_S = 0.2
"""How long a store may keep a request waiting, whatever it is asked."""

_V6_NETWORK_BITS = 64  # one household or office


class Counts:
    """Of one event loop. A store that failed once is not asked again for a while: it would delay
    every request.
    """

    def __init__(self, store: Storage, metrics: Metrics) -> None:
        self._shared = SlidingWindowCounterRateLimiter(store)
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._metrics = metrics
        breaker = Breaker(
            logger,
            opened="rate limits are counted by each process alone",
            closed="rate limits are counted in their store again",
            failures=1,
            clock=time.monotonic,
        )
        self._bulkhead = Bulkhead(breaker, DEADLINE_S)

    async def hit(
        self, rate: RateLimitItem, client: str, cost: int = 1
    ) -> tuple[bool, WindowStats]:
        """Count so much; whether it is within the rate, else it is not counted."""
        try:
            return await self._bulkhead.run(lambda: _hit(self._shared, rate, client, cost))
        except UnavailableError:
            self._metrics.limit_store_failures.inc()
            return await _hit(self._own, rate, client, cost)


async def _hit(
    limiter: SlidingWindowCounterRateLimiter, rate: RateLimitItem, client: str, cost: int
) -> tuple[bool, WindowStats]:
    within = await limiter.hit(rate, client, cost=cost)
    return within, await limiter.get_window_stats(rate, client)


def seconds_left(stats: WindowStats) -> int:
    """Until there is room for one more."""
    return max(1, math.ceil(stats.reset_time - time.time()))


def network_of(scope: Scope) -> str:
    """The client's address, or the /64 network of IPv6: a household may take any address of it."""
    address: str = scope["client"][0] if scope.get("client") else ""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(
            parsed.ipv4_mapped or IPv6Address(int(parsed) >> _V6_NETWORK_BITS << _V6_NETWORK_BITS)
        )
    return address
