"""What people do is answered once and in their order, whatever goes wrong. Each test name is the
rule.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from time import sleep
from typing import Any

import pytest
from support.chats import (
    BUSY,
    GONE,
    REFUSED,
    REVOKED,
    SENT,
    Chats,
    Collecting,
    Echo,
    Exchange,
    said,
    too_many,
)
from support.fakes import HANDOFF, fake_service
from support.waiting import MOST_S

from qa_service.channels import Act, Call, Inbound, Reply, Text, lines
from qa_service.channels import inbox as inbox_module
from qa_service.channels.answering import Said
from qa_service.channels.conversation import Conversation
from qa_service.channels.inbox import SLOWED_S
from qa_service.channels.lines import MOST_OF_ONE, MOST_WAITING
from qa_service.channels.sending import HttpExchange
from qa_service.channels.talks import TALK_S, MemoryTalks, Talk
from qa_service.errors import OverloadedError

PHONE = HANDOFF.phone


def _is_phone(text: str) -> bool:
    return PHONE in text


async def _until(condition: Any) -> None:
    async with asyncio.timeout(MOST_S):
        while not condition():
            await asyncio.sleep(0)


# Order and repeats


def test_one_person_is_answered_in_the_order_of_their_messages() -> None:
    chats = Chats()
    chats.run(*(said("p-1", f"m-{number}") for number in range(10)))
    expected = ["m-0", *(f"m-{number} after m-{number - 1}" for number in range(1, 10))]
    assert chats.exchange.texts() == expected


def test_ten_messages_of_one_person_at_once_are_answered_in_the_order_they_came_in() -> None:
    chats = Chats(at_once=10)

    async def scenario() -> None:
        inbox = chats.open()
        messages = [said("p-1", f"m-{number}") for number in range(10)]
        await asyncio.gather(*(inbox.accept(chats.platform, [one]) for one in messages))
        await inbox.close(MOST_S)

    asyncio.run(scenario())
    assert [text.split()[0] for text in chats.exchange.texts()] == [f"m-{n}" for n in range(10)]


def test_a_delivery_that_comes_again_is_answered_once_however_soon_it_comes() -> None:
    chats = Chats()
    first, other = said("p-1", "one", "u-1"), said("p-1", "two", "u-2")
    chats.run(first, first, other, first, other)
    assert chats.exchange.texts() == ["one", "two after one"]
    assert chats.count("qa_chat_reply_seconds_count", channel="telegram") == 2


def test_a_program_that_waits_is_told_what_it_asked_and_of_a_repeat_that_it_is_one() -> None:
    chats = Chats()

    async def scenario() -> None:
        inbox, first = chats.open(), said("p-1", "one", "u-1")
        assert await inbox.answer_once(first) == Reply((Text("one"),))
        assert await inbox.answer_once(first) is None
        assert await inbox.answer(first) == Reply((Text("one after one"),))
        await inbox.close(MOST_S)

    asyncio.run(scenario())
    assert chats.exchange.tried == 0


def test_platforms_number_their_deliveries_each_for_itself() -> None:
    chats = Chats()
    chats.run(said("p-1", "one", "u-1"), said("p-1", "one", "u-1", channel="viber"))
    assert chats.exchange.texts() == ["one", "one"]


def test_a_thousand_chats_at_once_are_not_mixed() -> None:
    chats, people = Chats(at_once=4), [f"p-{number}" for number in range(1_000)]

    async def scenario() -> None:
        inbox = chats.open()
        for text in ("first", "second"):
            batch = [said(person, f"{text} of {person}") for person in people]
            await asyncio.gather(*(inbox.accept(chats.platform, [one]) for one in batch))
            await _until(lambda: not inbox._lines.waiting)
        await inbox.close(MOST_S)

    asyncio.run(scenario())
    for person in people:
        first, second = f"first of {person}", f"second of {person}"
        assert chats.exchange.texts(f"chat-of-{person}") == [first, f"{second} after {first}"]


def test_people_of_the_same_id_on_two_platforms_have_two_chats() -> None:
    chats = Chats()
    chats.run(said("7", "one"), said("7", "two", channel="viber"))
    assert sorted(chats.exchange.texts()) == ["one", "two"]


class Crowd(Echo):
    """Counts how many are answered at once."""

    now = most = 0
    lock = Lock()

    def reply(self, inbound: Inbound, talk: Talk) -> Said:
        with Crowd.lock:
            Crowd.now += 1
            Crowd.most = max(Crowd.most, Crowd.now)
        sleep(0.001)  # so that others come in between, if they may
        with Crowd.lock:
            Crowd.now -= 1
        return super().reply(inbound, talk)


def test_no_more_are_worked_out_at_once_than_the_machine_answers() -> None:
    chats = Chats(conversation=Crowd(fake_service(), HANDOFF), at_once=2)
    chats.run(*(said(f"p-{number}", "one") for number in range(20)))
    assert Crowd.most == 2 and len(chats.exchange.arrived) == 20


def test_a_turn_begins_once_there_is_a_place_to_work_it_out() -> None:
    """It is a lease, which would run out while its holder waits."""
    chats = Chats(talks=(talks := TurnsCounted()), at_once=2)
    chats.run(*(said(f"p-{number}", "one") for number in range(20)))
    assert talks.most == 2 and len(chats.exchange.arrived) == 20


class TurnsCounted(MemoryTalks):
    """Of different people at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self._now = self.most = 0

    @asynccontextmanager
    async def turn(self, person: str) -> AsyncIterator[None]:
        self._now += 1
        self.most = max(self.most, self._now)
        yield
        self._now -= 1


# Room


def test_a_full_inbox_refuses_and_loses_nothing_that_is_delivered_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "MOST_WAITING", 5)
    assert MOST_WAITING == 2_000
    chats = Chats()

    async def scenario() -> None:
        inbox, refused = chats.open(), list[Inbound]()
        for number in range(20):
            message = said(f"p-{number}", "one", f"u-{number}")
            try:
                await inbox.accept(chats.platform, [message])
            except OverloadedError as error:
                assert error.retry_after_s > 0
                refused.append(message)
        assert len(refused) == 15
        with pytest.raises(OverloadedError):
            await inbox.answer(said("p-1", "two"))
        while refused:
            await _until(lambda: not inbox._lines.waiting)
            await inbox.accept(chats.platform, [refused.pop()])
        await inbox.close(MOST_S)

    asyncio.run(scenario())
    assert Counter(str(one.body["to"]) for one in chats.exchange.arrived) == Counter(
        f"chat-of-p-{number}" for number in range(20)
    )


def test_a_channel_whose_platform_takes_no_replies_fills_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "MOST_WAITING", 3)
    chats, is_free = Chats(Exchange(*[too_many(60)] * 3)), asyncio.Event()

    async def paused(seconds: float) -> None:
        await is_free.wait()

    chats.pauses = paused  # type: ignore[assignment]

    async def scenario() -> None:
        inbox = chats.open()
        slow = [said(f"p-{number}", "one") for number in range(3)]
        await inbox.accept(chats.platform, slow)
        await _until(lambda: chats.exchange.tried == 3)
        with pytest.raises(OverloadedError):
            await inbox.accept(chats.platform, [said("p-4", "one")])
        await inbox.accept(Collecting("viber"), [said("p-1", "two", channel="viber")])
        assert (await inbox.answer(said("p-1", "three", channel="webhook"))).blocks
        await _until(lambda: chats.exchange.texts() == ["two"])
        is_free.set()
        await _until(lambda: not inbox._lines.waiting)
        await inbox.accept(chats.platform, [said("p-4", "one")])
        await inbox.close(MOST_S)

    asyncio.run(scenario())
    assert len(chats.exchange.texts()) == 5


def test_a_batch_is_taken_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST_WAITING", 3)
    chats = Chats()

    async def scenario() -> None:
        inbox = chats.open()
        first = [said(f"p-{number}", "one") for number in range(5)]
        second = [said(f"p-{number}", "two") for number in range(5)]
        await inbox.accept(chats.platform, first)
        with pytest.raises(OverloadedError):
            await inbox.accept(chats.platform, second)
        await _until(lambda: not inbox._lines.waiting)
        assert set(chats.exchange.texts()) == {"one"} and len(chats.exchange.arrived) == 5
        await inbox.accept(chats.platform, second)
        await inbox.close(MOST_S)

    asyncio.run(scenario())
    assert chats.exchange.texts("chat-of-p-4") == ["one", "two after one"]


def test_one_person_does_not_fill_the_inbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a platform takes no reply to them. What they want to be forgotten is."""
    monkeypatch.setattr(lines, "MOST_WAITING", MOST_OF_ONE + 5)
    chats, is_free = Chats(), asyncio.Event()

    async def paused(seconds: float) -> None:
        await is_free.wait()

    chats.exchange = Exchange(BUSY)
    chats.pauses = paused  # type: ignore[assignment]

    async def scenario() -> None:
        inbox = chats.open()
        for number in range(2 * MOST_WAITING):
            await inbox.accept(chats.platform, [said("p-1", f"m-{number}")])
        await inbox.accept(chats.platform, [said("p-1", "/delete")])
        assert (await inbox.answer(said("p-1", "another"))).blocks == ()
        assert (await inbox.answer(said("p-2", "one"))).blocks
        is_free.set()
        await inbox.close(MOST_S)

    asyncio.run(scenario())
    assert len(chats.exchange.texts("chat-of-p-1")) == MOST_OF_ONE + 1
    assert "забуто" in chats.exchange.texts()[-1]


# What goes wrong


def test_whoever_cannot_be_answered_gets_the_phone_and_the_next_message_its_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    chats = Chats()
    chats.run(said("p-1", "fail"), said("p-1", "two"))
    texts = chats.exchange.texts()
    assert any(map(_is_phone, texts)) and texts[-1] == "two"
    assert chats.count("qa_chat_handovers_total", channel="telegram", reason="failure") == 1
    [line] = caplog.records
    assert (line.getMessage(), vars(line)["cause"]) == (
        "no reply could be worked out",
        "ValueError",
    )


def test_whoever_writes_to_a_busy_service_gets_the_phone() -> None:
    class Busy(Echo):
        def reply(self, inbound: Inbound, talk: Talk) -> Said:
            raise OverloadedError("too many questions at once", 1)

    chats = Chats(conversation=Busy(fake_service(), HANDOFF))
    chats.run(said("p-1", "one"))
    assert any(map(_is_phone, chats.exchange.texts()))


def test_a_reply_that_cannot_be_written_for_its_platform_is_the_phone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Picky(Collecting):
        def calls(self, to: Inbound, reply: Reply) -> Sequence[Call]:
            if any(getattr(block, "text", "") == "two" for block in reply.blocks):
                raise ValueError(f"{to.person} is told two")
            return super().calls(to, reply)

    chats = Chats(platform=Picky())
    chats.run(said("p-1", "two"), said("p-2", "one"))
    assert any(map(_is_phone, chats.exchange.texts("chat-of-p-1")))
    assert chats.exchange.texts("chat-of-p-2") == ["one"]
    assert [one.getMessage() for one in caplog.records] == ["a chat message failed"]


def test_of_whoever_blocked_the_bot_nothing_is_known_any_more() -> None:
    chats = Chats(Exchange(SENT, GONE))
    chats.run(said("p-1", "one"), said("p-1", "two"), said("p-1", "three"))
    assert chats.exchange.texts() == ["one", "three"]


def test_a_store_that_hangs_does_not_keep_the_platform_waiting() -> None:
    class Hanging(MemoryTalks):
        async def is_new(self, delivery: str) -> bool:
            await is_free.wait()
            return await super().is_new(delivery)

    chats, is_free = Chats(talks=Hanging()), asyncio.Event()

    async def scenario() -> None:
        inbox = chats.open()
        await inbox.accept(chats.platform, [said("p-1", "one")])
        assert not chats.exchange.arrived
        is_free.set()
        await inbox.close(MOST_S)

    asyncio.run(scenario())
    assert chats.exchange.texts() == ["one"]


# Too fast


@dataclass
class Allowance:
    """So many of each person."""

    most: int
    counted: Counter[str] = field(default_factory=Counter)

    async def __call__(self, person: str) -> bool:
        self.counted[person] += 1
        return self.counted[person] <= self.most


def test_whoever_writes_too_fast_is_told_so_once_a_minute_and_nobody_else() -> None:
    chats = Chats(within=Allowance(2))

    async def scenario() -> None:
        inbox = chats.open()

        async def write(*texts: str) -> None:
            await inbox.accept(chats.platform, [said("p-1", text) for text in texts])
            await _until(lambda: not inbox._lines.waiting)

        await write("one", "two", "three", "four")
        chats.clock.now += SLOWED_S - 1
        await write("five")
        await inbox.accept(chats.platform, [said("p-2", "one")])
        chats.clock.now += 1
        await write("six", "seven")
        await inbox.close(MOST_S)

    asyncio.run(scenario())
    slow = "Забагато повідомлень"
    texts = [text if slow not in text else slow for text in chats.exchange.texts("chat-of-p-1")]
    assert texts == ["one", "two after one", slow, slow]
    assert chats.exchange.texts("chat-of-p-2") == ["one"]


@pytest.mark.parametrize("how", ["/delete", "/stop", "left"])
def test_whoever_goes_is_heard_however_fast_they_write(how: str) -> None:
    chats = Chats(within=Allowance(2))
    act = Act.LEFT if how == "left" else Act.TEXT
    chats.run(*(said("p-1", text) for text in "abcd"), said("p-1", how, act=act))
    asyncio.run(_nothing_is_known(chats))


async def _nothing_is_known(chats: Chats) -> None:
    assert await chats.talks.load(chats.open().key(said("p-1", ""))) is None


def test_looking_things_up_is_counted_apart_and_never_told_to_be_too_fast() -> None:
    chats = Chats(conversation=Conversation(fake_service(), HANDOFF), within=Allowance(3))
    chats.run(*(said("p-1", text, act=Act.INLINE) for text in "abcdef"))
    assert chats.count("qa_chat_reply_seconds_count", channel="telegram") == 6
    looked_up = len(chats.exchange.arrived)
    chats.run(said("p-1", "обмін прав"))
    assert looked_up and len(chats.exchange.arrived) > looked_up
    assert not any("Забагато" in text for text in chats.exchange.texts())


# Keys


def test_a_key_can_be_made_by_nobody_without_the_secret() -> None:
    async def key(secret: str) -> str:
        return Chats(secret=secret).open().key(said("p-1", ""))

    keys = [asyncio.run(key(secret)) for secret in ("one", "one", "another")]
    assert keys[0] == keys[1] != keys[2]


# Forgetting


@pytest.mark.parametrize("how", ["/stop", "/delete", "стоп", "Стоп.", "стоп!", "СТОП!.."])
def test_what_a_person_wants_forgotten_is_forgotten_at_once(how: str) -> None:
    chats = Chats()
    chats.run(said("p-1", "one"), said("p-1", how), said("p-1", "two"))
    texts = chats.exchange.texts()
    assert (texts[0], texts[-1], len(texts)) == ("one", "two", 3)


def test_of_whoever_leaves_nothing_is_known_and_nothing_is_said_to_them() -> None:
    chats = Chats()
    chats.run(said("p-1", "one"), said("p-1", "", act=Act.LEFT), said("p-1", "two"))
    assert chats.exchange.texts() == ["one", "two"]


def test_what_is_looked_up_is_no_part_of_the_chat() -> None:
    chats = Chats()
    chats.run(said("p-1", "борщ", act=Act.INLINE))
    asyncio.run(_nothing_is_known(chats))
    chats.run(said("p-1", "one"), said("p-1", "борщ", act=Act.INLINE), said("p-1", "two"))
    assert chats.exchange.texts()[-1] == "two after one"


# Switched off


def test_a_channel_that_is_switched_off_gives_the_phone_and_the_others_answer() -> None:
    chats = Chats(off=frozenset({"viber"}))
    chats.run(said("p-1", "one"), said("p-2", "one", channel="viber"))
    assert chats.exchange.texts("chat-of-p-1") == ["one"]
    told = chats.exchange.texts("chat-of-p-2")
    assert any(map(_is_phone, told)) and "one" not in told


@pytest.mark.parametrize("how", ["/delete", "left"])
def test_a_channel_that_is_switched_off_still_forgets(how: str) -> None:
    chats = Chats()
    chats.run(said("p-1", "one"))
    chats.off = frozenset({"telegram"})
    chats.run(said("p-1", how, act=Act.LEFT if how == "left" else Act.TEXT))
    asyncio.run(_nothing_is_known(chats))


# The end of a process


def test_what_waits_is_answered_before_the_end_and_nothing_more_is_taken() -> None:
    chats = Chats()

    async def scenario() -> None:
        inbox = chats.open()
        await inbox.accept(chats.platform, [said(f"p-{number}", "one") for number in range(50)])
        answer = asyncio.create_task(inbox.answer(said("p-7", "two")))
        await asyncio.sleep(0)
        closing = asyncio.create_task(inbox.close(MOST_S))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await inbox.accept(chats.platform, [said("late", "one")])
        await closing
        assert (await answer).blocks

    asyncio.run(scenario())
    assert len(chats.exchange.arrived) == 50


def test_what_cannot_be_answered_in_time_is_counted_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    chats = Chats(Exchange(*[BUSY] * 3))
    chats.pauses = asyncio.sleep  # type: ignore[assignment]

    async def scenario() -> None:
        inbox = chats.open()
        await inbox.accept(chats.platform, [said("p-1", "one"), said("p-1", "two")])
        await _until(lambda: chats.exchange.tried)
        answer = asyncio.create_task(inbox.answer_once(said("p-1", "three")))
        await asyncio.sleep(0)
        await inbox.close(0.001)
        with pytest.raises(OverloadedError):
            await answer

    asyncio.run(scenario())
    [line] = caplog.records
    assert line.getMessage() == "chat messages are left without a reply"
    assert vars(line)["messages"] == 3


def test_connections_are_given_back_at_the_end() -> None:
    class Closing(HttpExchange):
        is_closed = False

        async def close(self) -> None:
            self.is_closed = True

    exchange = Closing()
    Chats(exchange=exchange).run()  # type: ignore[arg-type]
    assert exchange.is_closed


# What is counted and what is said in the log


def test_chats_that_ended_are_counted_by_how_they_did(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "SWEEP_S", 0)
    chats = Chats()
    chats.talks = MemoryTalks(chats.clock)

    async def scenario() -> None:
        inbox = chats.open()
        for person, misses in (("p-1", 0), ("p-2", 1), ("p-3", 2), ("p-4", 0)):
            key = inbox.key(said(person, ""))
            await chats.talks.keep(key, Talk("telegram", misses=misses))
        for person, text in (("p-1", "one"), ("p-4", "fail")):
            await inbox.accept(chats.platform, [said(person, text)])
        await inbox.accept(chats.platform, [said("p-5", "one", channel="viber")])
        await _until(lambda: not inbox._lines.waiting)
        assert not ended("contained")
        chats.clock.now += TALK_S
        await _until(lambda: ended("contained"))
        await inbox.close(MOST_S)

    def ended(ending: str, channel: str = "telegram") -> float:
        return chats.count("qa_chats_total", channel=channel, ending=ending)

    asyncio.run(scenario())
    assert (ended("contained"), ended("abandoned"), ended("handed_over")) == (1, 2, 1)
    assert ended("contained", "viber") == 1


def test_persons_offered_are_counted_by_reason() -> None:
    chats = Chats(conversation=Conversation(fake_service(), HANDOFF))
    chats.run(said("p-1", "p", act=Act.BUTTON), said("p-2", "p", act=Act.BUTTON))
    assert chats.count("qa_chat_handovers_total", channel="telegram", reason="wish") == 2


def test_no_log_line_tells_who_wrote_or_what(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong, down to the libraries' own lines."""
    caplog.set_level(logging.DEBUG)
    private = ("person-380501234567", "таємне", "update-4711", "chat-of")
    person, secret, delivery, _ = private
    answers = [SENT, GONE, REFUSED, REVOKED, BUSY, too_many(7), TimeoutError(), OSError("cut")]
    for answer in answers:
        chats = Chats(Exchange(*[answer] * 9), within=Allowance(3))
        texts = (secret, "fail", "p", f"/stop {secret}", f"{secret} {secret}", "/delete")
        wrote = [said(person, text, f"{delivery}-{text}") for text in texts]
        pressed = [replace(one, act=Act.BUTTON, id=f"{one.id}-b") for one in wrote]
        chats.run(*wrote, *pressed, *wrote)
    lines = [f"{one.getMessage()} {vars(one)}" for one in caplog.records]
    assert len(lines) > len(answers)
    assert [word for word in private for line in lines if word in line] == []
