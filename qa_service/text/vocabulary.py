"""The words that a corpus knows, to tell which reading of a question makes sense. Immutable."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from qa_service.text.spelling import Speller
from qa_service.text.tokens import words
from qa_service.text.transliteration import letter_by_letter, skeleton, skeleton_of_cyrillic

_CYRILLIC = re.compile(r"[Ѐ-ӿ]")
_LATIN_WORD = re.compile(r"[a-z][a-z']*")
_CATEGORIES = frozenset({"b", "c", "d", "t", "be"})
"""Vehicle categories that spell no word of Ukrainian: they stay as they are."""


class Vocabulary:
    """Word forms with the number of their occurrences."""

    def __init__(self, counts: Mapping[str, int], corrects: bool = True) -> None:
        """`corrects`: whether typos are mended; only ablations leave them."""
        self.counts = counts
        self._by_skeleton: dict[str, str] = {}
        for word in sorted(
            counts, key=lambda known: (counts[known], known)
        ):  # the most frequent word stays
            if _CYRILLIC.search(word):
                self._by_skeleton[skeleton_of_cyrillic(word)] = word
        self._speller = Speller(counts) if corrects else None

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Vocabulary":
        return cls(Counter(word for text in texts for word in words(text)))

    def known_share(self, text: str) -> float:
        """Share of the letters of `text` that are in known words; 0 for a text without words."""
        found = words(text)
        letters = sum(map(len, found))
        return sum(len(word) for word in found if word in self.counts) / letters if letters else 0.0

    def corrected(self, text: str) -> str:
        """`text`, normalised, without typos."""
        return self._speller.corrected(text) if self._speller else text

    def to_cyrillic(self, text: str) -> str:
        """Each Latin word of `text`, lower case, as the known word of the same skeleton, else
        letter by letter.
        """
        return _LATIN_WORD.sub(lambda match: self._respell(match.group()), text)

    def _respell(self, latin: str) -> str:
        if latin in _CATEGORIES:
            return latin
        return self._by_skeleton.get(skeleton(latin)) or letter_by_letter(latin)
