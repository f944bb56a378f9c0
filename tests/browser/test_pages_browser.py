"""The pages in a real Chromium, against a small engine on a loopback port. Each test name is the rule."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from qa_service.api.pages import STATIC_FOLDER, pages_router
from qa_service.errors import NotFoundError
from qa_service.types import (
    Answer,
    Choice,
    Group,
    Handoff,
    Passage,
    Query,
    RankedPassage,
    Reason,
    Service,
    Source,
    Status,
    Topic,
    Understood,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

playwright = pytest.importorskip("playwright.sync_api", reason="needs the playwright package")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LONG = "Електрокардіостимуляторовстановлювальний заклад-видавець"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium on PATH (apt-get install chromium)"),
]


def _passage(topic: Topic) -> Passage:
    return Passage(
        id=f"licence-exchange.{topic}",
        document=f"licence-exchange.{topic}",
        service="licence-exchange",
        service_title="Обмін посвідчення водія",
        topic=topic,
        title=f"Обмін посвідчення: {topic}",
        text=f"Обмін коштує 572 грн. {LONG} видає довідку. " * 3,
        as_of="2025-11",
        status=Status.NEEDS_REVIEW,
        conflict="Раніше називали 515 грн.",
        sources=(Source("Прейскурант", "https://hsc.gov.ua/price"),),
        url=f"/services/licence-exchange#{topic}",
    )


EXCHANGE = Service(
    slug="licence-exchange",
    title="Обмін посвідчення водія",
    group=Group.DRIVING_LICENCE,
    audience="фізичні особи",
    reviewed="2026-01-05",
    passages=tuple(_passage(topic) for topic in Topic),
    aliases=("поміняти права",),
    channels=("service-centre", "diia"),
)


class FakeEngine:
    """Knows one procedure; abstains where the question is `?`."""

    services = (EXCHANGE,)

    def service(self, slug: str) -> Service:
        if slug != EXCHANGE.slug:
            raise NotFoundError(slug)
        return EXCHANGE

    def answer(self, query: Query) -> Answer:
        ranked = tuple(RankedPassage(passage, 0.9, 0.9, ((13, 20),)) for passage in EXCHANGE.passages[:3])
        answer = Answer(
            answer_id="a1",
            question=query.question,
            understood=Understood("uk", query.question),
            answerable=True,
            confidence=0.9,
            reason=None,
            passages=ranked,
            siblings=EXCHANGE.passages[3:6],
            choices=(),
            related=("Чи складають іспити при обміні?",),
            handoff=None,
            index_version="v1",
            degraded=(),
            took_ms=1.0,
        )
        if query.question != "?":
            return answer
        choices = (Choice("licence-exchange", "Обмін посвідчення водія"),)
        handoff = Handoff("(044) 290-19-88", "hsc.gov.ua")
        return replace(answer, answerable=False, reason=Reason.AMBIGUOUS, choices=choices, siblings=(), handoff=handoff)


PATHS = ["/", "/?q=обмін прав", "/?q=?", "/services", "/services/licence-exchange", "/services/nope"]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    app = FastAPI()
    app.include_router(pages_router(FakeEngine()))
    app.mount("/static", StaticFiles(directory=STATIC_FOLDER))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)
    listener.close()


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """A page without JavaScript: what works here works for everyone."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_typing_a_question_and_pressing_enter_shows_the_answer(page: "Page", site: str) -> None:
    page.goto(site)
    page.get_by_label("Ваше запитання").fill("скільки коштує обмін прав?")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Обмін посвідчення: who").wait_for()
    assert page.locator("article.answer mark").inner_text() == "572 грн"
    assert page.get_by_label("Ваше запитання").input_value() == "скільки коштує обмін прав?"


def test_an_example_question_is_asked_with_one_click(page: "Page", site: str) -> None:
    page.goto(site)
    page.get_by_role("link", name="Скільки коштує обмін прав?").click()
    assert page.locator("article.answer").is_visible()


def test_the_keyboard_reaches_the_skip_link_first_and_then_everything_in_reading_order(page: "Page", site: str) -> None:
    page.goto(site)
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(page.locator(":focus").evaluate("element => element.innerText.trim() || element.name"))
    assert reached[0] == "До основного вмісту"
    assert reached[1].startswith("Сервісні центри МВС")
    assert reached[2:] == ["Усі послуги", "(044) 290-19-88", "q", "Знайти"]


def test_the_focused_element_is_visibly_outlined(page: "Page", site: str) -> None:
    page.goto(f"{site}/services")
    page.locator(".services a").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    width = page.locator(":focus").evaluate("element => getComputedStyle(element).outlineWidth")
    assert width == "3px"


def test_the_skip_link_moves_to_the_main_content(page: "Page", site: str) -> None:
    page.goto(f"{site}/services")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator(":focus").evaluate("element => element.closest('main') !== null")


def test_the_contents_of_a_procedure_lead_to_its_sections(page: "Page", site: str) -> None:
    page.goto(f"{site}/services/licence-exchange")
    page.get_by_role("navigation", name="На цій сторінці").get_by_role("link", name="Обмін посвідчення: refusal").click()
    assert page.url.endswith("#refusal")
    top = page.locator("#refusal").evaluate("element => element.getBoundingClientRect().top")
    assert 0 <= top < 100


def test_best_guesses_unfold_without_javascript(page: "Page", site: str) -> None:
    page.goto(f"{site}/?q=%3F")
    guesses = page.locator("details.guesses .other").first
    assert not guesses.is_visible()
    page.get_by_text("Найближче, що ми знайшли").click()
    assert guesses.is_visible()


@pytest.mark.parametrize("path", PATHS)
def test_nothing_scrolls_sideways_at_320_px(page: "Page", site: str, path: str) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(site + path)
    assert page.locator("html").evaluate("element => element.scrollWidth") <= 320


@pytest.mark.parametrize("path", PATHS)
def test_no_page_logs_an_error_or_calls_another_host(browser: "Browser", site: str, path: str) -> None:
    page = browser.new_page()
    errors: list[str] = []
    hosts: set[str | None] = set()
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page.goto(site + path, wait_until="networkidle")
    page.close()
    wanted_404 = [error for error in errors if path == "/services/nope" and "404" in error]
    assert errors == wanted_404
    assert hosts == {"127.0.0.1"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_against_wcag_2_2_aa(browser: "Browser", site: str, path: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs the axe-playwright-python package")
    page = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(site + path)
    found = axe.Axe().run(page)
    page.close()
    assert [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in found.response["violations"]] == []


def test_print_shows_the_procedure_with_its_source_addresses_and_no_search_box(browser: "Browser", site: str) -> None:
    page = browser.new_page()
    page.goto(f"{site}/services/licence-exchange")
    page.emulate_media(media="print")
    assert not page.get_by_role("search").is_visible()
    address = page.locator(".sources a").first.evaluate("link => getComputedStyle(link, '::after').content")
    page.close()
    assert "href" in address or "https://hsc.gov.ua/price" in address
