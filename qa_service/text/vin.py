"""Vehicle identification numbers (ISO 3779): 17 capital letters and digits without I, O and Q, in a
row or in groups. Pure.
"""

import re

from qa_service.text.check_digits import DASH

_IN_A_ROW = re.compile(r"(?<!\w)(?=(?:[^\W\d_]*\d){3})(?=\d*[^\W\d_])[^\W_]{17}(?!\w)")
_MIXED = r"[A-HJ-NPR-Z\d]*[A-HJ-NPR-Z][A-HJ-NPR-Z\d]*"
_GROUPS = re.compile(
    rf"(?<!\w)(?=[^\W_]{{1,16}}[\s./{DASH}]){_MIXED}(?:[\s./{DASH}]{_MIXED}){{0,6}}"
    rf"(?:[\s./{DASH}]\d{{3,6}})?(?!\w|[\s{DASH}]\d)"
)
_GROUP = re.compile(r"[A-HJ-NPR-Z\d]+")
_CHARS, _LEAST_DIGITS, _LEAST_LETTERS = 17, 4, 3


def replace_vins(token: str, text: str) -> str:
    """Every such number, replaced; in a row small letters count, too."""
    text = _IN_A_ROW.sub(lambda found: token, text)
    return _GROUPS.sub(lambda run: _without_vins(run.group(), token), text)


def _without_vins(run: str, token: str) -> str:
    """Groups that together have the 17 characters of a VIN, letters and digits both."""
    groups = list(_GROUP.finditer(run))
    for first, one in enumerate(groups):
        size = 0
        for last in groups[first:]:
            size += len(last.group())
            said = run[one.start() : last.end()]
            digits = sum(map(str.isdigit, said))
            is_mixed = digits >= _LEAST_DIGITS and size - digits >= _LEAST_LETTERS
            if size == _CHARS and is_mixed:
                return f"{run[: one.start()]}{token}{_without_vins(run[last.end() :], token)}"
            if size >= _CHARS:
                break
    return run
