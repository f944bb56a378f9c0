"""Phones with a code, local ones as phones are written, and what follows «тел.». Pure."""

import re

from qa_service.text.check_digits import DASH

_GAP = rf"(?:[\s()./_{DASH}]{{0,3}}|,)"
_OPEN = r"(?:\((?=\d{2,5}\)))?"
_TWO_AND_TWO = rf"\d\d[./{DASH}]\d\d(?!\d)"  # dates and opening hours
_MONTH_AND_YEAR = rf"(?<=\d[./{DASH}])\d\d[./{DASH}](?:19|20)\d\d(?!\d)"  # after a day
_PHONE = re.compile(
    rf"""(?=[\d+(])(?<!\d)(?:
        (?:(?:\+|00)\s?)?3\s?8{_GAP}0(?:{_GAP}\d){{9}}  # +38 (067) 123-45-67
        | \+\s?\d(?:{_GAP}\d){{8,14}}  # +48 123 456 789
        # (067) 123-45-67
        | (?:8(?:[\s{DASH}]{{1,3}}|(?=\()))?{_OPEN}
            (?!{_TWO_AND_TWO}|{_MONTH_AND_YEAR})0{_GAP}[3-9](?:{_GAP}\d){{8}}
        | 0[3-9](?P<pair>[\s./,{DASH}]|\s[{DASH}]\s)\d\d(?:(?P=pair)\d\d){{3}}  # 06.71.23.45.67
        | {_OPEN}[3-9]\d\)?[\s{DASH}]{{1,2}}\d{{3}}[\s{DASH}]\d\d[\s{DASH}]\d\d  # 67 123-45-67
        | (?<![.,{DASH}])\d{{3}}(?P<sign>[\s{DASH}])\d\d(?P=sign)\d\d  # 290-19-88
    )(?!\d)""",
    re.VERBOSE,
)
_AFTER_TEL = re.compile(
    rf"((?<!\[)\b(?:тел|моб|tel|phone)[^\W\d_]*\W{{1,3}})\d(?:{_GAP}\d){{4,8}}(?!\d)", re.IGNORECASE
)


def replace_phones(token: str, text: str) -> str:
    """Every phone, replaced; a word before it stays."""
    return _AFTER_TEL.sub(rf"\1{token}", _PHONE.sub(token, text))
