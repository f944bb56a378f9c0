"""Suggestions while a question is being typed: services, sample questions, official terms.
Immutable; no model.

What is typed is matched word by word, the last word as a prefix; a rare word counts for more than a
frequent one (idf). Where it fits nothing as typed, it is read as the wrong keyboard layout, as
transliteration and with a typo, as questions are.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from qa_service.indexing.snapshot import Snapshot
from qa_service.suggest.entries import Kind, Suggestion, keys, mixed
from qa_service.text.layout import (
    letter_by_letter,
    skeleton,
    skeleton_of_cyrillic,
    to_russian,
    to_ukrainian,
)
from qa_service.text.tokens import without_ending, without_endings, words
from qa_service.types import Scores

_Found = npt.NDArray[np.int64]
"""Numbers of keys, shape (found,)."""
_NOTHING: _Found = np.empty(0, np.int64)

MOST_CHARS, MOST_WORDS = 200, 12
"""How much of what is typed is read."""

_LEAST_SHARE = 0.4
"""Least share of what is typed, weighted by rarity, that a suggestion must hold."""

_CHANGED = 0.1
"""How much better that share must be for a changed reading."""

_BONUS = {Kind.SERVICE: 0.25, Kind.QUESTION: 0.0, Kind.TERM: 0.1}
_TYPO_CHARS, _TYPO_WORTH = 5, 0.7
_SHORT = 2  # letters of a finished word that must be the very word
_WHOLE, _END = "\0", "\uffff"  # sort after the word itself, and after every word that begins alike

_MORE_LATIN = ("", "h", "ch", "s")
"""What a letter written as several in Latin may still lack: `posvidc` may become `posvidch`."""


class Suggester:
    """Everything that can be suggested from one index."""

    def __init__(self, snapshot: Snapshot) -> None:
        denied = [bare for word in snapshot.denied for bare in without_endings(word)]
        in_latin = map(skeleton_of_cyrillic, denied)
        self._denied = frozenset(denied).union(in_latin)
        self._popular = tuple(
            Suggestion(text, Kind.QUESTION) for text in snapshot.popular if self._allowed(text)
        )
        self._keys = [
            key for key in keys(snapshot) if key.words and self._denied.isdisjoint(key.shown)
        ]
        self._letters = np.array([sum(map(len, key.words)) for key in self._keys], np.float32)
        self._bonus = np.array([_BONUS[key.suggestion.kind] for key in self._keys], np.float32)
        postings: dict[str, list[int]] = defaultdict(list)
        for number, key in enumerate(self._keys):
            for word in dict.fromkeys(key.words):
                postings[word].append(number)
        self._words = sorted(postings)
        self._starts = np.cumsum([0, *(len(postings[word]) for word in self._words)])
        self._postings = np.array(
            [number for word in self._words for number in postings[word]], np.int64
        )
        self._skeletons = sorted((_in_latin(word), place) for place, word in enumerate(self._words))
        self._by_letter: dict[str, list[str]] = defaultdict(list)
        for word in self._words:
            self._by_letter[word[0]].append(word)

    def suggest(self, typed: str, limit: int) -> tuple[Suggestion, ...]:
        """At most `limit` suggestions, best first; the popular questions for an empty text."""
        typed = typed[:MOST_CHARS]
        asked = words(typed)[:MOST_WORDS]
        if not asked:
            return self._popular[:limit]
        if not self._keys:
            return ()
        readings = [self._read(asked)]
        if "".join(asked).isascii():
            readings += [
                self._read(words(change(typed.lower()))[:MOST_WORDS])
                for change in (to_ukrainian, to_russian)
            ]
            readings.append(self._read(asked, transliterated=True))
        worths = [
            float(shares.max()) - (_CHANGED if number else 0.0)
            for number, (shares, _, _) in enumerate(readings)
        ]
        shares, scores, allowed = readings[int(np.argmax(worths))]
        if not allowed:
            return ()
        fitting = np.flatnonzero(shares >= _LEAST_SHARE)
        ranked = fitting[np.argsort(-scores[fitting], kind="stable")]
        return mixed((self._keys[number] for number in ranked.tolist()), limit)

    def _read(
        self, asked: Sequence[str], transliterated: bool = False
    ) -> tuple[Scores, Scores, bool]:
        """Each key's share of what is asked, its score, shapes (keys,); whether it is allowed."""
        shares, letters = np.zeros((2, len(self._keys)), np.float32)
        find = self._find_by_sound if transliterated else self._find
        bare = [_sound(word) if transliterated else without_ending(word) for word in asked]
        total = 0.0
        for place, word in enumerate(asked):
            found, worth = find(word, bare[place], place == len(asked) - 1)
            rarity = float(np.log(1 + len(self._keys) / max(len(found), 1)))
            total += rarity
            shares[found] += rarity * worth
            letters[found] += len(word)
        shares /= total or 1.0
        scores = 2 * shares + np.minimum(letters / self._letters, 1.0) + self._bonus
        return shares, scores, self._denied.isdisjoint(bare)

    def _find(self, word: str, bare: str, unfinished: bool) -> tuple[_Found, float]:
        """Keys with a word that begins like this one, and its weight, less for one with a typo."""
        if len(word) <= _SHORT and not unfinished:
            return self._beginning([word], _WHOLE), 1.0
        starts = (word, bare) if unfinished else (bare,)
        found = next(
            (found for start in starts if len(found := self._beginning([start]))), _NOTHING
        )
        if len(found) or len(word) < _TYPO_CHARS:
            return found, 1.0
        return self._with_typo(starts[0]), _TYPO_WORTH

    def _with_typo(self, start: str) -> _Found:
        """Keys with a word whose beginning is one typo away from `start`."""
        lengths = range(len(start) - 1, len(start) + 2)
        known = {word[:length] for word in self._by_letter.get(start[0], ()) for length in lengths}
        return self._beginning(
            close
            for close, *_ in process.extract(
                start, known, scorer=OSA.distance, score_cutoff=1, limit=None
            )
        )

    def _find_by_sound(self, word: str, bare: str, unfinished: bool) -> tuple[_Found, float]:
        """Keys with a word that begins like this one in Latin letters."""
        prefixes = {skeleton(word + more) for more in _MORE_LATIN} if unfinished else {bare}
        end = _WHOLE if len(word) <= _SHORT and not unfinished else _END
        spans = [
            tuple(bisect_left(self._skeletons, (limit,)) for limit in (prefix, prefix + end))
            for prefix in prefixes
        ]
        places = [place for first, last in spans for _, place in self._skeletons[first:last]]
        return self._of_words((place, place + 1) for place in places), 1.0

    def _beginning(self, prefixes: Iterable[str], end: str = _END) -> _Found:
        """Keys with a word that begins with one of `prefixes`."""
        return self._of_words(
            (bisect_left(self._words, prefix), bisect_left(self._words, prefix + end))
            for prefix in prefixes
        )

    def _of_words(self, spans: Iterable[tuple[int, int]]) -> _Found:
        """Keys with a word between two places in the list of words."""
        found = [self._postings[self._starts[first] : self._starts[last]] for first, last in spans]
        return np.unique(np.concatenate(found)) if found else _NOTHING

    def _allowed(self, text: str) -> bool:
        return self._denied.isdisjoint(without_endings(text))


@lru_cache(1 << 14)
def _in_latin(word: str) -> str:
    """The skeleton of a word that the next version will most likely have as well."""
    return skeleton_of_cyrillic(word)


def _sound(latin: str) -> str:
    """The skeleton of a word in Latin letters without its ending."""
    return skeleton_of_cyrillic(without_endings(letter_by_letter(latin))[0])
