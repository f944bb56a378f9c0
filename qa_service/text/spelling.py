"""Known words of a corpus, and correction of misspelt ones towards them. Immutable, but for what a
`NotingVocabulary` notes.

The distance is optimal string alignment (Damerau-Levenshtein with adjacent transpositions), by
`rapidfuzz` (MIT). Known words, other endings of frequent words and short words are never changed;
the first letter is believed.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

from qa_service.text.layout import letter_by_letter, skeleton, skeleton_of_cyrillic
from qa_service.text.tokens import split, without_ending, words

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
        for word in filter(_CYRILLIC.search, counts):  # not sorted: no other thread runs meanwhile
            known = self._by_skeleton.setdefault(skeleton_of_cyrillic(word), word)
            if (counts[known], known) < (counts[word], word):
                self._by_skeleton[skeleton_of_cyrillic(word)] = word
        self._speller = Speller(counts) if corrects else None

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Vocabulary":
        return cls(word_counts(texts))

    def knows(self, word: str) -> bool:
        return word in self.counts

    def known_share(self, text: str) -> float:
        """Share of the letters of `text`, normalised, that are in known words; 0 for a text without
        words.
        """
        found = split(text)
        letters = sum(map(len, found))
        return sum(len(word) for word in found if self.knows(word)) / letters if letters else 0.0

    def corrected(self, text: str) -> str:
        """`text`, normalised, without typos."""
        return _CYRILLIC_WORD.sub(lambda match: self.meant(match.group()), text)

    def meant(self, word: str) -> str:
        """The known word that is meant by a misspelt Cyrillic one; any other word itself."""
        return self._speller.meant(word) if self._speller else word

    def to_cyrillic(self, text: str) -> str:
        """Each Latin word of `text` as the known word of its skeleton, else letter by letter."""
        return _LATIN_WORD.sub(lambda match: self.respelt(match.group()), text)

    def respelt(self, latin: str) -> str:
        """One Latin word in Cyrillic letters."""
        if latin in _CATEGORIES:
            return latin
        return self._by_skeleton.get(skeleton(latin)) or letter_by_letter(latin)


class NotingVocabulary(Vocabulary):
    """Answers like another vocabulary, and notes what it was asked of single words."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.counts, self._vocabulary = vocabulary.counts, vocabulary
        self.known: dict[str, bool] = {}
        self.meant_as: dict[str, str] = {}
        self.respelt_as: dict[str, str] = {}

    def knows(self, word: str) -> bool:
        return self.known.setdefault(word, self._vocabulary.knows(word))

    def meant(self, word: str) -> str:
        return self.meant_as.setdefault(word, self._vocabulary.meant(word))

    def respelt(self, latin: str) -> str:
        return self.respelt_as.setdefault(latin, self._vocabulary.respelt(latin))


def word_counts(texts: Iterable[str]) -> Counter[str]:
    """How often each word form stands in `texts`."""
    return Counter(word for text in texts for word in words(text))


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
                self._bare[without_ending(word)] += count
                if count >= _FREQUENT:
                    self._candidates[word[0], len(word)].append(word)

    def meant(self, word: str) -> str:
        """The nearest, most frequent known word for a misspelt one; any other word itself."""
        if (
            len(word) < _SHORTEST
            or word in self._counts
            or self._bare[without_ending(word)] >= _FREQUENT
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
