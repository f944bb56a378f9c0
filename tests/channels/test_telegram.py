"""The bot in Telegram, over HTTP both ways: what arrives, what is said, what goes wrong."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.app import client, count
from support.platforms.deliveries import disturbed
from support.platforms.faults import BAD_GATEWAY, MALFORMED, Fault
from support.platforms.telegram import SECRET_HEADER, TOKEN, Telegram
from support.platforms.telegram_calls import Refused
from support.platforms.telegram_citizen import ATTACHMENTS, GROUP, Citizen
from support.telegram_bot import SECRET, bot, telegram_bot, told
from support.waiting import until

from qa_service.channels import Fate, Outcome
from qa_service.channels.telegram import Telegram as Adapter
from qa_service.monitoring.logs import configure_logging

PRICE = "Скільки коштує обмін посвідчення водія?"
ADAPTER = Adapter(TOKEN, SECRET, "https://api.telegram.org")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telegram]:
    """One service for tests whose citizens are others."""
    with telegram_bot(tmp_path_factory.mktemp("bot")) as (found, _):
        yield found


_people = iter(range(5_000_001, 6_000_000))


def citizen(platform: Telegram, **changes: Any) -> Citizen:
    return Citizen(platform, next(_people), **changes)


def refused(code: int, description: str) -> Fault:
    return Fault(code, bytes(Refused(code, description).response().body))


# Conversation


def test_a_question_is_answered_with_its_facts_as_buttons(platform: Telegram) -> None:
    said = told(citizen(platform), PRICE)
    assert said.text.startswith("Скільки коштує обмін посвідчення водія\n\n")
    assert "572 грив" in said.text and "Джерело: Прейскурант, станом на листопад 2025" in said.text
    assert {"Документи", "Строк", "Оператор"} <= {button.text for button in said.buttons}
    assert next(each.kind for each in said.entities if each.kind != "text_link") == "bold"


def test_a_press_ends_its_clock_and_is_answered_by_a_new_message(platform: Telegram) -> None:
    olena = citizen(platform)
    said = told(olena, PRICE)
    press = olena.presses(next(one for one in said.buttons if one.text == "Строк"))
    platform.deliver(press)
    until(lambda: len(olena.reads) == 2)
    query = json.loads(press.body)["callback_query"]["id"]
    assert query in {answer.query for answer in platform.chats.callback_answers}
    assert "у день звернення" in olena.reads[1].text and not platform.chats.edits


def test_an_edited_question_is_answered_anew(platform: Telegram) -> None:
    olena = citizen(platform)
    asked = olena.writes("Які документи потрібні для обміну?")
    platform.deliver(asked)
    platform.deliver(olena.edits(asked, PRICE))
    until(lambda: len(olena.reads) == 2)
    assert "паспорт" in olena.reads[0].text and "572" in olena.reads[1].text


def test_who_has_telegram_in_english_is_greeted_in_it(platform: Telegram) -> None:
    anna, olena = citizen(platform, language="en-GB"), citizen(platform)
    for each in (anna, olena):
        platform.deliver(each.starts("from-the-site"))
    until(lambda: anna.reads and olena.reads)
    assert anna.reads[0].text.startswith("Hello!")
    assert olena.reads[0].text.startswith("Вітаємо!")


@pytest.mark.parametrize("kind", ATTACHMENTS)
def test_whoever_sends_no_text_is_asked_for_words(platform: Telegram, kind: str) -> None:
    olena = citizen(platform)
    platform.deliver(olena.sends(kind, "підпис"))
    until(lambda: olena.reads)
    assert "Напишіть запитання словами" in olena.reads[0].text


@pytest.mark.parametrize("text", ["👍", "🚗" * 2_000, "а" * 4_096, "<b>&", "\u202e", "/нема"])
def test_strange_texts_get_a_reply_that_telegram_takes(platform: Telegram, text: str) -> None:
    assert told(citizen(platform), text).text
    assert platform.refused == []


def test_in_groups_only_who_speaks_to_the_bot_is_answered(platform: Telegram) -> None:
    olena = citizen(platform)
    platform.deliver(olena.writes_in_group(PRICE))
    platform.deliver(olena.writes_in_channel(PRICE))
    asked = olena.writes_in_group(PRICE, addressed=True)
    platform.deliver(asked)
    until(lambda: platform.chats.to(GROUP))
    [said] = platform.chats.to(GROUP)
    assert "572" in said.text and olena.reads == []
    assert said.reply_to == json.loads(asked.body)["message"]["message_id"]
    platform.deliver(olena.replies_in_group(said, "а за скільки днів?"))
    until(lambda: len(platform.chats.to(GROUP)) == 2)
    assert "у день звернення" in platform.chats.to(GROUP)[1].text


def test_what_was_asked_in_private_is_not_known_in_a_group(platform: Telegram) -> None:
    olena = citizen(platform)
    told(olena, PRICE)
    before = len(platform.chats.to(GROUP))
    platform.deliver(olena.writes_in_group("а документи?", addressed=True))
    until(lambda: len(platform.chats.to(GROUP)) > before)
    assert "паспорт" not in platform.chats.to(GROUP)[-1].text
    assert "паспорт" in told(olena, "а документи?").text


def test_an_inline_query_finds_articles_to_send_elsewhere(platform: Telegram) -> None:
    olena = citizen(platform)
    platform.deliver(olena.asks_inline("обмін посвідчення водія"))
    until(lambda: platform.chats.inline_answers)
    results = platform.chats.inline_answers[-1].results
    assert 0 < len(results) <= 5 and all(one.text.startswith(one.title) for one in results)
    call = next(each for each in platform.calls if each.method == "answerInlineQuery")
    assert call.parameters["is_personal"] == "true" and int(call.parameters["cache_time"]) <= 300


def test_an_inline_query_that_finds_nothing_is_answered_with_nothing(platform: Telegram) -> None:
    before = len(platform.chats.inline_answers)
    platform.deliver(citizen(platform).asks_inline(""))
    until(lambda: len(platform.chats.inline_answers) > before)
    assert platform.chats.inline_answers[-1].results == ()


def test_many_who_write_at_once_get_their_own_answers_in_order(platform: Telegram) -> None:
    questions = (PRICE, "Які документи потрібні для обміну?", "Скільки триває обмін?")
    people = [citizen(platform) for _ in range(20)]
    updates = [each.writes(question) for question in questions for each in people]
    twice = disturbed(updates, duplicated=0.2, moved=0.0)
    for update in twice:
        platform.deliver(update)
    until(lambda: sum(len(each.reads) for each in people) == len(updates))
    for each in people:
        price, documents, term = (said.text for said in each.reads)
        assert "572" in price and "паспорт" in documents and "у день звернення" in term


# Who delivers


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], f"{SECRET}!", "ї", "\xe9"])
def test_a_delivery_without_the_secret_is_refused(tmp_path: Path, secret: str | None) -> None:
    app = bot(tmp_path, "http://127.0.0.1:9")
    headers = {} if secret is None else {SECRET_HEADER.encode(): secret.encode()}
    response = client(app).post("/channels/telegram", content=b"rubbish", headers=headers)
    assert response.status_code == 403 and SECRET not in response.text
    assert count(app, "qa_chat_refused_total", channel="telegram") == 1


def test_what_cannot_be_read_is_taken_so_that_it_does_not_come_again(platform: Telegram) -> None:
    olena = citizen(platform)
    left, back = olena.blocks(), olena.unblocks()
    for update in (olena.sends_rubbish(), olena.does_something_new(), left, back):
        assert platform.courier.deliver(update).status == 200
    assert olena.reads == []


def test_an_update_that_comes_again_is_not_answered_again(platform: Telegram) -> None:
    olena = citizen(platform)
    update = olena.writes(PRICE)
    platform.deliver(update)
    until(lambda: olena.reads)
    for _ in range(2):
        platform.deliver(update)
    told(olena, "Скільки триває обмін?")
    assert len(olena.reads) == 2


# What goes wrong


@pytest.mark.parametrize(
    "fault",
    [
        Fault(429, b'{"ok": false, "parameters": {"retry_after": 0}}'),
        BAD_GATEWAY,
        MALFORMED,
        refused(500, "Internal Server Error"),
    ],
)
def test_a_reply_is_sent_again_while_telegram_fails(platform: Telegram, fault: Fault) -> None:
    platform.faults.add("sendMessage", fault)
    assert "572" in told(citizen(platform), PRICE).text


def test_who_blocks_the_bot_is_forgotten(tmp_path: Path) -> None:
    with telegram_bot(tmp_path) as (platform, app):
        olena = citizen(platform)
        told(olena, PRICE)
        asked = olena.writes("а документи?")
        olena.blocks()
        platform.deliver(asked)
        until(lambda: count(app, "qa_chat_calls_total", channel="telegram", fate="gone"))
        platform.deliver(olena.unblocks())
        assert "паспорт" not in told(olena, "а документи?").text


def test_who_leaves_is_forgotten(platform: Telegram) -> None:
    olena = citizen(platform)
    told(olena, PRICE)
    platform.deliver(olena.blocks())
    platform.deliver(olena.unblocks())
    assert "паспорт" not in told(olena, "а документи?").text


def test_a_revoked_token_is_told_once_and_the_service_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with telegram_bot(tmp_path) as (platform, app):
        platform.token = "1:another"
        olena, token = citizen(platform), "revoked"
        for _ in range(3):
            ack = platform.deliver(olena.writes(PRICE))
            assert ack and ack.status == 200
        until(lambda: count(app, "qa_chat_calls_total", channel="telegram", fate=token) == 3)
        assert client(app).get("/readyz").status_code == 200
    told_of = [one for one in caplog.records if one.message == "a chat platform takes no replies"]
    assert [one.levelno for one in told_of] == [logging.ERROR]
    _say_nothing_personal(caplog, olena)


def test_a_refused_reply_is_told_and_the_next_is_sent(
    platform: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    olena = citizen(platform)
    platform.faults.add("sendMessage", refused(400, "Bad Request: can't parse entities: x"))
    platform.deliver(olena.writes("Які документи потрібні для обміну?"))
    assert "572" in told(olena, PRICE).text
    [line] = [one for one in caplog.records if one.message == "a reply was refused"]
    assert vars(line)["cause"] == "400 Bad Request: can't parse entities: x"
    _say_nothing_personal(caplog, olena)


def test_a_clock_that_ended_by_itself_is_no_error(
    platform: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    olena = citizen(platform)
    press = olena.presses(told(olena, PRICE).buttons[-1])
    platform.chats.open_callbacks.clear()
    platform.deliver(press)
    until(lambda: len(olena.reads) == 2)
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []
    platform.refused.clear()


def test_a_bot_that_is_switched_off_gives_the_phone(tmp_path: Path) -> None:
    with telegram_bot(tmp_path, channels_off="telegram") as (platform, _):
        said = told(citizen(platform), PRICE).text
        assert "(044) 290-19-88" in said and "572" not in said


def _say_nothing_personal(caplog: pytest.LogCaptureFixture, person: Citizen) -> None:
    written = " ".join(str(vars(one)) for one in caplog.records if one.name != "httpx2")
    for secret in (str(person.id), person.name, "Скільки", TOKEN, SECRET):
        assert secret not in written


def test_no_log_holds_the_token_however_much_is_logged(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    configure_logging("debug")
    try:
        with telegram_bot(tmp_path) as (platform, _):
            told(citizen(platform), PRICE)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    written = capfd.readouterr().err
    assert "Started server process" in written and TOKEN not in written and SECRET not in written


@pytest.mark.parametrize(
    ("status", "description", "fate"),
    [
        (200, "", Fate.SENT),
        (429, "Too Many Requests: retry after 7", Fate.LATER),
        (500, "Internal Server Error", Fate.LATER),
        (403, "Forbidden: bot was blocked by the user", Fate.GONE),
        (403, "Forbidden: bot was kicked from the supergroup chat", Fate.GONE),
        (403, "Forbidden: user is deactivated", Fate.GONE),
        (400, "Bad Request: chat not found", Fate.GONE),
        (400, "Bad Request: not enough rights to send text messages to the chat", Fate.GONE),
        (401, "Unauthorized", Fate.REVOKED),
        (404, "Not Found", Fate.REVOKED),
        (400, "Bad Request: message is too long", Fate.REFUSED),
    ],
)
def test_what_an_answer_of_telegram_means(status: int, description: str, fate: Fate) -> None:
    answer = Refused(status, description).response().body
    assert ADAPTER.outcome(status, bytes(answer)).fate is fate


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 502])
def test_what_is_no_answer_of_telegram_is_worth_another_try(status: int, body: bytes) -> None:
    assert ADAPTER.outcome(status, body).fate is Fate.LATER


def test_telegram_says_when_to_come_again() -> None:
    body = bytes(Refused(429, "Too Many Requests: retry after 7", 7).response().body)
    expected = Outcome(Fate.LATER, 7, "429 Too Many Requests: retry after 7")
    assert ADAPTER.outcome(429, body) == expected
    for strange in (b"[]", b"null", b'{"parameters": 3, "description": 4}'):
        assert replace(ADAPTER.outcome(429, strange), cause="") == Outcome(Fate.LATER)
