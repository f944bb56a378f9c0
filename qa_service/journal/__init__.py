"""The journal: what people say of answers, kept for editors. Callers know only this Protocol;
`bootstrap` picks the class.

To add one, copy `memory.py` and add it to `tests/journal/test_journals.py`. Every implementation
stores what `masked_entry` returns and nothing else, so that no caller can forget to mask personal
data.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from qa_service.text.personal import mask
from qa_service.types import Channel, Feedback, Reason

MAX_COMMENT_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What feedback is about: the question and its answer. `service` and `passage_id` are those of
    the best passage.
    """

    question: str
    channel: Channel
    service: str | None
    passage_id: str | None
    confidence: float
    reason: Reason | None
    index_version: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal. `at` is in UTC; `about` is None where the process no longer knew the
    answer.
    """

    at: datetime
    feedback: Feedback
    about: Asked | None


class Journal(Protocol):
    """Append, read, forget. Safe to use from several threads. Every method raises JournalError
    where its storage fails.
    """

    def record(self, feedback: Feedback, about: Asked | None) -> None:
        """Keep `feedback`, with personal data masked and the comment cut to `MAX_COMMENT_CHARS`."""

    def entries(self, limit: int) -> list[Entry]:
        """At most `limit` entries, newest first."""

    def purge(self, before: datetime) -> int:
        """Remove the entries older than `before`, which has a time zone. The number removed."""

    def close(self) -> None:
        """Give back files and connections."""


def masked_entry(feedback: Feedback, about: Asked | None) -> Entry:
    """The entry of this moment. The comment is cut after masking: half a number would not be
    recognised.
    """
    comment = mask(feedback.comment)[:MAX_COMMENT_CHARS] if feedback.comment else None
    asked = replace(about, question=mask(about.question)) if about else None
    return Entry(datetime.now(UTC), replace(feedback, comment=comment), asked)
