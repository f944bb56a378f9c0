"""Personal data replaced by tokens, before a text is stored. Pure.

| rule | replaces | example |
|---|---|---|
| 1 hidden | nothing: composes, drops invisible marks, makes digits plain | `０5０` -> `050` |
| 2 email | e-mail addresses, also with `(at)` or «собака» | `ivan.p@ukr.net` -> `[пошта]` |
| 3 iban | Ukrainian accounts | `UA21 3223 1300 0002 6007 2335 6600 1` -> `[рахунок]` |
| 4 vin | 17 letters and digits in a row, or groups | `WBA 3A5 C50 DF3 59912` -> `[VIN]` |
| 5 unzr | numbers in the demographic register | `19900512-12345` -> `[УНЗР]` |
| 6 plate | number plates, old ones too | `АА 12-34 ВВ` -> `[номерний знак]` |
| 7 birth | dates of birth | `12.05.1990` -> `[дата]` |
| 8 card | 16 digits, in a row or by fours | `4149-4999-1234-5678` -> `[картка]` |
| 9 phone | phones with a code; local ones as phones are written | `067 123-45-67` -> `[телефон]` |
| 10 code | any ten digits or more in a row | `3123456789` -> `[код]` |
| 11 check | 13-19 digits, 10 (РНОКПП) in any groups, by check digit | `12345 67899` -> `[код]` |
| 12 document | two or three letters and six digits, nine digits | `ВХІ № 123456` -> `[документ]` |

Names and addresses of people stay: no rule finds them reliably. Nor is every way of hiding a number
met: one that is spelled in words, or with letters other than О for digits, stays.

A full date counts as one of birth up to `LAST_BIRTH_YEAR`, when the youngest who may drive were
born; what people date in their own affairs (fines, exams, visits) is later. Dates of acts and
papers (`від 07.09.1998`) stay. After a word of birth every year counts. In doubt a rule replaces: a
lost number costs an editor little, a stored one costs a person more.
"""

import re
import unicodedata

from qa_service.text.check_digits import (
    CARD_LENGTHS,
    DASH,
    TAXPAYER_LENGTH,
    card_check,
    replace_right,
    taxpayer_check,
)
from qa_service.text.normalise import rule_1_unicode, rule_2_invisible
from qa_service.text.vin import replace_vins

LAST_BIRTH_YEAR = 2010

_GAP = rf"[\s()./_{DASH}]{{0,3}}"
_NARROW_GAP = rf"[\s{DASH}]{{0,3}}"
_HIDDEN_CATEGORIES = {"Cf", "Me", "Mn"}

_AT = r"(?:@|[(\[{]\s?(?:at|эт|ет|собака|собачка)\s?[)\]}]|\bсобач?ка\b)"
_DOT = r"(?:\.|\s?[(\[{]\s?(?:dot|крапка|точка)\s?[)\]}]\s?|\s(?:крапка|точка)\s)"
_EMAIL = re.compile(rf"(?<![\w.+%'-])[\w.+%'-]+\s?{_AT}\s?[\w-]+(?:{_DOT}[\w-]+)+", re.IGNORECASE)
_IBAN = re.compile(
    rf"(?<![^\W_])[UУ][AА](?:(?:{_GAP}\d){{27}}|(?:{_GAP}\d){{20,29}})(?!\d)", re.IGNORECASE
)
_UNZR = re.compile(rf"(?<!\d)(?:19|20)\d{{6}}[\s{DASH}]{{1,3}}\d{{5}}(?!\d)")

_PLATE_LETTERS = "[ABCEHIKMOPTXYZАВСЕНІКМОРТХУ]{2}"
_PLATE = re.compile(
    rf"(?<!\w)({_PLATE_LETTERS})([\s{DASH}]{{0,3}})\d\d[\s{DASH}]?\d\d[\s{DASH}]{{0,3}}"
    rf"({_PLATE_LETTERS})(?!\w)",
    re.IGNORECASE,
)
_PLATE_TOKEN = "[номерний знак]"  # noqa: S105
_OLD_PLATE = re.compile(rf"(?<!\d)\d{{3}}[{DASH}]\d\d\s?{_PLATE_LETTERS}(?!\w)")
_SHORT_WORDS = re.compile(
    "на|не|ні|но|та|те|ті|то|от|во|со|ми|мы|км|см|ст|to|at|be|by|me|my|it", re.IGNORECASE
)

_MONTHS = (
    "січ|лют|берез|квіт|трав|черв|лип|серп|верес|жовт|листоп|груд|янв|фев|март|апр|ма[йя]|июн|июл|авг|сент|окт|нояб|дек|"
    "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
)
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_DAY_OF_TWO, _MONTH_OF_TWO = r"(?:0[1-9]|[12]\d|3[01])", r"(?:0[1-9]|1[0-2])"
_SIGN = rf"\s?[\s./{DASH}]\s?"


def _date(year: str, short_year: str) -> str:
    """Pattern of a full date in the ways that people write it."""
    return (
        rf"(?<!\d)(?<!\d[./])(?<!\bвід\s)(?<!\bот\s)(?:{_DAY}(?P<sign>{_SIGN}){_MONTH}(?P=sign){year}"
        rf"|{_DAY_OF_TWO}[./-]{_MONTH_OF_TWO}[./-]{short_year}|{year}(?P<mark>{_SIGN}){_MONTH}(?P=mark){_DAY}"
        rf"|{_DAY}(?:-?го)?\s?(?:{_MONTHS})[^\W\d_]*\.?,?\s?{year})(?!\d)"
    )


_EARLY = "|".join(str(year) for year in range(2000, LAST_BIRTH_YEAR + 1))
_BIRTH = re.compile(
    _date(rf"(?:19\d\d|{_EARLY})", rf"(?:[3-9]\d|0\d|{LAST_BIRTH_YEAR % 100})"), re.IGNORECASE
)
_BIRTH_IN_A_ROW = re.compile(
    rf"(?<![\w.,]){_DAY_OF_TWO}{_MONTH_OF_TWO}(?:19[3-9]\d|{_EARLY})(?!\w|[.,]\d)"
)
_BIRTH_WORDS = r"\b(?:народ|рожд|born|birth|д\.?\s?[нр]\b)[^\W\d_]*\W{0,3}(?:[^\W\d_]+\W{1,2}){0,2}"
_AFTER_BIRTH = re.compile(f"({_BIRTH_WORDS})" + _date(r"20\d\d", r"\d\d"), re.IGNORECASE)

_BY_FOURS = re.compile(
    rf"(?<!\d)\d{{4}}(?P<gap>{_NARROW_GAP})\d{{4}}(?P=gap)\d{{4}}(?P=gap)\d{{4}}(?!\d)"
)

_OPEN = r"(?:\((?=\d{2,5}\)))?"
_TWO_AND_TWO = rf"\d\d[./{DASH}]\d\d(?!\d)"  # dates and opening hours
_PHONE = re.compile(
    rf"""(?<!\d)(?:
        (?:(?:\+|00)\s?)?38{_GAP}0(?:{_GAP}\d){{9}}  # +38 (067) 123-45-67
        | \+\s?\d(?:{_GAP}\d){{8,14}}  # +48 123 456 789
        # (067) 123-45-67
        | (?:8(?:[\s{DASH}]{{1,3}}|(?=\()))?{_OPEN}(?!{_TWO_AND_TWO})0{_GAP}[3-9](?:{_GAP}\d){{8}}
        | {_OPEN}[3-9]\d\)?[\s{DASH}]{{1,2}}\d{{3}}[\s{DASH}]\d\d[\s{DASH}]\d\d  # 67 123-45-67
        | (?<![.,{DASH}])\d{{3}}(?P<sign>[\s{DASH}])\d\d(?P=sign)\d\d  # 290-19-88
    )(?!\d)""",
    re.VERBOSE,
)
_AFTER_TEL = re.compile(
    rf"((?<!\[)\b(?:тел|моб|tel|phone)[^\W\d_]*\W{{1,3}})\d(?:{_GAP}\d){{4,6}}(?!\d)", re.IGNORECASE
)

_LONG_NUMBER = re.compile(r"\d{10,}")
_NO_AMOUNT = (
    r"(?!\d)(?!\s?(?:(?:грн|гривн[яі]|гривень|тис|млн|км|євро|евро|дол|usd|eur|uah)\b|[₴$€%]))"
)
_NUMBER_SIGN = r"(?:[\s№#.,:]|номер|ном|no?\b|н\b|[" + DASH + "]){0,4}"
_SERIES = re.compile(rf"(?<![^\W_])[^\W\d_]{{2,3}}{_NUMBER_SIGN}\d{{6}}{_NO_AMOUNT}", re.IGNORECASE)
_SPACED_SERIES = re.compile(
    rf"(?<![^\W_])[A-ZА-ЯІЇЄҐ]{{2,3}}(?i:{_NUMBER_SIGN})\d(?:[\s{DASH}]?\d){{5}}(?i:{_NO_AMOUNT})"
)
_NINE_DIGITS = re.compile(r"(?<!\d)\d{9}(?!\d)")
_SPACED_NINE_DIGITS = re.compile(
    rf"(?<!\d)\d{{3}}(?P<sign>[\s{DASH}])\d{{3}}(?P=sign)\d{{3}}(?!(?P=sign)\d{{3}}(?!\d)){_NO_AMOUNT}",
    re.IGNORECASE,
)

_NUMBER_OR_EMAIL = re.compile(r"[\d@]|[(\[{]\s?at\b|собач?ка", re.IGNORECASE)
_O_FOR_ZERO = re.compile(r"(?<=\d)[OОoо](?=\d)|(?<!\w)[OОoо](?=\d\d)")
_TOKEN = re.compile(r"\[[\w\s]+\]")


def mask(text: str) -> str:
    """`text` by rules 1-12; a text without digits and `@` has nothing for rules 2-12."""
    first, *others = RULES
    text = first(text)
    if _NUMBER_OR_EMAIL.search(text):
        for rule in others:
            text = rule(text)
    return text


def has_personal_data(text: str) -> bool:
    """Whether a rule replaces anything in `text`."""
    return mask(text) != rule_1_hidden(text)


def is_only_personal(text: str) -> bool:
    """Whether `text` says nothing but personal data; `мій [код]` says more."""
    if not _NUMBER_OR_EMAIL.search(text):
        return False
    masked = mask(text)
    left = _TOKEN.sub("", masked)
    return left != masked and not any(map(str.isalnum, left))


def rule_1_hidden(text: str) -> str:
    """The letter О among digits is a zero."""
    if text.isascii():
        return _O_FOR_ZERO.sub("0", rule_1_unicode(text))
    visible = rule_2_invisible(text)
    composed = "№".join(rule_1_unicode(part) for part in visible.split("№"))
    return _O_FOR_ZERO.sub("0", "".join(map(_plain, rule_2_invisible(composed))))


def rule_2_email(text: str) -> str:
    return _EMAIL.sub("[пошта]", text)


def rule_3_iban(text: str) -> str:
    return _IBAN.sub("[рахунок]", text)


def rule_4_vin(text: str) -> str:
    return replace_vins("[VIN]", text)


def rule_5_unzr(text: str) -> str:
    return _UNZR.sub("[УНЗР]", text)


def rule_6_plate(text: str) -> str:
    text = _PLATE.sub(lambda match: match.group() if _is_phrase(match) else _PLATE_TOKEN, text)
    return _OLD_PLATE.sub(_PLATE_TOKEN, text)


def rule_7_birth(text: str) -> str:
    text = _BIRTH_IN_A_ROW.sub("[дата]", _BIRTH.sub("[дата]", text))
    return _AFTER_BIRTH.sub(r"\1[дата]", text)


def rule_8_card(text: str) -> str:
    return _BY_FOURS.sub("[картка]", text)


def rule_9_phone(text: str) -> str:
    return _AFTER_TEL.sub(r"\1[телефон]", _PHONE.sub("[телефон]", text))


def rule_10_code(text: str) -> str:
    return _LONG_NUMBER.sub("[код]", text)


def rule_11_check(text: str) -> str:
    for length in CARD_LENGTHS:
        text = replace_right(length, card_check, "[картка]", text)
    return replace_right(TAXPAYER_LENGTH, taxpayer_check, "[код]", text)


def rule_12_document(text: str) -> str:
    for pattern in (_SERIES, _SPACED_SERIES, _NINE_DIGITS, _SPACED_NINE_DIGITS):
        text = pattern.sub("[документ]", text)
    return text


RULES = (
    rule_1_hidden,
    rule_2_email,
    rule_3_iban,
    rule_4_vin,
    rule_5_unzr,
    rule_6_plate,
    rule_7_birth,
    rule_8_card,
    rule_9_phone,
    rule_10_code,
    rule_11_check,
    rule_12_document,
)


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category in _HIDDEN_CATEGORIES:
        return ""
    return str(unicodedata.digit(character)) if category == "Nd" else character


def _is_phrase(match: re.Match[str]) -> bool:
    """`на 5000 км` has the letters of a number plate."""
    before, gap, after = match.groups()
    return bool(gap) and after.islower() and all(map(_SHORT_WORDS.fullmatch, (before, after)))
