"""Names of towns in a text: in any case, in Ukrainian, Russian or Latin letters, mistyped. Pure.

A name is kept as stems with the endings that its kind takes, so that «у Львові», «со Львова» and
«львовом» are one name. Stems change as the language changes them: Харків - Харкова, Тернопіль -
Тернополя, Кривий Ріг - Кривому Розі. Latin letters are compared by skeleton (`layout`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from qa_service.text.layout import skeleton, skeleton_of_cyrillic, to_ukrainian
from qa_service.text.tokens import words

_LATIN = re.compile("[a-z]")
_VOWELS = "аеєиіїоуюяыёэ"
_OF_ADJECTIVES = ("ий", "ій", "ый", "ой", "ая", "яя", "ое", "ее", "ие", "ые")
_CONFUSED = str.maketrans("аиыэ", "оііе")
MOST_MISTYPED = 40
"""Words of a text from which on no mistyped names are looked for: each costs a search of all."""

_MOST_WORDS = 4
"""Words of the longest name that is looked for."""

_LONGEST_ENDING = 4
_LEAST_STEM = 3
"""Letters of a name from which on its last ones may be an ending."""

_LEAST_LATIN = 5
"""Letters of a stem in Latin letters that is not of a place's own name: `ten` is no Тінь."""

_LEAST_TYPO, _TWO_TYPOS = 4, 8
"""Words from so many letters on may be mistyped, in one letter or in two."""

_MASCULINE = frozenset(
    ["", *"а у і е ом ем ові еві я ю ь єм ї й ий ій ого ому им ім ый ой ым ых их".split()]  # noqa: SIM905
)
_FEMININE = frozenset(
    ["", *"а я и і ї у ю ою ею єю ой ей е ы ої ій ая ую ь".split()]  # noqa: SIM905
)
_NEUTER = frozenset(
    ["", *"о е є а я у ю і ом ем єм ого ому им ім ое ым ій".split()]  # noqa: SIM905
)
_PLURAL = frozenset(
    ["", *"и і ї ы ам ами ах ям ями ях ів їв ев ов ей их ых им ым".split()]  # noqa: SIM905
)
_SOFT = _MASCULINE | {"и", "і", "ью"}
"""Sets that all names of a kind share: a set of its own for each took five megabytes."""

_CHANGES = (
    ("ів", ("ов", "ев", "єв")),
    ("їв", ("єв", "їв")),
    ("іль", ("ол", "іл")),
    ("інь", ("ен", "ін")),
    ("ець", ("ц", "єц")),
    ("ец", ("ц",)),
    ("іг", ("ог", "оз")),
    ("ок", ("к",)),
    ("ка", ("к", "ц")),
    ("га", ("г", "з")),
    ("ха", ("х", "с")),
    ("к", ("ц",)),
    ("г", ("з",)),
)
"""What the end of a name is in its other cases, besides itself."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Words `start` to `end` of a text name one of `places`: rows, by their own names if any is."""

    places: tuple[int, ...]
    start: int
    end: int
    is_typed_right: bool = True


@dataclass(frozen=True, slots=True)
class _Word:
    stems: tuple[str, ...]
    endings: frozenset[str]

    def fits(self, word: str) -> bool:
        return any(
            word.startswith(stem) and word[len(stem) :] in self.endings for stem in self.stems
        )


@dataclass(frozen=True, slots=True)
class _Name:
    row: int
    is_own: bool
    words: tuple[_Word, ...]


@dataclass(slots=True)
class PlaceNames:
    """Finds the names of places, given by row: `names[i]` are all of place `i`, its own first."""

    names: Sequence[Sequence[str]]
    _cyrillic: dict[str, list[_Name]] = field(default_factory=dict)
    _latin: dict[str, list[_Name]] = field(default_factory=dict)
    _by_letter: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row, names in enumerate(self.names):
            for rank, name in enumerate(names):
                spelled = tuple(map(_word, _parts(name)))
                if spelled:
                    _add(self._cyrillic, _Name(row, rank == 0, spelled))
                    least = _LEAST_LATIN if rank and len(spelled) == 1 else 0
                    in_latin = tuple(_in_latin(word, least) for word in spelled)
                    _add(self._latin, _Name(row, rank == 0, in_latin))
        for stem in self._cyrillic:
            self._by_letter.setdefault(_first(stem), []).append(stem)

    def find(self, text: str, known_words: frozenset[str] | None = None) -> list[Mention]:
        """Names in a text, in order, the longest where they overlap.

        `known_words`: where given, other words are taken for mistyped names as well, in a text of
        at most `MOST_MISTYPED` words.
        """
        said = _parts(text)
        mends = known_words is not None and len(said) <= MOST_MISTYPED
        found: list[Mention] = []
        start = 0
        while start < len(said):
            mention = self._at(said, start)
            if mention is None and mends:
                mention = self._mistyped(said, start, known_words or frozenset())
            if mention:
                found.append(mention)
            start = mention.end if mention else start + 1
        return found

    def _at(self, said: Sequence[str], start: int) -> Mention | None:
        here = said[start : start + _MOST_WORDS]
        if not _LATIN.search(here[0]):
            return _longest(self._cyrillic, here, start)
        in_latin = _longest(self._latin, [skeleton(word) for word in here], start)
        return in_latin or _longest(self._cyrillic, [to_ukrainian(word) for word in here], start)

    def _mistyped(
        self, said: Sequence[str], start: int, known_words: frozenset[str]
    ) -> Mention | None:
        word = said[start]
        if len(word) < _LEAST_TYPO or word in known_words or not word.isalpha():
            return None
        stems = self._by_letter.get(_first(word), [])
        for base in _stems(word):
            if len(base) < _LEAST_TYPO:
                break
            most = 2 if len(base) >= _TWO_TYPOS else 1
            near = process.extract(base, stems, scorer=OSA.distance, score_cutoff=most, limit=5)
            for stem in (stem for stem, _, _ in near if len(stem) >= _LEAST_TYPO):
                here = [stem + word[len(base) :], *said[start + 1 : start + _MOST_WORDS]]
                if right := _longest(self._cyrillic, here, start):
                    return replace(right, is_typed_right=False)
        return None


def _first(word: str) -> str:
    """The first letter, the same for vowels that are confused."""
    return word[0].translate(_CONFUSED)


def _parts(text: str) -> list[str]:
    """Words without apostrophes and hyphens, which people leave out."""
    return [word.replace("'", "") for word in words(text.replace("-", " "))]


def _word(name: str) -> _Word:
    """The stems and endings of one word of a name, lower case."""
    last = name[-1]
    stems = {name}
    if len(name) > _LEAST_STEM:
        stems |= {name[:-1]} if last in _VOWELS + "ьй" else set()
        stems |= {name[:-2]} if name.endswith(_OF_ADJECTIVES) else set()
    stems |= {
        name[: -len(end)] + new
        for end, changed in _CHANGES
        if name.endswith(end)
        for new in changed
    }
    if last in "ая":
        endings = _FEMININE
    elif last == "ь":
        endings = _SOFT
    elif last in "оеє":
        endings = _NEUTER
    elif last in "иіїы":
        endings = _PLURAL
    else:
        endings = _MASCULINE
    return _Word(tuple(sorted(stem for stem in stems if len(stem) >= 2)), endings)


def _in_latin(word: _Word, least: int) -> _Word:
    stems = map(skeleton_of_cyrillic, word.stems)
    return _Word(tuple(stem for stem in stems if len(stem) >= least), _folded(word.endings))


@cache
def _folded(endings: frozenset[str]) -> frozenset[str]:
    return frozenset(map(skeleton_of_cyrillic, endings))


def _add(index: dict[str, list[_Name]], name: _Name) -> None:
    for stem in name.words[0].stems:
        index.setdefault(stem, []).append(name)


def _stems(word: str) -> list[str]:
    """What is left of a word without an ending of any length, the longest first."""
    return [word[:end] for end in range(len(word), max(1, len(word) - _LONGEST_ENDING) - 1, -1)]


def _longest(index: Mapping[str, list[_Name]], here: Sequence[str], start: int) -> Mention | None:
    """The names of most words that `here` begins with; it stands at word `start` of a text."""
    fitting = [
        name
        for stem in _stems(here[0])
        for name in index.get(stem, ())
        if _fits(name.words, here[: len(name.words)])
    ]
    if not fitting:
        return None
    most = max(len(name.words) for name in fitting)
    longest = [name for name in fitting if len(name.words) == most]
    own = [name for name in longest if name.is_own]
    rows = sorted({name.row for name in own or longest})
    return Mention(tuple(rows), start, start + most)


def _fits(name: Sequence[_Word], said: Sequence[str]) -> bool:
    return len(name) == len(said) and all(map(_Word.fits, name, said))
