"""The words of a text that ask, and what is left: the subject. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from qa_service.text.patterns import Phrases, Slot, sections
from qa_service.types import Topic

_WORD = re.compile(r"[\w'’][\w'’-]*")
_FILE = "asking.txt"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text and where it stands: [start, end) in characters."""

    text: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """The words of normalised text, in order; «ё» is «е», as the lists write it."""
    return [Word(match.group(), *match.span()) for match in _WORD.finditer(text.replace("ё", "е"))]


def asks(words: Sequence[str], place: int, begins: bool) -> int:
    """How many words from a place on ask something; weak ones do where a sentence begins."""
    strong = _strong().longest(words, place)
    return strong or (_weak().longest(words, place) if begins else 0)


def asking_places(words: Sequence[str]) -> list[int]:
    """Where words ask, also such as ask at the beginning of a sentence only."""
    return [place for place in range(len(words)) if asks(words, place, begins=True)]


def asks_something(text: str) -> bool:
    """Whether normalised text holds words that ask, weak ones at its beginning."""
    words = [word.text for word in words_of(text)]
    return any(asks(words, place, begins=not place) for place in range(len(words)))


def has_subject(text: str) -> bool:
    """Whether normalised text says what it asks about: «скільки коштує» alone does not."""
    return any(word.text not in _listed("function") for word in words_of(text))


@cache
def _strong() -> Phrases:
    return Phrases(sections(_FILE)["strong"])


@cache
def _weak() -> Phrases:
    return Phrases(sections(_FILE)["weak"])


def refers(text: str) -> bool:
    """Whether a pronoun stands for something said before."""
    return any(word.text in _listed("refers") for word in words_of(text))


def adds(text: str) -> bool:
    """Whether a word says that something else follows."""
    return any(word.text in _listed("adds") for word in words_of(text))


@cache
def _listed(section: str) -> frozenset[str]:
    return frozenset(" ".join(sections(_FILE)[section]).split())


def named_topic(text: str) -> Topic | None:
    """The fact that a word of the text names: of several, the one that stands first in the file."""
    return next(iter(named_topics(text)), None)


def named_topics(text: str) -> list[Topic]:
    """The facts that words of the text name, in the order of the file."""
    words = [word.text for word in words_of(text)]
    return [topic for topic, slot in _facets() if any(map(slot.takes, words))]


@cache
def _facets() -> tuple[tuple[Topic, Slot], ...]:
    """In the order of the file."""
    lines = (line.split(": ") for line in sections(_FILE)["facets"])
    return tuple((Topic(name), Slot.parse(words.replace(" ", "|"))) for name, words in lines)
