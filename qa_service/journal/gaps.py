"""Content gaps as the journal keeps them: what people ask and no text answers, alike by meaning.

`learning.gaps` finds them; a gap that fewer conversations share than it asks for is never stored.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, and_, delete, insert, or_, select, update

from qa_service.errors import NotFoundError
from qa_service.journal.entries import AuditLine
from qa_service.journal.open_tables import JournalTables
from qa_service.journal.queue import Editor
from qa_service.journal.rows import to_row
from qa_service.journal.tables import AUDIT, FEEDBACK, GAPS, QUESTIONS
from qa_service.text.asking import has_subject
from qa_service.text.normalise import normalise
from qa_service.types import Certainty, Complaint, Reason

GAPS_JOB = "gaps"

LEAST_CONVERSATIONS = 5
"""Of different people, as far as known, before what they ask is a gap (k-anonymity)."""

_REASONS = (Reason.NOT_COVERED, Reason.NO_MATCH, Reason.LOW_CONFIDENCE)
"""Why nothing was answered that a text could answer; the others are nobody's gap."""

_NEVER = (
    Reason.LIVE_DATA,
    Reason.SMALL_TALK,
    Reason.EMPTY,
    Reason.TOO_LONG,
    Reason.PERSONAL_DATA_ONLY,
)
"""What no text can answer, even where a person says that an answer is missing."""

_OF_NEW_SUBJECT = (Reason.NOT_COVERED, Reason.NO_MATCH, Reason.OFF_TOPIC)
"""Why a question in a talk may lack a text; others were not understood in the talk."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that got no answer, or of which a person said that none was there.

    question: masked. same_as: alike for questions asked alike. language: as it was recognised.
    reason: why there was no answer, None where one was shown. conversation: an HMAC. service,
    passage_id: of what came nearest.
    """

    at: datetime
    question: str
    same_as: str
    language: str
    reason: Reason | None
    conversation: str | None
    service: str | None
    passage_id: str | None


_ASKED = tuple(one.name for one in fields(Unanswered))


@dataclass(frozen=True, slots=True)
class Gap:
    """Unanswered questions of one meaning.

    question: the one that stands for them; questions: the others, the most frequent first, each
    once. asked: how often; conversations: by how many people, as far as known. weekly: times asked
    in each whole seven days, the oldest first, the last ending when the gap was found. service,
    passage_id: the nearest text, for most of them.
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


class GapState(StrEnum):
    OPEN = "open"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class KeptGap:
    """id: stays while the gap is found again by the same question. made_at: when it was found.

    handled_at, handled_by: when and by whom it was dismissed.
    """

    id: int
    made_at: datetime
    gap: Gap
    state: GapState = GapState.OPEN
    handled_at: datetime | None = None
    handled_by: str | None = None

    def is_again(self, gap: Gap) -> bool:
        """Whether `gap` is this one, found later: by its name, or by half of its questions."""
        own = set(map(_words, self.gap.all_questions))
        asked = [_words(question) in own for question in gap.all_questions]
        return asked[0] or 2 * sum(asked) >= len(asked)


def _words(question: str) -> str:
    return normalise(question).strip(" ?!.,")


class GapStore:
    """Every method raises JournalError."""

    def __init__(self, tables: JournalTables) -> None:
        self._tables = tables

    def unanswered(self, since: datetime) -> list[Unanswered]:
        """The questions since then that a text could answer, oldest first.

        Those that went on a talk are left out but where they name a subject that no text covers:
        the others were not understood, and nothing is to be written for them.
        """
        reason, talks = QUESTIONS.c.reason, QUESTIONS.c.goes_on
        missing = select(FEEDBACK.c.answer_id).where(FEEDBACK.c.complaint == Complaint.MISSING)
        refused = and_(QUESTIONS.c.certainty == Certainty.NONE, reason.in_([*_REASONS]))
        found: Select[Any] = (
            select(*(QUESTIONS.c[name] for name in _ASKED), talks)
            .where(QUESTIONS.c.at >= since)
            .where(or_(refused, QUESTIONS.c.answer_id.in_(missing)))
            .where(or_(reason.is_(None), reason.not_in([*_NEVER])))
            .where(or_(talks.is_(False), reason.in_([*_OF_NEW_SUBJECT])))
            .order_by(QUESTIONS.c.at, QUESTIONS.c.id)
        )
        with self._tables.transaction() as connection:
            rows = connection.execute(found).all()
        return [_asked(row) for row in rows if not row.goes_on or has_subject(row.same_as)]

    def replace(self, gaps: Sequence[Gap], made_at: datetime) -> None:
        """Keep these gaps in place of all that were kept before, but for those that an editor
        dismissed: they stay, and are dismissed when they are found again.
        """
        is_open = GAPS.c.state == GapState.OPEN
        with self._tables.transaction() as connection:
            before = [_kept(row) for row in connection.execute(select(GAPS).order_by(GAPS.c.id))]
            known = {kept.gap.question: kept.id for kept in before if kept.state is GapState.OPEN}
            newest = max((kept.id for kept in before), default=0)
            dismissed = {kept.id: kept for kept in before if kept.state is GapState.DISMISSED}
            connection.execute(delete(GAPS).where(is_open))
            for gap in gaps:
                if same := next((one for one in dismissed.values() if one.is_again(gap)), None):
                    own = GAPS.c.id == same.id
                    connection.execute(update(GAPS).where(own).values(_row(same.id, gap, made_at)))
                    continue
                gap_id = known.get(gap.question)
                if gap_id is None:
                    gap_id = newest = newest + 1
                connection.execute(insert(GAPS).values(_row(gap_id, gap, made_at)))

    def gaps(self, state: GapState = GapState.OPEN) -> list[KeptGap]:
        """What most people ask first."""
        ordered = select(GAPS).order_by(GAPS.c.conversations.desc(), GAPS.c.asked.desc(), GAPS.c.id)
        with self._tables.transaction() as connection:
            return [_kept(row) for row in connection.execute(ordered.where(GAPS.c.state == state))]

    def gap(self, gap_id: int) -> KeptGap:
        """Raises NotFoundError."""
        with self._tables.transaction() as connection:
            row = connection.execute(select(GAPS).where(GAPS.c.id == gap_id)).first()
        if row is None:
            raise NotFoundError(f"there is no gap {gap_id}: `qa-service journal gaps` lists them")
        return _kept(row)

    def handle(self, gap_id: int, to: GapState, by: Editor) -> bool:
        """Dismiss a gap for good, or take it back; whether it was in the other state."""
        now = datetime.now(UTC)
        is_open = to is GapState.OPEN
        values = {
            "state": to,
            "handled_at": None if is_open else now,
            "handled_by": None if is_open else by.name,
        }
        changed = update(GAPS).where(GAPS.c.id == gap_id, GAPS.c.state != to).values(values)
        with self._tables.transaction() as connection:
            done = bool(connection.execute(changed).rowcount)
            if done:
                line = AuditLine(now, by.name, by.role, "gap", handled_gap(gap_id, to))
                connection.execute(insert(AUDIT).values(to_row(line)))
        return done


def handled_gap(gap_id: int, to: GapState) -> str:
    """What was done, as the audit has it."""
    return f"{to}: #{gap_id}"


def _asked(row: Row[Any]) -> Unanswered:
    asked = Unanswered(*(row._mapping[name] for name in _ASKED))
    return replace(asked, reason=Reason(asked.reason) if asked.reason else None)


def _row(gap_id: int, gap: Gap, made_at: datetime) -> dict[str, Any]:
    lists = {"questions": [*gap.questions], "weekly": [*gap.weekly]}
    return {"id": gap_id, "made_at": made_at} | asdict(gap) | lists


def _kept(row: Row[Any]) -> KeptGap:
    values = {one.name: row._mapping[one.name] for one in fields(Gap)}
    gap = Gap(**values | {"questions": tuple(row.questions), "weekly": tuple(row.weekly)})
    state = GapState(row.state)
    return KeptGap(row.id, row.made_at, gap, state, row.handled_at, row.handled_by)
