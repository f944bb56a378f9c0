"""What Messenger's bytes mean, how it is set up, and which settings it needs."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from support.corpus import FEE_QUESTION, tiny_settings
from support.messenger_world import ADDRESS, ASKS, NO_DELIVERIES, ODD, adapter_for, event
from support.platforms.messenger import PAGE_ID, Messenger
from support.platforms.messenger_checks import GraphError
from support.platforms.messenger_citizen import Citizen

from qa_service.channels import (
    Act,
    Button,
    Call,
    Fate,
    Handover,
    HandoverReason,
    Inbound,
    Reply,
    Text,
)
from qa_service.channels.messenger import GET_STARTED, MOST_METADATA
from qa_service.channels.payloads import Payload, Press
from qa_service.chats import chats, platforms
from qa_service.errors import ChannelError, RequestError, SettingsError
from qa_service.monitoring.metrics import Metrics
from qa_service.phrases import chat
from qa_service.settings import Settings

PAGE = Messenger()
ADAPTER = adapter_for(PAGE)
TO = Inbound("messenger", "m_1", "24815", Act.TEXT, FEE_QUESTION, chat="24815")


def parsed(**content: object) -> list[tuple[str, Act, str]]:
    found = ADAPTER.parse(PAGE.signed(event(**content), "1").body)
    assert {(one.channel, one.person, one.chat) for one in found} <= {("messenger", "1", "1")}
    return [(one.id, one.act, one.text) for one in found]


# What people do


def test_what_people_do_is_read() -> None:
    pressed = {"mid": "m", "text": "Ціна", "quick_reply": {"payload": "f.abc.fee"}}
    assert parsed(message=ASKS) == [("1", Act.TEXT, FEE_QUESTION)]
    assert parsed(message=pressed) == [("m", Act.BUTTON, "f.abc.fee")]
    assert parsed(message={"mid": "m", "attachments": []}) == [("m", Act.OTHER, "")]
    assert [one[1:] for one in parsed(postback={"payload": "p"})] == [(Act.BUTTON, "p")]
    assert [one[1] for one in parsed(postback={"payload": GET_STARTED})] == [Act.START]
    edited = {"mid": "m", "text": "обмін", "num_edit": 2}
    assert parsed(message_edit=edited) == [("m.2", Act.TEXT, "обмін")]


def test_each_edit_and_each_press_has_an_id_of_its_own_and_its_repeat_has_the_same() -> None:
    edits = [{"mid": "m", "text": "обмін", "num_edit": number} for number in (1, 1, 2)]
    once, again, other = (parsed(message_edit=edit)[0][0] for edit in edits)
    assert once == again != other
    presses = [(1, "m"), (1, "m"), (2, "m")]
    once, again, other = (
        parsed(postback={"mid": mid, "payload": "p"}, timestamp=at)[0][0] for at, mid in presses
    )
    assert once == again != other


def test_no_id_of_a_delivery_names_the_person() -> None:
    citizen = Citizen(Messenger(), "24815000000000042")
    old = citizen.writes("прив")
    for one in (old, citizen.edits(old, "привіт"), citizen.starts(), citizen.sends("photo")):
        assert [citizen.id in found.id for found in ADAPTER.parse(one.body)] == [False]


def test_what_people_write_to_a_person_is_not_read() -> None:
    citizen = Citizen(Messenger())
    citizen.is_taken_over()
    for one in (citizen.writes(FEE_QUESTION), citizen.starts(), citizen.sends("photo")):
        assert b"standby" in one.body and ADAPTER.parse(one.body) == []


@pytest.mark.parametrize("payload", ODD, ids=range(len(ODD)))
def test_what_lacks_its_parts_or_asks_for_nothing_is_nothing(payload: object) -> None:
    assert ADAPTER.parse(PAGE.signed(payload, "1").body) == []


@pytest.mark.parametrize("body", NO_DELIVERIES)
def test_what_is_no_delivery_is_an_error(body: bytes) -> None:
    with pytest.raises(RequestError):
        ADAPTER.parse(body)


def test_what_no_encoding_can_carry_is_replaced() -> None:
    assert parsed(message=ASKS | {"text": "\ud800 обмін"}) == [("1", Act.TEXT, "? обмін")]


# What is sent


def test_no_token_stands_in_an_address_or_in_a_repr() -> None:
    calls = [ADAPTER.check_call(), *ADAPTER.webhook_calls(ADDRESS)]
    calls += ADAPTER.calls(TO, Reply((Text("Вітаємо!"),)))
    secrets = {PAGE.page_token, PAGE.app_secret, PAGE.verify_token}
    for call in calls:
        shown = f"{call.url} {call!r} {ADAPTER!r}"
        assert [secret for secret in secrets if secret in shown] == []
        assert call.headers == {"Authorization": f"Bearer {PAGE.page_token}"}


def test_the_inbox_is_told_in_few_characters_what_was_asked() -> None:
    asked = Handover(HandoverReason.WISH, "я" * 5_000)
    passed = ADAPTER.calls(TO, Reply((Text("Зачекайте."),), handover=asked))[-1]
    metadata = str(passed.body["metadata"])
    assert metadata.startswith("wish: яя") and len(metadata) == MOST_METADATA
    assert passed.must_arrive


@pytest.mark.parametrize("reason", HandoverReason)
def test_the_thread_is_passed_for_every_reason_but_a_failure(reason: HandoverReason) -> None:
    calls = ADAPTER.calls(TO, Reply((Text("Зачекайте."),), handover=Handover(reason)))
    passed = [call for call in calls if call.url.endswith("/pass_thread_control")]
    assert len(passed) == (0 if reason is HandoverReason.FAILURE else 1)


def test_nothing_is_sent_for_a_reply_without_words() -> None:
    assert ADAPTER.calls(TO, Reply(buttons=(Button("Ціна", "f"),))) == []


@pytest.mark.parametrize(
    ("code", "subcode", "fate"),
    [
        *((code, None, Fate.LATER) for code in (1, 2, 4, 17, 32, 613, 1200, 80006)),
        (190, None, Fate.REVOKED),
        (190, 463, Fate.REVOKED),
        (10, 2018278, Fate.GONE),
        (10, 2018300, Fate.GONE),
        (100, 2018001, Fate.GONE),
        (200, 1545041, Fate.GONE),
        (551, 1545041, Fate.GONE),
        (551, None, Fate.GONE),
        *((code, None, Fate.REFUSED) for code in (10, 100, 200, 230, 368)),
        (200, 2018028, Fate.REFUSED),
    ],
)
def test_a_code_of_the_graph_api_means_a_fate(code: int, subcode: int | None, fate: Fate) -> None:
    body = bytes(GraphError(code, "of 24815: обмін прав", subcode).response().body)
    outcome = ADAPTER.outcome(400, body)
    assert outcome.fate is fate and str(code) in outcome.cause
    assert "24815" not in outcome.cause and "обмін" not in outcome.cause
    assert ADAPTER.outcome(500, body).fate is (Fate.LATER if fate is Fate.REFUSED else fate)


@pytest.mark.parametrize(
    ("status", "body", "fate"),
    [
        (200, b'{"recipient_id": "1", "message_id": "m"}', Fate.SENT),
        (200, b'{"recip', Fate.LATER),
        (200, b"<html>", Fate.LATER),
        (200, b"[]", Fate.LATER),
        (200, b"", Fate.LATER),
        (404, b"<html>", Fate.LATER),
        (502, b"<html>", Fate.LATER),
        (500, b"{}", Fate.LATER),
        (400, b'{"error": "x"}', Fate.LATER),
        (400, b'{"error": {"code": "190"}}', Fate.LATER),
    ],
)
def test_what_is_no_answer_of_the_graph_api_is_tried_again(
    status: int, body: bytes, fate: Fate
) -> None:
    assert ADAPTER.outcome(status, body).fate is fate


# How it is set up


def answered(page: Messenger, call: Call) -> tuple[int, bytes]:
    url, body = call.url.removeprefix(ADDRESS), dict(call.body) if call.method == "POST" else None
    reply = TestClient(page.app).request(call.method, url, json=body, headers=dict(call.headers))
    return reply.status_code, reply.content


def test_a_check_names_the_page() -> None:
    said = ADAPTER.checked(*answered(PAGE, ADAPTER.check_call()))
    assert "Головний сервісний центр МВС" in said and PAGE_ID in said and "\n" not in said


@pytest.mark.parametrize(
    ("status", "body", "advice"),
    [
        (400, bytes(GraphError(190).response().body), "QA_MESSENGER_PAGE_TOKEN"),
        (400, bytes(GraphError(200).response().body), "pages_messaging"),
        (200, b"<html>", "HTTP 200"),
        (502, b"", "HTTP 502"),
    ],
)
def test_a_check_that_fails_says_what_to_do(status: int, body: bytes, advice: str) -> None:
    with pytest.raises(ChannelError, match=advice) as failed:
        ADAPTER.checked(status, body)
    assert "\n" not in str(failed.value) and PAGE.page_token not in str(failed.value)


def test_what_meta_echoes_of_a_token_is_not_shown() -> None:
    body = GraphError(190, f"Malformed access token {PAGE.page_token}").response().body
    with pytest.raises(ChannelError) as failed:
        ADAPTER.checked(400, bytes(body))
    assert PAGE.page_token not in str(failed.value)


def test_the_webhook_asks_for_what_people_do_and_not_for_what_they_write_to_a_person() -> None:
    page = Messenger()
    for call in ADAPTER.webhook_calls(ADDRESS):
        assert ADAPTER.outcome(*answered(page, call)).fate is Fate.SENT
    wanted = {"messages", "messaging_postbacks", "message_edits", "messaging_handovers"}
    assert set(page.fields) == wanted


def test_before_a_chat_begins_people_see_who_answers_in_their_language() -> None:
    """https://developers.facebook.com/docs/messenger-platform/reference/messenger-profile-api:
    160 characters of greeting, 30 of an entry of the menu, a menu only beside a start button.
    """
    page = Messenger()
    for call in ADAPTER.webhook_calls(ADDRESS):
        answered(page, call)
    assert page.profile["get_started"] == {"payload": GET_STARTED}
    greetings = {one["locale"]: one["text"] for one in page.profile["greeting"]}
    assert greetings["default"] == chat.WELCOME_SCREEN and "program" in greetings["en_US"]
    assert max(map(len, greetings.values())) <= 160
    for menu in page.profile["persistent_menu"]:
        presses = [Payload.read(one["payload"]) for one in menu["call_to_actions"]]
        known = [payload.press for payload in presses if payload]
        assert known == [Press.OTHER_QUESTION, Press.OPERATOR, Press.LANGUAGE]
        assert max(len(one["title"]) for one in menu["call_to_actions"]) <= 30


# Settings

NEEDED = ("messenger_page_token", "messenger_app_secret", "messenger_verify_token")


def set_to(folder: Path, **values: object) -> Settings:
    return tiny_settings(folder, **(dict.fromkeys(NEEDED, "secret") | values))


def test_without_its_settings_there_is_no_messenger(tmp_path: Path) -> None:
    assert platforms(tiny_settings(tmp_path)) == ()
    assert [one.name for one in chats(set_to(tmp_path), Metrics()).platforms] == ["messenger"]


@pytest.mark.parametrize("missing", NEEDED)
def test_a_part_of_the_settings_stops_the_start_and_names_what_is_missing(
    tmp_path: Path, missing: str
) -> None:
    with pytest.raises(SettingsError, match=f"QA_{missing.upper()}") as failed:
        platforms(set_to(tmp_path, **{missing: ""}))
    others = [name for name in NEEDED if name != missing]
    assert [name for name in others if f"QA_{name.upper()}" in str(failed.value)] == []


@pytest.mark.parametrize("url", ["", "graph.facebook.com", "ftp://graph.facebook.com", "https://"])
def test_a_server_that_is_no_address_stops_the_start(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="QA_MESSENGER_URL"):
        platforms(set_to(tmp_path, messenger_url=url))
