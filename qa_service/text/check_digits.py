"""Numbers in groups of digits whose check digit is right: cards and taxpayers' numbers. Pure."""

import re
from collections.abc import Callable
from itertools import accumulate, chain, pairwise
from operator import mul

DASH = r"\-‐-―−"
"""What people write as a dash, inside a character class."""

GAP = rf"(?:[\s./_{DASH}]{{0,3}}|,)"
"""Between two groups."""

_DATE = re.compile(
    r"(?<!\d)\d{1,2}[./]\d{1,2}[./](?:\d\d){1,2}(?!\d)|(?<!\d)(?:19|20)\d\d[./]\d\d[./]\d\d?(?!\d)"
)
_PAIRS = re.compile(r"(?<!\d)\d\d(?P<sign>[./,])\d\d(?:(?P=sign)\d\d){3,}(?!\d)")
"""Two digits a group, which no row of dates is."""

_DIGIT = re.compile(r"\d")
_DIGITS_IN_GROUPS = re.compile(rf"\d(?:{GAP}\d){{9,}}")
CARD_LENGTHS = (16, 19, 18, 17, 15, 14, 13)
TAXPAYER_LENGTH = 10
_TAXPAYER_WEIGHTS = (-1, 5, 7, 9, 4, 6, 10, 5, 7)

_IsRight = Callable[[int, int], bool]
"""Whether the digits from `start` up to `end` of a run have a right check digit."""


def replace_right(
    length: int, check: Callable[[list[int]], _IsRight], token: str, text: str
) -> str:
    """Every number of `length` digits in whole groups with a right check digit, replaced. Dates are
    of no number, and end what stands before them.
    """

    def replaced(run: re.Match[str]) -> str:
        digits = run.group()
        dates = _DATE.finditer(_PAIRS.sub(lambda pairs: "_" * len(pairs.group()), digits))
        edges = [0, *chain.from_iterable(date.span() for date in dates), len(digits)]
        pieces = [digits[start:end] for start, end in pairwise(edges)]
        pieces[::2] = [_replace_in_run(piece, length, check, token) for piece in pieces[::2]]
        return "".join(pieces)

    return _DIGITS_IN_GROUPS.sub(replaced, text)


def _replace_in_run(
    run: str, length: int, check: Callable[[list[int]], _IsRight], token: str
) -> str:
    places = [match.start() for match in _DIGIT.finditer(run)]
    is_right = check([int(run[place]) for place in places])
    starts_group = [True, *(after - before > 1 for before, after in pairwise(places)), True]
    pieces, written, start = [], 0, 0
    while start + length <= len(places):
        end = start + length
        if starts_group[start] and starts_group[end] and is_right(start, end):
            pieces += [run[written : places[start]], token]
            written, start = places[end - 1] + 1, end
        else:
            start += 1
    return "".join([*pieces, run[written:]])


def card_check(digits: list[int]) -> _IsRight:
    """Luhn's formula (ISO/IEC 7812-1): every second digit from the right, the check digit's
    neighbour first, counts double.

    Running sums for either parity of the last place make each number a subtraction.
    """
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits]
    sums = [
        list(
            accumulate(
                (
                    plain if place % 2 == last else twice
                    for place, (plain, twice) in enumerate(zip(digits, doubled, strict=True))
                ),
                initial=0,
            )
        )
        for last in (0, 1)
    ]
    return lambda start, end: (sums[(end - 1) % 2][end] - sums[(end - 1) % 2][start]) % 10 == 0


def taxpayer_check(digits: list[int]) -> _IsRight:
    """The check digit of a taxpayer's number (РНОКПП)."""
    return lambda start, end: (
        sum(map(mul, _TAXPAYER_WEIGHTS, digits[start:end])) % 11 % 10 == digits[end - 1]
    )
