"""What all simulated platforms share: couriers that disturb deliveries, servers that fail; and the
platform that is none of the known ones.
"""

import json
from collections import Counter
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient
from support.platforms.deliveries import (
    Courier,
    Delivery,
    asked_over_http,
    disturbed,
    in_process,
    over_http,
)
from support.platforms.faults import BAD_GATEWAY
from support.platforms.generic import FRESH_S, Citizen, Generic
from support.platforms.listening import ListeningBot
from support.platforms.serving import platform_served


def many(count: int) -> list[Delivery]:
    return [Delivery(str(number), str(number).encode(), ()) for number in range(count)]


def test_disturbed_deliveries_lose_nothing() -> None:
    sent = many(1000)
    received = disturbed(sent, duplicated=0.1, moved=0.1)
    times = Counter(delivery.id for delivery in received)
    assert set(times) == {delivery.id for delivery in sent} and set(times.values()) == {1, 2}
    assert 50 < len(received) - 1000 < 150
    first = list(dict.fromkeys(delivery.id for delivery in received))
    assert first != [delivery.id for delivery in sent]
    assert received == disturbed(sent, duplicated=0.1, moved=0.1)


def test_a_courier_gives_up_after_a_few_tries_and_keeps_them() -> None:
    bot = ListeningBot(statuses=[500] * 9)
    courier = Courier(in_process(TestClient(bot.app), "/hook"))
    assert courier.until_accepted(many(1)[0], most=3).status == 500
    assert [ack.status for ack in courier.acks] == [500] * 3


def test_a_courier_delivers_at_once_over_http_and_finds_the_slow_answers() -> None:
    bot = ListeningBot(takes_s=0.05)
    with platform_served(bot.app) as address:
        courier = Courier(over_http(f"{address}/hook"))
        acks = courier.all(many(8), at_once=8)
        assert asked_over_http(f"{address}/hook")("hub.challenge=5&hub.verify_token=").body == b"5"
    assert [ack.status for ack in acks] == [200] * 8 and len(bot.heard) == 8
    assert courier.slower_than(0.04) == courier.acks and courier.slower_than(60) == []


def test_a_platform_does_not_wait_for_a_bot_that_hangs_or_is_gone() -> None:
    with platform_served(ListeningBot(takes_s=0.5).app) as address:
        assert over_http(f"{address}/hook", timeout_s=0.05)(many(1)[0]).status is None
    assert over_http(f"{address}/hook")(many(1)[0]).status is None
    assert asked_over_http(f"{address}/hook")("").status is None


def test_a_delivery_can_break_off_in_its_body() -> None:
    bot = ListeningBot()
    with platform_served(bot.app) as address:
        deliver = over_http(f"{address}/hook")
        whole = Delivery("1", b"0123456789", ())
        assert deliver(whole.cut(4)).status is None and deliver(whole).status == 200
    assert bot.heard == [whole.body]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 200),
        ({"X-QA-Signature": None}, 401),
        ({"X-QA-Signature": "sha256=00"}, 401),
        ({"X-QA-Timestamp": None}, 401),
        ({"X-QA-Timestamp": "1"}, 401),
    ],
)
def test_the_other_platform_takes_only_what_is_signed(change: Any, status: int) -> None:
    platform = Generic()
    delivery = platform.signed({"text": "Обмін коштує 572 грн"})
    for name, value in change.items():
        delivery = delivery.with_header(name, value)
    ack = in_process(TestClient(platform.app), "/replies")(delivery)
    assert ack.status == status and len(platform.received) == (status == 200)


def test_the_other_platform_refuses_stale_changed_and_broken_bodies() -> None:
    platform = Generic()
    deliver = in_process(TestClient(platform.app), "/replies")
    assert deliver(platform.signed({}, age_s=FRESH_S + 2)).status == 401
    assert deliver(platform.signed({}, age_s=FRESH_S - 2)).status == 200
    assert deliver(platform.signed({}).with_body(b"[]")).status == 401
    assert deliver(Citizen(platform).sends_rubbish()).status == 400


def test_the_other_platform_fails_on_demand() -> None:
    platform = Generic()
    platform.faults.add("replies", BAD_GATEWAY)
    with platform.served() as address:
        answer = httpx2.post(f"{address}/replies", content=b"{}")
        assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
        assert httpx2.post(f"{address}/replies", content=b"{}").status_code == 401


def test_foreign_platforms_post_in_their_own_form() -> None:
    citizen = Citizen(Generic())
    text = "Скільки коштує обмін прав?"
    rasa = json.loads(citizen.asks_through_rasa(text).body)
    assert rasa["tracker"]["latest_message"]["text"] == text
    dialogflow = json.loads(citizen.asks_through_dialogflow(text).body)
    assert dialogflow["queryResult"]["queryText"] == text
    botpress = json.loads(citizen.asks_through_botpress(text).body)
    assert botpress["data"]["message"]["payload"]["text"] == text
    kinds = [citizen.writes(text), citizen.presses("f1"), citizen.starts(), citizen.stops()]
    events = [json.loads(each.body) for each in [*kinds, citizen.sends("sticker")]]
    assert [each["kind"] for each in events] == ["text", "button", "start", "stop", "other"]
    assert len({each["id"] for each in events}) == 5
