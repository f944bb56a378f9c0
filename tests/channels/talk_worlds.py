"""Stores of talks, each with the time that goes by for it and a look past it."""

from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import create_engine, select
from support.clock import Clock
from valkey import Valkey

from qa_service.channels.talks import MemoryTalks, Talks, TalksStore
from qa_service.channels.talks_guarded import GuardedTalks
from qa_service.channels.talks_journal import JournalTalks
from qa_service.channels.talks_redis import RedisTalks
from qa_service.journal.database import parse
from qa_service.journal.open_tables import JournalTables
from qa_service.journal.sql import SqlJournal
from qa_service.journal.tables import CHAT_DELIVERIES, CHAT_TALKS, CHAT_TURNS

NEVER_S = 600.0
"""A deadline that a busy machine does not meet."""

ANOTHER_VERSIONS = '["of another version", 7]'


class World(ABC):
    """failures: exchanges that a shared store did not do, which its guard hides."""

    def __init__(self) -> None:
        self.failures = 0

    @abstractmethod
    def open(self) -> Talks:
        """As another process does."""

    @abstractmethod
    def move_on(self, seconds: float) -> None: ...

    @abstractmethod
    async def close(self) -> None:
        """All that was opened."""


class InMemory(World):
    def __init__(self) -> None:
        super().__init__()
        self._clock = Clock(1_000.0)

    def open(self) -> Talks:
        return MemoryTalks(self._clock)

    def move_on(self, seconds: float) -> None:
        self._clock.now += seconds

    async def close(self) -> None:
        """Nothing is held."""


class SharedWorld(World):
    """One store for all that are opened."""

    def __init__(self) -> None:
        super().__init__()
        self._opened: list[GuardedTalks | TalksStore] = []

    def open(self) -> GuardedTalks:
        opened = GuardedTalks(self._new_store(), self._failed, deadline_s=NEVER_S)
        self._opened.append(opened)
        return opened

    def store(self) -> TalksStore:
        """Without its guard."""
        opened = self._new_store()
        self._opened.append(opened)
        return opened

    async def close(self) -> None:
        for one in self._opened:
            await one.close()

    @abstractmethod
    def texts(self) -> str:
        """Everything that it holds, read past it."""

    @abstractmethod
    def size(self) -> int:
        """Rows or keys."""

    @abstractmethod
    def _new_store(self) -> TalksStore: ...

    def _failed(self) -> None:
        self.failures += 1


class InValkey(SharedWorld):
    """Time goes by where whatever counts it is put back."""

    def __init__(self, socket: str, library: str) -> None:
        super().__init__()
        self._url, self._library = f"unix://{socket}", library
        self._valkey: Any = Valkey.from_url(self._url)
        self._valkey.flushall()

    def move_on(self, seconds: float) -> None:
        for key in self._keys():
            left_ms = self._valkey.pttl(key)
            assert left_ms > 0, "everything goes by itself in the end"
            self._valkey.pexpire(key, int(left_ms - seconds * 1000))
        for person in self._valkey.zrange("qa:chat:ends", 0, -1):
            self._valkey.zincrby("qa:chat:ends", -seconds, person)

    def texts(self) -> str:
        return "\n".join(f"{key.decode()} {self._value(key)}" for key in self._keys())

    def size(self) -> int:
        return len(self._keys())

    async def close(self) -> None:
        await super().close()
        self._valkey.close()

    def _new_store(self) -> TalksStore:
        return RedisTalks.open(self._url, self._library)

    def _keys(self) -> list[bytes]:
        return list(self._valkey.scan_iter())

    def _value(self, key: bytes) -> object:
        match self._valkey.type(key):
            case b"zset":
                return self._valkey.zrange(key, 0, -1)
            case b"list":
                return [one.decode() for one in self._valkey.lrange(key, 0, -1)]
        return self._valkey.get(key).decode()


class InJournal(SharedWorld):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url, self.now = url, datetime(2026, 11, 27, 12, tzinfo=UTC)
        SqlJournal.open(url).close()  # as the process that records does
        self._engine = create_engine(parse(url))

    def move_on(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def texts(self) -> str:
        found = []
        with self._engine.connect() as connection:
            for table in (CHAT_TALKS, CHAT_DELIVERIES, CHAT_TURNS):
                found += [str(tuple(row)) for row in connection.execute(select(table))]
        return "\n".join(found)

    def size(self) -> int:
        return len(self.texts().splitlines())

    async def close(self) -> None:
        await super().close()
        self._engine.dispose()

    def _new_store(self) -> TalksStore:
        return JournalTalks(JournalTables.open(self._url, NEVER_S), lambda: self.now)
