"""A message that asks several things -> its parts. Pure.

A sentence that asks is a part, together with the sentences before it that only tell. Within one,
another part begins where a joining word is followed by words that ask, or, as speech recognition
writes, at words that seldom do anything else. What a part leaves out («і скільки коштує») is not
put into its words: the engine ranks its passages by what its neighbours are about, too.
"""

import re
from itertools import pairwise

from qa_service.text.asking import Word, asks, has_subject, words_of

MAX_PARTS = 4
"""Of a message; what it asks beyond them is not answered."""

_JOINERS = frozenset(
    {"і", "й", "та", "а", "и", "також", "ще", "еще", "ещё", "плюс", "and", "also", "теж", "тоже"}
)
_SENTENCE = re.compile(r"[^.!?;…\n]+[.!?;…\n]*")


def parts_of(text: str) -> list[str]:
    """The parts of normalised text without courtesy, in the order asked; one where it asks one."""
    parts: list[str] = []
    told = ""
    for match in _SENTENCE.finditer(text):
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
    while place < len(words):
        is_joined = place > 0 and texts[place - 1] in _JOINERS
        if not is_joined:
            joined = place
        taken = asks(texts, place, begins=is_joined or not place)
        if taken:
            if not starts or _is_complete(sentence, words, asked, joined):
                starts.append(words[joined].start)
            asked = place + taken
        place += taken or 1
    return starts


def _is_complete(sentence: str, words: list[Word], asked: int, start: int) -> bool:
    """Whether what was asked before the word `start` has a subject."""
    return has_subject(sentence[words[asked - 1].end : words[start].start])
