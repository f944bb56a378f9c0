"""Entries as rows of the tables, and back."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, Select, Table, select

from qa_service.journal.entries import (
    Asked,
    AuditLine,
    Entry,
    Event,
    Exchange,
    Feedback,
    KeptVote,
    Vote,
)
from qa_service.journal.tables import AUDIT, EVENTS, FEEDBACK, QUESTIONS
from qa_service.types import Channel, Complaint, Reason

OPEN = "open"
"""What a vote is in the editors' queue until one of them has handled it."""

TABLES: dict[type[Entry], Table] = {
    Exchange: QUESTIONS,
    Event: EVENTS,
    Vote: FEEDBACK,
    AuditLine: AUDIT,
}

_ABOUT = ("question", "channel", "service", "passage_id", "confidence", "reason", "index_version")


def to_row(entry: Entry) -> dict[str, object]:
    """By the names of its table's columns."""
    if isinstance(entry, Vote):
        return {"at": entry.at, **asdict(entry.feedback), "state": OPEN}
    row = asdict(entry)
    if isinstance(entry, Exchange):
        parts = [asdict(part) for part in entry.parts]
        row |= {"same_as": entry.same_as, "shown": list(entry.shown), "parts": parts}
    return row


def votes() -> Select[Any]:
    """Every vote with what it is about, newest first."""
    about = [QUESTIONS.c[name].label(f"asked_{name}") for name in _ABOUT]
    joined = FEEDBACK.outerjoin(QUESTIONS, QUESTIONS.c.answer_id == FEEDBACK.c.answer_id)
    return select(FEEDBACK, *about).select_from(joined).order_by(FEEDBACK.c.id.desc())


def to_vote(row: Row[Any]) -> KeptVote:
    """Of a row of `votes`."""
    complaint = Complaint(row.complaint) if row.complaint in set(Complaint) else None
    feedback = Feedback(row.answer_id, row.helpful, row.passage_id, row.comment, complaint)
    if row.asked_question is None:
        return KeptVote(row.at, feedback, None)
    about = Asked(
        question=row.asked_question,
        channel=Channel(row.asked_channel),
        service=row.asked_service,
        passage_id=row.asked_passage_id,
        confidence=row.asked_confidence,
        reason=row.asked_reason and Reason(row.asked_reason),
        index_version=row.asked_index_version,
    )
    return KeptVote(row.at, feedback, about)
