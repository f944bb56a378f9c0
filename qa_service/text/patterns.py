"""Phrases as rows of words, for the lists that rules on text go by. Pure.

A line of a list is a row of words: `a|b` is either, `a?` may be missing, `a*` begins so, `*a` ends
so, `_` is any one word, `NAME` a word of the section `names`. Lists stand in `.txt` files beside
this module, in sections `[name]`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain


@cache
def sections(file: str) -> dict[str, tuple[str, ...]]:
    """The lines of a list's file by the section in which they stand."""
    found: dict[str, list[str]] = defaultdict(list)
    name = ""
    for line in files("qa_service.text").joinpath(file).read_text("utf-8").splitlines():
        if line.startswith("["):
            name = line.strip("[]")
        elif line and not line.startswith("#"):
            found[name].append(line)
    return {name: tuple(lines) for name, lines in found.items()}


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a phrase: words that may stand there, beginnings and endings of words, or any
    word."""

    words: frozenset[str]
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    takes_any: bool
    optional: bool

    @classmethod
    def parse(cls, written: str, names: frozenset[str] = frozenset()) -> "Slot":
        choices = written.rstrip("?").split("|")
        words = {choice for choice in choices if "*" not in choice} - {"NAME", "_"}
        if "NAME" in choices:
            words |= names
        return cls(
            frozenset(words),
            tuple(choice[:-1] for choice in choices if choice.endswith("*")),
            tuple(choice[1:] for choice in choices if choice.startswith("*")),
            "_" in choices,
            written.endswith("?"),
        )

    def takes(self, word: str) -> bool:
        return (
            word in self.words
            or self.takes_any
            or (bool(self.starts) and word.startswith(self.starts))
            or (bool(self.ends) and word.endswith(self.ends))
        )


class Phrases:
    """Phrases by their first words; `backwards` matches them from their last word on."""

    def __init__(
        self,
        lines: Iterable[str],
        names: frozenset[str] = frozenset(),
        backwards: bool = False,
    ) -> None:
        self._by_first: dict[str, list[tuple[Slot, ...]]] = defaultdict(list)
        self._others: list[tuple[Slot, ...]] = []
        firsts: list[Slot] = []
        for line in lines:
            slots = tuple(Slot.parse(written, names) for written in line.split())
            firsts += self._add(slots[::-1] if backwards else slots)
        self._other_first = Slot(
            frozenset(),
            tuple(start for slot in firsts for start in slot.starts),
            tuple(end for slot in firsts for end in slot.ends),
            any(slot.takes_any for slot in firsts),
            optional=False,
        )
        """Takes what any first word takes that is not listed word by word."""

    def _add(self, slots: tuple[Slot, ...]) -> Iterator[Slot]:
        """The first words that take more than those that are listed."""
        for slot in slots:
            for word in slot.words:
                self._by_first[word].append(slots)
            if slot.starts or slot.ends or slot.takes_any:
                self._others.append(slots)
                yield slot
            if not slot.optional:
                return

    def begin_with(self, word: str) -> bool:
        """Whether a phrase may begin with it."""
        return word in self._by_first or self._other_first.takes(word)

    def longest(self, words: Sequence[str], start: int = 0, end: int | None = None) -> int:
        """How many of `words` are a phrase, from `start` on and before `end`."""
        stop = len(words) if end is None else end
        first = words[start]
        if not self.begin_with(first):
            return 0
        most = 0
        for slots in chain(self._by_first.get(first, ()), self._others):
            if slots[0].optional or slots[0].takes(first):
                most = max(most, _matched(words, slots, start, stop))
        return most


def _matched(words: Sequence[str], slots: tuple[Slot, ...], start: int, stop: int) -> int:
    """The most words that a phrase takes from the first on; 0 where it does not fit."""
    reached = {start}
    for slot in slots:
        onward = {place + 1 for place in reached if place < stop and slot.takes(words[place])}
        reached = onward | reached if slot.optional else onward
        if not reached:
            return 0
    return max(reached) - start
