"""Numbers of bank cards that are written as cards are. Pure.

Sixteen digits by fours are one whatever the check digit says; in twos, in eights or as 6-6-4 it has
to be right, and so with dots or strokes between, which years have, too.
"""

import re

from qa_service.text.check_digits import DASH, card_check

_BY_FOURS = re.compile(
    rf"(?=\d)(?<!\d)\d{{4}}(?P<gap>[\s{DASH}]{{0,3}})\d{{4}}(?P=gap)\d{{4}}(?P=gap)\d{{4}}(?!\d)"
)
_SIGN = rf"[\s./,_{DASH}]{{1,3}}"
_IN_GROUPS = re.compile(
    rf"(?=\d)(?<!\w)(?:\d\d(?P<twos>{_SIGN})\d\d(?:(?P=twos)\d\d){{6}}(?!(?P=twos)\d)"
    rf"|\d{{6}}(?P<long>{_SIGN})\d{{6}}(?P=long)\d{{4}}|\d{{8}}{_SIGN}\d{{8}})(?!\d)"
)


def replace_cards(token: str, text: str) -> str:
    """Every such number, replaced."""
    text = _BY_FOURS.sub(token, text)
    return _IN_GROUPS.sub(lambda found: token if _is_right(found.group()) else found.group(), text)


def _is_right(written: str) -> bool:
    digits = [int(sign) for sign in written if sign.isdigit()]
    return card_check(digits)(0, len(digits))
