"""A journal in one table of SQLite or PostgreSQL. An entry is written before `record` returns.

Messages name the database without user and password, and never a stored text.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any, Self

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    TypeDecorator,
    and_,
    delete,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError

from qa_service.journal import CLOSING_S, Asked, Entry, Feedback
from qa_service.journal.database import (
    file_of,
    identity_of,
    make_engine,
    parse,
    unknown_option,
    wrapped,
)
from qa_service.types import Channel, Complaint, Reason


class _UtcDateTime(TypeDecorator[datetime]):
    """SQLite keeps no time zone, PostgreSQL answers in the session's."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


_TABLE = Table(
    "feedback",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", _UtcDateTime, nullable=False, index=True),
    Column("answer_id", String, nullable=False),
    Column("helpful", Boolean, nullable=False),
    Column("passage_id", String),
    Column("comment", String),
    Column("complaint", String),
    Column("asked_question", String),
    Column("asked_channel", String),
    Column("asked_service", String),
    Column("asked_passage_id", String),
    Column("asked_confidence", Float),
    Column("asked_reason", String),
    Column("asked_index_version", String),
)

_BY_ANSWER = Index("ix_feedback_answer_id", _TABLE.c.answer_id)
_ABOUT = select(*(column for column in _TABLE.c if column.name.startswith("asked_")))


class SqlJournal:
    """Safe for several threads and processes; each process opens its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file = identity_of(engine.url)

    @classmethod
    def open(cls, url: str) -> Self:
        """Connect; create the table, and SQLite's file with its folder, where missing.

        Raises JournalError where the database cannot be used now, and as `check_url` does.
        """
        engine = make_engine(parse(url))
        try:
            _create(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    def record(self, entry: Entry) -> None:
        row = _to_row(entry)
        same = and_(
            _TABLE.c.answer_id == entry.feedback.answer_id,
            _TABLE.c.passage_id.is_not_distinct_from(entry.feedback.passage_id),
        )
        self._reopen_lost_file()
        with wrapped(self._engine.url), self._engine.begin() as connection:
            if entry.about is None and (earlier := connection.execute(_ABOUT.where(same)).first()):
                row |= earlier._asdict()
            connection.execute(delete(_TABLE).where(same))
            connection.execute(insert(_TABLE).values(row))

    def entries(self, limit: int) -> list[Entry]:
        self._reopen_lost_file()
        newest_first = select(_TABLE).order_by(_TABLE.c.id.desc()).limit(limit)
        with wrapped(self._engine.url), self._engine.connect() as connection:
            return [_to_entry(row) for row in connection.execute(newest_first)]

    def purge(self, before: datetime) -> int:
        with wrapped(self._engine.url), self._engine.begin() as connection:
            return connection.execute(delete(_TABLE).where(_TABLE.c.at < before)).rowcount

    def close(self, within_s: float = CLOSING_S) -> None:
        self._engine.dispose()

    def _reopen_lost_file(self) -> None:
        """SQLite would go on writing to a file that was removed or replaced."""
        if self._file == identity_of(self._engine.url):
            return
        self._engine.dispose()
        _create(self._engine)
        self._file = identity_of(self._engine.url)


def _create(engine: Engine) -> None:
    """The table, and SQLite's file with its folder, where missing. Raises as `open` does."""
    with wrapped(engine.url):
        file = file_of(engine.url)
        with _making(file) if file else nullcontext():
            try:
                _TABLE.create(engine, checkfirst=True)
                _BY_ANSWER.create(engine, checkfirst=True)  # tables of earlier versions have none
                _add_missing(engine)
            except TypeError:
                raise unknown_option(engine.url) from None
            except DBAPIError:
                if not inspect(engine).has_table(_TABLE.name):
                    raise  # else another process was quicker


def _add_missing(engine: Engine) -> None:
    """Columns that tables of earlier versions lack. Raises DBAPIError."""
    there = _columns(engine)
    for column in _TABLE.c:
        if column.name not in there:
            kind = column.type.compile(engine.dialect)
            added = text(f"ALTER TABLE {_TABLE.name} ADD COLUMN {column.name} {kind}")
            try:
                with engine.begin() as connection:
                    connection.execute(added)
            except DBAPIError:
                if column.name not in _columns(engine):
                    raise  # else another process was quicker


def _columns(engine: Engine) -> set[str]:
    return {column["name"] for column in inspect(engine).get_columns(_TABLE.name)}


@contextmanager
def _making(file: Path) -> Iterator[None]:
    """One process at a time makes SQLite's file, without what is left of one that was removed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(f".{file.name}.lock").open("a") as lock:
        flock(lock, LOCK_EX)
        if not file.exists():
            for rest in ("-wal", "-shm"):
                Path(f"{file}{rest}").unlink(missing_ok=True)
        yield


def _to_row(entry: Entry) -> dict[str, object]:
    about = asdict(entry.about) if entry.about else {}
    return {
        "at": entry.at,
        **asdict(entry.feedback),
        **{f"asked_{name}": value for name, value in about.items()},
    }


def _to_entry(row: Row[Any]) -> Entry:
    complaint = Complaint(row.complaint) if row.complaint in set(Complaint) else None
    feedback = Feedback(row.answer_id, row.helpful, row.passage_id, row.comment, complaint)
    if row.asked_question is None:
        return Entry(row.at, feedback, None, is_masked=True)
    about = Asked(
        question=row.asked_question,
        channel=Channel(row.asked_channel),
        service=row.asked_service,
        passage_id=row.asked_passage_id,
        confidence=row.asked_confidence,
        reason=row.asked_reason and Reason(row.asked_reason),
        index_version=row.asked_index_version,
    )
    return Entry(row.at, feedback, about, is_masked=True)
