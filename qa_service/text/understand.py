"""From a question as typed to a question as read: its normal form and its language. Pure.

Readings for a wrong keyboard layout, transliteration, typos and everyday words are not here yet.
"""

import re

from qa_service.text.normalise import normalise
from qa_service.types import Understood

_UKRAINIAN_ONLY = re.compile(r"[іїєґ']")
_RUSSIAN_ONLY = re.compile(r"[ыэёъ]")
_CYRILLIC = re.compile(r"[а-яіїєґёѐ-ӿ]")
_LATIN = re.compile(r"[a-z]")
# Frequent words spelt with the letters that both languages share.
_RUSSIAN_WORDS = re.compile(
    r"\b(как|что|где|если|сколько|нужно|можно|или|когда|какие|какой|стоит|после|для|меня|есть|поменять|получить|права на)\b"
)
_UKRAINIAN_WORDS = re.compile(r"\b(як|що|де|якщо|треба|можна|чи|коли|яка|який|коштує|після|мене|отримати)\b")


def understand(question: str) -> Understood:
    """The reading of a question. An empty reading means that nothing was asked."""
    reading = normalise(question)
    return Understood(language=detect_language(reading), reading=reading)


def detect_language(text: str) -> str:
    """`uk`, `ru` or `en` for normalised text. Cyrillic is Ukrainian unless letters or words say Russian."""
    if len(_LATIN.findall(text)) > len(_CYRILLIC.findall(text)):
        return "en"
    russian = 2 * len(_RUSSIAN_ONLY.findall(text)) + len(_RUSSIAN_WORDS.findall(text))
    ukrainian = 2 * len(_UKRAINIAN_ONLY.findall(text)) + len(_UKRAINIAN_WORDS.findall(text))
    return "ru" if russian > ukrainian else "uk"
