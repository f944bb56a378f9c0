"""Cases of several axes at once: few in every run, all of them at night."""

from collections.abc import Iterable
from itertools import cycle, product
from typing import Any

import pytest


def matrix(longest: Iterable[Any], *others: Iterable[Any]) -> list[Any]:
    """Every combination. Those beside one for each value of the longest axis, where the others take
    turns, carry the marker `nightly`.
    """
    longest, others = list(longest), tuple(map(list, others))
    daily = {(one, *rest) for one, rest in zip(longest, cycle(product(*others)), strict=False)}
    return [
        pytest.param(*case, marks=() if case in daily else pytest.mark.nightly)
        for case in product(longest, *others)
    ]
