"""The operators' console beside the call: changes, centres, what a browser keeps, telephony, the
network gone, looks.
"""

import gzip
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from support.browser import CHOICES, MARKUP, no_answer
from support.console import (
    DOCUMENTS,
    FEE,
    SLUG,
    TERM,
    Console,
    FakeV1,
    ask,
    part,
    running_console,
    soon,
    sure,
)
from support.matrix import matrix

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Response

pytestmark = pytest.mark.browser
pytest_plugins = ["support.chromium"]

MOST_KB = 60
CHANGE = {
    "kind": "changed",
    "passage_id": FEE["id"],
    "service": SLUG,
    "title": FEE["title"],
    "before": "Обмін коштує 515 грн разом із бланком.",
    "after": "Обмін коштує 572 грн разом із бланком.",
    "fields": ["text"],
}
CENTRE: dict[str, Any] = {
    "number": "4641",
    "region": "Львівська область",
    "city": "м. Львів",
    "address": "вул. Данила Апостола, 11",
    "hours": None,
    "phone": None,
    "as_of": "2025-04",
    "evidence": "medium",
    "doubt": None,
    "note": None,
    "map_url": "https://www.openstreetmap.org/search?query=x",
    "distance_km": None,
}


CONFIG = "JSON.parse(document.getElementById('config').textContent)"
KEPT = """
() => new Promise((resolve) => {
  const opening = indexedDB.open("qa-console");
  opening.onsuccess = () => {
    const database = opening.result;
    if (!database.objectStoreNames.contains("meta")) return resolve(null);
    const asking = database.transaction("meta").objectStore("meta").get("saved");
    asking.onsuccess = () => resolve(asking.result?.version ?? null);
    asking.onerror = () => resolve(null);
    database.close();
  };
  opening.onerror = () => resolve(null);
})
"""
"""Which version of the texts the browser keeps."""


@pytest.fixture(scope="module")
def console() -> Iterator[Console]:
    with running_console() as running:
        yield running


@pytest.fixture
def fake() -> FakeV1:
    return FakeV1()


@pytest.fixture
def context(chromium: "Browser", console: Console, fake: FakeV1) -> "Iterator[BrowserContext]":
    context = console.context(chromium, fake)
    yield context
    context.close()


@pytest.fixture
def page(console: Console, context: "BrowserContext") -> "Page":
    return console.page(context)


def just_now(page: "Page") -> str:
    return str(page.evaluate("new Date().toISOString()"))


# What changed


def test_what_changed_since_the_shift_is_listed_until_it_is_read(
    page: "Page", fake: FakeV1
) -> None:
    fake.changes = [CHANGE | {"at": just_now(page)}]
    page.reload()
    page.get_by_role("button", name="Зміни: 1 нових").click()
    shown = page.get_by_role("dialog")
    assert shown.locator("del").inner_text() == "515"
    assert shown.locator("ins").inner_text() == "572"
    shown.get_by_role("button", name="Прочитано").click()
    page.reload()
    page.get_by_role("button", name="Зміни", exact=True).wait_for()
    assert page.get_by_role("button", name="Зміни: 1 нових").count() == 0


def test_a_passage_that_changed_is_marked_with_what_it_was(page: "Page", fake: FakeV1) -> None:
    fake.changes = [CHANGE | {"at": just_now(page)}]
    page.reload()
    ask(page, "обмін")
    assert page.locator("#shown .badge").inner_text() == "Змінено сьогодні: 515 → 572"


# Centres


def test_centres_of_a_town_are_found_while_it_is_typed(page: "Page", fake: FakeV1) -> None:
    fake.centres = [CENTRE]
    page.keyboard.press("F8")
    page.keyboard.type("львів")
    page.get_by_text("№ 4641, м. Львів").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for(state="detached")
    page.get_by_text("Скопійовано: № 4641").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "№ 4641, м. Львів, вул. Данила Апостола, 11; вт–пт"
    page.locator("#q:focus").wait_for()


# What a browser keeps


def kept_questions(page: "Page") -> str:
    return str(page.evaluate("sessionStorage.getItem('qa-console-recent')"))


def test_questions_of_the_shift_are_kept_in_the_tab_but_none_with_personal_data(
    page: "Page", fake: FakeV1
) -> None:
    ask(page, "обмін прав")
    page.locator("#q").fill("мій номер 067 123 45 67, де довідка")
    page.keyboard.press("Enter")  # in the list of turns it is masked in a moment
    soon(page, lambda: page.locator(".turn").count() == 2)
    ask(page, "номери")
    soon(page, lambda: "номери" in kept_questions(page))
    assert "067" not in kept_questions(page)
    assert page.evaluate("JSON.stringify(localStorage)").count("обмін") == 0
    page.keyboard.press("End")
    assert page.locator(".recent-list li").all_inner_texts() == ["номери", "обмін прав"]
    page.get_by_role("button", name="Очистити").click()
    assert page.locator(".recent-list li").count() == 0 and kept_questions(page) == "None"


def test_signing_out_forgets_the_questions_of_the_shift(page: "Page") -> None:
    ask(page, "обмін прав")
    soon(page, lambda: "обмін прав" in kept_questions(page))
    page.evaluate(
        "document.querySelector(\"form[action='/sign-out']\")"
        ".addEventListener('submit', event => event.preventDefault())"
    )
    page.get_by_role("button", name="Вийти").click()
    assert kept_questions(page) == "None"


# Without a network


def test_facts_show_from_the_kept_texts_when_the_network_is_gone(
    page: "Page", fake: FakeV1
) -> None:
    ask(page, "обмін")
    soon(page, lambda: page.evaluate(KEPT) == fake.version)
    page.reload()
    ask(page, "обмін")
    page.keyboard.press("End")
    fake.is_gone = True
    page.locator("#q").fill("поміняти права")
    page.get_by_text("Мережі немає. Факти показано зі збережених текстів від").wait_for()
    page.keyboard.press("1")
    page.locator("#shown .figure").wait_for()
    page.keyboard.press("2")
    page.locator(".facts .fact").get_by_text(TERM["text"]).first.wait_for()
    fake.is_gone = False
    ask(page, "обмін")
    page.get_by_text("Мережі немає").wait_for(state="detached")


def test_kept_facts_are_there_without_a_request(page: "Page", fake: FakeV1) -> None:
    soon(page, lambda: f"services/{SLUG}" in fake.read)
    fake.version = page.evaluate(f"{CONFIG}.indexVersion")
    fake.answers["обмін"] = sure("обмін", index_version=fake.version)
    page.reload()
    soon(page, lambda: page.evaluate(KEPT) == fake.version)
    page.reload()
    soon(page, lambda: fake.read.count("changes") == 3)
    fake.read.clear()
    ask(page, "обмін")
    page.keyboard.press("2")
    page.locator(".facts .fact").wait_for()
    assert fake.read == []


# Telephony


def test_an_address_opens_a_call_whose_markup_is_only_text(
    console: Console, context: "BrowserContext", fake: FakeV1
) -> None:
    page = context.new_page()
    page.goto(
        f"{console.url}?call=pbx-17&q=%3Cimg%20src%3Dx%20onerror%3D%22window.hacked%3D1%22%3E"
    )
    soon(page, lambda: fake.asked)
    assert page.locator("#q").input_value() == '<img src=x onerror="window.hacked=1">'
    assert fake.asked[0]["conversation"] == "pbx-17" and fake.committed == []
    assert page.evaluate("window.hacked") is None and page.url == console.url


@pytest.mark.parametrize("call", ["<b>", "a b", "x" * 65, "../..", ""])
def test_a_call_with_another_id_gets_one_of_ours(
    console: Console, context: "BrowserContext", fake: FakeV1, call: str
) -> None:
    page = context.new_page()
    page.goto(f"{console.url}?call={call}")
    ask(page, "обмін")
    given = fake.committed[0]["conversation"]
    assert given != call and len(given) == 36


OPENER = """
url => { window.heard = []; addEventListener("message", ({data}) => heard.push(data));
  window.console_ = open(url); }
"""
CALL = {"type": "qa-console:call", "call": "pbx-2", "question": MARKUP}


@pytest.mark.parametrize("is_named", [True, False])
def test_only_a_named_origin_opens_calls_by_message(
    chromium: "Browser", fake: FakeV1, is_named: bool
) -> None:
    origin = "http://telephony.test"
    with running_console(telephony_origins=origin if is_named else "http://other.test") as console:
        context = console.context(chromium, fake)
        context.route(
            f"{origin}/**", lambda route: route.fulfill(body="<p>x", content_type="text/html")
        )
        theirs = context.new_page()
        theirs.goto(f"{origin}/")
        with context.expect_page() as opened:
            theirs.evaluate(OPENER, console.url)
        page = opened.value
        page.locator("#tools button").first.wait_for()
        theirs.evaluate("call => console_.postMessage(call, '*')", CALL)
        if is_named:
            soon(page, lambda: fake.asked)
            assert fake.asked[0]["conversation"] == "pbx-2"
            assert page.locator("#q").input_value() == MARKUP
            assert theirs.evaluate("heard") == [{"type": "qa-console:ready"}]
        else:
            page.wait_for_timeout(300)
            assert fake.asked == [] and theirs.evaluate("heard") == []
        for wrong in ({"type": "x"}, "x", None, CALL | {"call": "<b>"}, CALL | {"call": 5}):
            theirs.evaluate("call => console_.postMessage(call, '*')", wrong)
        page.wait_for_timeout(100)
        assert len(fake.asked) <= 1
        context.close()


# Looks


def _start(page: "Page", fake: FakeV1) -> None:
    pass


def _draft(page: "Page", fake: FakeV1) -> None:
    page.keyboard.type("обмін")
    page.get_by_text("Чернетка").wait_for()


def _sure(page: "Page", fake: FakeV1) -> None:
    ask(page, "обмін")
    page.keyboard.press("3")
    page.locator(".fact").wait_for()


def _parts(page: "Page", fake: FakeV1) -> None:
    parts = [part("ціна", FEE), part("документи", DOCUMENTS), part("погода", None)]
    fake.answers["усе"] = sure("усе", parts=parts)
    ask(page, "усе")


def _unsure(page: "Page", fake: FakeV1) -> None:
    fake.answers["щось"] = sure("щось", certainty="unsure")
    ask(page, "щось")


def _choices(page: "Page", fake: FakeV1) -> None:
    fake.answers["ціна"] = no_answer("ціна", "ambiguous", choices=CHOICES)
    ask(page, "ціна")


def _none(page: "Page", fake: FakeV1) -> None:
    fake.answers["лікар"] = no_answer("лікар", "not_covered")
    ask(page, "лікар")


def _failed(page: "Page", fake: FakeV1) -> None:
    fake.status = 500
    page.keyboard.type("обмін")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()


def _offline(page: "Page", fake: FakeV1) -> None:
    fake.is_gone = True
    page.keyboard.type("обмін")
    page.get_by_text("Мережі немає").wait_for()


def _keys(page: "Page", fake: FakeV1) -> None:
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()


def _changes(page: "Page", fake: FakeV1) -> None:
    fake.changes = [CHANGE | {"at": just_now(page)}]
    page.reload()
    page.get_by_role("button", name="Зміни: 1 нових").click()


def _centres(page: "Page", fake: FakeV1) -> None:
    fake.centres = [CENTRE]
    page.keyboard.press("F8")
    page.keyboard.type("львів")
    page.get_by_text("№ 4641, м. Львів").wait_for()


def _missing(page: "Page", fake: FakeV1) -> None:
    ask(page, "обмін")
    page.keyboard.press("F2")
    page.get_by_role("dialog").wait_for()


def _voted(page: "Page", fake: FakeV1) -> None:
    ask(page, "обмін")
    page.keyboard.press("+")
    page.locator(".toasts .notice").wait_for()


STATES = {
    state.__name__.removeprefix("_"): state
    for state in (
        *(_start, _draft, _sure, _parts, _unsure, _choices, _none, _failed, _offline, _keys),
        *(_changes, _centres, _missing, _voted),
    )
}


@pytest.mark.parametrize(
    ("state", "width", "scheme"), matrix(STATES, [1024, 1440], ["light", "dark"])
)
def test_axe_finds_nothing_against_wcag_2_2_aa(
    chromium: "Browser", console: Console, fake: FakeV1, state: str, width: int, scheme: Any
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs the axe-playwright-python package"
    )
    viewport = {"width": width, "height": 800}
    context = console.context(chromium, fake, viewport=viewport, color_scheme=scheme)
    page = console.page(context)
    STATES[state](page, fake)
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    found = axe.Axe().run(page, options=options)
    context.close()
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize(
    ("width", "state"), matrix([320, 512, 720, 1024, 1440], ["sure", "parts", "choices", "keys"])
)
def test_nothing_reaches_beyond_the_page(
    chromium: "Browser", console: Console, fake: FakeV1, state: str, width: int
) -> None:
    """1,024 and 1,440 px at 200 % are 512 and 720 px."""
    context = console.context(chromium, fake, viewport={"width": width, "height": 700})
    page = console.page(context)
    STATES[state](page, fake)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_the_console_weighs_60_kb_at_most(console: Console, context: "BrowserContext") -> None:
    bodies: list[bytes] = []
    page = context.new_page()

    def weigh(reply: "Response") -> None:
        if "/operator" in reply.url or "/staff/static" in reply.url:
            bodies.append(reply.body())

    page.on("response", weigh)
    page.goto(console.url, wait_until="networkidle")
    assert len(bodies) > 10
    assert sum(len(gzip.compress(body, 6)) for body in bodies) <= MOST_KB * 1024


def test_nothing_moves(page: "Page", fake: FakeV1) -> None:
    _sure(page, fake)
    moving = page.evaluate(
        "[...document.querySelectorAll('*')].filter(e => { const s = getComputedStyle(e);"
        "return s.animationName !== 'none' || parseFloat(s.transitionDuration) > 0 }).length"
    )
    assert moving == 0


def test_the_form_answers_single_questions_without_scripts(
    chromium: "Browser", console: Console, fake: FakeV1
) -> None:
    context = console.context(chromium, fake, java_script_enabled=False)
    page = context.new_page()
    page.goto(console.url)
    page.get_by_role("textbox", name="Що питає абонент").fill("скільки коштує обмін")
    page.keyboard.press("Enter")
    page.locator("article.card").first.wait_for()
    assert page.locator("#q").input_value() == "скільки коштує обмін"
    context.close()
