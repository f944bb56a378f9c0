"""Words, their stems for highlighting, their character n-grams for the lexical index. Pure.

The lexical index holds every four letters in a row of each word (McNamee and Mayfield, "Character
n-gram tokenization for European language text retrieval", Information Retrieval 7, 2004): a typo
spoils a few of a word's n-grams, another ending one or two. On our questions they ranked better
than stems, and stems better than dictionary lemmas (docs/experiments).

A stem is a word without its ending, cut to six letters: a light stemmer in the manner of Savoy
("Light stemming approaches for the French, Portuguese, German and Hungarian languages", SAC 2006).
"""

import re
from collections.abc import Iterable, Iterator

from qa_service.text.normalise import normalise

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_GRAM = 4
_KEPT, _STEM_CHARS = 3, 6
_ENDING = re.compile(r"(?:[аеєиіїоуюяйьыэё]+|ів|ям|ам|ом|ем|ях|ах|их|им|ами|ями|ими|ого|ому)$")


def words(text: str) -> list[str]:
    """The words and numbers of `text`, normalised, in order."""
    return split(normalise(text))


def split(normalised: str) -> list[str]:
    """The words and numbers of a text that is normalised already, in order."""
    return _WORD.findall(normalised)


def grams(text: str) -> list[str]:
    """Every four characters in a row of each word with a space at either end; all of a shorter
    word. In order.

    `права` -> ` пра`, `прав`, `рава`, `ава `.
    """
    return [gram for word in words(text) for gram in _grams_of(word)]


def grams_of_all(texts: Iterable[str]) -> Iterator[list[str]]:
    """The `grams` of each text. Texts that share their words, as an index' do, are cut faster
    together.
    """
    known: dict[str, list[str]] = {}
    for text in texts:
        said = words(text)
        known |= {word: _grams_of(word) for word in said if word not in known}
        yield [gram for word in said for gram in known[word]]


def _grams_of(word: str) -> list[str]:
    padded = f" {word} "
    return [padded[start : start + _GRAM] for start in range(max(1, len(padded) - _GRAM + 1))]


def without_endings(text: str) -> list[str]:
    """Each word of `text` without its ending, in order: what its other forms share."""
    return [without_ending(word) for word in words(text)]


def stems(text: str) -> list[str]:
    """The stem of each word of `text`, in order."""
    return [_stem(word) for word in words(text)]


def _stem(word: str) -> str:
    """`посвідченням` and `посвідчення` -> `посвід`; `права` and `прав` -> `прав`."""
    return without_ending(word)[:_STEM_CHARS]


def without_ending(word: str) -> str:
    """A normalised word without its ending."""
    return word[:_KEPT] + _ENDING.sub("", word[_KEPT:])
