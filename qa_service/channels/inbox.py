"""What people do, on its way to a reply: each thing once, in order for each person, and no more at
once than the machine answers. The platform is told that it arrived before any of it is worked on;
what waits is nowhere else, and goes with the process.
"""

import asyncio
import hashlib
import hmac
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from secrets import token_urlsafe

from cachetools import TTLCache

from qa_service.channels import NO_REPLY, Act, Fate, Inbound, Platform, Reply
from qa_service.channels.answering import Said
from qa_service.channels.commands import act_in
from qa_service.channels.conversation import Conversation
from qa_service.channels.lines import Lines
from qa_service.channels.sending import Sender
from qa_service.channels.talks import Talk, Talks
from qa_service.errors import OverloadedError
from qa_service.monitoring.metrics import Metrics

logger = logging.getLogger(__name__)

RETRY_AFTER_S, SWEEP_S, SLOWED_S = 5, 60.0, 60.0
_CHAT_ID_BYTES = 12
_MOST_SLOWED = 10_000
_FULL = "too many messages wait for a reply; send this one again"
_ALWAYS_HEARD = {Act.STOP, Act.DELETE, Act.LEFT}
"""However much a person wrote, and where the channel is switched off."""

Within = Callable[[str], Awaitable[bool]]
"""Whether a person, named by a key, still writes no faster than is allowed; counts one more."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """platform: where the reply is sent; None where `answered` is told it, or None for a repeat
    unless it `may_repeat`. context: it is answered within that of its request, for traces.
    """

    inbound: Inbound
    since: float
    platform: Platform | None = None
    answered: "asyncio.Future[Reply | None] | None" = None
    may_repeat: bool = False
    context: Context = field(default_factory=copy_context)

    def tell(self, reply: Reply | None) -> None:
        if self.answered and not self.answered.done():
            self.answered.set_result(reply)

    def refuse(self) -> None:
        if self.answered and not self.answered.done():
            self.answered.set_exception(OverloadedError(_FULL, RETRY_AFTER_S))


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
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._conversation, self._talks, self._sender = conversation, talks, sender
        self._metrics, self._secret, self._within = metrics, secret.encode(), within
        self._off, self._clock = off, clock
        self._slowed: TTLCache[str, None] = TTLCache(_MOST_SLOWED, SLOWED_S, clock)
        self._slots = asyncio.Semaphore(at_once)
        self._lines = Lines(self._serve, _Waiting.refuse)
        self._sweeping: asyncio.Task[None] | None = None

    async def accept(self, platform: Platform, inbounds: Sequence[Inbound]) -> None:
        """Take all of what was delivered, to be replied to later.

        Raises OverloadedError where there is no room: nothing is taken, and it may come again.
        """
        self._require_room(inbounds)
        for inbound in inbounds:
            self._enqueue(_Waiting(inbound, self._clock(), platform))

    async def answer(self, inbound: Inbound) -> Reply:
        """The reply to what a program delivered that waits for it, also if it came before.

        Raises OverloadedError.
        """
        return await self._answered(inbound, may_repeat=True) or NO_REPLY

    async def answer_once(self, inbound: Inbound) -> Reply | None:
        """The same, but None for what came before. Raises OverloadedError."""
        return await self._answered(inbound, may_repeat=False)

    async def close(self, within_s: float) -> None:
        """Reply to what waits, for so long at most, and take nothing more."""
        if self._sweeping:
            self._sweeping.cancel()
        if left := await self._lines.close(within_s):
            logger.error("chat messages are left without a reply", extra={"messages": left})
        await self._sender.close()
        await self._talks.close()

    def key(self, inbound: Inbound) -> str:
        """The HMAC of a person's id, which nobody can find the id by."""
        return self._hidden(f"{inbound.channel}:{inbound.person}")

    def _hidden(self, named: str) -> str:
        return hmac.digest(self._secret, named.encode(), hashlib.sha256).hex()

    async def _answered(self, inbound: Inbound, may_repeat: bool) -> Reply | None:
        self._require_room([inbound])
        answered: asyncio.Future[Reply | None] = asyncio.get_running_loop().create_future()
        self._enqueue(_Waiting(inbound, self._clock(), None, answered, may_repeat))
        return await answered

    def _require_room(self, inbounds: Sequence[Inbound]) -> None:
        if any(self._lines.is_full(inbound.channel) for inbound in inbounds):
            raise OverloadedError(_FULL, RETRY_AFTER_S)

    def _enqueue(self, waiting: _Waiting) -> None:
        """Behind what the same person did before."""
        key = self.key(waiting.inbound)
        if self._lines.is_long(key) and act_in(waiting.inbound) not in _ALWAYS_HEARD:
            waiting.tell(NO_REPLY)
            return
        self._lines.put(waiting.inbound.channel, key, waiting)
        if self._sweeping is None:
            self._sweeping = asyncio.create_task(self._sweep())

    async def _serve(self, key: str, waiting: _Waiting) -> None:
        """Nothing that goes wrong for one message keeps the next from being answered."""
        inbound = waiting.inbound
        try:
            if not (waiting.may_repeat or await self._is_new(inbound)):
                waiting.tell(None)
                return
            reply = await self._reply(key, waiting)
            await self._send(key, waiting, reply)
        except Exception as error:
            self._say("a chat message failed", inbound, error)
            reply = self._conversation.failed(Talk(inbound.channel))
            with suppress(Exception):
                await self._send(key, waiting, reply)
        waiting.tell(reply)
        took = self._clock() - waiting.since
        self._metrics.chat_reply_seconds.labels(inbound.channel).observe(took)

    async def _is_new(self, inbound: Inbound) -> bool:
        """Asked when its turn comes, so that no store keeps a platform waiting, or lets what came
        later be the first.
        """
        return await self._talks.is_new(self._hidden(f"{inbound.channel}:{inbound.id}"))

    async def _send(self, key: str, waiting: _Waiting, reply: Reply) -> None:
        if waiting.platform and (reply.blocks or waiting.inbound.event):
            fate = await self._sender.send(waiting.platform, waiting.inbound, reply)
            if fate is Fate.GONE:
                await self._talks.forget(key)

    async def _reply(self, key: str, waiting: _Waiting) -> Reply:
        inbound = waiting.inbound
        is_inline, is_heard = inbound.act is Act.INLINE, act_in(inbound) in _ALWAYS_HEARD
        # The turn is a lease: it begins once nothing else is waited for.
        async with self._slots, self._talks.turn(key):
            known = await self._talks.load(key)
            talk = known or Talk(inbound.channel, chat=token_urlsafe(_CHAT_ID_BYTES))
            # Looking something up asks with each letter: it is counted apart.
            if not is_heard and not await self._within(f"{key} inline" if is_inline else key):
                return NO_REPLY if is_inline else self._too_fast(key, talk)
            reply, after = await self._worked_out(waiting, talk, is_heard)
            if after is None:
                await self._talks.forget(key)
            elif not is_inline:
                await self._talks.keep(key, after)
        if reply.handover:
            self._metrics.chat_handovers.labels(inbound.channel, reply.handover.reason).inc()
        return reply

    async def _worked_out(self, waiting: _Waiting, talk: Talk, is_heard: bool) -> Said:
        """The phone where there is no other reply."""
        inbound, run = waiting.inbound, waiting.context.run
        if inbound.channel in self._off and not is_heard:
            return self._conversation.closed(talk), talk.with_person()
        try:
            return await asyncio.to_thread(run, self._conversation.reply, inbound, talk)
        except OverloadedError:
            return self._conversation.failed(talk), talk.with_person()
        except Exception as error:
            self._say("no reply could be worked out", inbound, error)
            return self._conversation.failed(talk), talk.with_person()

    def _too_fast(self, key: str, talk: Talk) -> Reply:
        """Said once a minute: another reply to each message would make it worse."""
        if key in self._slowed:
            return NO_REPLY
        self._slowed[key] = None
        return self._conversation.too_fast(talk)

    def _say(self, what: str, inbound: Inbound, error: Exception) -> None:
        """The error's words may quote the person."""
        extra = {"channel": inbound.channel, "cause": type(error).__name__}
        logger.error(what, extra=extra)

    async def _sweep(self) -> None:
        """Count the chats that ended, now and then."""
        while True:
            await asyncio.sleep(SWEEP_S)
            with suppress(Exception):
                for talk in await self._talks.ended():
                    self._metrics.chats.labels(talk.channel, talk.ending).inc()
