"""Everyday words -> the terms of official texts, from the editors' dictionary. Pure.

A saying matches whatever the endings of its words; the longest one wins, and each word of a
question is used once.
"""

from collections.abc import Mapping

from qa_service.text.tokens import without_endings


class Synonyms:
    """Sayings with the term that each stands for."""

    def __init__(self, terms: Mapping[str, str]) -> None:
        self.terms = terms
        self._by_words = {
            tuple(without_endings(saying)): (saying, term) for saying, term in terms.items()
        }
        self._longest = max(map(len, self._by_words), default=0)

    def found_in(self, text: str) -> list[tuple[str, str]]:
        """(saying, term) for each saying in `text`, in order; a term that several sayings stand for
        comes once.
        """
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


NO_SYNONYMS = Synonyms({})
