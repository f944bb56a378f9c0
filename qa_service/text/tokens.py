"""Words and lemmas for the lexical index. Pure; the dictionaries are `simplemma`'s (MIT), loaded on first use.

`pymorphy3` did no better on words of this domain, and its Ukrainian dictionary is GPL.
"""

import re
from functools import lru_cache

import simplemma

from qa_service.text.normalise import normalise

LEMMA_LANGUAGES = ("uk", "ru", "en")

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def words(text: str) -> list[str]:
    """The words and numbers of `text`, normalised, in order."""
    return _WORD.findall(normalise(text))


def lemmas(text: str) -> list[str]:
    """The dictionary form of each word of `text`; a word that no dictionary knows stays as it is."""
    return [_lemma(word) for word in words(text)]


@lru_cache(maxsize=65_536)
def _lemma(word: str) -> str:
    lemma: str = simplemma.lemmatize(word, lang=LEMMA_LANGUAGES)
    return lemma.lower()
