"""What goes back and forth with the turns of a talk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from qa_service.types.corpus import Topic

MOST_IN_CONTEXT = 5
"""Services before the talk's, and services to choose from."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a conversation is about, without a word that was said: sent back by the client.

    service, topic: of the last answer. recent: services before it, the latest first; where a turn
    may have been about another service, that one and `service` again stand in front of them.
    choices: those that were offered to choose from.
    """

    service: str | None = None
    topic: Topic | None = None
    recent: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    @property
    def beside(self) -> tuple[str, ...]:
        """What the talk may be about instead."""
        return self.recent[: self._own_place]

    @property
    def before(self) -> tuple[str, ...]:
        """The services before this one, the latest first."""
        return tuple(one for one in self.recent[self._own_place :] if one != self.service)

    @property
    def _own_place(self) -> int:
        return self.recent.index(self.service) if self.service in self.recent else 0

    @classmethod
    def sent_back(
        cls, service: str | None, topic: str | None, recent: Sequence[str], choices: Sequence[str]
    ) -> Self:
        """Of what a client sends: an unknown topic is none, further services are left out."""
        return cls(
            service,
            Topic(topic) if topic in set(Topic) else None,
            tuple(recent[:MOST_IN_CONTEXT]),
            tuple(choices[:MOST_IN_CONTEXT]),
        )


NO_CONTEXT = Context()
