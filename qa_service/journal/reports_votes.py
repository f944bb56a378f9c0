"""What people say of passages, what becomes of it, and which questions no passage answers."""

from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from sqlalchemy import ColumnElement, Connection, FromClause, and_, distinct, func, select

from qa_service.journal.gaps import GapState
from qa_service.journal.queue import State
from qa_service.journal.reports import FEW_PEOPLE, Scope, hour_of, times
from qa_service.journal.tables import FEEDBACK, GAPS, QUESTIONS
from qa_service.types import Complaint

MOST = 25
_Z = 1.96
"""Of 95 %."""
_DOUBTS = (Complaint.OUTDATED, Complaint.UNCLEAR, Complaint.BROKEN_LINK)
"""What questions a passage itself; the others say that another one was wanted."""


@dataclass(frozen=True, slots=True)
class Votes:
    """On a passage: how many say that it helped, how many that it did not, and why."""

    passage_id: str
    helpful: int
    down: int
    complaints: tuple[tuple[Complaint, int], ...]


@dataclass(frozen=True, slots=True)
class Queued:
    """Complaints that are in one state of the editors' queue, and when the oldest was made."""

    state: str
    complaints: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Doubt:
    """A complaint about what a passage says."""

    passage_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions of one meaning that were not answered. weekly: times asked a week, oldest first."""

    id: int
    question: str
    others: tuple[str, ...]
    asked: int
    conversations: int
    last_at: datetime
    weekly: tuple[int, ...]
    passage_id: str | None


@dataclass(frozen=True, slots=True)
class Gaps:
    """made_at: when they were computed; None where they never were."""

    made_at: datetime | None
    gaps: tuple[Gap, ...]


def _with_questions() -> FromClause:
    """Votes beside what they are about, which may be gone."""
    return FEEDBACK.outerjoin(QUESTIONS, QUESTIONS.c.answer_id == FEEDBACK.c.answer_id)


def _passage() -> ColumnElement[str]:
    """The passage that a vote is on: the one that it names, or the first that was shown."""
    return func.coalesce(FEEDBACK.c.passage_id, QUESTIONS.c.passage_id)


def votes(connection: Connection, scope: Scope) -> tuple[Votes, ...]:
    """Passages that enough people voted down, the worst first: by the least share that voted them
    down, as far as so many votes can tell. That an answer is missing is said against no passage.
    """
    passage = _passage().label("passage_id")
    is_missing = func.coalesce(FEEDBACK.c.complaint, "") == Complaint.MISSING
    down = and_(FEEDBACK.c.helpful.is_(False), ~is_missing)
    voter = func.coalesce(QUESTIONS.c.conversation, hour_of(FEEDBACK.c.at))
    against = times(down).label("down")
    counted = (
        select(
            passage,
            times(FEEDBACK.c.helpful).label("helpful"),
            against,
            *(times(and_(down, FEEDBACK.c.complaint == one)).label(one) for one in Complaint),
        )
        .select_from(_with_questions())
        .where(scope.holds(FEEDBACK.c.at), scope.of_channel, passage.is_not(None))
        .group_by(passage)
        .having(func.count(distinct(voter)).filter(down) >= FEW_PEOPLE)
    )
    found = [
        Votes(
            row["passage_id"],
            row["helpful"],
            row["down"],
            tuple((one, row[one]) for one in Complaint if row[one]),
        )
        for row in connection.execute(counted).mappings()
    ]
    found.sort(key=lambda one: (-least_share(one.down, one.down + one.helpful), one.passage_id))
    return tuple(found[:MOST])


def least_share(part: int, whole: int) -> float:
    """The lower bound of a share's 95 % interval (Wilson 1927)."""
    share, spread = part / whole, _Z**2 / whole
    middle = share + spread / 2
    half = _Z * sqrt(share * (1 - share) / whole + spread / 4 / whole)
    return (middle - half) / (1 + spread)


def queue(connection: Connection) -> tuple[Queued, ...]:
    """Of all channels and times: what waits does not end with a period."""
    counted = (
        select(FEEDBACK.c.state, func.count(), func.min(FEEDBACK.c.at))
        .where(FEEDBACK.c.helpful.is_(False))
        .group_by(FEEDBACK.c.state)
        .order_by(FEEDBACK.c.state)
    )
    return tuple(Queued(*row) for row in connection.execute(counted))


def doubts(connection: Connection, since: datetime) -> tuple[Doubt, ...]:
    """Since a moment, oldest first; without those that editors dismissed."""
    passage = _passage().label("passage_id")
    found = (
        select(passage, FEEDBACK.c.at)
        .select_from(_with_questions())
        .where(
            FEEDBACK.c.at >= since,
            FEEDBACK.c.complaint.in_(_DOUBTS),
            FEEDBACK.c.state != State.DISMISSED,
            passage.is_not(None),
        )
        .order_by(FEEDBACK.c.at)
    )
    return tuple(Doubt(*row) for row in connection.execute(found))


def gaps(connection: Connection) -> Gaps:
    """Those computed last, of enough people and not dismissed; what most of them ask first."""
    made_at = connection.scalar(select(func.max(GAPS.c.made_at)))
    found = (
        select(GAPS)
        .where(GAPS.c.made_at == made_at, GAPS.c.conversations >= FEW_PEOPLE)
        .where(GAPS.c.state == GapState.OPEN)
        .order_by(GAPS.c.conversations.desc(), GAPS.c.asked.desc(), GAPS.c.id)
    )
    return Gaps(
        made_at,
        tuple(
            Gap(
                row.id,
                row.question,
                tuple(row.questions),
                row.asked,
                row.conversations,
                row.last_at,
                tuple(row.weekly),
                row.passage_id,
            )
            for row in connection.execute(found)
        ),
    )
