"""The keys of the operators' console: in any layout, none of a browser's, changed by hand."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from support.browser import CONTEXT
from support.console import SLUG, TERM, Console, FakeV1, ask, running_console, soon, sure

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
pytest_plugins = ["support.chromium"]

PRESS = """
([key, code, held]) => {
  const event = new KeyboardEvent("keydown", {key, code, bubbles: true, cancelable: true, ...held});
  document.activeElement.dispatchEvent(event);
  return event.defaultPrevented;
}
"""


@pytest.fixture(scope="module")
def console() -> Iterator[Console]:
    with running_console() as running:
        yield running


@pytest.fixture
def fake() -> FakeV1:
    return FakeV1()


@pytest.fixture
def page(chromium: "Browser", console: Console, fake: FakeV1) -> "Iterator[Page]":
    context = console.context(chromium, fake)
    yield console.page(context)
    context.close()


def press(page: "Page", key: str, code: str, **held: bool) -> bool:
    """A key of a keyboard with another layout; whether the console took it."""
    return bool(page.evaluate(PRESS, [key, code, held]))


def outside(page: "Page") -> None:
    """Out of the box by keys alone: the first Esc clears it, the next leaves it."""
    page.keyboard.press("Escape")
    soon(page, lambda: page.evaluate("document.activeElement.id") == "answer")


def open_fact(page: "Page") -> str:
    page.locator(".tab[aria-expanded='true']").wait_for()
    return page.locator(".tab[aria-expanded='true'] .tab-name").inner_text().split()[0]


@pytest.mark.parametrize(
    ("key", "code"),
    [("с", "KeyC"), ("c", "KeyC"), ("С", "KeyC"), ("с", "KeyS")],
    ids=["Ukrainian", "English", "capital", "phonetic"],
)
def test_a_letter_shows_its_fact_in_any_layout(page: "Page", key: str, code: str) -> None:
    ask(page, "обмін")
    outside(page)
    assert press(page, key, code)
    assert open_fact(page) == "Строк"


@pytest.mark.parametrize(("key", "code"), [("т", "KeyN"), ("n", "KeyN"), ("н", "KeyN")])
def test_n_begins_a_new_call_outside_of_the_box(page: "Page", key: str, code: str) -> None:
    ask(page, "обмін")
    outside(page)
    assert press(page, key, code)
    page.locator(".turn").wait_for(state="detached")
    page.locator("#q:focus").wait_for()


def test_letters_in_the_box_are_always_typed(page: "Page", fake: FakeV1) -> None:
    ask(page, "обмін")
    letters = [("т", "KeyN"), ("с", "KeyC"), ("ц", "KeyW"), ("n", "KeyN"), ("х", "BracketLeft")]
    assert not any(press(page, key, code) for key, code in letters)
    page.locator("#q").fill("т")
    marks = [("2", "Digit2"), ("+", "Equal"), ("-", "Minus"), ("/", "Slash"), ("0", "Digit0")]
    assert not any(press(page, key, code) for key, code in [*letters, *marks])
    assert not press(page, "?", "Slash", shiftKey=True)
    assert page.locator("#q").input_value() == "т"
    assert page.locator(".turn").count() == 1 and fake.feedback == []
    assert page.locator("dialog").count() == 0


def test_any_other_letter_outside_of_the_box_begins_a_question(page: "Page") -> None:
    ask(page, "обмін")
    outside(page)
    assert not press(page, "г", "KeyU")  # the browser puts it where the focus is now
    page.locator("#q:focus").wait_for()


def test_a_word_that_begins_with_the_letter_of_a_fact_is_typed_whole(page: "Page") -> None:
    ask(page, "обмін")
    outside(page)
    assert press(page, "с", "KeyC") and not press(page, "к", "KeyR")
    page.locator("#q:focus").wait_for()
    page.keyboard.insert_text("кільки")
    assert page.locator("#q").input_value() == "скільки"


BROWSERS = [
    *[(str(digit), f"Digit{digit}", {"altKey": True}) for digit in range(1, 10)],
    *[(key, f"Key{key.upper()}", {"ctrlKey": True}) for key in "wtnrlfpacvxzdhjkeu"],
    *[(key, key, {}) for key in ("F1", "F3", "F5", "F6", "F7", "F10", "F11", "F12", "Tab")],
    *[(key, key, {}) for key in ("Insert", "CapsLock", "PageUp", "PageDown", "ContextMenu")],
    *[("ArrowLeft", "ArrowLeft", {"altKey": True}), ("d", "KeyD", {"altKey": True})],
    *[("в", "KeyD", {"metaKey": True}), ("+", "Equal", {"ctrlKey": True})],
    *[("-", "Minus", {"ctrlKey": True}), ("0", "Digit0", {"ctrlKey": True})],
]


@pytest.mark.parametrize("is_outside", [False, True])
def test_no_key_of_a_browser_or_a_screen_reader_is_taken(page: "Page", is_outside: bool) -> None:
    ask(page, "обмін")
    if is_outside:
        outside(page)
    taken = [key for key, code, held in BROWSERS if press(page, key, code, **held)]
    assert taken == []


@pytest.mark.parametrize(("key", "code"), [("/", "Slash"), (".", "Slash"), ("/", "NumpadDivide")])
def test_a_slash_goes_to_the_box(page: "Page", key: str, code: str) -> None:
    outside(page)
    assert press(page, key, code)
    page.locator("#q:focus").wait_for()


@pytest.mark.parametrize(("key", "code"), [("?", "Slash"), ("?", "Digit7"), (",", "Slash")])
def test_a_question_mark_shows_every_key(page: "Page", key: str, code: str) -> None:
    assert press(page, key, code, shiftKey=True)
    shown = page.get_by_role("dialog").inner_text()
    for command in ("Поставити запитання", "Новий дзвінок", "Факт: Вартість", "Застаріло"):
        assert command in shown
    page.keyboard.press("Escape")
    page.locator("#q:focus").wait_for()


def test_a_key_is_changed_kept_and_put_back(page: "Page") -> None:
    ask(page, "обмін")
    page.keyboard.press("?")
    page.get_by_role("button", name="Змінити клавішу: Новий дзвінок").click()
    page.keyboard.press("F9")
    page.get_by_text("Новий дзвінок: F9").wait_for()
    page.reload()
    ask(page, "обмін")
    page.keyboard.press("End")
    assert page.locator(".turn").count() == 1
    page.keyboard.press("F9")
    page.locator(".turn").wait_for(state="detached")
    page.keyboard.press("?")
    page.get_by_role("button", name="Повернути початкові").click()
    page.keyboard.press("Escape")
    ask(page, "обмін")
    page.keyboard.press("End")
    page.locator(".turn").wait_for(state="detached")


@pytest.mark.parametrize(
    ("key", "said"), [("F5", "належить браузеру"), ("F2", "уже зайнято"), ("Control+w", "належить")]
)
def test_a_key_that_is_taken_is_refused_and_said(page: "Page", key: str, said: str) -> None:
    page.keyboard.press("?")
    change = page.get_by_role("button", name="Змінити клавішу: Новий дзвінок")
    change.click()
    if key == "F2":
        page.keyboard.press(key)
    else:
        name = key.removeprefix("Control+")
        code = name if name.startswith("F") else f"Key{name.upper()}"
        assert not press(page, name, code, ctrlKey=key.startswith("Control"))
    page.get_by_role("dialog").get_by_text(said).wait_for()


@pytest.mark.parametrize("kept", ["{", "[]", '{"newCall": 5}', '{"newCall": ["F5"]}', "null"])
def test_what_else_stands_in_the_storage_breaks_no_key(page: "Page", kept: str) -> None:
    page.evaluate("kept => localStorage.setItem('qa-console-keys', kept)", kept)
    page.reload()
    ask(page, "обмін")
    page.keyboard.press("End")
    page.locator(".turn").wait_for(state="detached")


def test_a_held_backspace_empties_the_box_and_keeps_the_context(page: "Page") -> None:
    ask(page, "обмін")
    for repeat in (False, True, True):
        page.keyboard.type("а") if not repeat else None
        page.evaluate(
            "repeat => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', "
            "{key: 'Backspace', code: 'Backspace', repeat, bubbles: true}))",
            repeat,
        )
        page.locator("#q").fill("")
    assert page.locator("#about button").count() == 1


def test_the_last_question_comes_back_into_the_box(page: "Page", fake: FakeV1) -> None:
    fake.answers["а строк"] = sure("а строк", passages=[TERM], context=CONTEXT)
    ask(page, "обмін")
    ask(page, "а строк")
    page.keyboard.press("ArrowUp")
    assert page.locator("#q").input_value() == "а строк"
    page.keyboard.press("ArrowUp")
    assert page.locator("#q").input_value() == "обмін"
    page.keyboard.press("ArrowUp")
    assert page.locator("#q").input_value() == "обмін"
    soon(page, lambda: fake.asked[-1]["draft"] and fake.asked[-1]["context"]["service"] == SLUG)
