"""Typos: an unknown word -> the known word it was meant to be. Counted in letters. Immutable.

The distance is Damerau's and Levenshtein's with adjacent transpositions (optimal string alignment),
by `rapidfuzz` (MIT). Known words are never touched, nor are known words with another ending, nor
words too short to tell; the first letter is believed.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

from qa_service.text.tokens import without_endings

_CYRILLIC_WORD = re.compile(r"[а-яґєіїё]+(?:'[а-яґєіїё]+)*")
_SHORTEST, _LONG = 4, 10
"""Letters from which a word is corrected, and from which two letters may be wrong."""

_FREQUENT = 3
"""Occurrences that make a word one to correct to, and a word whose other endings are no typos."""


class Speller:
    """Corrects towards the frequent words of a vocabulary."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts
        self._bare: Counter[str] = Counter()
        self._candidates: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word, count in counts.items():
            if _CYRILLIC_WORD.fullmatch(word):
                self._bare.update(dict.fromkeys(without_endings(word), count))
                if count >= _FREQUENT:
                    self._candidates[word[0], len(word)].append(word)

    def corrected(self, text: str) -> str:
        """`text`, normalised, with each misspelt word replaced by the known word that is nearest,
        then most frequent.
        """
        return _CYRILLIC_WORD.sub(lambda match: self._corrected(match.group()), text)

    def _corrected(self, word: str) -> str:
        if (
            len(word) < _SHORTEST
            or word in self._counts
            or self._bare[without_endings(word)[0]] >= _FREQUENT
        ):
            return word
        most = 1 if len(word) < _LONG else 2
        found = [
            (distance, -self._counts[known], known)
            for length in range(len(word) - most, len(word) + most + 1)
            for known, distance, _ in process.extract(
                word,
                self._candidates.get((word[0], length), ()),
                scorer=OSA.distance,
                score_cutoff=most,
                limit=None,
            )
        ]
        return min(found)[2] if found else word
