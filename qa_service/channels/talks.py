"""What is known of a chat for half an hour, and where it is kept: by the HMAC of the person's id.

To add a store that processes share copy `talks_redis.py`, pick it in `chats.py` and add it to
`tests/channels/test_talks.py`.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol, Self

from cachetools import TTLCache

from qa_service.types import NO_CONTEXT, Context, Reason

TALK_S = 30 * 60
"""After so long without a message a talk has ended."""

REPEAT_S = 24 * 3600
"""For so long a platform may deliver the same again."""

TURN_S = 10.0
"""How long a process that died in a person's turn keeps others from answering them."""

_MOST_DELIVERIES, _MOST_TALKS = 200_000, 50_000


class Ending(StrEnum):
    """How a chat ended: with an answer, with a person, or with a question left open."""

    CONTAINED = "contained"
    HANDED_OVER = "handed_over"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Talk:
    """A chat so far. language: that the person chose. asked: the last question, masked. misses:
    questions in a row that got no answer. reason: why the last question got none. handed_over:
    whether a person was offered. offered: payloads of the choices that were named last. chat: a
    random id, by which the journal knows this talk and no other of the same person.
    """

    channel: str
    context: Context = NO_CONTEXT
    language: str | None = None
    asked: str = field(default="", repr=False)
    misses: int = 0
    reason: Reason | None = None
    handed_over: bool = False
    offered: tuple[str, ...] = ()
    chat: str = ""

    @property
    def ending(self) -> Ending:
        """How it would have ended, were nothing said any more."""
        if self.handed_over:
            return Ending.HANDED_OVER
        return Ending.ABANDONED if self.misses else Ending.CONTAINED

    def with_person(self) -> Self:
        """The same once a person was offered."""
        return replace(self, handed_over=True, misses=0)

    def about_something_else(self) -> Self:
        """What is asked next has nothing to do with what was."""
        return replace(self, context=NO_CONTEXT, asked="", misses=0, reason=None, offered=())

    def written(self) -> str:
        """As JSON."""
        context = self.context
        about = [context.service, context.topic, list(context.recent), list(context.choices)]
        kept = [self.channel, about, self.language, self.asked, self.misses, self.reason]
        offered = list(self.offered)
        return json.dumps([*kept, self.handed_over, offered, self.chat], ensure_ascii=False)

    @classmethod
    def read(cls, written: str) -> Self:
        """Raises ValueError for what another version wrote."""
        match json.loads(written):
            case [
                str(channel),
                [str() | None as service, str() | None as topic, list(recent), list(choices)],
                str() | None as language,
                str(asked),
                int(misses),
                str() | None as reason,
                bool(handed_over),
                list(offered),
                str(chat),
            ] if all(isinstance(name, str) for name in (*recent, *choices, *offered)):
                context = Context.sent_back(service, topic, recent, choices)
                known = Reason(reason) if reason else None
                kept = (language, asked, misses, known, handed_over, tuple(offered), chat)
                return cls(channel, context, *kept)
        raise ValueError("this is no talk of this version")


class Talks(Protocol):
    """Where chats are known, by a key that tells nothing of the person. Nothing of it fails."""

    async def is_new(self, delivery: str) -> bool:
        """Whether this delivery comes for the first time within `REPEAT_S`; the first to ask is
        told so, whichever process asks.
        """

    def turn(self, person: str) -> AbstractAsyncContextManager[None]:
        """Inside, no other process answers the same person."""

    async def load(self, person: str) -> Talk | None:
        """None where nothing was said for `TALK_S`."""

    async def keep(self, person: str, talk: Talk) -> None:
        """For `TALK_S` from now."""

    async def forget(self, person: str) -> None:
        """At once, without counting it among those that ended."""

    async def ended(self) -> Sequence[Talk]:
        """The talks that ended since this was last asked, each handed out once and forgotten."""

    async def close(self) -> None:
        """Give back connections."""


class TalksError(Exception):
    """The store cannot be used now. Its words may be logged: they tell nothing of a person."""


class TalksStore(Protocol):
    """What processes share, for `GuardedTalks`: the methods of `Talks`, of talks as they are
    written. Each may hang, or raise any exception whose words may be logged.

    at_once: how many exchanges it makes at the same time.
    """

    at_once: int

    async def is_new(self, delivery: str) -> bool: ...

    async def begin_turn(self, person: str, token: str) -> bool:
        """Whether nobody else answers this person; nobody else does for `TURN_S` then."""

    async def end_turn(self, person: str, token: str) -> None:
        """Only the turn of this token."""

    async def load(self, person: str) -> str | None: ...

    async def keep(self, person: str, written: str) -> None: ...

    async def forget(self, person: str) -> None: ...

    async def ended(self) -> Sequence[str]: ...

    async def close(self) -> None: ...


class MemoryTalks:
    """Of one process. Each channel has room of its own: whoever makes up chats in one pushes
    no other's out.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._delivered: TTLCache[str, None] = TTLCache(_MOST_DELIVERIES, REPEAT_S, clock)
        # By channel, then by person; the first to end is the first.
        self._kept: defaultdict[str, dict[str, tuple[float, Talk]]] = defaultdict(dict)
        self._ended: list[Talk] = []

    async def is_new(self, delivery: str) -> bool:
        if delivery in self._delivered:
            return False
        self._delivered[delivery] = None
        return True

    def turn(self, person: str) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def load(self, person: str) -> Talk | None:
        for kept in self._kept.values():
            until, talk = kept.get(person, (0.0, None))
            if until > self._clock():
                return talk
        return None

    async def keep(self, person: str, talk: Talk) -> None:
        kept, now = self._kept[talk.channel], self._clock()
        before = kept.pop(person, None)
        if before and before[0] <= now:
            self._ended.append(before[1])
        kept[person] = (now + TALK_S, talk)
        if len(kept) > _MOST_TALKS:
            del kept[next(iter(kept))]

    async def forget(self, person: str) -> None:
        for kept in self._kept.values():
            kept.pop(person, None)

    async def ended(self) -> Sequence[Talk]:
        now, found = self._clock(), self._ended
        self._ended = []
        for kept in self._kept.values():
            for person, (until, talk) in list(kept.items()):
                if until > now:
                    break
                del kept[person]
                found.append(talk)
        return found

    async def close(self) -> None:
        """Nothing is held."""
