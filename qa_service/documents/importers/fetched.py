"""A source as it was fetched, and the time that it may take."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from qa_service.documents.importers import Limits
from qa_service.errors import SourceError

Clock = Callable[[], float]
"""Seconds since any moment, never going back."""


class Deadline:
    """The time that one source may take, from its first request on."""

    def __init__(self, seconds: float, clock: Clock = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Seconds that are left. Raises SourceError when none are."""
        left = self._end - self._clock()
        if left <= 0:
            raise self.passed()
        return left

    def passed(self) -> SourceError:
        """What to say of a source that took too long."""
        return SourceError(
            f"took longer than {self._seconds:g} s: try later, or give more time with --seconds"
        )


@dataclass(frozen=True, slots=True)
class Fetched:
    """The bytes of a source, and what is left of its time for reading them.

    `url` is where the bytes came from after redirects; the path of a file as it was given.
    """

    url: str
    content: bytes
    media_type: str = ""
    charset: str | None = None
    deadline: Deadline = field(default_factory=lambda: Deadline(Limits().seconds))

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()
