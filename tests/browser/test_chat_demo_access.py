"""The demo of a chat for whoever reads, hears or uses it otherwise: keyboard, screen readers, small
screens, large text, no scripts. Each test name is the rule.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

import pytest
from support.chat_page import (
    LOST,
    UNCLEAR,
    Answers,
    has_focus,
    opened,
    press,
    replies,
    running_chat,
    say,
)
from support.corpus import FEE_QUESTION
from support.matrix import matrix

from qa_service.phrases import chat, demo

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
pytest_plugins = ["support.chromium"]

UNMARKED = """
() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode;
    if (!/\\p{Script=Cyrillic}/u.test(data) || parentElement.closest("script, bdi")) continue;
    if (parentElement.closest("[lang]").lang !== "uk") found.push(data);
  }
  return found;
}
"""
SHIFTS = """
() => {
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}
"""


TOO_WIDE = (
    "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.outerHTML)"
)
FIRST_TURN = """
new MutationObserver((records) => {
  const isTurn = ({ addedNodes }) => [...addedNodes].some((node) => node.matches?.(".turn"));
  const log = document.getElementById("log");
  if (records.some(isTurn)) window.live ??= log.getAttribute("aria-live");
}).observe(document, { childList: true, subtree: true });
"""
"""How the log is read out when the first turn is put into it."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with running_chat() as address:
        yield address


def _answered(page: "Page") -> None:
    say(page, FEE_QUESTION).wait_for()


def _asked_back(page: "Page") -> None:
    say(page, UNCLEAR).wait_for()


def _handed_over(page: "Page") -> None:
    press(page, chat.OPERATOR if "/en/" not in page.url else "Operator").wait_for()


def _not_sent(page: "Page") -> None:
    Answers(page, "internetdisconnected")
    page.locator("#message").fill(LOST)
    page.keyboard.press("Enter")
    page.locator(".not-sent").wait_for()


def _too_long(page: "Page") -> None:
    page.locator("#message").fill("я" * 4_001)
    page.keyboard.press("Enter")


STATES: dict[str, Callable[["Page"], None]] = {
    "greeted": lambda page: None,
    "answered": _answered,
    "asked back": _asked_back,
    "handed over": _handed_over,
    "not sent": _not_sent,
    "too long": _too_long,
}


@pytest.mark.parametrize(("width", "path"), matrix([320, 390, 1280], ["/chat", "/en/chat"]))
def test_axe_finds_nothing_against_wcag_2_2_aa(
    chromium: "Browser", site: str, width: int, path: str
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs the axe-playwright-python package"
    )
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for name, reach in STATES.items():
        page = opened(chromium, site, path, viewport={"width": width, "height": 800})
        reach(page)
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            found = axe.Axe().run(page).response["violations"]
            told = [f"{name} {scheme} {one['id']}: {one['nodes'][0]['html']}" for one in found]
            assert told == []
        page.context.close()


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_a_page_in_english_has_no_ukrainian_but_what_says_that_it_is(
    chromium: "Browser", site: str, state: Callable[["Page"], None]
) -> None:
    page = opened(chromium, site, "/en/chat")
    state(page)
    assert page.evaluate(UNMARKED) == []
    page.context.close()


def test_the_test_of_this_file_finds_ukrainian(chromium: "Browser", site: str) -> None:
    page = opened(chromium, site, "/en/chat")
    page.locator("#log").evaluate("log => log.append('так')")
    assert page.evaluate(UNMARKED) == ["так"]
    page.context.close()


def test_an_english_reply_on_a_ukrainian_page_says_that_it_is(
    chromium: "Browser", site: str
) -> None:
    page = opened(chromium, site)
    say(page, "/lang").wait_for()
    reply = press(page, chat.ENGLISH)
    assert reply.locator(".bubble").get_attribute("lang") == "en"
    assert reply.locator(".replies").get_attribute("lang") == "en"
    page.context.close()


# By keyboard, and heard


def test_everything_is_done_by_keyboard_alone(chromium: "Browser", site: str) -> None:
    page = opened(chromium, site)
    page.keyboard.type(FEE_QUESTION)
    page.keyboard.press("Enter")
    replies(page).nth(1).wait_for()
    labels = []
    while "Документи" not in labels:
        page.keyboard.press("Shift+Tab")
        labels.append(page.evaluate("document.activeElement.textContent"))
    assert labels == [chat.OPERATOR, chat.OTHER_QUESTION, "Строк", "Документи"]
    page.keyboard.press("Space")
    assert "паспорт" in replies(page).nth(2).inner_text() and has_focus(page) == "message"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "send"
    page.locator(".restart").focus()
    page.keyboard.press("Tab")
    assert has_focus(page) == "log"  # which scrolls by its keys
    page.context.close()


def test_what_has_focus_is_seen(chromium: "Browser", site: str) -> None:
    page = opened(chromium, site)
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        assert page.evaluate(outline) == "solid"
    page.context.close()


def test_replies_are_read_out_politely_but_not_those_of_before_a_reload(
    chromium: "Browser", site: str
) -> None:
    page = opened(chromium, site)
    page.add_init_script(FIRST_TURN)
    log = page.get_by_role("log", name=demo.NAME)
    assert say(page, LOST).inner_text().startswith("Бот:")
    page.reload()
    replies(page).nth(1).wait_for()
    assert page.evaluate("window.live") == "off"
    say(page, "а ціна?").wait_for()
    assert log.get_attribute("aria-live") is None  # a log is polite
    page.evaluate("sessionStorage.clear()")
    page.reload()
    replies(page).first.wait_for()
    assert page.evaluate("window.live") is None
    page.context.close()


def test_after_a_touch_the_keyboard_of_a_telephone_stays_down(
    chromium: "Browser", site: str
) -> None:
    page = opened(
        chromium, site, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    assert has_focus(page) != "message"
    page.locator(".replies button").first.tap()
    replies(page).nth(1).wait_for()
    assert has_focus(page) == "log"
    page.context.close()


# Room


@pytest.mark.parametrize(("width", "path"), matrix([320, 390, 768, 1280], ["/chat", "/en/chat"]))
def test_nothing_is_wider_than_the_screen_and_the_box_is_on_it(
    chromium: "Browser", site: str, width: int, path: str
) -> None:
    page = opened(chromium, site, path, viewport={"width": width, "height": 640})
    for reach in (_answered, _asked_back):
        reach(page)
        _fits(page, width)
    box = page.locator("#message").bounding_box()
    assert box and (width > 1000 or box["y"] + box["height"] <= 640)
    page.context.close()


@pytest.mark.parametrize("width", [320, 640, 1280])
def test_text_of_200_percent_fits(enlarged: "Browser", site: str, width: int) -> None:
    page = opened(enlarged, site, viewport={"width": width, "height": 640})
    for reach in (_answered, _asked_back, _not_sent):
        reach(page)
        _fits(page, width)
    page.locator("#message").scroll_into_view_if_needed()
    box, log = page.locator("#message").bounding_box(), page.locator("#log").bounding_box()
    assert box and box["y"] + box["height"] <= 640 + 2 and log and log["height"] >= 7 * 36
    page.context.close()


def _fits(page: "Page", width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    too_wide = (
        "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.outerHTML)"
    )
    assert page.locator("#log, .bubble, .replies button, .composer").evaluate_all(too_wide) == []


def test_nothing_jumps_while_a_conversation_goes_on(chromium: "Browser", site: str) -> None:
    page = opened(chromium, site)
    page.evaluate(SHIFTS)
    for text in (FEE_QUESTION, UNCLEAR, LOST):
        say(page, text).wait_for()
        page.wait_for_timeout(600)  # for half a second after a key shifts are forgiven
    assert page.evaluate("window.shifted") < 0.01
    page.context.close()


def test_nothing_moves_for_whoever_asks_for_less_motion(chromium: "Browser", site: str) -> None:
    for motion, moves in (("reduce", False), ("no-preference", True)):
        page = opened(chromium, site, reduced_motion=motion)
        page.route("**/chat/messages", lambda route: None)
        page.locator("#message").fill(LOST)
        page.keyboard.press("Enter")
        page.locator(".typing").wait_for()
        assert page.evaluate("document.getAnimations().length > 0") is moves
        page.context.close()


# Without scripts


@pytest.mark.parametrize("path", ["/chat", "/en/chat"])
def test_without_scripts_the_page_says_so_and_its_box_asks_the_search(
    chromium: "Browser", site: str, path: str
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + path)
    assert page.locator("noscript .bubble").is_visible()
    assert not page.locator(".restart").is_visible()
    page.locator("#message").fill("обмін прав")
    page.locator(".send").click()
    assert page.url.startswith(site + path.removesuffix("chat") + "?q=")
    page.goto(site + path)
    page.locator("#tries button").first.click()
    assert page.url.startswith(site + path.removesuffix("chat") + "?q=")
    context.close()
