"""Waiting for what another thread or process does: never a measure of how long it takes."""

from collections.abc import Callable
from time import monotonic, sleep

MOST_S = 30.0
"""After so long, what is waited for will not come."""


def until(condition: Callable[[], object], most_s: float = MOST_S) -> None:
    deadline = monotonic() + most_s
    while not condition():
        assert monotonic() < deadline, "what was waited for did not come"
        sleep(0.01)
