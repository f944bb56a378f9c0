"""From a question as typed to a question as read. Pure.

A question in Latin letters may be English, Ukrainian on the wrong keyboard layout or Ukrainian in transliteration: it gets
a reading of each kind, and the one whose words the corpus knows best is taken. What was typed wins unless another
reading is clearly better.
"""

import re
from collections.abc import Iterator

from qa_service.text.layout import to_russian, to_ukrainian
from qa_service.text.normalise import normalise
from qa_service.text.vocabulary import Vocabulary
from qa_service.types import Correction, Understood

LAYOUT, TRANSLITERATION = "layout", "transliteration"

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
_UKRAINIAN_WORDS = re.compile(r"\b(як|що|де|якщо|треба|можна|чи|коли|яка|який|коштує|після|мене|отримати)\b")


def understand(question: str, vocabulary: Vocabulary) -> Understood:
    """The best reading of a question, with what was changed to get it."""
    typed = normalise(question)
    kind, reading = max(_readings(typed, vocabulary), key=lambda candidate: _worth(candidate, vocabulary))
    corrections = (Correction(kind, typed, reading),) if kind else ()
    return Understood(detect_language(reading), reading, corrections)


def detect_language(text: str) -> str:
    """`uk`, `ru` or `en` for normalised text. Cyrillic is Ukrainian unless letters or words say Russian."""
    if _is_latin(text):
        return "en"
    russian = 2 * len(_RUSSIAN_ONLY.findall(text)) + len(_RUSSIAN_WORDS.findall(text))
    ukrainian = 2 * len(_UKRAINIAN_ONLY.findall(text)) + len(_UKRAINIAN_WORDS.findall(text))
    return "ru" if russian > ukrainian else "uk"


def _readings(typed: str, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """(kind of correction, text), what was typed first."""
    yield "", typed
    if _is_latin(typed):
        yield LAYOUT, normalise(to_ukrainian(typed))
        yield LAYOUT, normalise(to_russian(typed))
        yield TRANSLITERATION, normalise(vocabulary.to_cyrillic(typed))


def _worth(candidate: tuple[str, str], vocabulary: Vocabulary) -> float:
    kind, reading = candidate
    return vocabulary.known_share(reading) - (_PENALTY if kind else 0)


def _is_latin(text: str) -> bool:
    return len(_LATIN.findall(text)) > len(_CYRILLIC.findall(text))
