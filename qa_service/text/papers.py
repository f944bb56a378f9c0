"""Numbers of passports, licences, registration and military papers: two or three letters and six
digits; nine digits of a passport card. Pure.

Six digits of an amount are none: `від 100000 грн`.
"""

import re

from qa_service.text.check_digits import DASH

_NO_AMOUNT = (
    r"(?!\d)(?!\s?(?:(?:грн|гривн[яі]|гривень|тис|млн|км|євро|евро|дол|usd|eur|uah)\b|[₴$€%]))"
)
_NUMBER_SIGN = r"(?:[\s№#.,:]|номер|ном|no?\b|н\b|[" + DASH + "]){0,4}"
_CAPITALS = "[A-ZА-ЯІЇЄҐ]{2,3}"
_IN_CAPITALS = re.compile(
    rf"(?:(?<![^\W_])|(?<=[a-zа-яіїєґ])(?={_CAPITALS}\d))(?!ТЕЛ|МОБ|TEL){_CAPITALS}"
    rf"(?i:{_NUMBER_SIGN})\d{{6}}(?i:{_NO_AMOUNT})"
)
_GLUED = re.compile(rf"(?<![^\W_])(?!тел|моб|tel)[^\W\d_]{{2,3}}\d{{6}}{_NO_AMOUNT}", re.IGNORECASE)
_NUMBER_FIRST = re.compile(
    r"(?=\d)(?<!\d)\d{6}\W{1,3}(?:серія|серії|серия|серии|series)\s[^\W\d_]{2,3}(?!\w)",
    re.IGNORECASE,
)
_AFTER_WORD = re.compile(
    r"(\b(?:паспорт|пасп|сері|сери|прав|посвід|квит|passport)[^\W\d_]*\W{1,3})"
    rf"[^\W\d_]{{2,3}}{_NUMBER_SIGN}\d{{6}}{_NO_AMOUNT}",
    re.IGNORECASE,
)
_SERIES = re.compile(rf"(?<![^\W_])[^\W\d_]{{2,3}}{_NUMBER_SIGN}\d{{6}}{_NO_AMOUNT}", re.IGNORECASE)
_SPACED_SERIES = re.compile(
    rf"(?<![^\W_]){_CAPITALS}(?i:{_NUMBER_SIGN})\d(?:[\s{DASH}]?\d){{5}}(?i:{_NO_AMOUNT})"
)
_NINE_DIGITS = re.compile(r"(?<!\d)\d{9}(?!\d)")
_THREES = re.compile(
    rf"(?=\d)(?<!\d)\d{{3}}(?P<sign>[\s.{DASH}])\d{{3}}(?P=sign)\d{{3}}(?!\d)(?:(?P=sign)\d{{3}}(?!\d))*+"
)
_NOT_BEFORE_AMOUNT = re.compile(_NO_AMOUNT, re.IGNORECASE)
_NINE_CHARS = 12
"""Nine digits, each three with the sign after them."""


def replace_series(token: str, text: str) -> str:
    """Series in capitals, glued to six digits or after the name of a paper, replaced."""
    for pattern in (_IN_CAPITALS, _GLUED, _NUMBER_FIRST):
        text = pattern.sub(token, text)
    return _AFTER_WORD.sub(rf"\1{token}", text)


def replace_papers(token: str, text: str) -> str:
    """Every number that looks like one of a paper, replaced."""
    for pattern in (_SERIES, _SPACED_SERIES, _NINE_DIGITS):
        text = pattern.sub(token, text)
    return _THREES.sub(lambda run: _without_nines(run, token), text)


def _without_nines(run: re.Match[str], token: str) -> str:
    """As many nines of digits as there are, the last ones of the run."""
    if not _NOT_BEFORE_AMOUNT.match(run.string, run.end()):
        return run.group()
    nines, over = divmod(len(run.group()) + 1, _NINE_CHARS)
    return run.group()[:over] + run.group("sign").join([token] * nines)
