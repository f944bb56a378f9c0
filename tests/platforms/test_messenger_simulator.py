"""The simulated Messenger refuses what the Send API refuses, and signs what it delivers."""

import hmac
import json
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.platforms.deliveries import Courier, asked_in_process, in_process
from support.platforms.listening import ListeningBot
from support.platforms.messenger import APP_ID, INBOX_ID, PAGE_ID, SIGNATURE, Messenger
from support.platforms.messenger_citizen import ATTACHMENTS, Citizen, events_of

LONG = "а" * 2001


def called(platform: Messenger, edge: str, **given: Any) -> tuple[int, Any]:
    url = f"/v25.0/me/{edge}?access_token={platform.page_token}"
    response = TestClient(platform.app).post(url, json=given)
    return response.status_code, response.json()


def to(citizen: Citizen, message: Any, **more: Any) -> dict[str, Any]:
    given = {"recipient": {"id": citizen.id}, "messaging_type": "RESPONSE", "message": message}
    return given | more


def error(citizen: Citizen, edge: str = "messages", **given: Any) -> tuple[int, int | None, str]:
    status, body = called(citizen.platform, edge, **given)
    assert status == 400 and body["error"]["type"] == "OAuthException"
    found = body["error"]
    return found["code"], found.get("error_subcode"), found["message"]


def someone(**more: Any) -> Citizen:
    citizen = Citizen(Messenger(**more))
    citizen.writes("Привіт")
    return citizen


def quick(*titles: str, payload: str = "f1") -> dict[str, Any]:
    replies = [{"content_type": "text", "title": title, "payload": payload} for title in titles]
    return {"text": "x", "quick_replies": replies}


def template(text: str, *buttons: dict[str, str]) -> dict[str, Any]:
    payload = {"template_type": "button", "text": text, "buttons": buttons}
    return {"attachment": {"type": "template", "payload": payload}}


PRESS = {"type": "postback", "title": "Ціна", "payload": "f1"}


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ({"text": LONG}, "Length of param message[text] must be less than or equal to 2000"),
        ({"text": " "}, "Param message[text] must be a non-empty UTF-8 encoded string"),
        ({}, "Must upload exactly one message type: text or attachment"),
        (quick(*"12345678901234"), "Too many elements in param message[quick_replies]"),
        (quick("а" * 21), "message[quick_replies][0][title] must be less than or equal to 20"),
        (quick("Ціна", payload="а" * 1001), "[payload] must be less than or equal to 1000"),
        (quick("Ціна", payload=""), "message[quick_replies][0][payload] must be a non-empty"),
        ({"text": "x", "quick_replies": [{"title": "1"}]}, "[content_type] must be one of"),
        (template("а" * 641, PRESS), "name_placeholder[text] must be less than or equal to 640"),
        (template("x"), "name_placeholder[buttons] must be an array of 1 to 3"),
        (template("x", *[PRESS] * 4), "name_placeholder[buttons] must be an array of 1 to 3"),
        (template("x", PRESS | {"title": "а" * 21}), "[buttons][0][title] must be less than"),
        (template("x", PRESS | {"payload": "а" * 1001}), "[payload] must be less than"),
        (template("x", PRESS | {"type": "fax"}), "[type] must be one of"),
        (template("x", {"type": "web_url", "title": "Сайт", "url": "hsc"}), "a valid URL"),
        (template("x", PRESS | {"type": "phone_number", "payload": "044"}), "a phone number"),
        ({"attachment": {"type": "image", "payload": {}}}, "Unsupported attachment"),
    ],
)
def test_a_message_outside_of_the_limits_is_refused(message: Any, says: str) -> None:
    citizen = someone()
    code, _, text = error(citizen, **to(citizen, message))
    assert code == 100 and text.startswith("(#100) ") and says in text
    assert citizen.reads == []


@pytest.mark.parametrize(
    ("more", "code", "subcode"),
    [
        ({"recipient": {}}, 100, None),
        ({"recipient": {"id": "77"}}, 100, 2018001),
        ({"messaging_type": None}, 100, None),
        ({"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}, 10, None),
        ({"sender_action": "typing_on"}, 100, None),
        ({"access_token": "revoked"}, 190, None),
    ],
)
def test_a_call_that_lacks_its_parts_is_refused(more: Any, code: int, subcode: int | None) -> None:
    citizen = someone()
    assert error(citizen, **to(citizen, {"text": "x"}, **more))[:2] == (code, subcode)


def test_the_longest_messages_pass() -> None:
    citizen = someone()
    for message in (
        {"text": "а" * 2000},
        quick(*["а" * 20] * 13, payload="а" * 1000),
        template("а" * 640, *[PRESS] * 3),
    ):
        assert called(citizen.platform, "messages", **to(citizen, message))[0] == 200
    text, replies, buttons = (message.content for message in citizen.reads)
    assert text.text == "а" * 2000 and len(replies.quick_replies) == 13
    assert [button.payload for button in buttons.buttons] == ["f1"] * 3


def test_nobody_is_written_to_a_day_after_their_last_message() -> None:
    now = 1_000_000.0
    citizen = someone(clock=lambda: now)
    now += 24 * 3600 + 1
    said = to(citizen, {"text": "x"})
    assert error(citizen, **said)[:2] == (10, 2018278)
    tagged = said | {"messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"}
    assert called(citizen.platform, "messages", **tagged)[0] == 200
    citizen.writes("Я тут")
    assert called(citizen.platform, "messages", **said)[0] == 200


def test_whoever_blocked_the_page_is_not_available() -> None:
    citizen = someone()
    citizen.blocks()
    assert error(citizen, **to(citizen, {"text": "x"}))[:2] == (551, 1545041)


@pytest.mark.parametrize("code", [4, 10, 100, 190, 200, 551, 613])
def test_each_code_of_the_graph_api_comes_on_demand(code: int) -> None:
    citizen = someone()
    citizen.platform.fail(code)
    assert error(citizen, **to(citizen, {"text": "x"}))[0] == code
    assert called(citizen.platform, "messages", **to(citizen, {"text": "x"}))[0] == 200


def test_a_thread_that_was_passed_on_is_only_overheard_until_it_comes_back() -> None:
    citizen = someone()
    person: dict[str, Any] = {"recipient": {"id": citizen.id}}
    assert error(citizen, "pass_thread_control", **person)[0] == 100
    given = person | {"target_app_id": INBOX_ID, "metadata": "обмін прав"}
    assert called(citizen.platform, "pass_thread_control", **given)[0] == 200
    assert citizen.platform.passed[0].metadata == "обмін прав"
    assert error(citizen, **to(citizen, {"text": "x"}))[:2] == (10, 2018300)
    overheard = citizen.writes("Добрий день")
    assert events_of(overheard) == [] and events_of(overheard, "standby")[0]["message"]["text"]
    back = events_of(citizen.is_handed_back())[0]["pass_thread_control"]
    assert back["new_owner_app_id"] == APP_ID
    assert called(citizen.platform, "messages", **to(citizen, {"text": "x"}))[0] == 200
    citizen.is_taken_over()
    assert called(citizen.platform, "take_thread_control", **person)[0] == 200
    assert called(citizen.platform, "messages", **to(citizen, {"text": "x"}))[0] == 200


def test_a_sender_action_is_kept_apart_from_messages() -> None:
    citizen = someone()
    person: dict[str, Any] = {"recipient": {"id": citizen.id}}
    assert called(citizen.platform, "messages", **person, sender_action="typing_on")[0] == 200
    assert citizen.platform.actions == [(citizen.id, "typing_on")] and citizen.reads == []
    assert error(citizen, **person, sender_action="dance")[0] == 100


def test_the_signature_is_over_the_escaped_bytes_that_go_out() -> None:
    citizen = someone()
    delivery = citizen.writes("Ціна/äöå")
    assert b"\\u0426" in delivery.body and b"\\/\\u00e4\\u00f6\\u00e5" in delivery.body
    made = hmac.new(citizen.platform.app_secret.encode(), delivery.body, "sha256").hexdigest()
    assert delivery.header(SIGNATURE) == f"sha256={made}"
    forged = delivery.with_body(delivery.body.replace(b"message", b"massage"))
    assert forged.header(SIGNATURE) == delivery.header(SIGNATURE)
    assert delivery.with_header(SIGNATURE, None).header(SIGNATURE) is None


def test_the_webhook_is_verified_by_its_challenge() -> None:
    platform = Messenger()
    bot = ListeningBot(verify_token=platform.verify_token)
    ask = asked_in_process(TestClient(bot.app), "/hook")
    assert platform.verifies(ask) and not platform.verifies(ask, token="guessed")


def test_a_batch_holds_every_event_once() -> None:
    citizen = someone()
    other = Citizen(citizen.platform, "24815000000000002")
    parts = [citizen.writes("раз"), other.writes("два"), citizen.read()]
    for in_one_entry in (False, True):
        batch = citizen.platform.batch(parts, in_one_entry)
        assert len(json.loads(batch.body)["entry"]) == (1 if in_one_entry else 3)
        assert events_of(batch) == [event for part in parts for event in events_of(part)]


def test_every_event_has_the_shape_of_messenger() -> None:
    citizen = someone()
    called(citizen.platform, "messages", **to(citizen, quick("Ціна")))
    sent = citizen.reads[0]
    pressed = events_of(citizen.presses(sent.content.quick_replies[0]))[0]["message"]
    assert pressed["text"] == "Ціна" and pressed["quick_reply"] == {"payload": "f1"}
    assert events_of(citizen.starts())[0]["postback"]["payload"] == "GET_STARTED"
    echo = events_of(citizen.echo(sent))[0]
    assert echo["sender"]["id"] == PAGE_ID and echo["message"]["is_echo"] is True
    assert events_of(citizen.hears_operator("Вітаю"))[0]["message"]["app_id"] == int(INBOX_ID)
    assert events_of(citizen.got([sent]))[0]["delivery"]["mids"] == [sent.id]
    attachments = events_of(citizen.sends(*ATTACHMENTS))[0]["message"]["attachments"]
    assert len(attachments) == len(ATTACHMENTS)
    old = citizen.writes("Обмін")
    assert events_of(citizen.edits(old, "Обмін прав"))[0]["message_edit"]["mid"] == old.id
    assert "telepathy" in events_of(citizen.does_something_new())[0]
    assert "reaction" in events_of(citizen.reacts(sent))[0]


def test_deliveries_repeat_until_the_bot_answers_200() -> None:
    bot = ListeningBot(statuses=[500, 202])
    courier = Courier(in_process(TestClient(bot.app), "/hook"))
    delivery = someone().writes("Привіт")
    assert courier.until_accepted(delivery).status == 200
    assert bot.heard == [delivery.body] * 3
