"""The editors' queue: each vote that an answer did not help is an item, until somebody handles it.

A change says from which state it starts, so that of two editors the second learns what the first
did. It is kept together with its line of the audit, or not at all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, insert, or_, select, update

from qa_service.errors import NotFoundError
from qa_service.journal.entries import AuditLine
from qa_service.journal.open_tables import JournalTables
from qa_service.journal.rows import to_row
from qa_service.journal.tables import AUDIT, FEEDBACK, QUESTIONS
from qa_service.types import Channel, Complaint, Reason

MOST_ITEMS = 1_000
"""Of one look at the queue, the newest."""


class State(StrEnum):
    OPEN = "open"
    DRAFTED = "drafted"
    DONE = "done"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Editor:
    """Who handles items; role: of the key or the sign-in."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Item:
    """A vote with what was asked. Times in UTC.

    passage_id: the passage voted on, or the first that was shown. question, reason, channel,
    index_version: None for a question that is no longer kept; same_as: alike for questions asked
    alike; reason: why there was no answer, None where one was shown.
    """

    id: int
    at: datetime
    complaint: Complaint | None
    comment: str | None
    state: State
    handled_at: datetime | None
    handled_by: str | None
    passage_id: str | None
    service: str | None
    question: str | None
    same_as: str | None
    reason: Reason | None
    channel: Channel | None
    index_version: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items to show; None: any."""

    state: State | None = State.OPEN
    complaint: Complaint | None = None
    service: str | None = None


_PASSAGE = func.coalesce(FEEDBACK.c.passage_id, QUESTIONS.c.passage_id)
_ITEMS: Select[Any] = (
    select(
        *(FEEDBACK.c[name] for name in ("id", "at", "complaint", "comment")),
        *(FEEDBACK.c[name] for name in ("state", "handled_at", "handled_by")),
        _PASSAGE.label("passage_id"),
        *(QUESTIONS.c[name] for name in ("service", "question", "same_as", "reason")),
        *(QUESTIONS.c[name] for name in ("channel", "index_version")),
    )
    .select_from(FEEDBACK)
    .outerjoin(QUESTIONS, QUESTIONS.c.answer_id == FEEDBACK.c.answer_id)
    .where(FEEDBACK.c.helpful.is_(False))
)


class EditorsQueue:
    """Every method raises JournalError."""

    def __init__(self, tables: JournalTables) -> None:
        self._tables = tables

    def items(self, wanted: Wanted) -> tuple[list[Item], int]:
        """The newest items that are wanted, newest first, and how many there are in all."""
        found = _ITEMS.where(*_conditions(wanted))
        newest = found.order_by(FEEDBACK.c.at.desc(), FEEDBACK.c.id.desc()).limit(MOST_ITEMS)
        with self._tables.transaction() as connection:
            rows = connection.execute(newest).all()
            total = len(rows)
            if total == MOST_ITEMS:
                counted = select(func.count()).select_from(found.subquery())
                total = connection.execute(counted).scalar_one()
        return [_item(row) for row in rows], total

    def counts(self) -> Mapping[State, int]:
        """How many items are in each state."""
        counted = (
            select(FEEDBACK.c.state, func.count())
            .where(FEEDBACK.c.helpful.is_(False))
            .group_by(FEEDBACK.c.state)
        )
        with self._tables.transaction() as connection:
            found = {row[0]: row[1] for row in connection.execute(counted)}
        return {state: found.get(state, 0) for state in State}

    def services(self, state: State | None) -> Mapping[str, int]:
        """How many items in this state, or in any, are about each service."""
        found = _ITEMS.where(*_conditions(Wanted(state))).subquery("items")
        names = (found.c.passage_id, found.c.service)
        counted = select(*names, func.count().label("items")).group_by(*names)
        by_slug = Counter[str]()
        with self._tables.transaction() as connection:
            for row in connection.execute(counted):
                by_slug[_service(row) or ""] += row.items
        return {slug: items for slug, items in by_slug.items() if slug}

    def find(self, item_id: int) -> Item | None:
        """None where there is no such item, any more or at all."""
        with self._tables.transaction() as connection:
            row = connection.execute(_ITEMS.where(FEEDBACK.c.id == item_id)).first()
        return _item(row) if row else None

    def item(self, item_id: int) -> Item:
        """Raises NotFoundError."""
        found = self.find(item_id)
        if found is None:
            raise NotFoundError(f"there is no item {item_id} in the queue")
        return found

    def handle(self, ids: Iterable[int], seen: State, to: State, by: Editor) -> Sequence[int]:
        """Take the items from `seen` to `to`: the ids of those that were still there.

        Another editor, or a newer vote, may have been quicker with the others.
        """
        now = datetime.now(UTC)
        handled = {"handled_at": now, "handled_by": by.name} if to is not State.OPEN else {}
        values = {"state": to, "handled_at": None, "handled_by": None} | handled
        changed = (
            update(FEEDBACK)
            .where(FEEDBACK.c.id.in_(sorted(set(ids))), FEEDBACK.c.helpful.is_(False))
            .where(FEEDBACK.c.state == seen)
            .values(values)
            .returning(FEEDBACK.c.id)
        )
        with self._tables.transaction() as connection:
            done = sorted(connection.execute(changed).scalars().all())
            if done:
                line = AuditLine(now, by.name, by.role, "queue", handled_as(seen, to, done))
                connection.execute(insert(AUDIT).values(to_row(line)))
        return done


def handled_as(seen: State, to: State, ids: Sequence[int]) -> str:
    """What was done, as the audit has it."""
    return f"{seen} -> {to}: {', '.join(f'#{one}' for one in ids)}"


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state:
        found.append(FEEDBACK.c.state == wanted.state)
    if wanted.complaint:
        found.append(FEEDBACK.c.complaint == wanted.complaint)
    if wanted.service:
        own = FEEDBACK.c.passage_id.startswith(f"{wanted.service}.", autoescape=True)
        asked = and_(FEEDBACK.c.passage_id.is_(None), QUESTIONS.c.service == wanted.service)
        found.append(or_(own, asked))
    return found


def _service(row: Row[Any]) -> str | None:
    """Of the passage, or else of the question."""
    slug = row.passage_id.partition(".")[0] if row.passage_id else row.service
    return str(slug) if slug else None


def _item(row: Row[Any]) -> Item:
    return Item(
        id=row.id,
        at=row.at,
        complaint=Complaint(row.complaint) if row.complaint in set(Complaint) else None,
        comment=row.comment,
        state=State(row.state),
        handled_at=row.handled_at,
        handled_by=row.handled_by,
        passage_id=row.passage_id,
        service=_service(row),
        question=row.question,
        same_as=row.same_as,
        reason=Reason(row.reason) if row.reason else None,
        channel=Channel(row.channel) if row.channel else None,
        index_version=row.index_version,
    )
