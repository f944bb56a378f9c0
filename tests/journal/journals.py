"""What the journal's tests record."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from qa_service.journal import Asked, Event, Exchange, Feedback, KeptVote, Vote
from qa_service.types import Certainty, Channel, Complaint, Part, Topic, Use

FEEDBACK = Feedback(
    "a-1",
    helpful=False,
    passage_id="licence-exchange.fee",
    comment="ціна вже інша",
    complaint=Complaint.OUTDATED,
)
QUESTION = "скільки коштує обмін прав"
ABOUT = Asked(
    question=QUESTION,
    channel=Channel.SITE,
    service="licence-exchange",
    passage_id="licence-exchange.fee",
    confidence=0.75,
    reason=None,
    index_version="20261124-1",
)
"""What a vote on the answer of `exchange` is about."""


def vote(answer_id: str = "a-1", **changes: Any) -> Vote:
    """A vote of this moment; `changes` are of its feedback."""
    return Vote(datetime.now(UTC), replace(FEEDBACK, answer_id=answer_id, **changes))


def exchange(answer_id: str = "a-1", question: str = QUESTION, **changes: Any) -> Exchange:
    """A question of this moment and its answer."""
    fields: dict[str, Any] = {
        "at": datetime.now(UTC),
        "answer_id": answer_id,
        "channel": Channel.SITE,
        "question": question,
        "language": "uk",
        "certainty": Certainty.SURE,
        "reason": None,
        "confidence": 0.75,
        "service": "licence-exchange",
        "topic": Topic.FEE,
        "passage_id": "licence-exchange.fee",
        "shown": ("licence-exchange.fee", "licence-exchange.term"),
        "parts": (part(question),),
        "index_version": "20261124-1",
        "took_ms": 4.5,
    }
    return Exchange(**fields | changes)


def part(asked: str) -> Part:
    return Part(
        asked,
        Topic.FEE,
        "licence-exchange",
        "licence-exchange.fee",
        0.75,
        Certainty.SURE,
        None,
    )


def event(answer_id: str = "a-1", use: Use = Use.COPIED) -> Event:
    return Event(datetime.now(UTC), answer_id, use)


def answers(votes: list[KeptVote]) -> list[str]:
    """The answers that the votes are about."""
    return [one.feedback.answer_id for one in votes]
