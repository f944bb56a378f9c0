"""What every store of talks does: memory, Valkey by both libraries, SQLite, a PostgreSQL server.

Stores that processes share are tried under their guard, as they are used, and it never had to stand
in for them. Each test name is the rule.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.chats import Chats, said
from support.fakes import HANDOFF, fake_service
from support.valkey import valkey_served
from talk_worlds import ANOTHER_VERSIONS, InJournal, InMemory, InValkey, SharedWorld, World

from qa_service.channels import talks as talks_module
from qa_service.channels.conversation import Conversation
from qa_service.channels.talks import REPEAT_S, TALK_S, TURN_S, Ending, MemoryTalks, Talk
from qa_service.channels.talks_guarded import POLL_S
from qa_service.journal import Limits
from qa_service.journal.sql import SqlJournal
from qa_service.types import Context, Reason, Topic

pytest_plugins = ["journal.postgresql_server"]

TALK = Talk(
    "telegram",
    Context("licence-exchange", Topic.FEE, ("plates",), ("licence-first", "licence-lost")),
    "en",
    "скільки «коштує»? [телефон]",
    misses=1,
    reason=Reason.NOT_COVERED,
)
STORES = ["valkey", "redis", "sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]

Scenario = Callable[[], Coroutine[Any, Any, None]]


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with valkey_served(tmp_path_factory.mktemp("valkey")) as (socket, _):
        yield socket


def _shared(kind: str, folder: Path, request: pytest.FixtureRequest) -> SharedWorld:
    if kind == "sqlite":
        return InJournal(f"sqlite:///{folder}/journal.sqlite")
    if kind == "postgresql":
        return InJournal(request.getfixturevalue("new_database")())
    return InValkey(request.getfixturevalue("valkey"), library=kind)


@pytest.fixture(params=STORES)
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SharedWorld]:
    world = _shared(request.param, tmp_path, request)
    yield world
    assert world.failures == 0


@pytest.fixture(params=["memory", *STORES])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "memory":
        yield InMemory()
        return
    found = _shared(request.param, tmp_path, request)
    yield found
    assert found.failures == 0


def _run(world: World, scenario: Scenario) -> None:
    async def whole() -> None:
        try:
            await scenario()
        finally:
            await world.close()

    asyncio.run(whole())


# Deliveries


def test_a_delivery_is_new_once_a_day(world: World) -> None:
    async def scenario() -> None:
        talks = world.open()
        assert await talks.is_new("d-1")
        assert not await talks.is_new("d-1") and await talks.is_new("d-2")
        world.move_on(REPEAT_S - 60)
        assert not await talks.is_new("d-1")

    _run(world, scenario)


def test_a_delivery_of_yesterday_is_new(shared: SharedWorld) -> None:
    async def scenario() -> None:
        assert await shared.open().is_new("d-1")
        shared.move_on(REPEAT_S)
        assert await shared.open().is_new("d-1") and not await shared.open().is_new("d-1")

    _run(shared, scenario)


def test_of_processes_that_get_the_same_delivery_at_once_one_takes_it(shared: SharedWorld) -> None:
    async def scenario() -> None:
        one, two = shared.open(), shared.open()
        for number in range(25):
            taken = await asyncio.gather(*(talks.is_new(f"d-{number}") for talks in (one, two)))
            assert sorted(taken) == [False, True]

    _run(shared, scenario)


# Talks


def test_a_talk_comes_back_as_it_was_for_half_an_hour_after_the_last_message(world: World) -> None:
    async def scenario() -> None:
        talks = world.open()
        assert await talks.load("p-1") is None
        await talks.keep("p-1", TALK)
        world.move_on(TALK_S - 60)
        assert await talks.load("p-1") == TALK and await talks.load("p-2") is None
        later = replace(TALK, misses=2)
        await talks.keep("p-1", later)
        world.move_on(TALK_S - 60)
        assert await talks.load("p-1") == later
        world.move_on(60)
        assert await talks.load("p-1") is None

    _run(world, scenario)


def test_another_process_goes_on_with_a_talk(shared: SharedWorld) -> None:
    async def scenario() -> None:
        one, two = shared.open(), shared.open()
        await one.keep("p-1", TALK)
        assert await two.load("p-1") == TALK
        await two.forget("p-1")
        assert await one.load("p-1") is None

    _run(shared, scenario)


def test_each_ended_talk_is_handed_out_once(world: World) -> None:
    async def scenario() -> None:
        talks = world.open()
        await talks.keep("p-1", TALK)
        await talks.keep("p-2", TALK.with_person())
        world.move_on(TALK_S / 2)
        await talks.keep("p-3", Talk("viber"))
        assert await talks.ended() == []
        world.move_on(TALK_S / 2)
        found = await talks.ended()
        assert {one.ending for one in found} == {Ending.ABANDONED, Ending.HANDED_OVER}
        assert await talks.ended() == [] and await talks.load("p-3") == Talk("viber")
        world.move_on(TALK_S / 2)
        assert await talks.ended() == [Talk("viber")] and await talks.ended() == []

    _run(world, scenario)


def test_a_talk_that_ended_is_handed_out_where_the_next_has_begun_already(world: World) -> None:
    async def scenario() -> None:
        talks = world.open()
        for misses in (1, 2, 3):
            await talks.keep("p-1", replace(TALK, misses=misses))
            world.move_on(TALK_S)
        await talks.keep("p-1", Talk("viber"))
        assert sorted(one.misses for one in await talks.ended()) == [1, 2, 3]
        assert await talks.load("p-1") == Talk("viber") and await talks.ended() == []

    _run(world, scenario)


def test_a_talk_that_is_forgotten_is_not_among_those_that_ended(world: World) -> None:
    async def scenario() -> None:
        talks = world.open()
        for person in ("p-1", "p-2"):
            await talks.keep(person, TALK)
        await talks.forget("p-1")
        await talks.forget("p-3")
        assert await talks.load("p-1") is None
        world.move_on(TALK_S)
        assert len(await talks.ended()) == 1

    _run(world, scenario)


def test_processes_that_ask_at_once_get_each_ended_talk_once(shared: SharedWorld) -> None:
    async def scenario() -> None:
        processes = [shared.open() for _ in range(4)]
        for number in range(40):
            await processes[0].keep(f"p-{number}", replace(TALK, asked=f"q-{number}"))
        shared.move_on(TALK_S)
        found = await asyncio.gather(*(talks.ended() for talks in processes))
        found.append(await processes[0].ended())
        assert sorted(one.asked for some in found for one in some) == sorted(
            f"q-{number}" for number in range(40)
        )

    _run(shared, scenario)


def test_a_talk_of_another_version_is_none(shared: SharedWorld) -> None:
    async def scenario() -> None:
        await shared.store().keep("p-1", ANOTHER_VERSIONS)
        talks = shared.open()
        assert await talks.load("p-1") is None
        await shared.store().keep("p-2", ANOTHER_VERSIONS)
        await talks.keep("p-1", TALK)
        shared.move_on(TALK_S)
        assert await talks.ended() == [TALK]

    _run(shared, scenario)


@pytest.mark.parametrize(
    "written",
    [
        *("", "[", "null", "7", '"telegram"', "{}", "[]", ANOTHER_VERSIONS),
        '["telegram", [["slug"], null, [], []], null, "", 0, null, false]',
        '["telegram", [null, [], [], []], null, "", 0, null, false]',
        '["telegram", [null, null, [7], []], null, "", 0, null, false]',
        '["telegram", [null, null, [], []], ["uk"], "", 0, null, false]',
        '["telegram", [null, null, [], []], null, "", "0", null, false]',
        '["telegram", [null, null, [], []], null, "", 0, "of another", false]',
        '["telegram", [null, null, [], []], null, "", 0, [], false]',
        '["telegram", [null, null, [], []], null, "", 0, null, false, 1]',
    ],
)
def test_what_is_no_talk_is_told_from_one(written: str) -> None:
    with pytest.raises(ValueError, match=r"no talk|Expecting|not a valid"):
        Talk.read(written)


# Turns


def test_one_process_at_a_time_answers_a_person(shared: SharedWorld) -> None:
    async def scenario() -> None:
        busy: list[str] = []

        async def answer(process: int, person: str) -> None:
            async with processes[process].turn(person):
                assert person not in busy
                busy.append(person)
                await asyncio.sleep(0)
                busy.remove(person)

        processes = [shared.open(), shared.open()]
        people = ("p-1", "p-2")
        await asyncio.gather(*(answer(number % 2, one) for number in range(10) for one in people))

    _run(shared, scenario)


def test_a_process_that_died_in_a_turn_blocks_the_person_for_ten_seconds(
    shared: SharedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    sleep = asyncio.sleep

    async def goes_by(seconds: float) -> None:
        waited.append(seconds)
        shared.move_on(seconds)
        await sleep(0)

    async def scenario() -> None:
        assert await shared.store().begin_turn("p-1", "of one that died")
        monkeypatch.setattr("qa_service.channels.talks_guarded.asyncio.sleep", goes_by)
        talks = shared.open()
        async with talks.turn("p-2"):
            assert waited == []
        async with talks.turn("p-1"):
            assert TURN_S - 1 < sum(waited) < TURN_S + 1
        async with talks.turn("p-1"):
            assert sum(waited) < TURN_S + 1

    _run(shared, scenario)
    assert set(waited) == {POLL_S}


def test_whoever_was_too_slow_ends_no_other_turn(shared: SharedWorld) -> None:
    async def scenario() -> None:
        store = shared.store()
        assert await store.begin_turn("p-1", "slow")
        shared.move_on(TURN_S)
        assert await store.begin_turn("p-1", "next")
        await store.end_turn("p-1", "slow")
        assert not await store.begin_turn("p-1", "third")
        await store.end_turn("p-1", "next")
        assert await store.begin_turn("p-1", "third")

    _run(shared, scenario)


# What is left of it


def test_nothing_stays_of_chats_that_ended(shared: SharedWorld) -> None:
    async def scenario() -> None:
        talks = shared.open()
        await shared.store().begin_turn("p-1", "of one that died")
        for number in range(3):
            assert await talks.is_new(f"d-{number}")
            await talks.keep(f"p-{number}", TALK)
        await talks.forget("p-0")
        assert "p-0" not in shared.texts() and "p-2" in shared.texts()
        shared.move_on(TALK_S)
        await talks.ended()
        assert "p-" not in shared.texts() and shared.size() == 3
        shared.move_on(REPEAT_S - TALK_S)
        await talks.ended()
        assert shared.size() == 0

    _run(shared, scenario)


@pytest.mark.parametrize("by", ["purge", "trim"])
def test_the_journal_removes_what_processes_left_that_serve_no_chats_any_more(
    by: str, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/journal.sqlite"
    world = InJournal(url)

    async def scenario() -> None:
        await world.store().begin_turn("p-1", "of one that died")
        assert await world.open().is_new("d-1")
        await world.open().keep("p-1", TALK)

    _run(world, scenario)
    with closing(SqlJournal.open(url)) as journal:
        for hours, left in ((47, 3), (49, 0)):
            moment = world.now + timedelta(hours=hours)
            if by == "trim":
                journal.trim(Limits(), moment)
            else:
                journal.purge(moment - timedelta(hours=48))
            assert world.size() == left


def test_a_store_holds_nothing_by_which_a_person_is_known(shared: SharedWorld) -> None:
    """Of a person whose id is a phone number, and who writes another one."""
    personal = ("380501234567", "0671234567", "067 123 45 67", "chat-of", "update-")
    seen: list[str] = []

    async def scenario() -> None:
        chats = Chats(talks=shared.open(), conversation=Conversation(fake_service(), HANDOFF))
        inbox, wrote = chats.open(), said("380501234567", "мій 067 123 45 67", "update-1")
        await inbox.accept(chats.platform, [wrote])
        async with shared.open().turn(inbox.key(wrote)):
            seen.append(shared.texts())
        await inbox.close(60)
        seen.append(shared.texts())

    _run(shared, scenario)
    assert "[телефон]" in seen[1] and "telegram" in seen[1] and len(seen[1].splitlines()) > 1
    assert [word for word in personal for text in seen if word in text] == []


def test_a_crowd_on_one_channel_pushes_no_chat_of_another_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(talks_module, "_MOST_TALKS", 3)

    async def crowd() -> tuple[Talk | None, Talk | None, Talk | None]:
        talks = MemoryTalks()
        await talks.keep("olena", Talk("telegram"))
        for number in range(9):
            await talks.keep(f"made up {number}", Talk("demo"))
        first, last = await talks.load("made up 0"), await talks.load("made up 8")
        return await talks.load("olena"), first, last

    assert asyncio.run(crowd()) == (Talk("telegram"), None, Talk("demo"))
