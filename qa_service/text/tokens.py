"""Words and terms for the lexical index. Pure.

A term is what is left of a word without its ending, cut to six letters: a light stemmer in the manner of Savoy ("Light
stemming approaches for the French, Portuguese, German and Hungarian languages", SAC 2006). On our questions it ranked
better than dictionary lemmas in three languages, which took 220 MB of memory and two seconds of each start
(docs/quality.md), and it treats surzhyk, Russian and names alike.
"""

import re

from qa_service.text.normalise import normalise

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_KEPT, _TERM_CHARS = 3, 6
_ENDING = re.compile(r"(?:[аеєиіїоуюяйьыэё]+|ів|ям|ам|ом|ем|ях|ах|ими|ого|ому)$")


def words(text: str) -> list[str]:
    """The words and numbers of `text`, normalised, in order."""
    return _WORD.findall(normalise(text))


def terms(text: str) -> list[str]:
    """The term of each word of `text`, in order."""
    return [_term(word) for word in words(text)]


def _term(word: str) -> str:
    """`посвідченням` and `посвідчення` -> `посвід`; `права` and `прав` -> `прав`."""
    return (word[:_KEPT] + _ENDING.sub("", word[_KEPT:]))[:_TERM_CHARS]
