"""What a part of the endurance run found."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One measured value beside its bar, as the report prints them."""

    what: str
    bar: str
    measured: str
    met: bool


Part = Callable[[], Iterator[Finding]]
"""A part runs alone, from nothing, and cleans up after itself. It may take minutes."""
