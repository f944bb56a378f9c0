"""Personal data replaced by tokens, before a text is stored. Pure.

| rule | replaces | example |
|---|---|---|
| 1 hidden | nothing: composes, drops invisible marks, makes digits plain | `０5０` -> `050` |
| 2 email | e-mail addresses, also with `(at)` or «собака» | `ivan.p@ukr.net` -> `[пошта]` |
| 3 iban | Ukrainian accounts | `UA21 3223 1300 0002 6007 2335 6600 1` -> `[рахунок]` |
| 4 unzr | numbers in the demographic register | `19900512-12345` -> `[УНЗР]` |
| 5 vin | 17 letters and digits in a row, or groups | `WBA 3A5 C50 DF3 59912` -> `[VIN]` |
| 6 plate | number plates, old ones too | `АА 12-34 ВВ` -> `[номерний знак]` |
| 7 birth | dates of birth | `12.05.1990` -> `[дата]` |
| 8 card | 16 digits, in a row or by fours | `4149-4999-1234-5678` -> `[картка]` |
| 9 series | two or three capitals and six digits in a row | `ВХІ № 123456` -> `[документ]` |
| 10 phone | phones with a code; local ones as phones are written | `067 123-45-67` -> `[телефон]` |
| 11 code | any ten digits or more in a row, ten in groups after «іпн» | `3123456789` -> `[код]` |
| 12 check | 13-19 digits, 10 (РНОКПП) in any groups, by check digit | `12345 67899` -> `[код]` |
| 13 paper | other series with six digits, nine digits | `вхі 123456` -> `[документ]` |

Names and addresses of people stay: no rule finds them reliably. Nor is every way of hiding a number
met: one that is spelled in words, or with letters other than О for digits, stays. In doubt a rule
replaces: a lost number costs an editor little, a stored one costs a person more.
"""

import re
import unicodedata

from qa_service.text import emails
from qa_service.text.births import replace_births
from qa_service.text.cards import replace_cards
from qa_service.text.check_digits import (
    CARD_LENGTHS,
    DASH,
    TAXPAYER_LENGTH,
    card_check,
    replace_right,
    taxpayer_check,
)
from qa_service.text.normalise import is_plain, rule_1_unicode, rule_2_invisible
from qa_service.text.papers import replace_papers, replace_series
from qa_service.text.phones import replace_phones
from qa_service.text.plates import replace_plates
from qa_service.text.vin import replace_vins

_GAP = rf"[\s()./_{DASH}]{{0,3}}"
_HIDDEN_CATEGORIES = {"Cf", "Me", "Mn"}

_IBAN = re.compile(
    rf"(?<![^\W_])(?:iban)?[UУ][AА](?:(?:{_GAP}\d){{27}}|(?:{_GAP}\d){{20,29}})(?!\d)",
    re.IGNORECASE,
)
_UNZR = re.compile(rf"(?<!\d)(?:19|20)\d{{6}}[\s/{DASH}]{{1,3}}\d{{5}}(?!\d)")
_LONG_NUMBER = re.compile(r"\d{10,}")
_AFTER_CODE = re.compile(
    r"((?:\b(?:іпн|інн|инн|рнокпп|tax\sid)|\b[іи]н?д[еи]нт?[иі]ф[^\W\d_]*|податков[^\W\d_]*)"
    rf"(?:\s(?:код|номер))?\W{{0,3}})\d(?:{_GAP}\d){{9}}(?!\d)",
    re.IGNORECASE,
)

_DIGIT, _O = re.compile(r"\d"), re.compile("[OОoо]")
_O_FOR_ZERO = re.compile(
    r"(?<!\w)(?![OОoо]{2,3}\d{6}(?!\w))(?=[OОoо]*(?:\d[OОoо]*){5})[\dOОoо]+(?!\w)"
    rf"|(?<=\d)[OОoо](?=\d)|(?<!\w)[OОoо](?=\d\d(?!\d{{4}}(?!\w))|\d[\s./,{DASH}]{{1,3}}\d)"
)
_NO_SERIES, _NO_PLATE = r"(?![OОoо]{2,3}\d{6}(?!\w))", r"(?!\d\d(?:\d\d)?[OОoо]{2}(?!\w))"
_O_GROUP = rf"{_NO_SERIES}{_NO_PLATE}[OОoо]*\d[\dOОoо]*+"
_O_IN_GROUPS = re.compile(rf"(?<!\w){_O_GROUP}(?:[\s()./,_{DASH}]{{1,3}}{_O_GROUP})+(?!\w)")
_LEAST_IN_GROUPS, _LEAST_DIGITS = 9, 5
_O_BESIDE_DIGIT = re.compile(r"\d[OОoо]|[OОoо]\d")
_TOKEN = re.compile(
    r"\[(?:пошта|рахунок|унзр|vin|номерний знак|дата|картка|документ|телефон|код)\]", re.IGNORECASE
)
_WORD = re.compile(r"[^\s\[\]]+")
_SPACES = re.compile(r"\s+")

MOST_ROUNDS = 4
LONGEST_NUMBER = 150
"""Of what masking replaces, in characters, gaps included."""


def mask(text: str) -> str:
    """`text` by rules 1-13, again while what one replaced lets another see more; what is glued
    together so that this does not end loses every word with a digit.
    """
    return _replaced(rule_1_hidden(text))


def _replaced(text: str) -> str:
    for _ in range(MOST_ROUNDS):
        masked = _masked(text)
        if masked == text:
            return text
        text = _with_zeros(masked)
    return _WORD.sub(_without_digits, text)


def mask_normalised(text: str) -> str:
    """`mask` of a normalised text, in which rule 1 finds nothing."""
    return mask(text) if _may_hold(text) else text


def _masked(text: str) -> str:
    """By rules 2-13 once; one without digits and signs of an address has nothing for them."""
    if _may_hold(text):
        for rule in RULES[1:]:
            text = rule(text)
    return text


def _without_digits(word: re.Match[str]) -> str:
    return "[код]" if _DIGIT.search(word.group()) else word.group()


def has_personal_data(text: str) -> bool:
    """Whether a rule replaces anything in `text`."""
    visible = rule_1_hidden(text)
    return _replaced(visible) != visible


def beginning(text: str, most: int) -> str:
    """The first `most` characters of `text`, or fewer: without personal data that the cut would
    halve, as masking does not recognise half of a number.
    """
    if len(text) <= most:
        return text
    start = max(0, most - 2 * LONGEST_NUMBER)
    whole = mask(text[start : most + LONGEST_NUMBER])
    spaces = [found.start() for found in _SPACES.finditer(text, start, most)]
    ends = (most, *reversed(spaces))
    end = next((end for end in ends if whole.startswith(mask(text[start:end]))), start)
    return text[:end]


def was_masked(text: str) -> bool:
    """Whether `text` holds what `mask` puts in place of personal data."""
    return bool(_TOKEN.search(text))


def is_only_personal(text: str) -> bool:
    """Whether `text` says nothing but personal data; `мій [код]` says more."""
    if not _may_hold(text):
        return False
    masked = mask(text)
    left = _TOKEN.sub("", masked)
    return left != masked and not any(map(str.isalnum, left))


def rule_1_hidden(text: str) -> str:
    """The letter О among digits is a zero."""
    if is_plain(text):
        return _with_zeros(text)
    visible = rule_2_invisible(text)
    composed = "№".join(rule_1_unicode(part) for part in visible.split("№"))
    return _with_zeros("".join(map(_plain, rule_2_invisible(composed))))


def rule_2_email(text: str) -> str:
    return emails.replace_emails("[пошта]", text)


def rule_3_iban(text: str) -> str:
    return _IBAN.sub("[рахунок]", text)


def rule_4_unzr(text: str) -> str:
    return _UNZR.sub("[УНЗР]", text)


def rule_5_vin(text: str) -> str:
    return replace_vins("[VIN]", text)


def rule_6_plate(text: str) -> str:
    return replace_plates("[номерний знак]", text)


def rule_7_birth(text: str) -> str:
    return replace_births("[дата]", text)


def rule_8_card(text: str) -> str:
    return replace_cards("[картка]", text)


def rule_9_series(text: str) -> str:
    return replace_series("[документ]", text)


def rule_10_phone(text: str) -> str:
    return replace_phones("[телефон]", text)


def rule_11_code(text: str) -> str:
    return _AFTER_CODE.sub(r"\1[код]", _LONG_NUMBER.sub("[код]", text))


def rule_12_check(text: str) -> str:
    for length in CARD_LENGTHS:
        text = replace_right(length, card_check, "[картка]", text)
    return replace_right(TAXPAYER_LENGTH, taxpayer_check, "[код]", text)


def rule_13_paper(text: str) -> str:
    return replace_papers("[документ]", text)


RULES = (
    rule_1_hidden,
    rule_2_email,
    rule_3_iban,
    rule_4_unzr,
    rule_5_vin,
    rule_6_plate,
    rule_7_birth,
    rule_8_card,
    rule_9_series,
    rule_10_phone,
    rule_11_code,
    rule_12_check,
    rule_13_paper,
)


def _may_hold(text: str) -> bool:
    return bool(_DIGIT.search(text)) or emails.has_sign(text)


def _with_zeros(text: str) -> str:
    if not _O_BESIDE_DIGIT.search(text):
        return text
    return _O_IN_GROUPS.sub(_long_with_zeros, _O_FOR_ZERO.sub(_all_zeros, text))


def _all_zeros(found: re.Match[str]) -> str:
    return _O.sub("0", found.group())


def _long_with_zeros(found: re.Match[str]) -> str:
    """Groups that are a number of a phone's length or more."""
    written = found.group()
    digits, zeros = len(_DIGIT.findall(written)), len(_O.findall(written))
    is_number = digits >= _LEAST_DIGITS and digits + zeros >= _LEAST_IN_GROUPS
    return _all_zeros(found) if is_number else written


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category in _HIDDEN_CATEGORIES:
        return ""
    return str(unicodedata.digit(character)) if category == "Nd" else character
