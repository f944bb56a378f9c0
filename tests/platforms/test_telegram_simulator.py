"""The simulated Telegram refuses what Telegram refuses, in its words, and delivers as it does."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.platforms.telegram import TOKEN, Telegram, kind_of
from support.platforms.telegram_citizen import Citizen
from support.platforms.telegram_html import Entity, parse_html

HOOK = "https://bot.example/hook"


def called(platform: Telegram, method: str, token: str = TOKEN, **given: Any) -> tuple[int, Any]:
    response = TestClient(platform.app).post(f"/bot{token}/{method}", json=given)
    return response.status_code, response.json()


def refusal(platform: Telegram, method: str, **given: Any) -> str:
    status, body = called(platform, method, **given)
    assert body["ok"] is False and body["error_code"] == status
    return f"{status} {body['description']}"


def sent(citizen: Citizen, text: str, **more: Any) -> str:
    given = {"chat_id": citizen.id, "text": text, "parse_mode": "HTML"} | more
    return refusal(citizen.platform, "sendMessage", **given)


def keys(*rows: list[dict[str, str]]) -> dict[str, Any]:
    return {"reply_markup": {"inline_keyboard": list(rows)}}


@pytest.mark.parametrize(
    ("html", "says"),
    [
        ("<b>Ціна", 'Can\'t find end tag corresponding to start tag "b"'),
        ("Ціна <5 грн", 'Unsupported start tag "5" at byte offset 9'),
        ("<p>Ціна</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("Ціна</b>", "Unexpected end tag at byte offset 8"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_broken_html_is_refused_with_the_place(html: str, says: str) -> None:
    assert sent(Citizen(Telegram()), html) == f"400 Bad Request: can't parse entities: {says}"


def test_html_is_shown_without_its_markup() -> None:
    shown = parse_html('🚗 <b>5 &lt; 10</b> &nbsp;<a href="https://hsc.gov.ua/?a=1&amp;b">x</a>')
    assert shown.text == "🚗 5 < 10 &nbsp;x"
    link = Entity("text_link", 16, 1, "https://hsc.gov.ua/?a=1&b")
    assert shown.entities == (Entity("bold", 3, 6), link)


@pytest.mark.parametrize(
    ("text", "more", "says"),
    [
        ("", {}, "message text is empty"),
        (" <b> </b>", {}, "text must be non-empty"),
        ("а" * 4097, {}, "message is too long"),
        ("🚗" * 2049, {}, "message is too long"),
        ("x", {"chat_id": ""}, "chat_id is empty"),
        ("x", {"chat_id": 77}, "chat not found"),
        ("x", keys([{"text": "Ціна", "callback_data": "ї" * 33}]), "BUTTON_DATA_INVALID"),
        ("x", keys([{"text": " ", "callback_data": "1"}]), "BUTTON_TEXT_INVALID"),
        ("x", keys([{"text": "1", "callback_data": "1"}] * 9), "reply markup is too long"),
        ("x", keys(*[[{"text": "1", "callback_data": "1"}]] * 101), "reply markup is too long"),
        (
            "x",
            keys([{"text": "Ціна"}]),
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            "x",
            keys([{"text": "Сайт", "url": "hsc"}]),
            "inline keyboard button URL 'hsc' is invalid: Wrong HTTP URL",
        ),
        ("x", {"reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
    ],
)
def test_a_message_outside_of_the_limits_is_refused(text: str, more: Any, says: str) -> None:
    citizen = Citizen(Telegram())
    assert sent(citizen, text, **more) == f"400 Bad Request: {says}"
    assert citizen.reads == []


def test_the_longest_message_and_the_longest_payload_pass() -> None:
    citizen = Citizen(Telegram())
    text = f"<b>{'а' * 4096}</b>"
    given: dict[str, Any] = {"chat_id": citizen.id, "text": text, "parse_mode": "HTML"}
    given |= keys([{"text": "Ціна", "callback_data": "ї" * 32}])
    status, body = called(citizen.platform, "sendMessage", **given)
    assert status == 200 and body["result"]["message_id"] == citizen.reads[0].id
    assert citizen.reads[0].text == "а" * 4096 and citizen.reads[0].buttons[0].data == "ї" * 32


def test_whoever_blocked_the_bot_is_not_written_to() -> None:
    citizen = Citizen(Telegram())
    assert kind_of(citizen.blocks()) == "my_chat_member"
    assert sent(citizen, "x") == "403 Forbidden: bot was blocked by the user"
    citizen.unblocks()
    assert called(citizen.platform, "sendMessage", chat_id=citizen.id, text="x")[0] == 200


def test_too_many_calls_are_told_when_to_come_back() -> None:
    citizen = Citizen(Telegram())
    citizen.platform.too_many("sendMessage", retry_after=7)
    status, body = called(citizen.platform, "sendMessage", chat_id=citizen.id, text="x")
    assert (status, body["parameters"]) == (429, {"retry_after": 7}) and citizen.reads == []
    assert called(citizen.platform, "sendMessage", chat_id=citizen.id, text="x")[0] == 200


def test_a_wrong_token_and_an_unknown_method_are_refused() -> None:
    assert called(Telegram(), "getMe", token="1:x")[1]["description"] == "Unauthorized"
    assert called(Telegram(), "getMe", token="x")[0] == 404
    assert called(Telegram(), "sendTelepathy")[0] == 404


def test_an_edit_must_change_a_message_that_is_there() -> None:
    citizen = Citizen(Telegram())
    called(citizen.platform, "sendMessage", chat_id=citizen.id, text="старе")
    at: dict[str, Any] = {"chat_id": citizen.id, "message_id": citizen.reads[0].id}
    edit = "editMessageText"
    assert "message is not modified" in refusal(citizen.platform, edit, text="старе", **at)
    at["message_id"] = 99
    assert refusal(citizen.platform, edit, text="нове", **at).endswith("message to edit not found")
    at["message_id"] = citizen.reads[0].id
    assert called(citizen.platform, edit, text="нове", **at)[0] == 200
    assert [message.text for message in citizen.reads] == ["нове"]


def test_a_callback_is_answered_once_and_briefly() -> None:
    citizen = Citizen(Telegram())
    row = [{"text": "Ціна", "callback_data": "f1"}]
    called(citizen.platform, "sendMessage", chat_id=citizen.id, text="x", **keys(row))
    update = json.loads(citizen.presses(citizen.reads[0].buttons[0]).body)
    query, method = update["callback_query"], "answerCallbackQuery"
    assert query["data"] == "f1" and query["message"]["message_id"] == citizen.reads[0].id
    asked = {"callback_query_id": query["id"]}
    assert "MESSAGE_TOO_LONG" in refusal(citizen.platform, method, text="а" * 201, **asked)
    assert called(citizen.platform, method, **asked)[0] == 200
    assert "query is too old" in refusal(citizen.platform, method, **asked)


@pytest.mark.parametrize(
    ("results", "says"),
    [
        ([{"id": "1", "title": "x"}] * 2, "RESULT_ID_DUPLICATE"),
        ([{"id": "ї" * 33, "title": "x"}], "RESULT_ID_INVALID"),
        ([{"id": "1", "title": ""}], "ARTICLE_TITLE_EMPTY"),
        (
            [{"id": str(n), "title": "x"} for n in range(51)],
            "too many inline query results specified",
        ),
    ],
)
def test_inline_results_outside_of_the_limits_are_refused(results: Any, says: str) -> None:
    citizen = Citizen(Telegram())
    query = json.loads(citizen.asks_inline("обмін прав").body)["inline_query"]
    listed = [{"input_message_content": {"message_text": "x"}} | result for result in results]
    given = {"inline_query_id": query["id"], "results": listed}
    assert refusal(citizen.platform, "answerInlineQuery", **given) == f"400 Bad Request: {says}"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"url": "http://bot.example"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        (
            {"url": "https://bot.example:8000"},
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ({"url": "hook"}, "invalid webhook URL specified"),
        ({"url": HOOK, "secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"url": HOOK, "secret_token": "a" * 257}, "secret token is too long"),
    ],
)
def test_a_webhook_that_telegram_would_not_call_is_refused(given: Any, says: str) -> None:
    assert refusal(Telegram(), "setWebhook", **given) == f"400 Bad Request: {says}"
