"""What waits, in a line for each person: each line is worked off in order by a task of its own."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

MOST_WAITING = 2_000
"""Things that people did in one channel and that wait for a reply; more are refused, and come
again. A platform that takes no replies now fills no other's room.
"""

MOST_OF_ONE = 40
"""Of these of one person, more than may be written in a minute: what they do beyond is ignored."""

Item = TypeVar("Item")


class Lines(Generic[Item]):
    """Of one event loop. serve: works on the first of the line of a key, and never raises.

    refuse: tells one that it is left at the end.
    """

    def __init__(
        self, serve: Callable[[str, Item], Awaitable[None]], refuse: Callable[[Item], None]
    ) -> None:
        self._serve, self._refuse = serve, refuse
        self._lines: dict[str, deque[Item]] = {}
        self._tasks = set[asyncio.Task[None]]()
        self._is_closing = False
        self._waiting = Counter[str]()

    @property
    def waiting(self) -> int:
        return self._waiting.total()

    def is_full(self, channel: str) -> bool:
        return self._is_closing or self._waiting[channel] >= MOST_WAITING

    def is_long(self, key: str) -> bool:
        return len(self._lines.get(key, ())) >= MOST_OF_ONE

    def put(self, channel: str, key: str, item: Item) -> None:
        """Behind what waits there already. A key is of one channel."""
        self._waiting[channel] += 1
        if key in self._lines:
            self._lines[key].append(item)
            return
        line = self._lines[key] = deque([item])
        task = asyncio.create_task(self._work_off(channel, key, line))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, within_s: float) -> int:
        """Work off what waits, for so long at most, and be full; how many are left."""
        self._is_closing = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        left, tasks = self.waiting, list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return left

    async def _work_off(self, channel: str, key: str, line: deque[Item]) -> None:
        try:
            while line:
                await self._serve(key, line[0])
                line.popleft()
                self._waiting[channel] -= 1
        finally:
            self._waiting[channel] -= len(line)
            for left in line:
                self._refuse(left)
            del self._lines[key]
