"""A message that asks several things -> its parts. Pure.

A sentence that asks is a part, together with the sentences before it that only tell. Within one,
another part begins where a joining word is followed by words that ask, or, as speech recognition
writes, at words that seldom do anything else, or where «і ще» announces a question. What a part
leaves out («і скільки коштує») is not put into its words: the engine ranks its passages by what its
neighbours are about, too.
"""

import re
from itertools import pairwise

from qa_service.text.asking import asking_places, asks, has_subject, named_topic, words_of

MAX_PARTS = 4
"""Of a message; what it asks beyond them is not answered."""

_JOINERS = frozenset(
    {"і", "й", "та", "а", "и", "також", "ще", "еще", "ещё", "плюс", "and", "also", "теж", "тоже"}
)
_ANNOUNCING = frozenset({"ще", "ше", "еще", "ещё", "також", "заодно", "also"})
_WHETHER = frozenset({"чи", "чі", "надо", "нада", "нужно", "можно", "можна", "треба"})
_FEWEST_ANNOUNCED = 4
"""Words after «і ще»: fewer belong to a list, as in «паспорт, код і ще фото»."""
_MOST_KEYWORDS = 8
"""Words of a sentence that may name facts without asking: «обмін прав ціна і документи»."""
_IN_BRACKETS = re.compile(r" ?\([^()]*\)$")
_SENTENCE = re.compile(r"[^.!?;…\n]+[.!?;…\n]*")


def parts_of(text: str) -> list[str]:
    """The parts of normalised text without courtesy, in the order asked; one where it asks one.

    What stands in brackets at the end, as added terms do, asks nothing by itself.
    """
    parts: list[str] = []
    told = ""
    for match in _SENTENCE.finditer(_IN_BRACKETS.sub("", text)):
        sentence = match.group()
        starts = _starts(sentence)
        if not starts and "?" not in sentence:
            told += sentence
            continue
        first, *others = _cut(sentence, starts)
        parts += [told + first, *others]
        told = ""
    if told and parts:
        parts[-1] += told
    parts = [part.strip(" ,") for part in parts if any(map(str.isalnum, part))]
    return parts[:MAX_PARTS] if len(parts) > 1 else [text]


def _cut(sentence: str, starts: list[int]) -> list[str]:
    """The sentence, cut where something else is asked; what stands before belongs to the first."""
    cuts = [0, *starts[1:], len(sentence)]
    return [sentence[start:end] for start, end in pairwise(cuts)]


def _starts(sentence: str) -> list[int]:
    """Where something is asked that was not asked before, in characters."""
    words = words_of(sentence)
    texts = [word.text for word in words]
    starts: list[int] = []
    place, asked, joined = 0, 0, 0
    announced, is_announced = _announced(texts), False

    def asking(place: int, taken: int) -> str:
        """The words that ask, with the next one: «за скільки часу»."""
        return " ".join(texts[place : place + taken + 1])

    while place < len(words):
        is_joined = place > 0 and texts[place - 1] in _JOINERS
        if not is_joined:
            joined = place
        taken = asks(texts, place, begins=is_joined or not place)
        start = words[joined].start
        if place in announced:
            starts = [*(starts or [0]), start]
            is_announced = True
        elif is_announced and taken:
            is_announced = False  # what was announced is asked here
        elif _joins_facts(texts, place):
            taken = taken or 1
            starts = [*(starts or [0]), start]
        elif taken and (
            not starts
            or has_subject(sentence[words[asked - 1].end : start])
            or (is_joined and _names_another(sentence[starts[-1] : start], asking(place, taken)))
            or (is_joined and _asks_whether(texts, place, sentence[starts[-1] : start]))
        ):
            starts.append(start)
        if taken:
            asked = place + taken
        place += taken or 1
    return starts


def _asks_whether(texts: list[str], place: int, before: str) -> bool:
    """«скільки коштує і чи треба здавати іспит»: after a fact, whether something is so."""
    following = " ".join(texts[place + 1 :])
    return texts[place] in _WHETHER and named_topic(before) is not None and has_subject(following)


def _joins_facts(texts: list[str], place: int) -> bool:
    """Whether a word names one fact and follows another: «ціна і документи»."""
    if not 2 <= place < len(texts) <= _MOST_KEYWORDS or texts[place - 1] not in _JOINERS:
        return False
    return _names_another(texts[place - 2], texts[place])


def _announced(texts: list[str]) -> frozenset[int]:
    """Where a joining word announces another question before its words ask: «і ще батькові …».

    Something is asked before and after it, and enough follows that it is no list.
    """
    places = [
        place
        for place in range(1, len(texts) - _FEWEST_ANNOUNCED)
        if texts[place] in _ANNOUNCING and texts[place - 1] in _JOINERS
    ]
    if not places:
        return frozenset()
    asking = asking_places(texts)
    subjects = [place for place, text in enumerate(texts) if has_subject(text)]
    if not (asking and subjects):
        return frozenset()
    last = min(asking[-1], subjects[-1])
    return frozenset(place for place in places if asking[0] < place - 1 and place < last)


def _names_another(before: str, after: str) -> bool:
    """Whether two texts name facts, and not the same: «скільки коштує», «і скільки чекати»."""
    facts = named_topic(before), named_topic(after)
    return None not in facts and facts[0] is not facts[1]
