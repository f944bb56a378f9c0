"""The demo of a chat in a real Chromium, over the core and a tiny index: what is said, pressed,
kept and lost. Each test name is the rule.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from support.browser import MARKUP
from support.chat_page import (
    GREETING,
    LOST,
    ONE_OF,
    PRICE,
    UNCLEAR,
    Answers,
    buttons,
    has_focus,
    opened,
    press,
    replies,
    running_chat,
    say,
)
from support.console import soon
from support.corpus import FEE_QUESTION

from qa_service.phrases import chat, demo

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
pytest_plugins = ["support.chromium"]

GONE = "internetdisconnected"
NOT_SENT = ".not-sent"


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with running_chat() as address:
        yield address


@pytest.fixture
def page(chromium: "Browser", site: str) -> "Iterator[Page]":
    """Greeted, and seen to end without an error of its scripts."""
    page = opened(chromium, site)
    errors: list[Any] = []
    page.on("pageerror", lambda error: errors.append(error))
    page.on("console", lambda said: errors.append(said.text) if "Policy" in said.text else None)
    yield page
    page.context.close()
    assert errors == []


def kept(page: "Page") -> Any:
    return page.evaluate("JSON.parse(sessionStorage.getItem('chat-1'))")


# A conversation


def test_the_bot_greets_whoever_opens_the_page(page: "Page") -> None:
    assert GREETING in replies(page).inner_text() and buttons(page) == [chat.OPERATOR]
    assert has_focus(page) == "message"


def test_an_answer_has_a_title_its_caveat_its_source_with_the_date_and_facts_to_press(
    page: "Page",
) -> None:
    reply = say(page, FEE_QUESTION)
    assert reply.locator("h3").inner_text() == "Скільки коштує обмін посвідчення водія"
    assert "515 гривень" in reply.locator(".caveat").inner_text()
    source = reply.locator(".source")
    assert "станом на листопад 2025" in source.inner_text()
    link = source.get_by_role("link", name="Джерело: Прейскурант")
    assert link.get_attribute("href") == "https://hsc.gov.ua/price"
    assert link.get_attribute("rel") == "noreferrer"
    assert buttons(page) == ["Документи", "Строк", chat.OTHER_QUESTION, chat.OPERATOR]


def test_what_is_said_after_an_answer_has_a_bubble_of_its_own(page: "Page") -> None:
    bubbles = say(page, LOST).locator(".bubble")
    police, answer, person = bubbles.nth(0), bubbles.nth(1), bubbles.nth(2)
    assert police.inner_text() == "Про крадіжку спершу повідомте поліцію: 102."
    assert "поліції" in answer.inner_text() and answer.locator(".source").count() == 1
    assert "(044) 290-19-88" in person.inner_text()


def test_what_was_typed_is_in_the_conversation_and_the_box_is_empty_for_more(page: "Page") -> None:
    say(page, "  обмін прав ").wait_for()
    assert page.locator(".mine").inner_text().split() == ["Ви:", "обмін", "прав"]
    assert page.locator("#message").input_value() == "" and has_focus(page) == "message"


def test_shift_and_enter_begin_a_line_and_enter_sends_it(page: "Page") -> None:
    empty = page.locator("#message").bounding_box()
    page.keyboard.type("обмін")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("прав")
    assert replies(page).count() == 1
    before = page.locator("#message").bounding_box()
    page.keyboard.press("Enter")
    replies(page).nth(1).wait_for()
    after = page.locator("#message").bounding_box()
    assert page.locator(".mine bdi").inner_text() == "обмін\nправ"
    assert empty and before and after
    assert before["height"] > after["height"] + 9 and abs(after["height"] - empty["height"]) < 1


def test_nothing_is_sent_of_an_empty_box(page: "Page") -> None:
    answers = Answers(page)
    page.keyboard.press("Enter")
    page.locator("#message").fill(" \n ")
    page.get_by_role("button", name="Надіслати").click()
    say(page, "обмін").wait_for()
    assert [message["text"] for message in answers.sent] == ["обмін"]


def test_a_fact_that_is_pressed_is_told_and_its_buttons_stand_below_the_last_reply_only(
    page: "Page",
) -> None:
    say(page, FEE_QUESTION).wait_for()
    reply = press(page, "Документи")
    assert "паспорт" in reply.inner_text()
    assert page.locator(".mine bdi").last.inner_text() == "Документи"
    assert page.locator(".replies").count() == 1 and reply.locator(".replies").count() == 1
    assert has_focus(page) == "message"


def test_a_question_that_is_not_clear_is_asked_back_with_one_choice_a_line(page: "Page") -> None:
    page.set_viewport_size({"width": 900, "height": 800})
    say(page, UNCLEAR).wait_for()
    boxes = [one.bounding_box() for one in page.locator(".replies .choice").all()]
    tops = [box["y"] for box in boxes if box]
    assert ONE_OF in buttons(page) and tops == sorted(set(tops)) and len(tops) == 3
    offered = page.locator(".offered")
    assert not offered.is_visible()
    press(page, ONE_OF).wait_for()
    assert {"Документи", "Строк"} <= set(buttons(page))
    assert ONE_OF in offered.inner_text()  # what was offered can still be read


def test_the_next_question_need_not_say_what_it_is_about(page: "Page") -> None:
    say(page, LOST).wait_for()
    assert PRICE in say(page, "а ціна?").inner_text()


def test_another_question_begins_a_subject_of_its_own(page: "Page") -> None:
    say(page, LOST).wait_for()
    assert chat.NEW_QUESTION in press(page, chat.OTHER_QUESTION).inner_text()
    assert PRICE not in say(page, "а ціна?").inner_text()


def test_a_person_is_called_with_what_was_asked(page: "Page") -> None:
    say(page, LOST).wait_for()
    reply = press(page, chat.OPERATOR)
    phone = reply.get_by_role("link", name="(044) 290-19-88")
    assert phone.get_attribute("href") == "tel:+380442901988"
    assert LOST in reply.inner_text() and buttons(page) == [chat.OTHER_QUESTION]


def test_a_command_in_the_greeting_can_be_pressed(page: "Page") -> None:
    page.get_by_role("button", name="/lang").click()
    replies(page).nth(1).wait_for()
    assert buttons(page) == [chat.UKRAINIAN, chat.ENGLISH]
    reply = press(page, chat.ENGLISH)
    assert reply.locator(".bubble").get_attribute("lang") == "en"
    assert buttons(page) == ["Another question", "Operator"]


def test_an_example_beside_the_chat_is_sent(page: "Page") -> None:
    text = demo.EXAMPLES[0].text
    page.get_by_role("button", name=text).click()
    replies(page).nth(1).wait_for()
    assert page.locator(".mine bdi").inner_text() == text and has_focus(page) == "message"


def test_a_file_stays_where_it_is_and_the_bot_says_what_it_reads(page: "Page") -> None:
    answers = Answers(page)
    page.locator("#message").evaluate(
        """box => {
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File(["x"], "photo.png", { type: "image/png" }));
          box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
        }"""
    )
    assert chat.TEXT_ONLY in replies(page).nth(1).inner_text()
    assert [(one["kind"], one.get("text")) for one in answers.sent] == [("other", None)]


def test_markup_stays_text(page: "Page") -> None:
    say(page, MARKUP).wait_for()
    assert page.locator(".mine bdi").inner_text() == MARKUP
    assert page.locator("#log").locator("img, script").count() == 0
    assert page.evaluate("window.hacked") is None


def test_a_long_reply_is_read_from_its_beginning(page: "Page") -> None:
    page.set_viewport_size({"width": 390, "height": 420})
    say(page, FEE_QUESTION).wait_for()
    asked, log = page.locator(".mine").bounding_box(), page.locator("#log").bounding_box()
    assert asked and log and 0 <= asked["y"] - log["y"] < 40


def test_messages_sent_at_once_are_answered_in_their_order(page: "Page") -> None:
    held: list[Any] = []
    page.route("**/chat/messages", lambda route: held.append(route))
    for text in (LOST, "а ціна?"):
        page.locator("#message").fill(text)
        page.keyboard.press("Enter")
    page.locator(".typing").wait_for()
    assert len(held) == 1
    held[0].continue_()
    soon(page, lambda: len(held) == 2)
    held[1].continue_()
    assert "поліції" in replies(page).nth(1).inner_text()
    assert PRICE in replies(page).nth(2).inner_text()


# What a reload keeps


def test_a_reload_keeps_the_conversation_and_goes_on_with_it(page: "Page") -> None:
    say(page, LOST).wait_for()
    before = page.locator("#log").inner_text()
    page.reload()
    replies(page).nth(1).wait_for()
    assert page.locator("#log").inner_text() == before
    assert PRICE in press(page, "Ціна").inner_text()


def test_to_start_over_forgets_the_conversation_here_and_there(page: "Page") -> None:
    say(page, LOST).wait_for()
    answers, before = Answers(page), kept(page)
    page.get_by_role("button", name=demo.RESTART).click()
    soon(page, lambda: len(answers.sent) == 2)
    replies(page).first.wait_for()
    assert [one["kind"] for one in answers.sent] == ["delete", "start"]
    assert answers.sent[0]["chat"] == before["id"] != answers.sent[1]["chat"]
    assert page.locator(".turn").count() == 1 and LOST not in str(kept(page))
    assert PRICE not in say(page, "а ціна?").inner_text()


@pytest.mark.parametrize(("command", "said"), [("/delete", chat.DELETED), ("/stop", chat.STOPPED)])
def test_a_command_that_forgets_leaves_nothing_in_the_browser(
    page: "Page", command: str, said: str
) -> None:
    say(page, LOST).wait_for()
    before = kept(page)["id"]
    page.locator("#message").fill(command)
    page.keyboard.press("Enter")
    page.get_by_text(said).wait_for()
    assert page.locator(".turn").count() == 1
    assert LOST not in str(kept(page)) and kept(page)["id"] != before


def test_the_conversation_follows_into_the_page_in_the_other_language(page: "Page") -> None:
    say(page, LOST).wait_for()
    page.get_by_role("link", name="English").click()
    page.get_by_text("labels are in English from now on").wait_for()
    assert LOST in page.locator("#log").inner_text()
    assert buttons(page) == ["Another question", "Operator"]
    assert PRICE in say(page, "а ціна?").inner_text()
    page.reload()
    replies(page).nth(3).wait_for()
    assert page.get_by_text("labels are in English from now on").count() == 1


def test_a_browser_that_keeps_nothing_chats_all_the_same(chromium: "Browser", site: str) -> None:
    context = chromium.new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', "
        "{ get() { throw new DOMException('denied', 'SecurityError'); } })"
    )
    page = context.new_page()
    page.goto(f"{site}/chat")
    assert GREETING in replies(page).first.inner_text()
    say(page, LOST).wait_for()
    assert PRICE in say(page, "а ціна?").inner_text()
    context.close()


def test_what_another_program_left_in_the_storage_begins_a_new_conversation(page: "Page") -> None:
    for left in ("{", "null", '{"turns": 7}', '{"turns": []}'):
        page.evaluate("left => sessionStorage.setItem('chat-1', left)", left)
        page.reload()
        assert GREETING in replies(page).first.inner_text()


# What goes wrong on the way


def test_without_a_network_it_is_said_and_what_was_typed_is_sent_again(page: "Page") -> None:
    answers = Answers(page, GONE)
    page.locator("#message").fill(LOST)
    page.keyboard.press("Enter")
    assert demo.WORDS["offline"] in page.locator(NOT_SENT).inner_text()
    assert page.locator(".mine bdi").inner_text() == LOST
    page.get_by_role("button", name=demo.WORDS["again"]).click()
    assert "поліції" in replies(page).nth(1).inner_text()
    assert page.locator(NOT_SENT).count() == 0 and page.locator(".mine").count() == 1
    assert answers.sent[0] == answers.sent[1] and has_focus(page) == "message"


def test_what_was_not_sent_outlives_a_reload(page: "Page") -> None:
    Answers(page, GONE)
    page.locator("#message").fill(LOST)
    page.keyboard.press("Enter")
    page.locator(NOT_SENT).wait_for()
    page.reload()
    page.get_by_role("button", name=demo.WORDS["again"]).click()
    assert "поліції" in replies(page).nth(1).inner_text()
    page.reload()
    replies(page).nth(1).wait_for()
    assert page.locator(NOT_SENT).count() == 0


def test_the_next_message_goes_on_where_one_was_not_sent(page: "Page") -> None:
    Answers(page, GONE)
    page.locator("#message").fill("обмін")
    page.keyboard.press("Enter")
    page.locator(NOT_SENT).wait_for()
    assert "поліції" in say(page, LOST).inner_text()
    page.get_by_role("button", name=demo.WORDS["again"]).click()
    replies(page).nth(2).wait_for()
    assert page.locator(".mine bdi").all_inner_texts() == [LOST, "обмін"]


def test_a_service_that_is_full_is_asked_once_more(page: "Page") -> None:
    answers = Answers(page, 503)
    assert "поліції" in say(page, LOST).inner_text()
    assert len(answers.sent) == 2 and page.locator(NOT_SENT).count() == 0


@pytest.mark.parametrize(
    ("failures", "said"),
    [
        ((503, 503), demo.WORDS["busy"]),
        ((429,), demo.WORDS["limited"].format(seconds=1)),
        ((500,), demo.WORDS["failed"].format(phone="(044) 290-19-88")),
    ],
)
def test_a_refusal_is_said_in_words_with_a_way_on(
    page: "Page", failures: tuple[int, ...], said: str
) -> None:
    answers = Answers(page, *failures)
    page.locator("#message").fill(LOST)
    page.keyboard.press("Enter")
    assert said in page.locator(NOT_SENT).inner_text() and len(answers.sent) == len(failures)
    page.get_by_role("button", name=demo.WORDS["again"]).click()
    assert "поліції" in replies(page).nth(1).inner_text()


def test_a_bot_that_says_nothing_is_no_silence(page: "Page") -> None:
    empty = {"language": "uk", "blocks": [], "buttons": [], "forgotten": False}
    page.route("**/chat/messages", lambda route: route.fulfill(json=empty))
    page.locator("#message").fill(LOST)
    page.keyboard.press("Enter")
    assert demo.WORDS["silent"] in page.locator(NOT_SENT).inner_text()


def test_a_page_that_opens_without_a_network_can_be_greeted_later(page: "Page") -> None:
    page.evaluate("sessionStorage.clear()")
    Answers(page, GONE)
    page.reload()
    page.get_by_role("button", name=demo.WORDS["again"]).click()
    page.get_by_text(GREETING).wait_for()
    assert page.locator(NOT_SENT).count() == 0


def test_a_message_that_is_too_long_stays_in_the_box(page: "Page") -> None:
    answers, text = Answers(page), "я" * 4_001
    page.locator("#message").fill(text)
    page.keyboard.press("Enter")
    assert page.get_by_role("alert").inner_text() == demo.WORDS["tooLong"].format(most=4_000)
    assert page.locator("#message").input_value() == text and answers.sent == []
    say(page, "обмін прав").wait_for()
    assert page.get_by_role("alert").inner_text() == ""


def test_that_the_bot_is_at_it_shows_until_it_has_replied(page: "Page") -> None:
    held: list[Any] = []
    page.route("**/chat/messages", lambda route: held.append(route))
    page.locator("#message").fill(LOST)
    page.keyboard.press("Enter")
    page.locator(".typing").wait_for()
    held[0].continue_()
    replies(page).nth(1).wait_for()
    assert page.locator(".typing").count() == 0
