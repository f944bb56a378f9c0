"""A chat without a platform: what is delivered is said here, what is called is collected."""

import asyncio
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from qa_service.channels import Act, Call, Fate, Inbound, Outcome, Reply, Text
from qa_service.channels.answering import Said
from qa_service.channels.commands import act_in
from qa_service.channels.conversation import Conversation
from qa_service.channels.inbox import Inbox, Within
from qa_service.channels.sending import Sender
from qa_service.channels.talks import MemoryTalks, Talk, Talks
from qa_service.monitoring.metrics import Metrics
from support.clock import Clock
from support.fakes import HANDOFF, fake_service

SECRET = "a secret of at least thirty-two characters"
SENT, GONE, REFUSED, REVOKED = (200, b""), (403, b""), (400, b""), (401, b"")
BUSY = (502, b"<html>")
FATES = {200: Fate.SENT, 403: Fate.GONE, 400: Fate.REFUSED, 401: Fate.REVOKED}

Answered = tuple[int, bytes] | OSError


def too_many(after_s: int) -> Answered:
    return 429, str(after_s).encode()


class Collecting:
    """A platform that delivers `[id, person, act, text]` and is called once for each text."""

    def __init__(self, name: str = "telegram") -> None:
        self.name = name

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        return headers.get("x-signature") == "genuine"

    def parse(self, body: bytes) -> Sequence[Inbound]:
        return [
            said(person, text, named, Act(act)) for named, person, act, text in json.loads(body)
        ]

    def calls(self, to: Inbound, reply: Reply) -> Sequence[Call]:
        texts = [block.text for block in reply.blocks if isinstance(block, Text)]
        return [Call("https://platform.test", {"to": to.chat, "text": text}) for text in texts]

    def outcome(self, status: int, body: bytes) -> Outcome:
        after_s = float(body) if status == 429 else None
        return Outcome(FATES.get(status, Fate.LATER), after_s, f"status {status}")


class Exchange:
    """Answers with the next of `faults`, at last that all is well, and keeps what arrived."""

    def __init__(self, *faults: Answered) -> None:
        self.faults = deque(faults)
        self.tried = 0
        self.arrived: list[Call] = []

    async def __call__(self, call: Call) -> tuple[int, bytes]:
        self.tried += 1
        await asyncio.sleep(0)
        answered = self.faults.popleft() if self.faults else SENT
        if isinstance(answered, OSError):
            raise answered
        if answered == SENT:
            self.arrived.append(call)
        return answered

    def texts(self, chat: str | None = None) -> list[str]:
        """What arrived in a chat; in all where none is named."""
        return [str(one.body["text"]) for one in self.arrived if chat in (None, one.body["to"])]


@dataclass
class Pauses:
    """Nobody waits, and what was asked for is kept."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


class Echo(Conversation):
    """Says what was written, and what was written last in the same chat."""

    def reply(self, inbound: Inbound, talk: Talk) -> Said:
        if act_in(inbound) not in (Act.TEXT, Act.BUTTON):
            return super().reply(inbound, talk)
        if inbound.text == "fail":
            raise ValueError(f"{inbound.person} wrote {inbound.text}")
        said = f"{inbound.text} after {talk.asked}" if talk.asked else inbound.text
        return Reply((Text(said),)), replace(talk, asked=inbound.text)


def echo() -> Echo:
    return Echo(fake_service(), HANDOFF)


def said(
    person: str, text: str, delivery: str = "", act: Act = Act.TEXT, channel: str = "telegram"
) -> Inbound:
    """A delivery of its own unless it is named."""
    named = delivery or f"{person}-{text}"
    return Inbound(channel, named, person, act, text, chat=f"chat-of-{person}")


async def as_often_as_you_like(person: str) -> bool:
    return True


@dataclass
class Chats:
    """An inbox with all that stands around it."""

    exchange: Exchange = field(default_factory=Exchange)
    talks: Talks = field(default_factory=MemoryTalks)
    conversation: Conversation = field(default_factory=echo)
    within: Within = as_often_as_you_like
    off: frozenset[str] = frozenset()
    platform: Collecting = field(default_factory=Collecting)
    metrics: Metrics = field(default_factory=Metrics)
    pauses: Pauses = field(default_factory=Pauses)
    clock: Clock = field(default_factory=lambda: Clock(1_000.0))
    at_once: int = 2
    secret: str = SECRET

    def open(self) -> Inbox:
        """In the event loop that it is of."""
        return Inbox(
            self.conversation,
            self.talks,
            Sender(self.exchange, self.metrics, self.pauses),
            self.metrics,
            secret=self.secret,
            at_once=self.at_once,
            within=self.within,
            off=self.off,
            clock=self.clock,
        )

    def run(self, *inbounds: Inbound, within_s: float = 60.0) -> None:
        """Take these one after the other, and reply to all."""

        async def taking() -> None:
            inbox = self.open()
            for one in inbounds:
                await inbox.accept(self.platform, [one])
            await inbox.close(within_s)

        asyncio.run(taking())

    def count(self, metric: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(metric, labels) or 0.0
