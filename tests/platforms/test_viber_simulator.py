"""The simulated Viber refuses by its statuses, calls back at once, and signs what it delivers."""

import hmac
import json
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.platforms.deliveries import in_process
from support.platforms.listening import ListeningBot
from support.platforms.viber import SIGNATURE, TOKEN_HEADER, Viber
from support.platforms.viber_checks import STATUSES
from support.platforms.viber_citizen import ATTACHMENTS, Citizen

HOOK = "https://bot.example/hook"
KEY = {"ActionType": "reply", "ActionBody": "f1", "Text": "Ціна", "Columns": 3, "Rows": 1}


def called(platform: Viber, method: str, **given: Any) -> Any:
    headers = {TOKEN_HEADER: platform.token}
    response = TestClient(platform.app).post(f"/pa/{method}", json=given, headers=headers)
    assert response.status_code == 200
    return response.json()


def heard_by(bot: ListeningBot) -> Citizen:
    platform = Viber(reach=lambda _: in_process(TestClient(bot.app), "/hook"))
    assert called(platform, "set_webhook", url=HOOK)["status"] == 0
    return Citizen(platform)


def someone() -> Citizen:
    citizen = heard_by(ListeningBot())
    citizen.writes("Привіт")
    return citizen


def to(citizen: Citizen, **more: Any) -> dict[str, Any]:
    given = {"receiver": citizen.id, "type": "text", "text": "x", "sender": {"name": "Бот"}}
    return given | more


def keys(*buttons: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"keyboard": {"Type": "keyboard", "Buttons": buttons} | more}


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"text": "а" * 7001}, 3),
        ({"text": ""}, 4),
        ({"type": None}, 4),
        ({"type": "telepathy"}, 3),
        ({"sender": {}}, 4),
        ({"sender": {"name": "а" * 29}}, 3),
        ({"tracking_data": "а" * 4001}, 3),
        ({"receiver": ""}, 4),
        ({"receiver": "77"}, 5),
        (keys(), 3),
        (keys(KEY, Type="table"), 3),
        (keys(KEY, InputFieldState="secret"), 3),
        (keys(KEY | {"Columns": 7}), 3),
        (keys(KEY | {"Rows": 3}), 3),
        (keys(KEY | {"ActionType": "dance"}), 3),
        (keys(KEY | {"ActionBody": ""}), 3),
        (keys(KEY | {"ActionType": "open-url", "ActionBody": "hsc"}), 3),
        (keys(KEY | {"Text": "а" * 251}), 3),
        (keys(*[KEY] * 25), 3),
        (keys(KEY | {"Image": "а" * 15_001}), 3),
    ],
)
def test_a_message_outside_of_the_limits_is_refused(more: Any, status: int) -> None:
    citizen = someone()
    answer = called(citizen.platform, "send_message", **to(citizen, **more))
    assert answer["status"] == status and answer["status_message"].startswith(STATUSES[status])
    assert citizen.reads == []


def test_the_longest_messages_pass() -> None:
    citizen = someone()
    longest = {"text": "а" * 4000, "tracking_data": "т" * 100, "sender": {"name": "а" * 28}}
    for more in ({"text": "а" * 4000}, longest | keys(*[KEY] * 24)):
        assert called(citizen.platform, "send_message", **to(citizen, **more))["status"] == 0
    assert len(citizen.reads[1].content.buttons) == 24
    back = json.loads(citizen.presses(citizen.reads[1].content.buttons[0]).body)["message"]
    assert back["text"] == "f1" and back["tracking_data"] == "т" * 100


def test_a_wrong_token_and_malformed_json_are_refused() -> None:
    client = TestClient(Viber().app)
    assert client.post("/pa/send_message", json={"auth_token": "x"}).json()["status"] == 2
    assert client.post("/pa/send_message", content=b"{").json()["status"] == 3


@pytest.mark.parametrize("status", [2, 7, 12])
def test_each_status_comes_on_demand(status: int) -> None:
    citizen = someone()
    citizen.platform.fail(status)
    assert called(citizen.platform, "send_message", **to(citizen))["status"] == status
    assert called(citizen.platform, "send_message", **to(citizen))["status"] == 0


def test_only_subscribers_are_written_to() -> None:
    citizen = heard_by(ListeningBot())
    citizen.opens()
    assert called(citizen.platform, "send_message", **to(citizen))["status"] == 6
    citizen.subscribes()
    assert called(citizen.platform, "send_message", **to(citizen))["status"] == 0
    citizen.unsubscribes()
    assert called(citizen.platform, "send_message", **to(citizen))["status"] == 6


def test_a_hundred_messages_go_unanswered_and_no_more() -> None:
    citizen = someone()
    statuses = [
        called(citizen.platform, "send_message", **to(citizen))["status"] for _ in range(101)
    ]
    assert statuses == [0] * 100 + [12]
    citizen.writes("Я тут")
    assert called(citizen.platform, "send_message", **to(citizen))["status"] == 0


def test_setting_the_webhook_calls_it_back_first() -> None:
    bot = ListeningBot()
    citizen = heard_by(bot)
    assert json.loads(bot.heard[0])["event"] == "webhook"
    info = called(citizen.platform, "get_account_info")
    assert info["webhook"] == HOOK and "conversation_started" in info["event_types"]
    bot.statuses.append(500)
    assert called(citizen.platform, "set_webhook", url=HOOK)["status"] == 1
    assert called(citizen.platform, "set_webhook", url="http://bot.example")["status"] == 1
    assert called(citizen.platform, "set_webhook")["status"] == 4
    assert called(citizen.platform, "set_webhook", url=HOOK, event_types=["x"])["status"] == 3
    assert called(citizen.platform, "send_message", **to(someone()))["status"] == 10


def test_deliveries_are_signed_and_repeat_until_200() -> None:
    bot = ListeningBot()
    citizen = heard_by(bot)
    bot.statuses = [503, 204]
    delivery = citizen.writes("Скільки коштує?")
    ack = citizen.platform.deliver(delivery)
    assert ack and ack.status == 200 and bot.heard[1:] == [delivery.body] * 3
    made = hmac.new(citizen.platform.token.encode(), delivery.body, "sha256").hexdigest()
    assert bot.headers[1][SIGNATURE.lower()] == made


def test_a_welcome_stands_in_the_answer_to_the_opened_chat() -> None:
    welcome = {"sender": {"name": "Бот"}, "type": "text", "text": "Вітаємо"}
    citizen = heard_by(ListeningBot(says=json.dumps(welcome).encode()))
    citizen.platform.deliver(citizen.opens("fb"))
    assert [(each.content.text, each.welcome) for each in citizen.reads] == [("Вітаємо", True)]


def test_events_that_were_not_asked_for_stay_away() -> None:
    bot = ListeningBot()
    citizen = heard_by(bot)
    called(citizen.platform, "set_webhook", url=HOOK, event_types=["seen"])
    heard = len(bot.heard)
    assert citizen.platform.deliver(citizen.opens()) is None and len(bot.heard) == heard
    assert citizen.platform.deliver(citizen.writes("x")) is not None


def test_every_event_has_the_shape_of_viber() -> None:
    citizen = someone()
    called(citizen.platform, "send_message", **to(citizen))
    sent = citizen.reads[0]
    for kind, content in ATTACHMENTS.items():
        assert json.loads(citizen.sends(kind).body)["message"]["type"] == content["type"]
    for told in (citizen.got(sent), citizen.saw(sent), citizen.never_got(sent)):
        assert json.loads(told.body)["message_token"] == sent.token
    first, second = (json.loads(citizen.writes("x").body) for _ in range(2))
    assert first["message_token"] < second["message_token"]
    assert json.loads(citizen.does_something_new().body)["event"] == "telepathy"
