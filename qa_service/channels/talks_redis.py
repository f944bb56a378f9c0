"""Talks in Redis or Valkey, whose clock is everybody's.

A talk is JSON, and its end stands in a sorted set: whichever process takes it out there hands the
talk out. One that is followed by another before that waits in a list. A script makes the keys of
talks, so this is no store for a cluster. Nothing is written but HMACs, talks and tokens.
"""

from collections.abc import Awaitable, Sequence
from importlib import import_module
from typing import Any, Protocol, Self

from qa_service.channels.talks import REPEAT_S, TALK_S, TURN_S

BACKSTOP_S = 24 * 3600
"""After so long everything goes by itself, where no process asks for the talks that ended."""

_MOST_AT_ONCE = 2_000
_PREFIX = "qa:chat"
_TALK, _DELIVERY, _TURN = f"{_PREFIX}:talk:", f"{_PREFIX}:delivery:", f"{_PREFIX}:turn:"
_ENDS, _ENDED = f"{_PREFIX}:ends", f"{_PREFIX}:ended"
_CLIENTS = {"redis": "Redis", "valkey": "Valkey"}

_NOW = "local now = tonumber(redis.call('TIME')[1]) "
_LOAD = f"""{_NOW}
local ends = redis.call('ZSCORE', KEYS[2], ARGV[1])
return ends and tonumber(ends) > now and redis.call('GET', KEYS[1]) or false
"""
_KEEP = f"""{_NOW}
local ends = redis.call('ZSCORE', KEYS[2], ARGV[1])
local before = ends and tonumber(ends) <= now and redis.call('GET', KEYS[1])
if before then redis.call('RPUSH', KEYS[3], before) end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[4]) end
"""
_FORGET = "redis.call('DEL', KEYS[1]) redis.call('ZREM', KEYS[2], ARGV[1])"
_END_TURN = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"
_ALL_ENDED = f"""{_NOW}
local found = redis.call('LRANGE', KEYS[2], 0, -1)
redis.call('DEL', KEYS[2])
for _, person in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])) do
  table.insert(found, redis.call('GET', ARGV[1] .. person) or nil)
  redis.call('DEL', ARGV[1] .. person)
  redis.call('ZREM', KEYS[1], person)
end
return found
"""


class Client(Protocol):
    """What is used of the libraries `redis` and `valkey`."""

    def execute_command(self, *arguments: Any) -> Awaitable[Any]: ...

    def aclose(self) -> Awaitable[None]: ...


class RedisTalks:
    at_once = 16

    def __init__(self, client: Client) -> None:
        self._client = client

    @classmethod
    def open(cls, url: str, library: str) -> Self:
        """Connects later. library: `redis` or `valkey`. Raises ValueError, TypeError for a URL that
        it cannot read.
        """
        client = getattr(import_module(f"{library}.asyncio"), _CLIENTS[library]).from_url(url)
        client.connection_pool.make_connection()  # which connects to nothing: the URL's options fit
        return cls(client)

    async def is_new(self, delivery: str) -> bool:
        seen = ("SET", f"{_DELIVERY}{delivery}", 1, "NX", "EX", REPEAT_S)
        return await self._client.execute_command(*seen) is not None

    async def begin_turn(self, person: str, token: str) -> bool:
        taken = ("SET", f"{_TURN}{person}", token, "NX", "PX", int(TURN_S * 1000))
        return await self._client.execute_command(*taken) is not None

    async def end_turn(self, person: str, token: str) -> None:
        await self._run(_END_TURN, [f"{_TURN}{person}"], token)

    async def load(self, person: str) -> str | None:
        found: bytes | None = await self._run(_LOAD, [f"{_TALK}{person}", _ENDS], person)
        return found.decode() if found else None

    async def keep(self, person: str, written: str) -> None:
        keys = [f"{_TALK}{person}", _ENDS, _ENDED]
        await self._run(_KEEP, keys, person, written, TALK_S, BACKSTOP_S)

    async def forget(self, person: str) -> None:
        await self._run(_FORGET, [f"{_TALK}{person}", _ENDS], person)

    async def ended(self) -> Sequence[str]:
        found: list[bytes] = await self._run(_ALL_ENDED, [_ENDS, _ENDED], _TALK, _MOST_AT_ONCE)
        return [one.decode() for one in found]

    async def close(self) -> None:
        await self._client.aclose()

    async def _run(self, script: str, keys: Sequence[str], *arguments: object) -> Any:
        """All of a script happens at once, as others see it."""
        return await self._client.execute_command("EVAL", script, len(keys), *keys, *arguments)
