"""A journal in SQLite or PostgreSQL. Entries are written before `record` returns.

Messages name the database without user and password, and never a stored text.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    and_,
    delete,
    func,
    insert,
    select,
)

from qa_service.journal import (
    AUDIT_DAYS,
    CLOSING_S,
    AuditLine,
    Entry,
    Event,
    Exchange,
    KeptVote,
    Limits,
    Trimmed,
    Vote,
)
from qa_service.journal.database import INSERTS, identity_of, make_engine, parse, wrapped
from qa_service.journal.rows import TABLES, to_row, to_vote, votes
from qa_service.journal.schema import prepare
from qa_service.journal.tables import (
    AUDIT,
    CHAT_DELIVERIES,
    CHAT_TALKS,
    CHAT_TURNS,
    EVENTS,
    FEEDBACK,
    GAPS,
    QUESTIONS,
)
from qa_service.types import Use

PORTION = 1_000
"""Rows that are removed in one transaction, so that whoever writes does not wait."""

_Rows = tuple[Table, ColumnElement[bool]]
_AUDITED = timedelta(days=AUDIT_DAYS)
_MOMENTS = (QUESTIONS.c.at, EVENTS.c.at, FEEDBACK.c.at, GAPS.c.last_at)
_MOMENTS_OF_CHATS = (CHAT_TALKS.c.ends_at, CHAT_DELIVERIES.c.at, CHAT_TURNS.c.until)
_CHATS_LEFT = timedelta(days=2)
"""What is older was left by processes that serve no chats any more."""


class SqlJournal:
    """Safe for several threads and processes; each process opens its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file = identity_of(engine.url)

    @classmethod
    def open(cls, url: str) -> Self:
        """Connect; make the tables, and SQLite's file with its folder, or bring them up to date.

        Raises JournalError where the database cannot be used now, and as `check_url` does.
        """
        engine = make_engine(parse(url))
        try:
            prepare(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    @property
    def engine(self) -> Engine:
        """To read the tables by."""
        return self._engine

    def record(self, *entries: Entry) -> None:
        self._reopen_lost_file()
        with wrapped(self._engine.url), self._engine.begin() as connection:
            for kind, some in groupby(entries, type):
                _WRITERS[kind](connection, list(some))

    def votes(self, limit: int) -> list[KeptVote]:
        self._reopen_lost_file()
        with wrapped(self._engine.url), self._engine.connect() as connection:
            return [to_vote(row) for row in connection.execute(votes().limit(limit))]

    def purge(self, before: datetime) -> int:
        audited = min(before, datetime.now(UTC) - _AUDITED)
        old = (*_older(before), *_chats_before(before), _audited_before(audited))
        return sum(self._remove_all(*rows) for rows in old)

    def trim(self, limits: Limits, now: datetime) -> Trimmed:
        old = [_audited_before(now - _AUDITED), *_chats_before(now - _CHATS_LEFT)]
        if limits.days:
            old += _older(now - timedelta(days=limits.days))
        removed = sum(self._remove(*rows) for rows in old)
        return Trimmed(removed, self._remove_beyond(limits) if limits.questions else 0)

    def close(self, within_s: float = CLOSING_S) -> None:
        self._engine.dispose()

    def _remove_all(self, table: Table, which: ColumnElement[bool]) -> int:
        removed = 0
        while portion := self._remove(table, which):
            removed += portion
        return removed

    def _remove(self, table: Table, which: ColumnElement[bool]) -> int:
        """Remove a portion of these rows; how many it were."""
        [key] = table.primary_key
        some = select(key).where(which).limit(PORTION)
        with wrapped(self._engine.url), self._engine.begin() as connection:
            return connection.execute(delete(table).where(key.in_(some))).rowcount

    def _remove_beyond(self, limits: Limits) -> int:
        """Remove a portion of each table's oldest rows where there are too many."""
        tables = (QUESTIONS, limits.questions), (FEEDBACK, limits.votes), (EVENTS, limits.events)
        return sum(self._remove_oldest(table, most) for table, most in tables)

    def _remove_oldest(self, table: Table, most: int) -> int:
        """Of questions, with their events, which do not count."""
        with wrapped(self._engine.url), self._engine.begin() as connection:
            count = connection.scalar(select(func.count()).select_from(table)) or 0
            if count <= most:
                return 0
            oldest = select(table.c.answer_id, table.c.id).order_by(table.c.id)
            rows = connection.execute(oldest.limit(min(count - most, PORTION))).all()
            if table is QUESTIONS:
                answers = [answer_id for answer_id, _ in rows]
                connection.execute(delete(EVENTS).where(EVENTS.c.answer_id.in_(answers)))
            ids = [row_id for _, row_id in rows]
            return connection.execute(delete(table).where(table.c.id.in_(ids))).rowcount

    def _reopen_lost_file(self) -> None:
        """SQLite would go on writing to a file that was removed or replaced."""
        if self._file == identity_of(self._engine.url):
            return
        self._engine.dispose()
        prepare(self._engine)
        self._file = identity_of(self._engine.url)


def _older(before: datetime) -> list[_Rows]:
    return [(moment.table, moment < before) for moment in _MOMENTS]


def _chats_before(moment: datetime) -> list[_Rows]:
    return [(one.table, one < moment) for one in _MOMENTS_OF_CHATS]


def _audited_before(moment: datetime) -> _Rows:
    return AUDIT, AUDIT.c.at < moment


def _write_once(connection: Connection, entries: Sequence[Entry]) -> None:
    """What is there already stays as it is."""
    new = INSERTS[connection.dialect.name](TABLES[type(entries[0])]).on_conflict_do_nothing()
    connection.execute(new, [to_row(entry) for entry in entries])


def _write_exchanges(connection: Connection, exchanges: Sequence[Exchange]) -> None:
    _write_once(connection, exchanges)
    again = [
        Event(one.at, earlier, Use.ASKED_AGAIN)
        for one in exchanges
        if one.conversation and (earlier := _asked_before(connection, one))
    ]
    if again:
        _write_once(connection, again)


def _asked_before(connection: Connection, later: Exchange) -> str | None:
    """The answer before in the same conversation, where this asks the same again."""
    own = select(QUESTIONS.c.id).where(QUESTIONS.c.answer_id == later.answer_id).scalar_subquery()
    of_before = (QUESTIONS.c.at, QUESTIONS.c.same_as, QUESTIONS.c.passage_id, QUESTIONS.c.reason)
    before = (
        select(QUESTIONS.c.answer_id, *of_before)
        .where(QUESTIONS.c.conversation == later.conversation, QUESTIONS.c.id < own)
        .order_by(QUESTIONS.c.id.desc())
        .limit(1)
    )
    row = connection.execute(before).first()
    return row[0] if row and later.asks_again(*row[1:]) else None


def _write_votes(connection: Connection, voted: Sequence[Vote]) -> None:
    for vote in voted:
        same = and_(
            FEEDBACK.c.answer_id == vote.feedback.answer_id,
            FEEDBACK.c.passage_id.is_not_distinct_from(vote.feedback.passage_id),
        )
        connection.execute(delete(FEEDBACK).where(same))
        connection.execute(insert(FEEDBACK).values(to_row(vote)))


def _write_audit(connection: Connection, lines: Sequence[AuditLine]) -> None:
    """A line that is there already was written before a connection broke."""
    for line in lines:
        row = to_row(line)
        same = and_(*(AUDIT.c[name] == value for name, value in row.items()))
        if connection.execute(select(AUDIT.c.id).where(same)).first() is None:
            connection.execute(insert(AUDIT).values(row))


_WRITERS: dict[type[Entry], Callable[[Connection, Any], None]] = {
    Exchange: _write_exchanges,
    Event: _write_once,
    Vote: _write_votes,
    AuditLine: _write_audit,
}
