"""No journal: feedback is refused, since nobody would ever read it."""

from datetime import datetime

from qa_service.errors import JournalError
from qa_service.journal import Asked, Entry
from qa_service.types import Feedback

_OFF = "this installation keeps no feedback: QA_JOURNAL is off"


class NoJournal:
    def record(self, feedback: Feedback, about: Asked | None) -> None:
        raise JournalError(_OFF)

    def entries(self, limit: int) -> list[Entry]:
        raise JournalError(_OFF)

    def purge(self, before: datetime) -> int:
        raise JournalError(_OFF)

    def close(self) -> None:
        pass
