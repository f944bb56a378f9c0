"""Messages that hold synthetic personal data, drawn from a seed, and the judge of what is left of
the data in a text: kinds in personal_kinds.py, spellings and messages in the files beside it.

Written without sight of the masking's rules, so that the two can be wrong in different ways.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from random import Random

from support.personal_kinds import KINDS, LATIN, WORDS

FOLDER = Path(__file__).parent
RUN = 5
"""So many letters and digits of a datum in a row are too many to be left."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "any": tuple(KINDS),
    "plate": ("plate", "plate", "old_plate"),
}
"""What the places in messages stand for besides a kind's own name."""

PLACE = re.compile(r"\{(\w+)\}")
SPOKEN_ZERO = re.compile(r"(?<=[\dоОoO])[оОoO]|[оОoO](?=[\dоОoO]*\d)")


@dataclass(frozen=True, slots=True)
class Datum:
    """`written` stands in a message; `secret` are its letters and digits as documents have them."""

    kind: str
    written: str
    secret: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message, the kind it was drawn for, and every datum in it."""

    kind: str
    text: str
    data: tuple[Datum, ...]


def messages(count: int, seed: int) -> Iterator[Message]:
    """`count` messages; kinds take turns, so that each has as many."""
    random = Random(seed)
    for kind in islice(cycle(KINDS), count):
        carrier = random.choice([line for line in carriers() if kind in _kinds_of(line)])
        yield _filled(carrier, kind, random)


def data_of(kind: str, count: int, seed: int) -> Iterator[Message]:
    """`count` messages of one kind in a row."""
    random = Random(seed)
    fitting = [line for line in carriers() if kind in _kinds_of(line)]
    for _ in range(count):
        yield _filled(random.choice(fitting), kind, random)


def left_of(message: Message, masked: str) -> list[Datum]:
    """The data of `message` of which `masked` still holds a part: five letters or digits in a row,
    whatever stands between them; of an address a word of its local part.
    """
    return [datum for datum in message.data if is_left(datum, masked)]


def is_left(datum: Datum, text: str) -> bool:
    if datum.kind == "email":
        words = re.findall(r"[a-z]{4,}", datum.secret)
        return any(word in text.casefold() for word in words)
    if datum.secret.isdecimal():
        seen = re.sub(r"\D", "", SPOKEN_ZERO.sub("0", text))
        return _has_run(datum.secret, seen)
    return _has_run(_folded(datum.secret), _folded(text))


def draw(kind: str, random: Random) -> Datum:
    """A datum of `kind` in one of its spellings."""
    fields, secret = KINDS[kind](random)
    word = random.choice(WORDS.get(kind, "").split("/"))
    written = random.choice(spellings()[kind]).format(word=word, **fields)
    return Datum(kind, written, secret)


@cache
def carriers() -> tuple[str, ...]:
    lines = (FOLDER / "personal_carriers.txt").read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


@cache
def spellings() -> Mapping[str, tuple[str, ...]]:
    text = (FOLDER / "personal_spellings.txt").read_text("utf-8")
    sections = re.split(r"^\[(\w+)\]$", text, flags=re.MULTILINE)[1:]
    names, bodies = sections[::2], sections[1::2]
    return {
        name: tuple(filter(None, body.split("\n")))
        for name, body in zip(names, bodies, strict=True)
    }


@cache
def _kinds_of(carrier: str) -> frozenset[str]:
    places = PLACE.findall(carrier)
    return frozenset(kind for place in places for kind in GROUPS.get(place, (place,)))


def _filled(carrier: str, kind: str, random: Random) -> Message:
    """The first place that `kind` fits takes it, any other a datum of its own."""
    data: list[Datum] = []
    asked_for = [kind]

    def fill(place: re.Match[str]) -> str:
        kinds = GROUPS.get(place[1], (place[1],))
        chosen = asked_for.pop() if asked_for and kind in kinds else random.choice(kinds)
        data.append(draw(chosen, random))
        return data[-1].written

    return Message(kind, PLACE.sub(fill, carrier), tuple(data))


def _folded(text: str) -> str:
    """Letters and digits alone, in capitals, look-alikes as the Latin letter."""
    alike = text.upper().translate(LATIN).replace("У", "Y")
    return "".join(sign for sign in alike if sign.isalnum())


def _has_run(secret: str, text: str) -> bool:
    return any(secret[start : start + RUN] in text for start in range(len(secret) - RUN + 1))
