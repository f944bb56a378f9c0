"""Vehicle identification numbers (ISO 3779): 17 letters and digits without I, O and Q, in a row or
in groups. Pure.

The last four characters are digits. Groups are a number where its check digit is right (49 CFR
565.15), where two of them mix letters and digits, or where one does, five digits end the number and
a group with letters begins it.
"""

import re

from qa_service.text.check_digits import DASH

_IN_A_ROW = re.compile(
    r"(?<!\w)(?:vin|вин|він)?(?=(?:[^\W\d_]*\d){3})(?=\d*[^\W\d_])[^\W_]{17}(?!\w)", re.IGNORECASE
)
_GROUP = r"(?<![^\W_])[A-HJ-NPR-Z\d]{1,16}+(?![^\W_])"
_RUN = re.compile(rf"{_GROUP}(?:[\s./_{DASH}]{{1,3}}{_GROUP})+", re.IGNORECASE)
_ONE = re.compile(r"[A-Z\d]+", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_PAPER = re.compile(r"[A-Z]{2,3}\d{6}", re.IGNORECASE)
_LETTER = re.compile(r"[A-Z]", re.IGNORECASE)
_CHARS, _TAIL, _LONG_TAIL, _LAST_GROUP, _LEAST_LETTERS = 17, 4, 5, 5, 3
_SIGNS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
_VALUES = dict(zip(_SIGNS, map(int, "012345678912345678123457923456789"), strict=True))
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def replace_vins(token: str, text: str) -> str:
    """Every such number, replaced."""
    text = _IN_A_ROW.sub(lambda found: token, text)
    return _RUN.sub(lambda run: _without_vins(run.group(), token), text)


def _without_vins(run: str, token: str) -> str:
    """Groups that together are a number, replaced."""
    if not (_LETTER.search(run) and _DIGIT.search(run)):
        return run
    places = [one.span() for one in _ONE.finditer(run)]
    pieces, written, first = [], 0, 0
    while first < len(places):
        after = _end_of_vin(run, places, first)
        if after:
            pieces += [run[written : places[first][0]], token]
            written = places[after - 1][1]
        first = after or first + 1
    return "".join([*pieces, run[written:]])


def _end_of_vin(run: str, places: list[tuple[int, int]], first: int) -> int:
    """The place after the groups that make a number from the first on; 0 where none do."""
    size = 0
    for last in range(first, len(places)):
        start, end = places[last]
        size += end - start
        if size >= _CHARS:
            groups = [run[start:end] for start, end in places[first : last + 1]]
            return last + 1 if size == _CHARS and _is_vin(groups) else 0
    return 0


def _is_vin(groups: list[str]) -> bool:
    number = "".join(groups).upper()
    if number.isdigit() or not number[-_TAIL:].isdigit() or len(groups[-1]) < _LAST_GROUP:
        return False
    if _PAPER.fullmatch(groups[0]) or "".join(groups[:2]).isdigit():
        return False
    if _has_right_check(number):
        return True
    if sum(map(str.isalpha, number)) < _LEAST_LETTERS:
        return False
    mixed = sum(not group.isdigit() and not group.isalpha() for group in groups)
    looks_made = mixed == 1 and not groups[0].isdigit() and number[-_LONG_TAIL:].isdigit()
    return mixed > 1 or looks_made


def _has_right_check(number: str) -> bool:
    rest = sum(weight * _VALUES[sign] for weight, sign in zip(_WEIGHTS, number, strict=True)) % 11
    return number[8] == ("X" if rest == 10 else str(rest))
