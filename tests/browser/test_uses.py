"""What pages and widget tell of what is done with an answer, the search in a window, and recent
questions, in a real Chromium. Each test name is the rule.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from support.app import served
from support.app import site as pages_site
from support.browser import CONTEXT, World, answer, ask, passage, with_attribute
from support.fakes import ANSWER, EXCHANGE, FakeEngine, fake_service, fake_serving
from support.waiting import until

from qa_service.journal.memory import MemoryJournal
from qa_service.service import QuestionService

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
pytest_plugins = ["support.chromium"]

STEP = {"title": "Записатися", "url": "https://eqn.hsc.gov.ua/"}


def told(world: World) -> list[tuple[str, str]]:
    return [(one["answer_id"], one["event"]) for one in world.fake.events]


# The widget


def test_the_widget_tells_what_is_done_with_an_answer(page: "Page", world: World) -> None:
    world.fake.answers["обмін"] = answer(
        "обмін", certainty="unsure", context=CONTEXT, actions=[STEP], passages=[passage()]
    )
    ask(page, "обмін")
    page.locator("details.guess > summary").click()
    page.locator("details.guess > summary").click()
    page.locator("details.guess > summary").click()
    ask(page, "а ціна")
    until(lambda: len(world.fake.events) == 2)
    assert told(world) == [("a1", "opened"), ("a1", "asked_again")]


def test_a_link_that_is_followed_is_told(page: "Page", world: World) -> None:
    world.fake.answers["де"] = answer("де", actions=[STEP])
    ask(page, "де")
    page.route("https://eqn.hsc.gov.ua/**", lambda route: route.fulfill(body="ok"))
    page.get_by_role("link", name="Записатися").click()
    until(lambda: bool(world.fake.events))
    assert told(world) == [("a1", "followed")]


def test_the_first_question_is_told_of_no_answer(page: "Page", world: World) -> None:
    ask(page, "обмін")
    page.wait_for_timeout(200)
    assert world.fake.events == []


def test_a_site_may_switch_the_telling_off(page: "Page", world: World) -> None:
    with_attribute(page, "events", "off")
    ask(page, "обмін")
    ask(page, "ціна")
    page.wait_for_timeout(200)
    assert world.fake.events == []


def test_a_service_that_takes_no_events_is_told_once(page: "Page", world: World) -> None:
    world.fake.takes_events = False
    ask(page, "обмін")
    ask(page, "ціна")
    until(lambda: len(world.fake.events) == 1)
    page.wait_for_timeout(100)
    ask(page, "строк")
    page.wait_for_timeout(200)
    assert len(world.fake.events) == 1


def test_a_button_opens_the_search_in_a_window(page: "Page") -> None:
    with_attribute(page, "dialog")
    assert not page.get_by_role("combobox").is_visible()
    page.get_by_role("button", name="Запитати про послугу").click()
    assert page.get_by_role("dialog", name="Запитати про послугу").is_visible()
    ask(page, "обмін")
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()
    page.get_by_role("button", name="Запитати про послугу").click()
    assert page.get_by_role("article").is_visible()
    page.get_by_role("button", name="Закрити").click()
    assert not page.get_by_role("dialog").is_visible()


def test_suggestions_and_the_closing_button_stay_inside_the_window(
    page: "Page", world: World
) -> None:
    page.set_viewport_size({"width": 390, "height": 700})
    world.fake.answers["обмін"] = answer("обмін", passages=[passage(text="Довго. " * 400)])
    with_attribute(page, "dialog")
    page.get_by_role("button", name="Запитати про послугу").click()
    page.get_by_role("option").first.wait_for()
    window = page.get_by_role("dialog").bounding_box()
    option = page.get_by_role("option").first.bounding_box()
    assert window and option and option["y"] + option["height"] <= window["y"] + window["height"]
    ask(page, "обмін")
    page.get_by_text("Чи складають іспити").scroll_into_view_if_needed()
    closing = page.get_by_role("button", name="Закрити").bounding_box()
    assert closing and 0 <= closing["y"] < 100


def test_a_click_beside_the_text_closes_nothing(page: "Page") -> None:
    with_attribute(page, "dialog")
    page.get_by_role("button", name="Запитати про послугу").click()
    box = page.get_by_role("dialog").bounding_box()
    assert box
    page.mouse.click(box["x"] + 6, box["y"] + 6)
    assert page.get_by_role("dialog").is_visible()
    page.mouse.click(box["x"] - 20, box["y"] + 6)
    assert not page.get_by_role("dialog").is_visible()


def test_links_of_the_english_widget_lead_to_english_pages(page: "Page", world: World) -> None:
    with_attribute(page, "lang", "en")
    world.fake.answers["fee"] = answer("fee", reply="In which town?")
    ask(page, "fee")
    card = page.get_by_role("article")
    links = card.locator(f"a[href^='{world.api}']").evaluate_all("all => all.map(a => a.href)")
    assert links and all(link.startswith(f"{world.api}/en/") for link in links)
    assert card.get_by_text("In which town?").get_attribute("lang") == "en"


def test_the_window_takes_the_focus_and_gives_it_back(page: "Page") -> None:
    with_attribute(page, "dialog")
    opening = page.get_by_role("button", name="Запитати про послугу")
    opening.focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("combobox").evaluate("box => box.matches(':focus')")
    page.keyboard.press("Escape")  # closes the suggestions first
    page.keyboard.press("Escape")
    assert opening.evaluate("button => button.matches(':focus')")


def test_a_script_that_asks_opens_the_window(page: "Page") -> None:
    with_attribute(page, "dialog")
    page.locator("hsc-search").evaluate("widget => widget.ask('обмін')")
    page.get_by_role("article").wait_for()
    assert page.get_by_role("dialog").is_visible()


# The pages


class Counted:
    """A service whose events are read from its metrics."""

    def __init__(self, service: QuestionService, address: str) -> None:
        self._service, self.address = service, address

    def uses(self) -> dict[str, float]:
        [family] = self._service.metrics.uses.collect()
        return {
            sample.labels["event"]: sample.value
            for sample in family.samples
            if sample.name.endswith("_total") and sample.value
        }


@pytest.fixture
def site() -> Iterator[Counted]:
    service = fake_service(fake_serving(FakeEngine(ANSWER), (EXCHANGE,)), MemoryJournal())
    with served(pages_site(service)) as port:
        yield Counted(service, f"http://127.0.0.1:{port}")


@pytest.fixture
def visitor(chromium: "Browser") -> "Iterator[Page]":
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


def _copied(page: "Page") -> None:
    page.get_by_role("button", name="Скопіювати відповідь").click()
    page.get_by_text("Скопійовано.").wait_for()


def _printed(page: "Page") -> None:
    page.evaluate("window.print = () => {}")
    page.get_by_role("button", name="Надрукувати").click()


def _opened(page: "Page") -> None:
    page.locator("details.guess > summary").first.click()


def _followed(page: "Page") -> None:
    page.route("https://hsc.gov.ua/**", lambda route: route.fulfill(body="ok"))
    page.locator(".sources a").first.click()


def _asked_again(page: "Page") -> None:
    page.get_by_role("combobox").fill("а ціна")
    with page.expect_navigation():
        page.get_by_role("combobox").press("Enter")


DONE: dict[str, Callable[["Page"], Any]] = {
    "copied": _copied,
    "printed": _printed,
    "opened": _opened,
    "followed": _followed,
    "asked_again": _asked_again,
}


@pytest.mark.parametrize("event", DONE)
def test_a_page_tells_what_is_done_with_its_answer(
    visitor: "Page", site: Counted, event: str
) -> None:
    visitor.goto(f"{site.address}/?q=обмін", wait_until="networkidle")
    DONE[event](visitor)
    until(lambda: bool(site.uses()))
    assert site.uses() == {event: 1}


def recent(page: "Page") -> list[str]:
    return page.locator("#recent + ul a").all_inner_texts()


def test_the_start_page_offers_what_was_asked_here_and_forgets_it(
    visitor: "Page", site: Counted
) -> None:
    for question in ("обмін прав", "я 067 123 45 67", "ціна", "обмін прав", "строк"):
        visitor.goto(f"{site.address}/?q={question}", wait_until="networkidle")
    visitor.goto(site.address, wait_until="networkidle")
    assert recent(visitor) == ["строк", "обмін прав", "ціна"]
    visitor.get_by_role("button", name="Очистити").click()
    assert recent(visitor) == [] and visitor.evaluate("localStorage.length") == 0
    visitor.reload(wait_until="networkidle")
    assert recent(visitor) == []


def test_no_more_than_five_questions_are_offered(visitor: "Page", site: Counted) -> None:
    for number in range(7):
        visitor.goto(f"{site.address}/?q=питання {number}", wait_until="networkidle")
    visitor.goto(site.address, wait_until="networkidle")
    assert recent(visitor) == [f"питання {number}" for number in (6, 5, 4, 3, 2)]


@pytest.mark.parametrize("kept", ["{", "5", '{"a": 1}', '[1, {"a": 2}]', ""])
def test_what_others_left_in_the_storage_breaks_nothing(
    visitor: "Page", site: Counted, kept: str
) -> None:
    errors: list[str] = []
    visitor.on("pageerror", lambda error: errors.append(str(error)))
    visitor.goto(site.address)
    visitor.evaluate("kept => localStorage.setItem('recent-questions', kept)", kept)
    visitor.reload(wait_until="networkidle")
    assert recent(visitor) == [] and errors == []


def test_where_storage_is_switched_off_nothing_is_kept_and_nothing_breaks(
    visitor: "Page", site: Counted
) -> None:
    errors: list[str] = []
    visitor.on("pageerror", lambda error: errors.append(str(error)))
    visitor.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('off'); } })"
    )
    visitor.goto(f"{site.address}/?q=обмін", wait_until="networkidle")
    visitor.goto(site.address, wait_until="networkidle")
    assert recent(visitor) == [] and errors == []


def test_markup_in_a_recent_question_stays_text(visitor: "Page", site: Counted) -> None:
    visitor.goto(f"{site.address}/?q=%3Cimg src=x onerror=alert(1)%3E", wait_until="networkidle")
    visitor.goto(site.address, wait_until="networkidle")
    assert recent(visitor) == ["<img src=x onerror=alert(1)>"]
    assert visitor.locator("main img").count() == 0
