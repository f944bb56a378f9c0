"""Clocks that tests set, and what rate limits take for the time of day."""

import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from limits.aio import strategies
from limits.aio.storage import memory

from qa_service.web.middleware import counting

FULL_MINUTE = 60.0 * 30_000_000
"""The beginning of a minute."""


class Clock:
    """Stands still until it is set. now: in seconds."""

    def __init__(self, now: float = 100.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def keep_limits_by(
    now: Callable[[], float],
    monkeypatch: pytest.MonkeyPatch,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Let rate limits that are counted in this process take their windows from `now`, and know by
    `monotonic` how long a store is left alone.
    """
    for module in (memory, strategies, counting):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=now, monotonic=monotonic))
