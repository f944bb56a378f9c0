"""What the journal knows of a period, counted by the database; nothing here is anybody's name.

What fewer than `FEW_PEOPLE` people said or saw is never told apart: it is counted under `GATHERED`,
or left out. People are told apart by their conversation; questions without one count as one person
an hour, so that a single caller never looks like five.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    String,
    and_,
    cast,
    event,
    func,
    literal_column,
    select,
    text,
    true,
)

from qa_service.errors import JournalError
from qa_service.journal.database import file_of, make_engine, parse, wrapped
from qa_service.journal.schema import check_current
from qa_service.journal.tables import QUESTIONS
from qa_service.types import Channel

FEW_PEOPLE = 5
GATHERED = ""
"""The service or passage of what is not told apart."""

KYIV = ZoneInfo("Europe/Kyiv")
DEADLINE_S = 60
"""Of all that one report reads."""
_STEPS = 1_000_000
"""Of SQLite's machine between two looks at the clock: some hundredths of a second, as each takes
the interpreter from threads that answer.
"""
_SET_TIMEOUT = "SET statement_timeout = "
"""In milliseconds, of each statement from then on."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`days` days of Kyiv up to `end`, the last of them not over yet, and the channel; None is all.

    It is compared with as many days before, up to the same hour.
    """

    end: datetime
    days: int
    channel: Channel | None = None

    @property
    def start(self) -> datetime:
        midnight = self.end.astimezone(KYIV).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=self.days - 1)

    @property
    def before_start(self) -> datetime:
        return self.start - timedelta(days=self.days)

    @property
    def before_end(self) -> datetime:
        return self.end.astimezone(KYIV) - timedelta(days=self.days)

    def holds(self, at: Column[datetime]) -> ColumnElement[bool]:
        """Whether a time is in the period."""
        return and_(at >= self.start, at < self.end)

    def before_holds(self, at: Column[datetime]) -> ColumnElement[bool]:
        """Whether a time is in the period that this one is compared with."""
        return and_(at >= self.before_start, at < self.before_end)

    @property
    def of_channel(self) -> ColumnElement[bool]:
        """Whether a question came by the channel."""
        return QUESTIONS.c.channel == self.channel if self.channel else true()


class Reports:
    """A journal to read only. It is opened for each report and closed after it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def of(cls, url: str) -> Self:
        """Raises SettingsError, MissingExtraError as `check_url` does. Connects to nothing yet."""
        engine = make_engine(parse(url))
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _read_only)
        return cls(engine)

    @contextmanager
    def reading(self, within_s: float = DEADLINE_S) -> Iterator[Connection]:
        """A connection for so long at most. Raises JournalError, also in place of the driver's."""
        file = file_of(self._engine.url)
        if file and not file.is_file():
            raise JournalError(f"there is no journal in {file} yet: it is made by the first answer")
        ends = monotonic() + within_s
        try:
            with wrapped(self._engine.url), self._engine.connect() as connection:
                check_current(connection)
                _limit(connection, ends)
                yield connection
        except JournalError:
            if monotonic() < ends:
                raise
            raise JournalError(
                f"a report takes more than {within_s:g} s: choose a shorter period, or one channel"
            ) from None
        finally:
            self._engine.dispose()  # the file may be another one next time


def told(number: int) -> int | None:
    """A number of people, votes or questions; None where it is too few people's to be told."""
    return None if 0 < number < FEW_PEOPLE else number


def person() -> ColumnElement[str]:
    """Who asked a question, as far as it is known."""
    return func.coalesce(QUESTIONS.c.conversation, hour_of(QUESTIONS.c.at))


def hour_of(at: Column[datetime]) -> ColumnElement[str]:
    """The hour of UTC, as `2026-11-27 14`: the beginning of a time as the database writes it.

    Numbers are literal: PostgreSQL takes an expression with other parameters for another one.
    """
    first, chars = literal_column("1", Integer), literal_column("13", Integer)
    return func.substr(cast(at, String), first, chars)


def is_of_several_people(
    connection: Connection, scope: Scope, condition: ColumnElement[bool]
) -> bool:
    """Whether the questions of the period that meet `condition` may be told apart from others.

    The database stops as soon as it has seen `FEW_PEOPLE`.
    """
    people = (
        select(person()).where(condition, scope.holds(QUESTIONS.c.at), scope.of_channel).distinct()
    )
    return len(connection.execute(people.limit(FEW_PEOPLE)).all()) == FEW_PEOPLE


def times(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows of a group meet `condition`."""
    return func.count().filter(condition)


def _read_only(connection: object, record: object) -> None:
    connection.execute("PRAGMA query_only = ON")  # type: ignore[attr-defined]


def _limit(connection: Connection, ends: float) -> None:
    """Have the database give up a statement that is under way at `ends`, and begin none after.

    It then raises an error of the driver, or TimeoutError.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        driver = connection.connection.driver_connection
        driver.set_progress_handler(lambda: monotonic() >= ends, _STEPS)  # type: ignore[union-attr]
    else:
        connection.execute(text("SET TIME ZONE 'UTC'"))  # `hour_of` reads what it prints

    def before(connection: Connection, cursor: object, statement: str, *given: object) -> None:
        left_ms = int(1_000 * (ends - monotonic()))
        if left_ms <= 0:
            raise TimeoutError
        if not (is_sqlite or statement.startswith(_SET_TIMEOUT)):
            connection.exec_driver_sql(f"{_SET_TIMEOUT}{left_ms}")

    event.listen(connection, "before_cursor_execute", before)
