"""A store of talks that fails, hangs or comes back stops nothing. Each test name is the rule."""

import asyncio
import signal
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from support.clock import Clock
from support.valkey import valkey_served
from talk_worlds import NEVER_S

from qa_service.breaker import PAUSE_S
from qa_service.channels import talks_guarded
from qa_service.channels.talks import TALK_S, Talk, TalksStore
from qa_service.channels.talks_guarded import COPY_S, DEADLINE_S, GuardedTalks
from qa_service.channels.talks_journal import JournalTalks
from qa_service.channels.talks_redis import RedisTalks
from qa_service.journal.open_tables import JournalTables
from qa_service.journal.sql import SqlJournal

TALK, LATER = Talk("telegram", asked="one"), Talk("telegram", asked="two")
FAILS, WORKS = "chats are known to each process alone", "chats are known in their store again"


class Store:
    """Keeps, fails or hangs, and counts how often it was asked, and by how many at once."""

    at_once = 3

    def __init__(self) -> None:
        self.is_down = self.hangs = False
        self.asked = self.now = self.most_at_once = 0
        self.deliveries: set[str] = set()
        self.talks: dict[str, str] = {}
        self.turns: dict[str, str] = {}
        self.is_closed = False

    async def is_new(self, delivery: str) -> bool:
        await self._work()
        is_new = delivery not in self.deliveries
        self.deliveries.add(delivery)
        return is_new

    async def begin_turn(self, person: str, token: str) -> bool:
        await self._work()
        return self.turns.setdefault(person, token) == token

    async def end_turn(self, person: str, token: str) -> None:
        await self._work()
        if self.turns.get(person) == token:
            del self.turns[person]

    async def load(self, person: str) -> str | None:
        await self._work()
        return self.talks.get(person)

    async def keep(self, person: str, written: str) -> None:
        await self._work()
        self.talks[person] = written

    async def forget(self, person: str) -> None:
        await self._work()
        self.talks.pop(person, None)

    async def ended(self) -> Sequence[str]:
        await self._work()
        return []

    async def close(self) -> None:
        await self._work()
        self.is_closed = True

    async def _work(self) -> None:
        self.asked += 1
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            await asyncio.sleep(3_600 if self.hangs else 0)
        finally:
            self.now -= 1
        if self.is_down:
            raise ConnectionError("refused")


class World:
    def __init__(self, deadline_s: float = NEVER_S) -> None:
        self.store, self.clock, self.failures = Store(), Clock(1_000.0), 0
        self.talks = GuardedTalks(self.store, self._failed, deadline_s=deadline_s, clock=self.clock)

    def break_down(self) -> None:
        self.store.is_down = True

    def mend(self) -> None:
        self.store.is_down = self.store.hangs = False
        self.clock.now += PAUSE_S

    def _failed(self) -> None:
        self.failures += 1


def _lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.name == talks_guarded.__name__]


def _said(caplog: pytest.LogCaptureFixture) -> str:
    return " ".join(f"{one.getMessage()} {vars(one)}" for one in caplog.records)


def test_a_chat_goes_on_in_memory_where_the_store_fails() -> None:
    world = World()
    world.break_down()

    async def scenario() -> None:
        talks = world.talks
        assert await talks.is_new("d-1") and not await talks.is_new("d-1")
        async with talks.turn("p-1"):
            assert await talks.load("p-1") is None
            await talks.keep("p-1", TALK)
        assert await talks.load("p-1") == TALK
        await talks.keep("p-2", LATER)
        await talks.forget("p-2")
        assert await talks.load("p-2") is None
        world.clock.now += TALK_S
        assert await talks.ended() == [TALK] and await talks.ended() == []
        await talks.close()

    asyncio.run(scenario())
    assert world.failures >= 10


def test_a_store_is_said_once_to_fail_and_once_to_work_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()

    async def scenario() -> None:
        for _ in range(2):
            world.break_down()
            for number in range(3):
                await world.talks.keep(f"p-{number}", TALK)
            world.mend()
            for number in range(3):
                await world.talks.keep(f"p-{number}", TALK)

    asyncio.run(scenario())
    assert _lines(caplog) == [FAILS, WORKS] * 2 and world.failures == 6
    causes = [vars(one).get("cause") for one in caplog.records if one.getMessage() == FAILS]
    assert causes == ["refused"] * 2


def test_a_store_that_failed_is_left_alone_for_5_seconds() -> None:
    world = World()
    world.break_down()

    async def scenario() -> None:
        for _ in range(9):
            await world.talks.load("p-1")
        assert world.store.asked == 1
        world.clock.now += PAUSE_S
        await world.talks.load("p-1")
        assert world.store.asked == 2

    asyncio.run(scenario())


def test_a_store_that_hangs_costs_one_deadline() -> None:
    assert DEADLINE_S == 0.5
    world = World(deadline_s=0.001)
    world.store.hangs = True

    async def scenario() -> None:
        for _ in range(9):
            await world.talks.keep("p-1", TALK)
        assert await world.talks.load("p-1") == TALK
        await world.talks.close()

    asyncio.run(scenario())
    assert world.store.asked == 2, "the first, and to close it"


def test_what_waits_for_its_place_at_the_store_is_not_late() -> None:
    world = World()

    async def scenario() -> None:
        await asyncio.gather(*(world.talks.is_new(f"d-{number}") for number in range(1_000)))

    asyncio.run(scenario())
    assert world.store.most_at_once == Store.at_once and world.failures == 0


def test_a_talk_of_an_outage_goes_on_after_it_and_is_the_stores_then() -> None:
    world = World()

    async def scenario() -> None:
        talks = world.talks
        await talks.keep("p-1", TALK)
        world.break_down()
        await talks.keep("p-1", LATER)
        world.mend()
        assert await talks.load("p-1") == LATER
        await talks.keep("p-1", LATER)
        world.clock.now += TALK_S
        assert await talks.ended() == [], "the store hands it out"

    asyncio.run(scenario())
    assert world.store.talks == {"p-1": LATER.written()}


def test_a_talk_of_the_last_minute_goes_on_in_an_outage() -> None:
    world = World()

    async def scenario() -> None:
        talks = world.talks
        await talks.keep("p-1", TALK)
        await talks.keep("p-2", TALK)
        await talks.forget("p-2")
        world.break_down()
        assert await talks.load("p-1") == TALK
        assert await talks.load("p-2") is None
        world.clock.now += COPY_S
        assert await talks.load("p-1") is None
        world.clock.now += TALK_S
        assert await talks.ended() == [], "the store hands it out"

    asyncio.run(scenario())


def test_a_delivery_of_an_outage_is_no_news_after_it() -> None:
    world = World()

    async def scenario() -> None:
        world.break_down()
        assert await world.talks.is_new("d-1")
        world.mend()
        assert not await world.talks.is_new("d-1")

    asyncio.run(scenario())


@pytest.mark.parametrize("how", ["asked", "swept"])
def test_what_was_to_be_forgotten_in_an_outage_is_forgotten_after_it(how: str) -> None:
    world = World()

    async def scenario() -> None:
        talks = world.talks
        await talks.keep("p-1", TALK)
        world.break_down()
        await talks.forget("p-1")
        assert await talks.load("p-1") is None and world.store.talks
        world.mend()
        if how == "asked":
            assert await talks.load("p-1") is None
        else:
            await talks.ended()
        assert world.store.talks == {}
        world.store.talks["p-1"] = LATER.written()
        assert await talks.load("p-1") == LATER, "by another process, afterwards"

    asyncio.run(scenario())


def test_a_talk_that_began_after_one_was_forgotten_in_an_outage_stays() -> None:
    world = World()

    async def scenario() -> None:
        talks = world.talks
        await talks.keep("p-1", TALK)
        world.break_down()
        await talks.forget("p-1")
        await talks.keep("p-1", LATER)
        world.mend()
        assert await talks.load("p-1") == LATER
        await talks.keep("p-1", LATER)
        await talks.ended()
        assert await talks.load("p-1") == LATER

    asyncio.run(scenario())
    assert world.store.talks == {"p-1": LATER.written()}


def test_a_talk_that_began_with_the_store_back_is_not_forgotten_for_the_one_before() -> None:
    world = World()

    async def scenario() -> None:
        talks = world.talks
        await talks.keep("p-1", TALK)
        world.break_down()
        await talks.forget("p-1")
        world.mend()
        await talks.keep("p-1", LATER)
        await talks.ended()
        assert await talks.load("p-1") == LATER

    asyncio.run(scenario())


def test_a_turn_is_given_back_whatever_happens_in_it() -> None:
    world = World()

    async def scenario() -> None:
        with pytest.raises(ZeroDivisionError):
            async with world.talks.turn("p-1"):
                assert world.store.turns
                raise ZeroDivisionError
        assert not world.store.turns

    asyncio.run(scenario())


def test_a_store_that_is_closed_is_closed_once_and_without_a_word(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    asyncio.run(world.talks.close())
    assert world.store.is_closed
    world.break_down()
    asyncio.run(world.talks.close())
    assert _lines(caplog) == []


# Real stores


async def _chat(talks: GuardedTalks) -> None:
    """What a message needs of a store, told as if it worked."""
    assert await talks.is_new("d-1") and not await talks.is_new("d-1")
    async with talks.turn("p-1"):
        await talks.keep("p-1", TALK)
    assert await talks.load("p-1") == TALK
    await talks.ended()


def _chatted(store: TalksStore, deadline_s: float = DEADLINE_S) -> int:
    """The failures of it."""
    failures = []

    async def whole() -> None:
        talks = GuardedTalks(store, lambda: failures.append(1), deadline_s=deadline_s)
        await _chat(talks)
        await talks.close()

    asyncio.run(whole())
    return len(failures)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def _in_journal(file: Path) -> JournalTalks:
    return JournalTalks(JournalTables.open(f"sqlite:///{file}", wait_s=0.1))


def test_a_database_that_another_process_has_locked_stops_nothing(
    journal: Path, caplog: pytest.LogCaptureFixture
) -> None:
    SqlJournal.open(f"sqlite:///{journal}").close()
    with closing(sqlite3.connect(journal, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert _chatted(_in_journal(journal), NEVER_S) > 0
    assert _lines(caplog) == [FAILS]


def test_a_database_that_is_not_there_stops_nothing(
    journal: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert _chatted(_in_journal(journal), NEVER_S) > 0 and not journal.exists()
    assert _lines(caplog) == [FAILS]


def test_a_database_that_was_damaged_stops_nothing_and_its_error_tells_no_row(
    journal: Path, caplog: pytest.LogCaptureFixture
) -> None:
    SqlJournal.open(f"sqlite:///{journal}").close()
    with closing(sqlite3.connect(journal)) as other:
        other.execute("DROP TABLE chat_deliveries")
    assert _chatted(_in_journal(journal), NEVER_S) > 0
    assert _lines(caplog) == [FAILS] and "no such table" in _said(caplog)
    assert "d-1" not in _said(caplog) and "INSERT" not in _said(caplog)


@pytest.mark.parametrize("library", ["redis", "valkey"])
def test_a_server_that_is_not_there_stops_nothing(
    library: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = RedisTalks.open(f"{library}://:hidden-word@127.0.0.1:1", library)
    assert _chatted(store) > 0
    assert _lines(caplog) == [FAILS] and "hidden-word" not in _said(caplog)


@pytest.mark.parametrize("library", ["redis", "valkey"])
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP], ids=["gone", "hung"])
def test_a_server_that_ends_in_the_middle_stops_nothing(
    library: str, end: signal.Signals, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(talks: GuardedTalks) -> None:
        await talks.keep("p-2", TALK)
        assert await talks.load("p-2") == TALK and _lines(caplog) == []
        server.send_signal(end)
        await _chat(talks)
        await talks.close()

    with valkey_served(tmp_path) as (socket, server):
        store = RedisTalks.open(f"unix://{socket}", library)
        asyncio.run(scenario(GuardedTalks(store, lambda: None)))
    assert _lines(caplog) == [FAILS]


@pytest.mark.parametrize("library", ["redis", "valkey"])
def test_a_server_that_began_anew_is_used_again(
    library: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """By every connection of before: none of them keeps it from being used."""
    clock = Clock(1_000.0)

    async def many(talks: GuardedTalks) -> None:
        await asyncio.gather(
            *(talks.keep(f"p-{number}", TALK) for number in range(RedisTalks.at_once))
        )

    async def scenario() -> None:
        with valkey_served(tmp_path) as (socket, _):
            store = RedisTalks.open(f"unix://{socket}", library)
            talks = GuardedTalks(store, lambda: None, clock=clock)
            await many(talks)
        await many(talks)
        with valkey_served(tmp_path):
            clock.now += PAUSE_S
            await talks.keep("p-1", LATER)
            await many(talks)
            assert await talks.load("p-1") == TALK
            await talks.close()

    asyncio.run(scenario())
    assert _lines(caplog) == [FAILS, WORKS]
