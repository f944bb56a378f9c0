"""The demo of a chat: its page, and what the page sends and gets. Each test name is the rule."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.app import api, client, count, problem_of
from support.corpus import FEE_QUESTION

from qa_service.channels import (
    Block,
    Button,
    Caveat,
    Choices,
    Figure,
    Items,
    Reply,
    Sources,
    Text,
    Title,
)
from qa_service.channels.payloads import of_service
from qa_service.phrases import chat, demo, privacy
from qa_service.phrases.english import SENTENCES
from qa_service.phrases.english import demo as english
from qa_service.types import Topic
from qa_service.web import demo as room
from qa_service.web.demo.messages import MOST_CHARS, MessageIn, ReplyOut
from qa_service.web.middleware.admission import ADVICE, asks

MESSAGES, SOMEBODY = "/chat/messages", "a1b2c3d4e5f60718"
LOST, FOLLOW_UP = "вкрали номерний знак з машини", "а ціна?"
STATIC = Path(room.__file__).parent / "static"
TEMPLATES = Path(room.__file__).parent / "templates"
_CYRILLIC = re.compile("[А-Яа-яІіЇїЄєҐґ]")


@pytest.fixture
def someone(tmp_path: Path) -> Iterator[TestClient]:
    with client(api(tmp_path)) as browser:
        yield browser


def said(browser: TestClient, kind: str = "start", text: str = "", **more: str) -> Any:
    body = {"chat": SOMEBODY, "kind": kind, "text": text} | more
    reply = browser.post(MESSAGES, json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def texts(reply: Any) -> str:
    return " ".join(block.get("text", "") for block in reply["blocks"])


def labels(reply: Any) -> list[str]:
    return [button["label"] for button in reply["buttons"]]


# A conversation


def test_a_chat_opens_with_who_answers_and_what_to_press(someone: TestClient) -> None:
    reply = said(someone)
    assert chat.GREETING in texts(reply) and labels(reply)[-1] == chat.OPERATOR
    assert reply["language"] == "uk" and reply["forgotten"] is False


def test_an_answer_comes_in_typed_blocks_with_its_facts_as_buttons(someone: TestClient) -> None:
    reply = said(someone, "text", FEE_QUESTION)
    kinds = [block["kind"] for block in reply["blocks"]]
    assert kinds == ["title", "text", "caveat", "sources"]
    assert reply["blocks"][-1]["title"] == "Джерело: Прейскурант"
    assert reply["blocks"][-1]["as_of"] == "станом на листопад 2025"
    assert {"Документи", "Строк", chat.OTHER_QUESTION} < set(labels(reply))


def test_a_button_that_is_pressed_is_answered_in_the_same_chat(someone: TestClient) -> None:
    offered = said(someone, "text", FEE_QUESTION)["buttons"]
    payload = next(one["payload"] for one in offered if one["label"] == "Документи")
    assert "паспорт" in texts(said(someone, "button", payload))


def test_a_chat_goes_on_where_it_was_and_another_persons_does_not(someone: TestClient) -> None:
    said(someone, "text", LOST)
    assert "320 гривень" in texts(said(someone, "text", FOLLOW_UP))
    assert "320 гривень" not in texts(said(someone, "text", FOLLOW_UP, chat="another-person-1"))


def test_the_words_are_those_of_the_pages_language_and_of_the_one_that_is_chosen(
    someone: TestClient,
) -> None:
    assert said(someone, language="en")["language"] == "en"
    assert chat.LANGUAGE_CHOSEN in texts(said(someone, "language", "uk"))
    assert said(someone, "other")["language"] == "uk"


@pytest.mark.parametrize(
    ("kind", "text"), [("stop", ""), ("delete", ""), ("text", "/delete"), ("text", "стоп")]
)
def test_a_chat_that_is_forgotten_says_so_and_begins_anew(
    someone: TestClient, kind: str, text: str
) -> None:
    said(someone, "text", LOST)
    assert said(someone, kind, text)["forgotten"] is True
    assert "320 гривень" not in texts(said(someone, "text", FOLLOW_UP))


def test_what_is_no_text_is_answered_too(someone: TestClient) -> None:
    assert texts(said(someone, "other")) == chat.TEXT_ONLY


def test_a_reply_is_kept_by_nobody(someone: TestClient) -> None:
    body = {"chat": SOMEBODY, "kind": "start"}
    assert someone.post(MESSAGES, json=body).headers["cache-control"] == "no-store"


# What the JSON is made of


BLOCKS: dict[Block, dict[str, Any]] = {
    Title("Ціна"): {"kind": "title", "text": "Ціна"},
    Text("Так."): {"kind": "text", "text": "Так."},
    Figure("572 грн"): {"kind": "figure", "text": "572 грн"},
    Items(("а", "б"), True): {"kind": "items", "items": ["а", "б"], "numbered": True},
    Caveat("Звірте."): {"kind": "caveat", "text": "Звірте."},
    Choices(("Обмін",)): {"kind": "choices", "titles": ["Обмін"]},
    Sources("Закон", "https://a.test", "May 2025", "https://b.test"): {
        "kind": "sources",
        "title": "Source: Закон",
        "url": "https://a.test",
        "as_of": "as of May 2025",
        "page": "https://b.test",
    },
    Sources("", "", ""): {"kind": "sources", "title": "", "url": "", "as_of": "", "page": ""},
}


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: type(block).__name__)
def test_each_block_has_its_json(block: Block) -> None:
    out = ReplyOut.of(Reply((block,), language="en"), forgotten=False)
    assert json.loads(out.model_dump_json())["blocks"] == [BLOCKS[block]]


def test_a_button_has_a_payload_or_an_address() -> None:
    where, exchange = of_service("licence-exchange", Topic.WHERE), of_service("licence-exchange")
    buttons = (Button("Де", where), Button("Обмін", exchange), Button("Так", url="https://a.test"))
    out = ReplyOut.of(Reply((), buttons), forgotten=False).model_dump()["buttons"]
    assert list(out) == [
        {"label": "Де", "payload": where, "url": "", "choice": False},
        {"label": "Обмін", "payload": exchange, "url": "", "choice": True},
        {"label": "Так", "payload": "", "url": "https://a.test", "choice": False},
    ]


def test_every_message_has_an_id_of_its_own_and_its_person_is_its_chat() -> None:
    message = MessageIn(chat=SOMEBODY, kind="text", text="обмін")
    assert message.inbound.id != message.inbound.id
    assert message.inbound.person == message.inbound.chat == SOMEBODY


# Bad input


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"chat": "short"}, "body.chat"),
    ({"chat": "x" * 65}, "body.chat"),
    ({"chat": "нелатинськийномер"}, "body.chat"),
    ({"chat": "a1b2c3d4e5f60718\n"}, "body.chat"),
    ({"chat": None}, "body.chat"),
    ({"kind": "inline"}, "body.kind"),
    ({"kind": "left"}, "body.kind"),
    ({"kind": ""}, "body.kind"),
    ({"text": "я" * (MOST_CHARS + 1)}, "body.text"),
    ({"text": 7}, "body.text"),
    ({"text": None}, "body.text"),
    ({"text": ""}, "body"),
    ({"kind": "button", "text": ""}, "body"),
    ({"language": "fr"}, "body.language"),
    ({"person": "somebody"}, "body.person"),
]


@pytest.mark.parametrize(("wrong", "where"), WRONG)
def test_a_wrong_value_is_a_422_that_names_its_place(
    someone: TestClient, wrong: dict[str, Any], where: str
) -> None:
    body = {"chat": SOMEBODY, "kind": "text", "text": "обмін"} | wrong
    errors = problem_of(someone.post(MESSAGES, json=body), 422)["errors"]
    assert [error["where"] for error in errors] == [where]


@pytest.mark.parametrize("missing", ["chat", "kind"])
def test_what_is_missing_is_named(someone: TestClient, missing: str) -> None:
    body = {"chat": SOMEBODY, "kind": "start"}
    del body[missing]
    assert missing in problem_of(someone.post(MESSAGES, json=body), 422)["detail"]


def test_a_message_without_a_text_says_which_kinds_need_one(someone: TestClient) -> None:
    reply = someone.post(MESSAGES, json={"chat": SOMEBODY, "kind": "button"})
    assert "a message of kind button needs a text" in problem_of(reply, 422)["detail"]


def test_a_body_that_is_no_json_or_not_said_to_be_is_refused(someone: TestClient) -> None:
    as_json = {"Content-Type": "application/json"}
    problem_of(someone.post(MESSAGES, content=b"{", headers=as_json), 422)
    problem_of(someone.post(MESSAGES, content=b"\xff", headers=as_json), 400)
    form = {"chat": SOMEBODY, "kind": "start"}
    problem_of(someone.post(MESSAGES, data=form), 415)


def test_the_longest_text_that_is_taken_is_answered_and_said_to_be_cut(
    someone: TestClient,
) -> None:
    text = FEE_QUESTION + " а" * ((MOST_CHARS - len(FEE_QUESTION)) // 2)
    assert "прочитали лише перші" in texts(said(someone, "text", text))


@pytest.mark.parametrize("text", ["\ud800", "\x00", "🙂", "\u202e", "' OR 1=1 --", "q.aaaaaaaaaa"])
def test_odd_texts_and_payloads_are_answered(someone: TestClient, text: str) -> None:
    for kind in ("text", "button"):
        body = json.dumps({"chat": SOMEBODY, "kind": kind, "text": text})
        headers = {"Content-Type": "application/json"}
        reply = someone.post(MESSAGES, content=body, headers=headers)
        assert reply.status_code == 200 and reply.json()["blocks"]


@pytest.mark.parametrize(
    "foreign", [{"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_only_our_own_pages_send_messages(someone: TestClient, foreign: dict[str, str]) -> None:
    body = {"chat": SOMEBODY, "kind": "start"}
    problem_of(someone.post(MESSAGES, json=body, headers=foreign), 403)
    own = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert someone.post(MESSAGES, json=body, headers=own).status_code == 200


def test_messages_are_sent_only(someone: TestClient) -> None:
    assert problem_of(someone.get(MESSAGES), 405)


# Limits


def test_a_message_counts_as_a_question_does(tmp_path: Path) -> None:
    long = f"{FEE_QUESTION} " * 3
    with client(api(tmp_path, rate_limit="5/day")) as browser:
        body = {"chat": SOMEBODY, "kind": "text", "text": long}
        first = browser.post(MESSAGES, json=body)
        asked = client(api(tmp_path, rate_limit="5/day")).post("/v1/ask", json={"question": long})
        left = first.headers["ratelimit-remaining"]
        assert left == asked.headers["ratelimit-remaining"] and int(left) < 4
        refused = [browser.post(MESSAGES, json=body) for _ in range(5)][-1]
        assert int(refused.headers["retry-after"]) and problem_of(refused, 429)


def test_the_page_itself_is_not_limited(tmp_path: Path) -> None:
    with client(api(tmp_path, rate_limit="1/day")) as browser:
        assert [browser.get("/chat").status_code for _ in range(3)] == [200] * 3


def test_one_chat_that_writes_fast_is_told_once_and_then_nothing(someone: TestClient) -> None:
    for _ in range(20):
        said(someone, "other")
    assert texts(said(someone, "other")) == chat.TOO_FAST
    assert said(someone, "other")["blocks"] == []
    assert said(someone, "other", chat="another-person-1")["blocks"]


def test_messages_wait_in_the_inbox_and_hold_no_place_of_questions(tmp_path: Path) -> None:
    assert not asks(MESSAGES, b"")
    app = api(tmp_path, max_waiting=0)
    app.state.gate._free = 0
    with client(app) as browser:
        reply = browser.post(MESSAGES, json={"chat": SOMEBODY, "kind": "start"})
        assert reply.status_code == 200 and reply.json()["blocks"]
        asked = browser.post("/v1/ask", json={"question": "обмін"})
    assert problem_of(asked, 503)["detail"] == ADVICE


def test_a_chat_is_counted_under_its_channel(tmp_path: Path) -> None:
    app = api(tmp_path)
    with client(app) as browser:
        said(browser)
        assert count(app, "qa_chat_reply_seconds_count", channel="demo") == 1


# The page


@pytest.mark.parametrize("path", ["/chat", "/en/chat"])
def test_the_page_allows_its_own_files_only_and_is_left_out_of_search(
    someone: TestClient, path: str
) -> None:
    page = someone.get(path)
    policy = page.headers["content-security-policy"]
    assert policy == someone.get("/").headers["content-security-policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy
    assert '<meta name="robots" content="noindex">' in page.text
    inline = re.findall(r"<script(?![^>]*(?:src=|application/json))", page.text)
    assert inline == [] and " style=" not in page.text and not re.search(r"\son\w+=", page.text)


def test_the_scripts_of_the_page_are_kept_for_good(someone: TestClient) -> None:
    found = re.findall(r'(?:src|href)="(/chat/static/[^"]+)"', someone.get("/chat").text)
    assert {Path(path).name for path in found} == {path.name for path in STATIC.iterdir()}
    for path in found:
        reply = someone.get(path)
        assert reply.is_success and "immutable" in reply.headers["cache-control"]
    problem_of(someone.get("/chat/static/0000000000/nope.js"), 404)


def test_without_scripts_the_page_says_so_and_its_box_asks_the_search(someone: TestClient) -> None:
    for path, prefix in (("/chat", ""), ("/en/chat", "/en")):
        html = someone.get(path).text
        assert "<noscript>" in html and "JavaScript" in html
        assert f'<form id="composer" class="composer" action="{prefix}/" method="get">' in html
        assert '<textarea id="message" name="q"' in html and f'href="{prefix}/"' in html


def test_the_page_in_english_has_no_ukrainian_but_what_says_that_it_is(
    someone: TestClient,
) -> None:
    html = someone.get("/en/chat").text
    switch = re.compile(r'<a class="switch"[^>]*lang="uk"[^>]*>Українською</a>')
    assert switch.search(html) and not _CYRILLIC.search(switch.sub("", html))


def test_every_sentence_of_the_page_is_said_in_english() -> None:
    own = [value for name, value in vars(demo).items() if name.isupper() and type(value) is str]
    examples = [text for one in demo.EXAMPLES for text in (one.text, one.shows)]
    assert len(own) > 8 and {*own, *examples, *demo.WORDS.values()} - set(SENTENCES) == set()
    assert set(english.WORDS) == set(demo.WORDS)
    names = re.compile(r"\{\w+\}")
    for name, words in demo.WORDS.items():
        assert names.findall(words) == names.findall(english.WORDS[name])


def test_the_template_and_the_scripts_hold_no_ukrainian_but_labels() -> None:
    for path in (*TEMPLATES.iterdir(), *STATIC.iterdir()):
        rest = re.sub(r'_\("[^"]*"\)', "", path.read_text("utf-8"))
        assert _CYRILLIC.findall(rest) == [], path.name


# Who is led there


def test_the_page_for_other_sites_leads_to_the_chat_and_privacy_tells_of_it(
    someone: TestClient,
) -> None:
    assert 'href="/chat"' in someone.get("/embed").text
    assert 'href="/en/chat"' in someone.get("/en/embed").text
    assert privacy.CHAT.title in someone.get("/privacy").text
    assert 'href="/chat"' not in someone.get("/").text


def test_switched_off_it_is_not_there_and_nothing_leads_to_it(tmp_path: Path) -> None:
    with client(api(tmp_path, channels_off="demo")) as browser:
        for path in ("/chat", "/en/chat", "/chat/static/0000000000/chat.js"):
            problem_of(browser.get(path), 404)
        problem_of(browser.post(MESSAGES, json={"chat": SOMEBODY, "kind": "start"}), 404)
        for path in ("/embed", "/en/embed", "/privacy"):
            assert "/chat" not in browser.get(path).text
        assert privacy.CHAT.title not in browser.get("/privacy").text
