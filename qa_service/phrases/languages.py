"""The languages of labels, numbers and dates. Texts of procedures are Ukrainian in each of them."""

import calendar
from abc import ABC, abstractmethod

from qa_service.phrases.english import SENTENCES

_MONTHS = (
    ("січень", "січня"),
    ("лютий", "лютого"),
    ("березень", "березня"),
    ("квітень", "квітня"),
    ("травень", "травня"),
    ("червень", "червня"),
    ("липень", "липня"),
    ("серпень", "серпня"),
    ("вересень", "вересня"),
    ("жовтень", "жовтня"),
    ("листопад", "листопада"),
    ("грудень", "грудня"),
)

_ALPHABET = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"


class Language(ABC):
    """code: of BCP 47. name: of the language, in itself. prefix: what paths of its pages begin
    with.
    """

    code: str
    name: str
    prefix: str

    @abstractmethod
    def say(self, text: str) -> str:
        """What a Ukrainian label is in it; a text that is no label of ours stays as it is."""

    @abstractmethod
    def count(self, number: int, one: str, few: str, many: str) -> str:
        """A number with its noun, whose Ukrainian forms are given."""

    def date(self, as_of: str) -> str:
        """`2025-11-03` -> 3 листопада 2025, `2025-11` -> листопад 2025; other text stays."""
        match as_of.split("-"):
            case [year] if year.isdecimal():
                return self._year(year)
            case [year, month] if names := self._names_of(month):
                return f"{names[0]} {year}"
            case [year, month, day] if day.isdecimal() and (names := self._names_of(month)):
                return f"{int(day)} {names[1]} {year}"
        return as_of

    def _names_of(self, number: str) -> tuple[str, str] | None:
        is_month = number.isdecimal() and 1 <= int(number) <= len(_MONTHS)
        return self._month(int(number)) if is_month else None

    @abstractmethod
    def _year(self, year: str) -> str: ...

    @abstractmethod
    def _month(self, number: int) -> tuple[str, str]:
        """How month 1 to 12 is called alone, and after a day."""


class _Ukrainian(Language):
    """In which every label is written."""

    code, name, prefix = "uk", "Українською", ""

    def say(self, text: str) -> str:
        return text

    def count(self, number: int, one: str, few: str, many: str) -> str:
        if number % 10 == 1 and number % 100 != 11:
            return f"{number} {one}"
        is_few = number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14)
        return f"{number} {few if is_few else many}"

    def _year(self, year: str) -> str:
        return f"{year} рік"

    def _month(self, number: int) -> tuple[str, str]:
        return _MONTHS[number - 1]


class _English(Language):
    code, name, prefix = "en", "English", "/en"

    def say(self, text: str) -> str:
        return SENTENCES.get(text, text)

    def count(self, number: int, one: str, few: str, many: str) -> str:
        return f"{number} {self.say(one if number == 1 else many)}"

    def _year(self, year: str) -> str:
        return year

    def _month(self, number: int) -> tuple[str, str]:
        name = calendar.month_name[number]
        return name, name


UKRAINIAN: Language = _Ukrainian()
ENGLISH: Language = _English()
LANGUAGES = (UKRAINIAN, ENGLISH)
"""The first is that of pages without a prefix."""


def language_of(path: str) -> Language:
    """The language of the page at `path`."""
    prefixed = (one for one in LANGUAGES if one.prefix and f"{path}/".startswith(f"{one.prefix}/"))
    return next(prefixed, LANGUAGES[0])


def without_language(path: str) -> str:
    """`/en/services` -> `/services`, the path of the same page in Ukrainian; `/en` -> nothing."""
    return path.removeprefix(language_of(path).prefix)


def language_for(code: str | None) -> Language:
    """The language of this code; Ukrainian for any other."""
    return next((one for one in LANGUAGES if one.code == code), LANGUAGES[0])


def code_of(tag: str) -> str:
    """`en` of `en-GB` (BCP 47)."""
    return tag.partition("-")[0].lower()


def other_than(language: Language) -> Language:
    """The language that a page offers beside its own."""
    return next(one for one in LANGUAGES if one is not language)


def alphabetical(text: str) -> list[int]:
    """A sort key by the Ukrainian alphabet, which Unicode's order misplaces four letters of."""
    return [_ALPHABET.find(letter) for letter in text.lower()]
