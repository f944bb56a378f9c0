"""Number plates: АА1234ВВ, and 123-45 КА of 1995-2004. Pure.

Twelve letters that Cyrillic and Latin share, X, Y and Z of other series.
"""

import re

from qa_service.text.check_digits import DASH

_LETTERS = "[ABCEHIKMOPTXYZАВСЕНІКМОРТХУ]{2}"
_GAP = rf"[\s./_№{DASH}]{{0,3}}"
_GLUED = rf"(?<=[a-zа-яіїєґ])(?=(?-i:{_LETTERS}\d{{4}}{_LETTERS}))"
_PLATE = re.compile(
    rf"(?:(?<![^\W_])|{_GLUED})({_LETTERS})({_GAP})(\d)\d[\s./{DASH}]?\d\d{_GAP}({_LETTERS})"
    r"(?![^\W_])",
    re.IGNORECASE,
)
_BEFORE = re.compile("на|не|ні|но|та|те|ті|то|от|со|ст|to|at|be|by|me|my|it", re.IGNORECASE)
_AFTER = re.compile("на|не|ні|но|та|те|ті|то|от|ми|мы|км|см|to|at|be|by|me|my|it")
"""Short words of the letters of plates, before and after an ordinary number."""

_OLD = re.compile(
    rf"(?=\d)(?<!\d)\d{{3}}(?P<gap>[\s{DASH}]?)\d\d\s?(?!(?-i:кв)\.?\s?\d)({_LETTERS})(?!\w)",
    re.IGNORECASE,
)
_NO_OLD = re.compile("на|не|ні|та|ті|то|от|ми|мы|км|см|мм|ст|to|at|be|by|me|my", re.I)
"""What follows five digits and ends no plate: words and units."""


def replace_plates(token: str, text: str) -> str:
    """Every plate, replaced."""
    text = _PLATE.sub(lambda found: found.group() if _is_phrase(found) else token, text)
    return _OLD.sub(lambda found: token if _is_old_plate(found) else found.group(), text)


def _is_phrase(found: re.Match[str]) -> bool:
    """`на 5000 км` has the letters of a number plate."""
    before, gap, digit, after = found.groups()
    are_words = _BEFORE.fullmatch(before) and _AFTER.fullmatch(after)
    return gap.isspace() and digit != "0" and bool(are_words)


def _is_old_plate(found: re.Match[str]) -> bool:
    """`12345 КА` is one in capitals, `123-45 ка` in any letters."""
    gap, letters = found.groups()
    has_dash = bool(gap) and not gap.isspace()
    return (has_dash or letters.isupper()) and not _NO_OLD.fullmatch(letters)
