"""Courtesy around a question: greetings, pleas, thanks, fillers, names, signatures. Pure.

It is taken off before anything judges a question, so that «Добрий вечір! підкажіть будь ласка …»
is read as the question alone; a message of which nothing remains was small talk. Phrases are looked
for where a clause begins or ends, the longest first; a word of them may have one letter wrong,
unless the corpus knows the word as it is.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from functools import cache

from rapidfuzz.distance import OSA

from qa_service.text.asking import asking_places, words_of
from qa_service.text.patterns import Phrases, Slot, sections

_WORD = re.compile(r"[\w'’-]+")
_CLAUSE = re.compile(r"(?<![.!?;:,…()])[.!?;:,…()]++(?=\s|$)|\s[-–—]\s|\n+")
_SENTENCE = re.compile(r"(?<!\bм)(?<!\bс)(?<!\bобл)(?<!\bсмт)[.!?…\n]+\s+")
_SIGNATURE = re.compile(
    r"(?:^|[\s,.!?])(?:(?:з|із|с|z) (?:найкращими )?(?:пов|повагою|вдячністю|пошаною|побажаннями|"
    r"уважением|ув|povahoyu)\b|щиро ваш|(?:best|kind|warm) (?:regards|wishes)).{0,60}$"
)
_NO_LETTER = re.compile(r"[^\w\s,.:;!?'\"()-]")
_STOPS = " ,.:;-–—!…"
_CONNECTIVES = frozenset({"а", "і", "й", "та", "але", "но", "и", "то", "так", "що", "чи"})
_FUZZY = 5
"""Letters from which a word of a phrase may have one wrong."""
_SIGNED = 5
"""Words at most of a last sentence that begins with a first name: a signature."""

Known = Callable[[str], bool]


def _nothing_known(word: str) -> bool:
    return False


def without_courtesy(text: str, known: Known = _nothing_known) -> str:
    """What is left of a normalised text; empty where it holds courtesy only.

    `known`: whether the corpus knows a word, which then is no misspelt word of a phrase.
    """
    plain = _without_signs(text)
    if plain == text and not any(map(str.isalnum, text)):
        return text
    plain = _without_signature(plain)
    kept, start = [], 0
    for gap in [*_CLAUSE.finditer(plain), None]:
        end = gap.start() if gap else len(plain)
        left = _trimmed(plain[start:end], known)
        if left:
            kept += [left, gap.group() + " " if gap else ""]
        start = gap.end() if gap else end
    left = " ".join("".join(kept).split()).strip(_STOPS)
    return left if any(map(str.isalnum, left)) else ""


def _trimmed(clause: str, known: Known) -> str:
    """A clause without the courtesy that it begins and ends with, and the pleas within."""
    words = [_canonical(word.strip("'’-"), known) for word in _WORD.findall(clause)]
    backwards, count = words[::-1], len(words)
    first, last = 0, count
    while first < last and (taken := _opening().longest(words, first)):
        first += taken
    addressed = _addressed().longest(words, first) if first < last else 0
    if first or addressed == last:  # «люди» alone may begin a question
        first += addressed
    while last > first and (taken := _closing().longest(backwards, count - last, count - first)):
        last -= taken
    inside: set[int] = set()
    anywhere, place = _anywhere(), first
    while place < last:
        taken = anywhere.longest(words, place, last)
        inside.update(range(place, place + taken))
        place += taken or 1
    kept = [number for number in range(first, last) if number not in inside]
    if len(kept) == len(words):
        return clause.strip()
    if not kept or (len(kept) == 1 and words[kept[0]] in _CONNECTIVES):
        return ""
    spans = [match.span() for match in _WORD.finditer(clause)]
    if not inside:
        return clause[spans[first][0] : spans[last - 1][1]]
    return " ".join(clause[slice(*spans[number])] for number in kept)


def _canonical(word: str, known: Known) -> str:
    """The word of a phrase that is meant, one letter of it wrong at most; else the word itself."""
    if not _FUZZY <= len(word) <= _most_chars() or word in _lexicon() or known(word):
        return word
    near = {meant for shorter in _shortened(word) for meant in _by_shortened().get(shorter, ())}
    return min((meant for meant in near if OSA.distance(word, meant) == 1), default=word)


_OPENING = ("greetings", "pleas", "thanks", "farewells", "fillers", "selves")
_CLOSING = ("greetings", "pleas", "thanks", "farewells")
_SPELT = ("greetings", "pleas", "thanks", "farewells", "selves")
"""Sections whose words may have a letter wrong."""


def _lines(*names: str) -> list[str]:
    return [line for name in names for line in sections("courtesy.txt")[name]]


@cache
def _names() -> frozenset[str]:
    return frozenset(" ".join(_lines("names")).split())


@cache
def _opening() -> Phrases:
    return Phrases(_lines(*_OPENING), _names())


@cache
def _addressed() -> Phrases:
    return Phrases(_lines("addressed"))


@cache
def _closing() -> Phrases:
    return Phrases(_lines(*_CLOSING), _names(), backwards=True)


@cache
def _anywhere() -> Phrases:
    return Phrases(_lines("inside"))


@cache
def _lexicon() -> frozenset[str]:
    """Every word of a phrase."""
    written = " ".join(_lines(*_SPELT)).split()
    slots = [Slot.parse(word, _names()) for word in written]
    return frozenset(word for slot in slots for word in slot.words)


@cache
def _most_chars() -> int:
    """Of a word that may mean one of a phrase, with a letter too many."""
    return max(map(len, _lexicon())) + 1


@cache
def _by_shortened() -> dict[str, list[str]]:
    """The long words of phrases by what is left of them without one letter, and by themselves.

    Two words with one letter wrong, missing, too many or swapped share such a rest (SymSpell:
    Garbe, 2012), so that a word is compared with a few others instead of all.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for word in _lexicon() - _names():
        if len(word) >= _FUZZY:
            for shorter in _shortened(word):
                found[shorter].append(word)
    return found


def _shortened(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _without_signs(text: str) -> str:
    """Emoji and other signs that are no text end a sentence."""
    return _NO_LETTER.sub(
        lambda sign: " . " if unicodedata.category(sign[0]) in ("So", "Sk", "Cs") else sign[0], text
    )


def _without_signature(text: str) -> str:
    """Without «з повагою …» at the end, or a short last sentence that begins with a first name;
    neither asks anything.
    """
    signature = _SIGNATURE.search(text)
    if signature and not _asks(signature.group()):
        text = text[: signature.start()]
    body = text.rstrip(" .!)(")
    last = _SENTENCE.split(body)[-1]
    words = _WORD.findall(last)
    is_signed = last != body and words and len(words) <= _SIGNED and words[0] in _names()
    return body[: len(body) - len(last)] if is_signed and not _asks(last) else text


def _asks(text: str) -> bool:
    return "?" in text or bool(asking_places([word.text for word in words_of(text)]))
