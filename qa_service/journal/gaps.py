"""Content gaps as the journal keeps them: what people ask and no text answers, alike by meaning.

`learning.gaps` finds them; a gap that fewer conversations share than it asks for is never stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, insert, or_, select

from qa_service.errors import NotFoundError
from qa_service.journal.open_tables import JournalTables
from qa_service.journal.tables import FEEDBACK, GAPS, QUESTIONS
from qa_service.types import Certainty, Complaint, Reason

GAPS_JOB = "gaps"

LEAST_CONVERSATIONS = 5
"""Of different people, as far as known, before what they ask is a gap (k-anonymity)."""

_REASONS = (Reason.NOT_COVERED, Reason.NO_MATCH, Reason.LOW_CONFIDENCE)
"""Why nothing was answered that a text could answer; the others are nobody's gap."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that got no answer, or of which a person said that none was there.

    question: masked. same_as: alike for questions asked alike. conversation: an HMAC. service,
    passage_id: of what came nearest.
    """

    at: datetime
    question: str
    same_as: str
    conversation: str | None
    service: str | None
    passage_id: str | None


@dataclass(frozen=True, slots=True)
class Gap:
    """Unanswered questions of one meaning.

    question: the one nearest to their middle, of those that are easily read; questions: the
    others, the most frequent first, each once. asked: how often; conversations: how many different
    ones. weekly: times asked in each seven days, the oldest first, the last ending when the gap was
    found. service, passage_id: the nearest text, for most of them.
    """

    question: str
    questions: tuple[str, ...]
    asked: int
    conversations: int
    first_at: datetime
    last_at: datetime
    weekly: tuple[int, ...]
    service: str | None
    passage_id: str | None

    @property
    def all_questions(self) -> tuple[str, ...]:
        return (self.question, *self.questions)


@dataclass(frozen=True, slots=True)
class KeptGap:
    """id: stays while the gap is found again by the same question."""

    id: int
    made_at: datetime
    gap: Gap


class GapStore:
    """Every method raises JournalError."""

    def __init__(self, tables: JournalTables) -> None:
        self._tables = tables

    def unanswered(self, since: datetime) -> list[Unanswered]:
        """The questions since then, oldest first."""
        names = ("at", "question", "same_as", "conversation", "service", "passage_id")
        missing = select(FEEDBACK.c.answer_id).where(FEEDBACK.c.complaint == Complaint.MISSING)
        refused = and_(QUESTIONS.c.certainty == Certainty.NONE, QUESTIONS.c.reason.in_([*_REASONS]))
        found = (
            select(*(QUESTIONS.c[name] for name in names))
            .where(QUESTIONS.c.at >= since)
            .where(or_(refused, QUESTIONS.c.answer_id.in_(missing)))
            .order_by(QUESTIONS.c.at, QUESTIONS.c.id)
        )
        with self._tables.transaction() as connection:
            return [Unanswered(**row._asdict()) for row in connection.execute(found)]

    def replace(self, gaps: Sequence[Gap], made_at: datetime) -> None:
        """Keep these gaps in place of all that were kept before."""
        with self._tables.transaction() as connection:
            numbered = connection.execute(select(GAPS.c.question, GAPS.c.id))
            known = {row.question: row.id for row in numbered}
            newest = max(known.values(), default=0)
            connection.execute(delete(GAPS))
            rows = []
            for gap in gaps:
                gap_id = known.get(gap.question)
                if gap_id is None:
                    gap_id = newest = newest + 1
                rows.append(_row(gap_id, gap, made_at))
            if rows:
                connection.execute(insert(GAPS), rows)

    def gaps(self) -> list[KeptGap]:
        """All of the last run, what most conversations ask first."""
        ordered = select(GAPS).order_by(GAPS.c.conversations.desc(), GAPS.c.asked.desc(), GAPS.c.id)
        with self._tables.transaction() as connection:
            return [_kept(row) for row in connection.execute(ordered)]

    def gap(self, gap_id: int) -> KeptGap:
        """Raises NotFoundError."""
        with self._tables.transaction() as connection:
            row = connection.execute(select(GAPS).where(GAPS.c.id == gap_id)).first()
        if row is None:
            raise NotFoundError(f"there is no gap {gap_id}: `qa-service journal gaps` lists them")
        return _kept(row)


def _row(gap_id: int, gap: Gap, made_at: datetime) -> dict[str, Any]:
    return {
        "id": gap_id,
        "made_at": made_at,
        "question": gap.question,
        "questions": [*gap.questions],
        "asked": gap.asked,
        "conversations": gap.conversations,
        "first_at": gap.first_at,
        "last_at": gap.last_at,
        "weekly": [*gap.weekly],
        "service": gap.service,
        "passage_id": gap.passage_id,
    }


def _kept(row: Row[Any]) -> KeptGap:
    gap = Gap(
        question=row.question,
        questions=tuple(row.questions),
        asked=row.asked,
        conversations=row.conversations,
        first_at=row.first_at,
        last_at=row.last_at,
        weekly=tuple(row.weekly),
        service=row.service,
        passage_id=row.passage_id,
    )
    return KeptGap(row.id, row.made_at, gap)
