"""A journal in one table of SQLite or PostgreSQL. Not a queue: a record is written before `record`
returns.

Messages name the database without user and password, and never a stored text.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import (
    URL,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Engine,
    Float,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    TypeDecorator,
    create_engine,
    delete,
    event,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from qa_service.errors import JournalError, MissingExtraError
from qa_service.journal import Asked, Entry, masked_entry
from qa_service.types import Channel, Feedback, Reason

WAIT_SECONDS = 5
"""How long a statement waits for another process' lock, or for a server to answer."""

_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+pg8000",
    "postgres": "postgresql+pg8000",
}
_EXAMPLES = "sqlite:///folder/journal.sqlite or postgresql://user:password@host/database"


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
    Column("asked_question", String),
    Column("asked_channel", String),
    Column("asked_service", String),
    Column("asked_passage_id", String),
    Column("asked_confidence", Float),
    Column("asked_reason", String),
    Column("asked_index_version", String),
)


class SqlJournal:
    """Safe for several threads and processes; each process opens its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Self:
        """Connect; create the table, and SQLite's file with its folder, where missing. Raises
        JournalError, MissingExtraError.
        """
        address = _parse(url)
        with _wrapped(address):
            if address.get_backend_name() == "sqlite":
                Path(address.database or "").parent.mkdir(parents=True, exist_ok=True)
            engine = _engine(address)
            try:
                _create_table(engine)
            except TypeError:
                options = ", ".join(address.query)
                raise JournalError(
                    f"QA_JOURNAL has an option that its driver does not know, one of: {options}"
                ) from None
        return cls(engine)

    def record(self, feedback: Feedback, about: Asked | None) -> None:
        row = _to_row(masked_entry(feedback, about))
        with _wrapped(self._engine.url), self._engine.begin() as connection:
            connection.execute(insert(_TABLE).values(row))

    def entries(self, limit: int) -> list[Entry]:
        newest_first = select(_TABLE).order_by(_TABLE.c.id.desc()).limit(limit)
        with _wrapped(self._engine.url), self._engine.connect() as connection:
            return [_to_entry(row) for row in connection.execute(newest_first)]

    def purge(self, before: datetime) -> int:
        with _wrapped(self._engine.url), self._engine.begin() as connection:
            return connection.execute(delete(_TABLE).where(_TABLE.c.at < before)).rowcount

    def close(self) -> None:
        self._engine.dispose()


def _parse(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise JournalError(
            f"QA_JOURNAL is no database URL: write it as {_EXAMPLES}"
        ) from None  # the cause may quote a password
    driver = _DRIVERS.get(address.drivername.partition("+")[0])
    if driver is None:
        raise JournalError(
            f"QA_JOURNAL names an unknown kind of database, {address.drivername}: write it as "
            f"{_EXAMPLES}"
        )
    if address.database in (None, "", ":memory:"):
        raise JournalError(f"QA_JOURNAL names no database: write it as {_EXAMPLES}")
    return address.set(drivername=driver)


def _engine(address: URL) -> Engine:
    arguments = {"timeout": WAIT_SECONDS}  # both drivers call it so
    try:
        engine = create_engine(
            address, connect_args=arguments, pool_pre_ping=True, hide_parameters=True
        )
    except ModuleNotFoundError as error:
        raise MissingExtraError("a journal in PostgreSQL", "postgresql") from error
    if address.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: Any, record: object) -> None:
    """Readers and a writer that do not wait for each other; purged texts are overwritten, not only
    unlinked.
    """
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _create_table(engine: Engine) -> None:
    try:
        _TABLE.create(engine, checkfirst=True)
    except DBAPIError:
        if not inspect(engine).has_table(_TABLE.name):
            raise  # else another process was quicker


@contextmanager
def _wrapped(address: URL) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        place = f"{address.host}/{address.database}" if address.host else address.database
        raise JournalError(
            f"the journal in {place} fails: {_reason(error, address)}; mend it or set "
            "QA_JOURNAL=off"
        ) from error


def _reason(error: Exception, address: URL) -> str:
    """What the driver says, on one line, without statement, values and password."""
    said = error.orig if isinstance(error, DBAPIError) else error
    line = (str(said).strip() or type(said).__name__).splitlines()[0]
    return line.replace(str(address.password), "***") if address.password else line


def _to_row(entry: Entry) -> dict[str, object]:
    about = asdict(entry.about) if entry.about else {}
    return {
        "at": entry.at,
        **asdict(entry.feedback),
        **{f"asked_{name}": value for name, value in about.items()},
    }


def _to_entry(row: Row[Any]) -> Entry:
    feedback = Feedback(row.answer_id, row.helpful, row.passage_id, row.comment)
    if row.asked_question is None:
        return Entry(row.at, feedback, None)
    about = Asked(
        question=row.asked_question,
        channel=Channel(row.asked_channel),
        service=row.asked_service,
        passage_id=row.asked_passage_id,
        confidence=row.asked_confidence,
        reason=row.asked_reason and Reason(row.asked_reason),
        index_version=row.asked_index_version,
    )
    return Entry(row.at, feedback, about)
