"""Dates of birth. Pure.

A full date counts as one of birth up to `LAST_BIRTH_YEAR`, when the youngest who may drive were
born; what people date in their own affairs (fines, exams, visits) is later. Dates of acts and
papers (`від 07.09.1998`) stay. Beside a word of birth every year counts, and two digits of it.
"""

import re

from qa_service.text.check_digits import DASH

LAST_BIRTH_YEAR = 2010

_MONTHS = (
    "січ|лют|берез|квіт|трав|черв|лип|серп|верес|жовт|листоп|груд|янв|фев|март|апр|ма[йя]|июн|июл|авг|сент|окт|нояб|дек|"
    "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
)
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_DAY_OF_TWO, _MONTH_OF_TWO = r"(?:0[1-9]|[12]\d|3[01])", r"(?:0[1-9]|1[0-2])"
_BETWEEN = rf"\s./,{DASH}"
_SIGN = rf"(?:\s?[\s./{DASH}]\s?|,)"


def _date(year: str, short_year: str, short_sign: str) -> str:
    """Pattern of a full date in the ways that people write it."""
    return (
        rf"(?=\d)(?<!\d)(?<!\d[./])(?<!\bвід\s)(?<!\bот\s)(?:{_DAY}(?P<sign>{_SIGN}){_MONTH}(?P=sign){year}"
        rf"|(?<!\d[,{DASH}]){_DAY_OF_TWO}{short_sign}{_MONTH_OF_TWO}{short_sign}{short_year}(?![./,{DASH}]\d)"
        rf"|{year}(?P<mark>{_SIGN}){_MONTH}(?P=mark){_DAY}"
        rf"|{_DAY}(?:-?го)?\s?(?:{_MONTHS})[^\W\d_]*\.?,?\s?{year})(?!\d)"
    )


_EARLY = "|".join(str(year) for year in range(2000, LAST_BIRTH_YEAR + 1))
_BIRTH = re.compile(
    _date(rf"(?:19\d\d|{_EARLY})", rf"(?:[3-9]\d|0\d|{LAST_BIRTH_YEAR % 100})", "[./-]"),
    re.IGNORECASE,
)
_IN_A_ROW = re.compile(
    rf"(?=\d)(?<![\w.,]){_DAY_OF_TWO}{_MONTH_OF_TWO}(?:19[3-9]\d|{_EARLY})(?!\w|[.,]\d)"
)
_ANY_DATE = (
    rf"(?:{_date('(?:19|20)[0-9]{2}', '[0-9]{2}', rf'[{_BETWEEN}]')}"
    rf"|(?<!\d){_DAY_OF_TWO}{_MONTH_OF_TWO}(?:19|20)\d\d(?!\d))"
)
_WORDS_BEFORE = (
    r"\b(?:народ|рожд|родил|born|birth|dob\b|дн\b|д[./]?\s?[нр]\b)[^\W\d_]*\W{0,3}"
    r"(?:[^\W\d_]+\W{1,2}){0,2}"
)
_WORDS_AFTER = r"\s?(?:р\.?\s?н\b|г\.?\s?р\b|(?:року|года)\s(?:народж|рожд))"
_AFTER = re.compile(f"({_WORDS_BEFORE}){_ANY_DATE}", re.IGNORECASE)
_BEFORE = re.compile(f"{_ANY_DATE}(?={_WORDS_AFTER})", re.IGNORECASE)


def replace_births(token: str, text: str) -> str:
    """Every date of birth, replaced; the words beside it stay."""
    for pattern in (_BIRTH, _IN_A_ROW, _BEFORE):
        text = pattern.sub(token, text)
    return _AFTER.sub(rf"\1{token}", text)
