"""The journal: what people say of answers, kept for editors.

To add one, copy `memory.py` and add it to `tests/journal/test_journals.py`. An `Entry` masks
personal data when it is made, so that no caller can forget to.
"""

from dataclasses import InitVar, dataclass, replace
from datetime import datetime
from typing import Protocol

from qa_service.errors import JournalError
from qa_service.text.personal import mask
from qa_service.types import Channel, Complaint, Reason

MAX_COMMENT_CHARS = 1_000
CLOSING_S = 7.0
"""How long a process that ends waits for the last entries to be written."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person says of an answer: whether it, or one passage of it, helped, or why not."""

    answer_id: str
    helpful: bool
    passage_id: str | None = None
    comment: str | None = None
    complaint: Complaint | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its answer, as feedback keeps them; ids are those of the best passage."""

    question: str
    channel: Channel
    service: str | None
    passage_id: str | None
    confidence: float
    reason: Reason | None
    index_version: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal; `at` is in UTC, `about` None for an answer no longer remembered.

    The comment is cut after masking: half a number would not be recognised. What helped has no
    complaint. `is_masked` is for
    journals alone, which read what they kept.
    """

    at: datetime
    feedback: Feedback
    about: Asked | None
    is_masked: InitVar[bool] = False

    def __post_init__(self, is_masked: bool) -> None:
        if is_masked:
            return
        if self.feedback.helpful and self.feedback.complaint:
            object.__setattr__(self, "feedback", replace(self.feedback, complaint=None))
        if self.feedback.comment:
            comment = mask(self.feedback.comment)[:MAX_COMMENT_CHARS]
            object.__setattr__(self, "feedback", replace(self.feedback, comment=comment))
        if self.about:
            question = mask(self.about.question)
            object.__setattr__(self, "about", replace(self.about, question=question))


@dataclass(frozen=True, slots=True)
class AuditLine:
    """What somebody of the staff did. actor, role: of the key or the person. detail: masked."""

    at: datetime
    actor: str
    role: str
    action: str
    detail: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", mask(self.detail))


class Journal(Protocol):
    """Append, read, forget. Thread-safe; every method may raise JournalError."""

    def record(self, entry: Entry) -> None:
        """Keep `entry`, in place of an earlier one on the same answer and passage."""

    def entries(self, limit: int) -> list[Entry]:
        """At most `limit` entries, newest first."""

    def purge(self, before: datetime) -> int:
        """Remove the entries older than `before`, which has a time zone. The number removed."""

    def close(self, within_s: float = CLOSING_S) -> None:
        """Give back files and connections; write what waits before, for so long at most."""


class NullJournal:
    """No journal: feedback is refused, since nobody would ever read it."""

    def record(self, entry: Entry) -> None:
        raise self._error()

    def entries(self, limit: int) -> list[Entry]:
        raise self._error()

    def purge(self, before: datetime) -> int:
        raise self._error()

    def close(self, within_s: float = CLOSING_S) -> None:
        """Nothing is held."""

    def _error(self) -> JournalError:
        return JournalError("this installation keeps no feedback")
