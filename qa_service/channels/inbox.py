"""What people do, on its way to a reply: each thing once, in order for each person, and no more at
once than the machine answers. The platform is told that it arrived before any of it is worked on.
"""

import asyncio
import hashlib
import hmac
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from cachetools import TTLCache

from qa_service.channels import NO_REPLY, Act, Fate, Inbound, Platform, Reply
from qa_service.channels.answering import Said
from qa_service.channels.conversation import Conversation
from qa_service.channels.sending import Sender
from qa_service.channels.talks import Talk, Talks
from qa_service.errors import OverloadedError
from qa_service.monitoring.metrics import Metrics

logger = logging.getLogger(__name__)

MOST_WAITING = 2_000
"""Things that people did and that wait for a reply; more are refused, and come again."""

RETRY_AFTER_S, SWEEP_S = 5, 60.0
_MOST_SLOWED = 10_000
_FULL = "too many messages wait for a reply; send this one again"

Within = Callable[[str], Awaitable[bool]]
"""Whether a person, named by a key, still writes no faster than is allowed; counts one more."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """platform: where the reply is sent; None where `answered` is told it."""

    inbound: Inbound
    platform: Platform | None
    answered: "asyncio.Future[Reply] | None"
    since: float


class Inbox:
    """Of one event loop.

    secret: hides the ids of people. at_once: how many replies are worked out at the same time. off:
    channels on which only the phone is given.
    """

    def __init__(
        self,
        conversation: Conversation,
        talks: Talks,
        sender: Sender,
        metrics: Metrics,
        *,
        secret: str,
        at_once: int,
        within: Within,
        off: frozenset[str] = frozenset(),
    ) -> None:
        self._conversation, self._talks, self._sender = conversation, talks, sender
        self._metrics, self._secret, self._within = metrics, secret.encode(), within
        self._off = off
        self._slowed: TTLCache[str, None] = TTLCache(_MOST_SLOWED, SWEEP_S)
        self._slots = asyncio.Semaphore(at_once)
        self._lines: dict[str, deque[_Waiting]] = {}
        self._tasks = set[asyncio.Task[None]]()
        self._waiting, self._is_closing = 0, False
        self._sweeping: asyncio.Task[None] | None = None

    async def accept(self, platform: Platform, inbounds: Sequence[Inbound]) -> None:
        """Take what was delivered, to be replied to later; what came before is left out.

        Raises OverloadedError where there is no room: whatever was not taken may come again.
        """
        for inbound in inbounds:
            self._require_room()
            if await self._is_new(inbound):
                self._enqueue(inbound, platform, None)

    async def answer(self, inbound: Inbound) -> Reply:
        """The reply to what a program delivered that waits for it, also if it came before.

        Raises OverloadedError.
        """
        self._require_room()
        return await self._answered(inbound)

    async def answer_once(self, inbound: Inbound) -> Reply | None:
        """The same, but None for what came before. Raises OverloadedError."""
        self._require_room()
        return await self._answered(inbound) if await self._is_new(inbound) else None

    async def close(self, within_s: float) -> None:
        """Reply to what waits, for so long at most, and take nothing more."""
        self._is_closing = True
        if self._sweeping:
            self._sweeping.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        await self._sender.close()
        await self._talks.close()

    def key(self, inbound: Inbound) -> str:
        """The HMAC of a person's id, which nobody can find the id by."""
        named = f"{inbound.channel}:{inbound.person}".encode()
        return hmac.digest(self._secret, named, hashlib.sha256).hex()

    async def _is_new(self, inbound: Inbound) -> bool:
        return await self._talks.is_new(f"{inbound.channel}:{inbound.id}")

    async def _answered(self, inbound: Inbound) -> Reply:
        answered: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._enqueue(inbound, None, answered)
        return await answered

    def _require_room(self) -> None:
        if self._is_closing or self._waiting >= MOST_WAITING:
            raise OverloadedError(_FULL, RETRY_AFTER_S)

    def _enqueue(
        self,
        inbound: Inbound,
        platform: Platform | None,
        answered: "asyncio.Future[Reply] | None",
    ) -> None:
        """Behind what the same person did before; one task a person works it off."""
        self._waiting += 1
        key, waiting = self.key(inbound), _Waiting(inbound, platform, answered, time.monotonic())
        if key in self._lines:
            self._lines[key].append(waiting)
            return
        self._lines[key] = deque([waiting])
        self._start(self._work_off(key))
        if self._sweeping is None:
            self._sweeping = asyncio.create_task(self._sweep())

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        assert isinstance(task, asyncio.Task)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_off(self, key: str) -> None:
        line = self._lines[key]
        try:
            while line:
                await self._serve(key, line.popleft())
                self._waiting -= 1
        finally:
            self._waiting -= len(line)
            del self._lines[key]

    async def _serve(self, key: str, waiting: _Waiting) -> None:
        """Nothing that goes wrong for one message keeps the next from being answered."""
        reply = NO_REPLY
        try:
            reply = await self._reply(key, waiting.inbound)
            if waiting.platform and (reply.blocks or waiting.inbound.event):
                fate = await self._sender.send(waiting.platform, waiting.inbound, reply)
                if fate is Fate.GONE:
                    await self._talks.forget(key)
        except Exception as error:
            extra = {"channel": waiting.inbound.channel, "cause": type(error).__name__}
            logger.error("a chat message failed", extra=extra)
        finally:
            if waiting.answered and not waiting.answered.done():
                waiting.answered.set_result(reply)
        channel, took = waiting.inbound.channel, time.monotonic() - waiting.since
        self._metrics.chat_reply_seconds.labels(channel).observe(took)

    async def _reply(self, key: str, inbound: Inbound) -> Reply:
        async with self._talks.turn(key):
            known = await self._talks.load(key)
            talk = known or Talk(inbound.channel)
            if inbound.act is not Act.LEFT and not await self._within(key):
                return self._too_fast(key, talk)
            reply, after = await self._worked_out(key, inbound, talk)
            if after is None:
                await self._talks.forget(key)
            elif inbound.act is not Act.INLINE:
                await self._talks.keep(key, after)
        if reply.handover:
            self._metrics.chat_handovers.labels(inbound.channel, reply.handover.reason).inc()
        return reply

    async def _worked_out(self, key: str, inbound: Inbound, talk: Talk) -> Said:
        """The phone where there is no other reply."""
        if inbound.channel in self._off and inbound.act is not Act.LEFT:
            return self._conversation.closed(talk), talk
        try:
            async with self._slots:
                return await asyncio.to_thread(self._conversation.reply, inbound, talk, key)
        except OverloadedError:
            return self._conversation.failed(talk), talk
        except Exception as error:  # its words may quote the person
            extra = {"channel": inbound.channel, "cause": type(error).__name__}
            logger.error("no reply could be worked out", extra=extra)
            return self._conversation.failed(talk), talk

    def _too_fast(self, key: str, talk: Talk) -> Reply:
        """Said once a minute: another reply to each message would make it worse."""
        if key in self._slowed:
            return NO_REPLY
        self._slowed[key] = None
        return self._conversation.too_fast(talk)

    async def _sweep(self) -> None:
        """Count the chats that ended, now and then."""
        while True:
            await asyncio.sleep(SWEEP_S)
            with suppress(Exception):
                for talk in await self._talks.ended():
                    self._metrics.chats.labels(talk.channel, talk.ending).inc()
