"""Telegram is asked for updates; each is taken once, also while Telegram or we fail."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from support.platforms.faults import BAD_GATEWAY, CUT, MALFORMED, Fault
from support.platforms.telegram import Telegram as Platform
from support.platforms.telegram_citizen import Citizen
from support.waiting import MOST_S

from qa_service.channels import Inbound
from qa_service.channels import Platform as AnyPlatform
from qa_service.channels.polling import RETRY_AFTER_S, poll
from qa_service.channels.sending import HttpExchange
from qa_service.channels.telegram import Telegram
from qa_service.errors import ChannelError, OverloadedError


@dataclass
class Inbox:
    """Takes updates until it has so many, then ends the poll. full: how often it has no room."""

    enough: int
    full: int = 0
    taken: list[str] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    async def take(self, platform: AnyPlatform, inbounds: Sequence[Inbound]) -> None:
        if self.full:
            self.full -= 1
            raise OverloadedError("no room", 5)
        self.taken += [inbound.text for inbound in inbounds]

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


def polled(platform: Platform, inbox: Inbox) -> Inbox:
    """What is taken until nothing waits any more."""

    async def until_taken() -> None:
        exchange = HttpExchange()
        try:
            task = asyncio.create_task(poll(telegram, exchange, inbox.take, inbox.pause))
            async with asyncio.timeout(MOST_S):
                while not task.done() and (len(inbox.taken) < inbox.enough or platform.waiting):
                    await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            if not task.cancelled() and (error := task.exception()):
                raise error
        finally:
            await exchange.close()

    with platform.served() as address:
        telegram = Telegram(platform.token, "secret", address)
        asyncio.run(until_taken())
    return inbox


def waiting(*texts: str) -> Platform:
    """A platform with messages that nobody has asked for yet."""
    platform = Platform()
    for text in texts:
        platform.deliver(Citizen(platform).writes(text))
    return platform


def test_what_waits_is_taken_in_order_and_confirmed() -> None:
    platform = waiting("раз", "два", "три")
    assert polled(platform, Inbox(3)).taken == ["раз", "два", "три"]
    assert platform.waiting == []


def test_only_updates_that_are_read_are_asked_for() -> None:
    platform = waiting("раз")
    polled(platform, Inbox(1))
    kinds = platform.calls[0].parameters["allowed_updates"]
    assert "callback_query" in kinds and "channel_post" not in kinds


def test_what_finds_no_room_is_asked_for_again() -> None:
    inbox = polled(waiting("раз", "два"), Inbox(2, full=2))
    assert (inbox.taken, inbox.pauses) == (["раз", "два"], [5, 5])


def test_an_unknown_update_does_not_stop_the_others() -> None:
    platform = waiting("раз")
    platform.deliver(Citizen(platform).does_something_new())
    platform.deliver(Citizen(platform).writes("два"))
    assert polled(platform, Inbox(2)).taken == ["раз", "два"]


def test_a_telegram_that_fails_is_asked_again_later() -> None:
    platform = waiting("раз")
    platform.too_many("getUpdates", retry_after=7)
    for fault in (BAD_GATEWAY, MALFORMED, CUT):
        platform.faults.add("getUpdates", fault)
    inbox = polled(platform, Inbox(1))
    assert inbox.taken == ["раз"]
    assert inbox.pauses == [7, RETRY_AFTER_S, RETRY_AFTER_S, RETRY_AFTER_S]


def test_where_a_webhook_is_set_it_says_what_to_do() -> None:
    platform = waiting()
    platform.perform("setWebhook", {"url": "https://qa.example.gov.ua/channels/telegram"})
    with pytest.raises(ChannelError, match="take a bot of your own, from @BotFather"):
        polled(platform, Inbox(1))


def test_a_token_that_is_not_taken_ends_it() -> None:
    platform = waiting()
    platform.faults.add("getUpdates", Fault(401, b'{"ok": false, "description": "Unauthorized"}'))
    with pytest.raises(ChannelError, match=r"401 Unauthorized.*QA_TELEGRAM_TOKEN"):
        polled(platform, Inbox(1))
