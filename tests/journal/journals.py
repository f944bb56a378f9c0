"""What the journal's tests record."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from qa_service.journal import Asked, Entry, Feedback
from qa_service.types import Channel, Complaint

FEEDBACK = Feedback(
    "a-1",
    helpful=False,
    passage_id="licence-exchange.fee",
    comment="ціна вже інша",
    complaint=Complaint.OUTDATED,
)
ABOUT = Asked(
    question="скільки коштує обмін прав",
    channel=Channel.SITE,
    service="licence-exchange",
    passage_id="licence-exchange.fee",
    confidence=0.75,
    reason=None,
    index_version="20261124-1",
)


def entry(answer_id: str = "a-1", about: Asked | None = ABOUT, **changes: Any) -> Entry:
    """A vote of this moment; `changes` are of its feedback."""
    return Entry(datetime.now(UTC), replace(FEEDBACK, answer_id=answer_id, **changes), about)


def answers(entries: list[Entry]) -> list[str]:
    """The answers that the entries are about."""
    return [entry.feedback.answer_id for entry in entries]
