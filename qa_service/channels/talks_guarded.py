"""Talks in a store that processes share, and in memory of this process while it fails.

An outage is never a reason not to answer: this process then knows repeats and talks of its own,
which are the better ones until the store has them, and what it saw last of the store's.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from secrets import token_hex
from typing import TypeVar

from cachetools import TTLCache

from qa_service.breaker import Breaker, Bulkhead, UnavailableError
from qa_service.channels.talks import TALK_S, TURN_S, MemoryTalks, Talk, TalksStore

logger = logging.getLogger(__name__)

DEADLINE_S = 0.5
"""How long an exchange with the store may take, once it has a place there."""

POLL_S = 0.05
"""How often a turn that another process has is asked for again."""

COPY_S = 60.0
"""For so long this process knows what it last saw of a chat of the store's, for when that fails. No
longer, since another process may have been told to forget it.
"""

_MOST_FORGOTTEN, _MOST_COPIES = 10_000, 20_000

Found = TypeVar("Found")


class GuardedTalks:
    """Of one event loop. on_failure: called for each exchange that the store did not do."""

    def __init__(
        self,
        store: TalksStore,
        on_failure: Callable[[], object],
        *,
        deadline_s: float = DEADLINE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._on_failure, self._deadline_s = store, on_failure, deadline_s
        self._own = MemoryTalks(clock)
        self._copies: TTLCache[str, Talk] = TTLCache(_MOST_COPIES, COPY_S, clock)
        self._to_forget: TTLCache[str, None] = TTLCache(_MOST_FORGOTTEN, TALK_S, clock)
        breaker = Breaker(
            logger,
            opened="chats are known to each process alone",
            closed="chats are known in their store again",
            failures=1,
            clock=clock,
        )
        self._bulkhead = Bulkhead(breaker, deadline_s)
        self._places = asyncio.Semaphore(store.at_once)

    async def is_new(self, delivery: str) -> bool:
        if not await self._own.is_new(delivery):
            return False
        try:
            return await self._ask(partial(self._store.is_new, delivery))
        except UnavailableError:
            return True

    @asynccontextmanager
    async def turn(self, person: str) -> AsyncIterator[None]:
        """Begun without the store where it fails, and where another process has it for too long."""
        token = token_hex(8)
        with suppress(UnavailableError):
            for _ in range(round(TURN_S / POLL_S)):
                if await self._ask(partial(self._store.begin_turn, person, token)):
                    break
                await asyncio.sleep(POLL_S)
        try:
            yield
        finally:
            with suppress(UnavailableError):
                await self._ask(partial(self._store.end_turn, person, token))

    async def load(self, person: str) -> Talk | None:
        if person in self._to_forget:
            await self._forget_stored(person)
        if known := await self._own.load(person):
            return known
        if person in self._to_forget:
            return None
        try:
            return _read(await self._ask(partial(self._store.load, person)))
        except UnavailableError:
            return self._copies.get(person)

    async def keep(self, person: str, talk: Talk) -> None:
        self._copies[person] = talk
        try:
            await self._ask(partial(self._store.keep, person, talk.written()))
        except UnavailableError:
            await self._own.keep(person, talk)
            return
        self._to_forget.pop(person, None)
        await self._own.forget(person)

    async def forget(self, person: str) -> None:
        """From the store as soon as it works again."""
        self._copies.pop(person, None)
        await self._own.forget(person)
        await self._forget_stored(person)

    async def ended(self) -> Sequence[Talk]:
        for person in list(self._to_forget):
            await self._forget_stored(person)
        found = [*await self._own.ended()]
        with suppress(UnavailableError):
            found += filter(None, map(_read, await self._ask(self._store.ended)))
        return found

    async def close(self) -> None:
        with suppress(Exception):
            async with asyncio.timeout(self._deadline_s):
                await self._store.close()

    async def _forget_stored(self, person: str) -> None:
        try:
            await self._ask(partial(self._store.forget, person))
        except UnavailableError:
            self._to_forget[person] = None
        else:
            self._to_forget.pop(person, None)

    async def _ask(self, exchange: Callable[[], Awaitable[Found]]) -> Found:
        """Raises UnavailableError."""
        async with self._places:
            try:
                return await self._bulkhead.run(exchange)
            except UnavailableError:
                self._on_failure()
                raise


def _read(written: str | None) -> Talk | None:
    """What another version of the service wrote is nothing to go on with."""
    with suppress(ValueError):
        return Talk.read(written) if written else None
    return None
