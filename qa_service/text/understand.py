"""From a question as typed to a question as read. Pure.

Latin letters may be English, Ukrainian on the wrong keyboard layout or transliterated Ukrainian:
the reading whose words the corpus knows best is taken, what was typed unless another is clearly
better. Courtesy is taken off each of them. The editors' dictionary adds official terms to a short
question: the longest saying wins, whatever the endings of its words, and each word of a question is
used once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from qa_service.text.asking import has_subject
from qa_service.text.courtesy import without_courtesy
from qa_service.text.layout import to_russian, to_ukrainian
from qa_service.text.normalise import normalise
from qa_service.text.spelling import Vocabulary
from qa_service.text.tokens import split, without_endings
from qa_service.types import Correction, Understood

LAYOUT, TRANSLITERATION, TYPO, SYNONYM = "layout", "transliteration", "typo", "synonym"

_FEW_WORDS = 3

_PENALTY = 0.2
"""By how much of its letters a reading must be better known than what was typed."""

_UKRAINIAN_ONLY = re.compile(r"[іїєґ']")
_RUSSIAN_ONLY = re.compile(r"[ыэёъ]")
_CYRILLIC = re.compile(r"[Ѐ-ӿ]")
_LATIN = re.compile(r"[a-z]")
# Frequent words spelt with the letters that both languages share.
_RUSSIAN_WORDS = re.compile(
    r"\b(как|что|где|если|сколько|нужно|можно|или|когда|какие|какой|стоит|после|для|меня|есть|поменять|получить)\b"
)
_UKRAINIAN_WORDS = re.compile(
    r"\b(як|що|де|якщо|треба|можна|чи|коли|яка|який|коштує|після|мене|отримати)\b"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a question; `kind` says what was done to it, nothing for what was typed.

    known_share_score: share of its letters that are in known words, less a penalty for a change.
    """

    kind: str
    text: str
    known_share_score: float


class Synonyms:
    """The editors' dictionary: sayings with the term that each stands for."""

    def __init__(self, terms: Mapping[str, str]) -> None:
        self.terms = terms
        self._by_words = {
            tuple(without_endings(saying)): (saying, term) for saying, term in terms.items()
        }
        self._longest = max(map(len, self._by_words), default=0)

    def found_in(self, text: str) -> list[tuple[str, str]]:
        """(saying, term) for each saying in `text`, in order; each term once."""
        asked = without_endings(text)
        found: dict[str, str] = {}
        start = 0
        while start < len(asked):
            lengths = range(min(self._longest, len(asked) - start), 0, -1)
            length = next(
                (
                    length
                    for length in lengths
                    if tuple(asked[start : start + length]) in self._by_words
                ),
                0,
            )
            if length:
                saying, term = self._by_words[tuple(asked[start : start + length])]
                found.setdefault(term, saying)
            start += length or 1
        return [(saying, term) for term, saying in found.items()]


_UKRAINIAN = "uk"
NO_SYNONYMS = Synonyms({})


def understand(
    question: str,
    vocabulary: Vocabulary,
    synonyms: Synonyms = NO_SYNONYMS,
    as_typed: bool = False,
) -> Understood:
    """The best reading of a question, its typos corrected, with the changes that led to it.

    A short question gets the official terms, too; a longer one says enough by itself, and one
    without a subject is about something said before. The reading
    of a message that asks nothing is empty. `as_typed`: with nothing corrected or added.
    """
    typed, *others = readings(question, vocabulary)
    if as_typed:
        return Understood(detect_language(typed.text), typed.text, ())
    best = max((typed, *others), key=lambda reading: reading.known_share_score)
    changes = [(best.kind, typed.text, best.text)] if best.kind else []
    if not best.text:
        return Understood(_language_of_courtesy(normalise(question), best.kind, vocabulary), "")
    text = vocabulary.corrected(best.text)
    if text != best.text:
        changes.append((TYPO, best.text, text))
    is_short = len(split(text)) <= _FEW_WORDS and has_subject(text)
    if is_short and (official := synonyms.found_in(text)):
        changes += [(SYNONYM, saying, term) for saying, term in official]
        text = f"{text} ({', '.join(term for _, term in official)})"
    return Understood(
        detect_language(best.text), text, tuple(Correction(*change) for change in changes)
    )


def readings(question: str, vocabulary: Vocabulary) -> list[Reading]:
    """Every reading that is considered, what was typed first."""
    typed = normalise(question)
    found = [_reading("", typed, vocabulary)]
    if is_latin(typed):
        for text in (to_ukrainian(typed), to_russian(typed)):
            found.append(_reading(LAYOUT, normalise(text), vocabulary))
        respelt = vocabulary.to_cyrillic(found[0].text)
        found.append(_reading(TRANSLITERATION, normalise(respelt), vocabulary))
    return found


def _reading(kind: str, text: str, vocabulary: Vocabulary) -> Reading:
    """Text that was courtesy throughout is as good as known."""
    left = without_courtesy(text, vocabulary.knows)
    known = 1.0 if text and not left else vocabulary.known_share(left)
    return Reading(kind, left, known - _PENALTY if kind else known)


def _language_of_courtesy(text: str, kind: str, vocabulary: Vocabulary) -> str:
    """Of a message that is courtesy throughout, read as `kind`; `dyakuyu` is Ukrainian."""
    in_latin = is_latin(text) and without_courtesy(vocabulary.to_cyrillic(text), vocabulary.knows)
    return _UKRAINIAN if kind or (is_latin(text) and not in_latin) else detect_language(text)


def detect_language(text: str) -> str:
    """`uk`, `ru` or `en` of normalised text; Cyrillic is Ukrainian unless it looks Russian."""
    if is_latin(text):
        return "en"
    russian = 2 * len(_RUSSIAN_ONLY.findall(text)) + len(_RUSSIAN_WORDS.findall(text))
    ukrainian = 2 * len(_UKRAINIAN_ONLY.findall(text)) + len(_UKRAINIAN_WORDS.findall(text))
    return "ru" if russian > ukrainian else "uk"


def is_latin(text: str) -> bool:
    """Whether normalised text has more Latin letters than Cyrillic ones."""
    return len(_LATIN.findall(text)) > len(_CYRILLIC.findall(text))
