"""Votes with the questions they are about, as the learning loop reads them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from qa_service.journal.open_tables import JournalTables
from qa_service.journal.tables import FEEDBACK, QUESTIONS
from qa_service.types import Complaint


@dataclass(frozen=True, slots=True)
class JudgedVote:
    """question: masked; same_as: alike for questions asked alike. passage_id: voted on, or the
    first that was shown. topic: of the first. complaint: None where it helped, or nobody said why
    not.
    """

    question: str
    same_as: str
    language: str
    helpful: bool
    complaint: Complaint | None
    passage_id: str | None
    topic: str | None


def judged_votes(tables: JournalTables, since: datetime | None = None) -> list[JudgedVote]:
    """The votes since then, oldest first, whose question is still kept. Raises JournalError."""
    first = QUESTIONS.c.passage_id
    passage = func.coalesce(FEEDBACK.c.passage_id, first).label("passage_id")
    found = (
        select(
            *(QUESTIONS.c[name] for name in ("question", "same_as", "language", "topic")),
            *(FEEDBACK.c[name] for name in ("helpful", "complaint")),
            passage,
            first.label("first"),
        )
        .join(QUESTIONS, QUESTIONS.c.answer_id == FEEDBACK.c.answer_id)
        .order_by(FEEDBACK.c.at, FEEDBACK.c.id)
    )
    if since:
        found = found.where(FEEDBACK.c.at >= since)
    with tables.transaction() as connection:
        return [
            JudgedVote(
                question=row.question,
                same_as=row.same_as,
                language=row.language,
                helpful=row.helpful,
                complaint=Complaint(row.complaint) if row.complaint in set(Complaint) else None,
                passage_id=row.passage_id,
                topic=row.topic if row.passage_id == row.first else None,
            )
            for row in connection.execute(found)
        ]
