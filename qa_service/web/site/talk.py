"""A talk held in the addresses of pages: what the next question is about and what was asked before,
so that it goes on without a script and without anything kept on the server. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from qa_service.text.personal import mask
from qa_service.types import NO_CONTEXT, Context

ABOUT, BEFORE = "about", "before"
"""Names of the parameters."""

MOST_BEFORE, MOST_BEFORE_CHARS = 5, 100
_FIELD, _ITEM = "~", "."
_FIELDS = 4


@dataclass(frozen=True, slots=True)
class Talk:
    """`before`: the questions before this one, the first one first."""

    context: Context = NO_CONTEXT
    before: tuple[str, ...] = ()

    @classmethod
    def read(cls, about: str, before: Sequence[str]) -> Self:
        """Of the parameters of an address; what no page of ours writes is left out."""
        asked = tuple(one[:MOST_BEFORE_CHARS] for one in before if one.strip())
        return cls(_context(about), asked[-MOST_BEFORE:])

    def then(self, asked: str, context: Context) -> Self:
        """The talk after a question; `context`: of its answer. Personal data is masked."""
        said = mask(asked.strip())[:MOST_BEFORE_CHARS]
        before = (*self.before, said) if said else self.before
        return type(self)(context, before[-MOST_BEFORE:])

    @property
    def goes_on(self) -> bool:
        """Whether the next question may leave out what it is about."""
        return bool(self.context.service or self.context.choices)

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Name and value of each, for an address or a form; none where no talk goes on."""
        if not self.goes_on:
            return []
        return [(ABOUT, _written(self.context)), *((BEFORE, one) for one in self.before)]


NO_TALK = Talk()


def _written(context: Context) -> str:
    return _FIELD.join(
        (
            context.service or "",
            context.topic or "",
            _ITEM.join(context.recent),
            _ITEM.join(context.choices),
        )
    )


def _context(about: str) -> Context:
    fields = about.split(_FIELD)
    if len(fields) != _FIELDS:
        return NO_CONTEXT
    service, topic, recent, choices = fields
    return Context.sent_back(service or None, topic, _items(recent), _items(choices))


def _items(written: str) -> list[str]:
    return [item for item in written.split(_ITEM) if item]
