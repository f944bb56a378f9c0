"""Viber: the module against the simulated server, over HTTP, with a real server of ours."""

import asyncio
import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from support.app import over, served
from support.chats import BUSY, Chats, Exchange
from support.corpus import FEE_QUESTION, our_corpus, tiny_index, tiny_settings
from support.platforms.deliveries import Delivery, over_http
from support.platforms.faults import BAD_GATEWAY, MALFORMED, Fault
from support.platforms.viber import SIGNATURE, Viber
from support.platforms.viber_checks import COLUMNS, MOST_BYTES, STATUSES, Content, content_of
from support.platforms.viber_citizen import ATTACHMENTS, Citizen
from support.waiting import until

from qa_service import chats
from qa_service.channels import Act, Button, Call, Choices, Fate, Inbound, Items, Reply, Text, Title
from qa_service.channels.showing import Frame, passage_blocks
from qa_service.channels.viber import Viber as Adapter
from qa_service.channels.viber_keyboard import PREFIX
from qa_service.errors import ChannelError, RequestError, SettingsError
from qa_service.phrases import chat
from qa_service.phrases.languages import ENGLISH, UKRAINIAN
from qa_service.types import Handoff
from qa_service.web.channels import routes
from qa_service.web.channels.routes import platform_router

HOOK, PHONE = "https://bot.example/channels/viber", "(044) 290-19-88"
TO = Inbound("viber", "1", "someone", Act.TEXT, chat="someone")


@dataclass
class World:
    viber: Viber
    adapter: Adapter
    citizen: Citizen
    hook: str

    def says(self, delivery: Delivery) -> Content:
        """What the bot says to this next."""
        before = len(self.citizen.reads)
        ack = self.viber.deliver(delivery)
        assert ack and ack.status == 200
        until(lambda: len(self.citizen.reads) > before)
        return self.citizen.reads[before].content

    def stays_silent(self, delivery: Delivery) -> bool:
        """Nothing is said to it before a question that comes after it has its reply."""
        before = len(self.citizen.reads)
        assert over_http(self.hook)(delivery).status == 200
        said = self.says(self.citizen.writes(FEE_QUESTION))
        return len(self.citizen.reads) == before + 1 and "572" in said.text


def call(made: Call) -> tuple[int, bytes]:
    answer = httpx2.request(
        made.method, made.url, json=dict(made.body), headers=dict(made.headers), trust_env=False
    )
    return answer.status_code, answer.content


@contextmanager
def world(folder: Path, **changes: object) -> Iterator[World]:
    viber = Viber()
    with viber.served() as api:
        settings = tiny_index(folder, viber_token=viber.token, viber_url=api, **changes)
        with served(over(settings)) as port:
            hook = f"http://127.0.0.1:{port}/channels/viber"
            viber.reach = lambda _: over_http(hook)
            adapter = Adapter(viber.token, api)
            [setting] = adapter.webhook_calls(HOOK)
            assert adapter.outcome(*call(setting)).fate is Fate.SENT
            yield World(viber, adapter, Citizen(viber), hook)


def labels(content: Content) -> list[str]:
    return [button.text for button in content.buttons]


# Deliveries


def test_what_viber_did_not_sign_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        post, signed = over_http(one.hook), one.citizen.writes(FEE_QUESTION)
        forged = [
            signed.with_header(SIGNATURE, None),
            signed.with_header(SIGNATURE, "0" * 64),
            signed.with_header(SIGNATURE, "\u00e9"),
            signed.with_body(signed.body + b" "),
            Viber(token="another").signed_bytes(signed.body, "forged"),
        ]
        assert [post(each).status for each in forged] == [403] * len(forged)
        one.says(signed)
        assert len(one.citizen.reads) == 1


def test_a_question_gets_its_answer_and_the_facts_as_buttons(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        said = one.says(one.citizen.writes(FEE_QUESTION))
        assert said.text.startswith("*Скільки коштує обмін посвідчення водія*\n")
        assert "572 гривні" in said.text and "https://hsc.gov.ua/price" in said.text
        assert said.sender == "Сервісні центри МВС"
        assert labels(said)[-2:] == [chat.OTHER_QUESTION, chat.OPERATOR]
        documents = next(one for one in said.buttons if one.text == "Документи")
        assert documents.body.startswith(PREFIX) and documents.columns < COLUMNS
        assert "паспорт" in one.says(one.citizen.presses(documents)).text
        operator = next(one for one in said.buttons if one.text == chat.OPERATOR)
        assert PHONE in one.says(one.citizen.presses(operator)).text


@pytest.mark.parametrize(
    ("text", "act"),
    [
        (f"{PREFIX}f.co2whay2zs.fee", Act.BUTTON),
        (f"{PREFIX} скільки коштує обмін", Act.TEXT),
        ("qa", Act.TEXT),
        (f"я бачу {PREFIX}p", Act.TEXT),
        (f"{PREFIX}{'a' * 65}", Act.TEXT),
        ("", Act.TEXT),
    ],
)
def test_a_pressed_button_is_told_from_what_people_type(text: str, act: Act) -> None:
    viber = Viber()
    [found] = Adapter(viber.token, "").parse(Citizen(viber).writes(text).body)
    assert found.act is act and found.text == text.removeprefix(PREFIX if act is Act.BUTTON else "")


@pytest.mark.parametrize(
    ("text", "is_heard"),
    [
        ("https://hsc.gov.ua/price?a=1", False),
        ("HTTP://HSC.GOV.UA ", False),
        ("https://hsc.gov.ua не відкривається", True),
        ("hsc.gov.ua", True),
        ("https://", True),
    ],
)
def test_the_address_of_a_pressed_button_is_no_question(text: str, is_heard: bool) -> None:
    """Viber sends it as a message of the person."""
    viber = Viber()
    found = Adapter(viber.token, "").parse(Citizen(viber).writes(text).body)
    assert [one.text for one in found] == ([text] if is_heard else [])


def test_what_is_no_text_is_asked_for_in_words(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        said = {one.says(one.citizen.sends(kind)).text for kind in ATTACHMENTS}
        assert said == {chat.TEXT_ONLY} and len(one.citizen.reads) == len(ATTACHMENTS)


def test_receipts_and_new_kinds_of_events_are_nothing(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        one.says(one.citizen.writes("привіт"))
        sent = one.citizen.reads[0]
        for told in (one.citizen.got, one.citizen.saw, one.citizen.never_got):
            assert one.stays_silent(told(sent))
        assert one.stays_silent(one.citizen.does_something_new())


def _lacking(event: dict[str, Any], path: str) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    kept = {key: value for key, value in event.items() if key != first or rest}
    return kept | ({first: _lacking(event[first], rest)} if rest else {})


def test_an_event_that_lacks_something_is_taken_logged_and_not_repeated(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    paths = ("message_token", "sender", "sender.id", "message", "message.type")
    with world(tmp_path) as one, caplog.at_level(logging.WARNING):
        event = json.loads(one.citizen.writes("мій номер АА1234ВВ").body)
        for path in paths:
            body = json.dumps(_lacking(event, path), ensure_ascii=False).encode()
            assert one.stays_silent(one.viber.signed_bytes(body, "lacking"))
        found = [each for each in caplog.records if "could not be read" in each.message]
        told = "".join(str(record.__dict__) for record in found)
        assert len(found) == len(paths)
        assert "АА1234" not in told and one.citizen.id not in told


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b"[" * 100_000, b"\xff\xfe\x00"])
def test_bytes_that_are_no_event_are_a_mistake_of_the_request(body: bytes) -> None:
    adapter = Adapter("token", "")
    with pytest.raises(RequestError):
        adapter.parse(body)
    with pytest.raises(RequestError):
        adapter.opened(body)


def test_rubbish_that_is_signed_is_acknowledged(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        assert over_http(one.hook)(one.citizen.sends_rubbish()).status == 200


def test_half_of_an_emoji_harms_nothing(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        for field in ("привіт", one.citizen.id):
            body = one.citizen.writes("привіт").body.decode()
            body = body.replace(f'"{field}"', f'"{field}\\ud83d"')
            ack = over_http(one.hook)(one.viber.signed_bytes(body.encode(), "half"))
            assert ack.status == 200
        until(lambda: one.citizen.reads)


def test_a_repeated_delivery_is_answered_once(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        delivery = one.citizen.writes(FEE_QUESTION)
        one.says(delivery)
        assert one.stays_silent(delivery)


def test_odd_texts_get_a_reply(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        for text in ("а" * 20_000, "👍", "   ", "*жирно*", ""):
            assert one.says(one.citizen.writes(text)).text


# Opening, subscribing, leaving


def test_whoever_opens_the_chat_is_greeted_in_the_answer_to_that(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        said = one.says(one.citizen.opens())
        assert one.citizen.reads[0].welcome and one.viber.refused == []
        assert chat.GREETING in said.text and labels(said)[-1] == chat.OPERATOR
        pressed = one.says(one.citizen.presses(said.buttons[-1]))
        assert PHONE in pressed.text


def test_the_greeting_is_in_the_language_of_the_persons_program(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        one.citizen.language = "en-GB"
        said = one.says(one.citizen.opens())
        assert ENGLISH.say(chat.GREETING) in said.text and said.sender == "MIA service centres"


def test_an_opening_waits_for_no_reply_that_viber_does_not_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(routes, "WELCOME_S", 0.01)
    viber, is_free = Viber(), asyncio.Event()
    citizen, around = Citizen(viber), Chats(Exchange(BUSY))

    async def paused(seconds: float) -> None:
        await is_free.wait()

    around.pauses = paused  # type: ignore[assignment]

    async def scenario() -> httpx2.Response:
        inbox, app = around.open(), FastAPI()
        app.include_router(platform_router(Adapter(viber.token, ""), inbox, around.metrics))
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://qa.test") as asking:
            for delivery in (citizen.writes("привіт"), citizen.opens()):
                headers = dict(delivery.headers)
                url = "/channels/viber"
                answer = await asking.post(url, content=delivery.body, headers=headers)
        is_free.set()
        await inbox.close(60)
        return answer

    answer = asyncio.run(scenario())
    assert (answer.status_code, answer.content) == (200, b"")


def test_subscribing_after_that_greets_nobody_twice(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        one.says(one.citizen.opens())
        assert one.stays_silent(one.citizen.subscribes())


def test_who_subscribes_without_opening_is_greeted(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        assert chat.GREETING in one.says(one.citizen.subscribes()).text


def test_who_opens_the_chat_again_or_whose_opening_is_repeated_is_greeted_again(
    tmp_path: Path,
) -> None:
    with world(tmp_path) as one:
        opening = one.citizen.opens()
        texts = {one.says(each).text for each in (opening, opening, one.citizen.opens())}
        assert len(texts) == 1 and len(one.citizen.reads) == 3


def test_the_id_of_a_greeting_tells_nothing_of_the_person() -> None:
    viber = Viber()
    opened = Adapter(viber.token, "").opened(Citizen(viber).opens().body)
    assert opened and Citizen(viber).id not in opened.id


def test_nothing_is_said_to_who_leaves_and_their_chat_is_forgotten(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        one.says(one.citizen.writes(FEE_QUESTION))
        one.viber.deliver(one.citizen.unsubscribes())
        assert "паспорт" not in one.says(one.citizen.writes("а документи?")).text


def test_a_channel_that_is_switched_off_gives_the_phone(tmp_path: Path) -> None:
    with world(tmp_path, channels_off="viber") as one:
        for delivery in (one.citizen.opens(), one.citizen.writes(FEE_QUESTION)):
            said = one.says(delivery)
            assert chat.CLOSED in said.text and PHONE in said.text


# What becomes of calls


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        *((status, Fate.REVOKED) for status in (2, 7, 8, 9, 10, 15, 24)),
        *((status, Fate.GONE) for status in (5, 6, 11)),
        *((status, Fate.REFUSED) for status in (1, 3, 4, 13, 14)),
        *((status, Fate.LATER) for status in (12, 99)),
        (0, Fate.SENT),
    ],
)
def test_each_status_means_something(status: int, fate: Fate) -> None:
    body = json.dumps({"status": status, "status_message": STATUSES.get(status, "")}).encode()
    assert Adapter("token", "").outcome(200, body).fate is fate


@pytest.mark.parametrize(
    "answer", [(502, BAD_GATEWAY.body), (200, MALFORMED.body), (200, b"[]"), (500, b'{"status":0}')]
)
def test_what_is_no_answer_of_viber_is_tried_again(answer: tuple[int, bytes]) -> None:
    assert Adapter("token", "").outcome(*answer).fate is Fate.LATER


def test_a_reply_arrives_after_viber_failed(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        for fault in (BAD_GATEWAY, Fault(200, b'{"status":12}')):
            one.viber.faults.add("send_message", fault)
        assert "572" in one.says(one.citizen.writes(FEE_QUESTION)).text


def test_a_talk_goes_on_where_the_reply_arrived(tmp_path: Path) -> None:
    """What the two tests around it would find if nothing were forgotten."""
    with world(tmp_path) as one:
        one.says(one.citizen.writes(FEE_QUESTION))
        assert "паспорт" in one.says(one.citizen.writes("а документи?")).text


def test_a_chat_that_nobody_reads_any_more_is_forgotten(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        one.viber.fail(6)
        one.viber.deliver(one.citizen.writes(FEE_QUESTION))
        assert "паспорт" not in one.says(one.citizen.writes("а документи?")).text


def test_a_revoked_token_is_logged_without_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with world(tmp_path) as one, caplog.at_level(logging.ERROR):
        one.viber.fail(2)
        one.viber.deliver(one.citizen.writes(FEE_QUESTION))
        until(lambda: "takes no replies" in caplog.text)
        told = "".join(str(record.__dict__) for record in caplog.records)
        assert one.viber.token not in told and one.citizen.id not in told and "обмін" not in told


# Setting up


def test_the_bot_says_who_it_is_and_where_it_delivers(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        line = one.adapter.checked(*call(one.adapter.check_call()))
        assert line == f"«Сервісні центри МВС», 0 subscribers, delivers to {HOOK}"
        assert one.viber.events == {"conversation_started", "subscribed", "unsubscribed"}


def test_a_bot_that_delivers_nowhere_or_elsewhere_is_told_how_to(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        asked = call(one.adapter.check_call())
        assert one.adapter.checked(*asked, HOOK)
        with pytest.raises(ChannelError, match=f"to {HOOK}, not to https://own.ua/.*: run"):
            one.adapter.checked(*asked, "https://own.ua/channels/viber")
        one.viber.webhook = ""
        asked = call(one.adapter.check_call())
        with pytest.raises(ChannelError, match=r"nowhere: run `.* set-webhook viber"):
            one.adapter.checked(*asked)


def test_a_wrong_token_or_server_is_said_with_what_to_do(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        wrong = Adapter("wrong", one.adapter.check_call().url.partition("/pa/")[0])
        with pytest.raises(ChannelError, match="QA_VIBER_TOKEN"):
            wrong.checked(*call(wrong.check_call()))
    for answer in ((502, b"<html>"), (200, b'{"status":7}'), (200, b'{"status":0}')):
        with pytest.raises(ChannelError, match="Viber says nothing"):
            wrong.checked(*answer)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"viber_token": "кілька слів"}, "QA_VIBER_TOKEN"),
        ({"viber_token": f"{Viber().token}\n"}, "QA_VIBER_TOKEN"),
        ({"viber_token": Viber().token, "viber_url": "viber"}, "QA_VIBER_URL"),
        ({"viber_token": Viber().token, "viber_url": "https://a.test/?b"}, "QA_VIBER_URL"),
    ],
)
def test_a_setting_that_cannot_be_right_stops_the_start(
    tmp_path: Path, changes: dict[str, str], named: str
) -> None:
    with pytest.raises(SettingsError, match=named) as found:
        chats.platforms(tiny_settings(tmp_path, **changes))
    assert changes["viber_token"] not in str(found.value)


def test_without_a_token_there_is_no_bot(tmp_path: Path) -> None:
    assert chats.platforms(tiny_settings(tmp_path)) == ()


# Limits


def accepted(calls: list[Call]) -> list[Content]:
    """What Viber makes of the calls; it raises for what it refuses."""
    for made in calls:
        assert len(json.dumps(dict(made.body), ensure_ascii=False).encode()) <= MOST_BYTES
    return [content_of(dict(made.body)) for made in calls]


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def test_every_passage_of_the_corpus_is_within_the_limits() -> None:
    adapter = Adapter("token", "https://viber.test")
    for language in (UKRAINIAN, ENGLISH):
        frame = Frame(language, Handoff(PHONE, "https://hsc.gov.ua"), "", "https://qa.test")
        for service in our_corpus().services:
            for passage in service.passages:
                blocks = tuple(passage_blocks(passage, frame))
                buttons = tuple(Button(one.title, f"t.{'a' * 10}") for one in service.passages)
                reply = Reply(blocks, buttons, language=language.code)
                [content] = accepted(list(adapter.calls(TO, reply)))
                assert words(passage.text) <= words(content.text)
                opened = content_of(json.loads(adapter.welcome(reply)))
                assert opened.text == content.text and opened.buttons == content.buttons


@given(st.text(min_size=1, max_size=12_000), st.lists(st.text(min_size=1, max_size=300)))
def test_no_reply_is_outside_of_the_limits(text: str, titles: list[str]) -> None:
    buttons = tuple(Button(title, "t.aaaaaaaaaa") for title in titles)
    reply = Reply((Text(text),), buttons)
    accepted(list(Adapter("token", "https://viber.test").calls(TO, reply)))


@pytest.mark.parametrize("make", ["😀".__mul__, "щ ".__mul__, "<&".__mul__])
def test_long_texts_are_cut_into_messages_with_the_buttons_below_the_last(
    make: Callable[[int], str],
) -> None:
    buttons = (Button("Ціна", "f.aaaaaaaaaa.fee"), Button("Сайт", url="https://hsc.gov.ua"))
    reply = Reply((Text(make(9_000)),), buttons)
    contents = accepted(list(Adapter("token", "https://viber.test").calls(TO, reply)))
    assert len(contents) > 1
    assert [len(content.buttons) for content in contents] == [0] * (len(contents) - 1) + [2]
    assert [button.action for button in contents[-1].buttons] == ["reply", "open-url"]


def test_buttons_fill_their_rows_and_the_last_stand_together() -> None:
    facts = ("Ціна", "Документи", "Строк", "Де", "Коли відмовляють")
    shown = (
        *facts,
        "Записатися до сервісного центру (Е-запис)",
        chat.OTHER_QUESTION,
        chat.OPERATOR,
    )
    reply = Reply((Text("а"),), tuple(Button(label, "p") for label in shown))
    [content] = accepted(list(Adapter("token", "https://viber.test").calls(TO, reply)))
    columns = [button.columns for button in content.buttons]
    assert columns == [2, 2, 2, 3, 3, 6, 3, 3] and labels(content) == list(shown)


def test_where_there_are_too_many_buttons_the_last_ones_stay() -> None:
    titles = [f"Довга назва процедури номер {number}" for number in range(20)]
    buttons = [Button(label, "p") for label in (*titles, chat.OTHER_QUESTION, chat.OPERATOR)]
    reply = Reply((Text("а"),), tuple(buttons))
    [content] = accepted(list(Adapter("token", "https://viber.test").calls(TO, reply)))
    assert labels(content) == [*titles[:11], chat.OTHER_QUESTION, chat.OPERATOR]


def test_titles_are_bold_whatever_they_hold_and_choices_are_their_buttons() -> None:
    blocks = (Title("Ціна* ТО"), Text("Ви про це?"), Choices(("обмін",)))
    reply = Reply(blocks, (Button("обмін", "p"),))
    [content] = accepted(list(Adapter("token", "https://viber.test").calls(TO, reply)))
    assert content.text == "*Ціна ТО*\nВи про це?" and labels(content) == ["обмін"]


def test_labels_are_html_and_pressing_is_silent() -> None:
    reply = Reply((Text("а"),), (Button("ТО & <ремонт>", "p"), Button("Сайт", url="https://a.ua")))
    [made] = Adapter("token", "https://viber.test").calls(TO, reply)
    keyboard: Any = made.body["keyboard"]
    button, link = keyboard["Buttons"]
    assert button["Text"] == "ТО &amp; &lt;ремонт&gt;" and button["Silent"] is True
    assert link["ActionType"] == "open-url" and link["Silent"] is True


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("лише *2%* вартості", "лише * 2%* вартості"),
        ("розділ _код_.", "розділ _ код_."),
        ("~ні~, ```так```", "~ ні~, ``` так```"),
        ("*_так_*", "* _ так_*"),
        ("5*6*7, файл_1_а", "5*6*7, файл_1_а"),
        ("* перше\n* друге", "* перше\n* друге"),
        ("https://hsc.gov.ua/_a_ _b_", "https://hsc.gov.ua/_a_ _ b_"),
    ],
)
def test_signs_in_a_text_format_nothing(text: str, shown: str) -> None:
    """https://developers.viber.com/docs/tools/text-formatting/: a space after the first sign."""
    reply = Reply((Title(f"_Т_ {text}"), Items((text,)), Text(text)))
    [content] = accepted(list(Adapter("token", "https://viber.test").calls(TO, reply)))
    assert content.text.endswith(f"*\n• {shown}\n\n{shown}") and content.text.startswith("*_ Т_")
