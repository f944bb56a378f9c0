"""Many write while the platform repeats itself, mixes things up and fails: counted, not timed.

`bench/channels.py` does the same at full size, over the real index, and times it.
"""

from collections import Counter
from pathlib import Path

import pytest
from support.app import count
from support.corpus import FEE_QUESTION
from support.platforms.deliveries import Delivery, disturbed
from support.platforms.faults import BAD_GATEWAY, CUT, hanging
from support.platforms.telegram import Telegram
from support.platforms.telegram_citizen import Citizen
from support.telegram_bot import telegram_bot
from support.waiting import until

from qa_service.channels import sending

PEOPLE, AT_ONCE = 100, 8
FAULTS = (BAD_GATEWAY, CUT, hanging(60.0))


def _deeds(one: Citizen) -> list[Delivery]:
    """Each with a reply of its own, whatever was done before."""
    return [one.starts(), one.writes(FEE_QUESTION), one.writes("/lang"), one.sends("sticker")]


def _read(platform: Telegram, people: list[Citizen]) -> list[Counter[str]]:
    """What each read, and how often."""
    found = {one.id: Counter[str]() for one in people}
    for message in list(platform.chats.sent):
        if message.chat in found:
            found[message.chat][message.text] += 1
    return list(found.values())


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_or_told_to_somebody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(sending, "DEADLINE_S", 5.0)
    with telegram_bot(tmp_path) as (platform, app):
        reader, *people = [Citizen(platform, 5_000_001 + number) for number in range(PEOPLE + 1)]
        platform.courier.all(_deeds(reader))
        until(lambda: sum(_read(platform, [reader])[0].values()) == 4)
        rounds = zip(*map(_deeds, people), strict=True)
        for wrote in rounds:
            for fault in FAULTS:
                platform.faults.add("sendMessage", fault, times=4)
            platform.too_many("sendMessage", retry_after=1, times=8)
            platform.courier.all(disturbed(wrote, duplicated=0.2, moved=0.2), AT_ONCE)
        done = 4 * (PEOPLE + 1)
        until(lambda: count(app, "qa_chat_reply_seconds_count", channel="telegram") == done)
        assert _read(platform, people) == _read(platform, [reader]) * PEOPLE
        assert count(app, "qa_chat_calls_total", channel="telegram", fate="sent") == done
        assert len(platform.courier.acks) > done
