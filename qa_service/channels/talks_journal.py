"""Talks in the journal's database, SQLite or PostgreSQL, by the clocks of its users.

Every method is one transaction in a thread of its own few, so that a database which hangs takes
none of those that answer. Nothing is written but HMACs, talks and tokens.
"""

from asyncio import get_running_loop
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, delete, select, update

from qa_service.channels.talks import REPEAT_S, TALK_S, TURN_S, TalksError
from qa_service.errors import JournalError
from qa_service.journal.database import INSERTS
from qa_service.journal.open_tables import JournalTables
from qa_service.journal.tables import CHAT_DELIVERIES, CHAT_TALKS, CHAT_TURNS

WAIT_S = 0.5
"""How long a statement should wait for another process' lock, or for a server to answer."""

_TALK, _REPEAT, _TURN = (timedelta(seconds=one) for one in (TALK_S, REPEAT_S, TURN_S))
_MOST_AT_ONCE = 5_000

Found = TypeVar("Found")


def _now() -> datetime:
    return datetime.now(UTC)


class JournalTalks:
    at_once = 4

    def __init__(self, tables: JournalTables, clock: Callable[[], datetime] = _now) -> None:
        self._tables, self._clock = tables, clock
        self._threads = ThreadPoolExecutor(self.at_once, "chats")

    async def is_new(self, delivery: str) -> bool:
        now, known = self._clock(), CHAT_DELIVERIES.c
        row = {"delivery": delivery, "at": now}
        return await self._do(
            lambda connection: _take(connection, CHAT_DELIVERIES, row, known.at <= now - _REPEAT)
        )

    async def begin_turn(self, person: str, token: str) -> bool:
        now = self._clock()
        row = {"person": person, "token": token, "until": now + _TURN}
        return await self._do(
            lambda connection: _take(connection, CHAT_TURNS, row, CHAT_TURNS.c.until <= now)
        )

    async def end_turn(self, person: str, token: str) -> None:
        turns = CHAT_TURNS.c
        await self._remove(CHAT_TURNS, turns.person == person, turns.token == token)

    async def load(self, person: str) -> str | None:
        talks = CHAT_TALKS.c
        known = select(talks.written).where(talks.person == person, talks.ends_at > self._clock())
        return await self._do(lambda connection: connection.scalar(known))

    async def keep(self, person: str, written: str) -> None:
        now = self._clock()
        row = {"person": person, "written": written, "ends_at": now + _TALK}
        await self._do(lambda connection: _keep(connection, row, now))

    async def forget(self, person: str) -> None:
        await self._remove(CHAT_TALKS, CHAT_TALKS.c.person == person)

    async def ended(self) -> Sequence[str]:
        now = self._clock()
        return await self._do(lambda connection: _all_ended(connection, now))

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._tables.close()

    async def _remove(self, table: Table, *which: Any) -> None:
        await self._do(lambda connection: connection.execute(delete(table).where(*which)))

    async def _do(self, work: Callable[[Connection], Found]) -> Found:
        return await get_running_loop().run_in_executor(self._threads, self._done, work)

    def _done(self, work: Callable[[Connection], Found]) -> Found:
        try:
            with self._tables.transaction() as connection:
                return work(connection)
        except JournalError as error:
            raise TalksError(str(error)) from None  # its cause may quote a row


def _take(connection: Connection, table: Table, row: dict[str, Any], is_over: Any) -> bool:
    """Write the row; whether there was none of its key, or one that is over."""
    [key] = table.primary_key
    new = INSERTS[connection.dialect.name](table).values(row)
    new = new.on_conflict_do_update(index_elements=[key], set_=row, where=is_over)
    return connection.execute(new.returning(key)).first() is not None


def _keep(connection: Connection, row: dict[str, Any], now: datetime) -> None:
    """In place of the talk so far; one that ended is left to be handed out, as nobody's."""
    talks = CHAT_TALKS.c
    before = update(CHAT_TALKS).where(talks.person == row["person"], talks.ends_at <= now)
    connection.execute(before.values(person=None))
    new = INSERTS[connection.dialect.name](CHAT_TALKS).values(row)
    connection.execute(new.on_conflict_do_update(index_elements=[talks.person], set_=row))


def _all_ended(connection: Connection, now: datetime) -> Sequence[str]:
    _remove_some(connection, CHAT_DELIVERIES, CHAT_DELIVERIES.c.at <= now - _REPEAT)
    _remove_some(connection, CHAT_TURNS, CHAT_TURNS.c.until <= now)
    ended = _some(CHAT_TALKS, CHAT_TALKS.c.ends_at <= now)
    return connection.scalars(ended.returning(CHAT_TALKS.c.written)).all()


def _remove_some(connection: Connection, table: Table, which: Any) -> None:
    connection.execute(_some(table, which))


def _some(table: Table, which: Any) -> Any:
    """Deletes so many at most, none that another process has in hand."""
    [key] = table.primary_key
    some = select(key).where(which).limit(_MOST_AT_ONCE).with_for_update(skip_locked=True)
    return delete(table).where(key.in_(some))
