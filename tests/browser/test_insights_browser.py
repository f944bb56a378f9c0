"""The managers' overview in a real Chromium: charts beside tables, both themes, paper."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.app import api, served, token_of
from support.asked import Row, gap, keep, question, refused, sqlite_in, vote

from qa_service.access.keys import Role

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
pytest_plugins = ["support.chromium"]

DARK_INK, PAPER_INK = "rgb(233, 238, 247)", "rgb(20, 32, 58)"
FEE = "licence-exchange.fee"
Open = Callable[..., "Page"]


def _rows() -> list[Row]:
    """Two days of all channels, some of it without an answer."""
    now = datetime.now(UTC)
    times = [now - timedelta(minutes=5), now - timedelta(days=1)]
    asked = [
        question(at=at, channel=channel, passage_id=FEE)
        for at in times
        for channel in ("site", "operator", "chatbot")
        for _ in range(6)
    ]
    return [*asked, *(refused(at=times[0]) for _ in range(5))]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of an application with a small journal, and a supervisor's key."""
    folder = tmp_path_factory.mktemp("insights")
    rows = _rows()
    feedback = [vote(one) for one in rows[:6]]
    url = keep(sqlite_in(folder), rows, feedback=feedback, gaps=[gap(), gap(question="Інше?")])
    token = token_of(folder, Role.SUPERVISOR)
    with served(api(folder, journal=url)) as port:
        yield f"http://127.0.0.1:{port}", token


@pytest.fixture
def open_page(chromium: "Browser", site: tuple[str, str]) -> Iterator[Open]:
    """Opens the overview; `changes` are of the browser's context."""
    address, token = site
    contexts = []

    def opened(path: str = "/insights", **changes: object) -> "Page":
        options = {"viewport": {"width": 1440, "height": 900}} | changes
        context = chromium.new_context(extra_http_headers={"X-API-Key": token}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.goto(address + path, wait_until="networkidle")
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1_024, 1_440])
def test_nothing_stands_in_the_way_of_a_screen_reader(
    open_page: Open, scheme: str, width: int
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs the axe-playwright-python package"
    )
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_each_chart_says_its_finding_and_has_its_table(open_page: Open) -> None:
    page = open_page()
    charts = page.locator("canvas")
    tables = page.locator("table[data-chart]")
    assert charts.count() == tables.count() >= 5
    for chart in charts.all():
        assert chart.get_attribute("role") == "img"
    reasons = page.locator("#reasons canvas").get_attribute("aria-label") or ""
    assert "немає тексту" in reasons and "5" in reasons


def test_charts_are_drawn_in_the_colours_of_the_theme(open_page: Open) -> None:
    drawn = (
        "canvas => { const seen = canvas.getContext('2d').getImageData(0, 0, canvas.width, "
        "canvas.height).data; const wanted = getComputedStyle(document.documentElement)"
        ".getPropertyValue('--series-1').match(/[0-9a-f]{2}/g).map(one => parseInt(one, 16));"
        "for (let at = 0; at < seen.length; at += 4) if (wanted.every((one, place) => "
        "seen[at + place] === one)) return true; return false; }"
    )
    for scheme in ("light", "dark"):
        page = open_page(color_scheme=scheme)
        assert page.locator("#exposed canvas, #gaps canvas").first.evaluate(drawn)


def test_the_console_stays_silent_under_the_policy(
    chromium: "Browser", site: tuple[str, str]
) -> None:
    address, token = site
    page = chromium.new_page(extra_http_headers={"X-API-Key": token})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{address}/insights", wait_until="networkidle")
    page.close()
    assert said == []


def test_without_javascript_the_tables_are_open_and_the_form_works(open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    assert page.locator("canvas").count() == 0
    assert page.locator("#days tbody tr").first.is_visible()
    page.get_by_role("combobox", name="Період").select_option("7 днів")
    page.get_by_role("combobox", name="Канал").select_option("оператори")
    page.get_by_role("button", name="Показати").click()
    assert page.url.endswith("/insights?days=7&channel=operator")
    assert page.locator("#channels tbody tr").count() == 1


def test_the_keyboard_reaches_what_to_do_and_its_table(open_page: Open) -> None:
    page = open_page()
    assert page.get_by_role("link", name="«Чи видають права на інопланетян?»").count() == 1
    step = page.locator(".next a[href='#exposed']").first
    step.focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#exposed")
    assert page.get_by_role("button", name="Створити чернетку: Інше?").count() == 1


def test_on_paper_all_tables_are_open_and_light_in_the_dark(open_page: Open) -> None:
    page = open_page(color_scheme="dark")
    ink = "getComputedStyle(document.querySelector('h1')).color"
    assert page.evaluate(ink) == DARK_INK
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(ink) == PAPER_INK
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#days tbody tr").first.is_visible()
    assert not page.get_by_role("button", name="Показати").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.locator("#days tbody tr").first.is_visible()


def test_a_print_is_a_document_of_pages(open_page: Open, tmp_path: Path) -> None:
    printed = open_page().pdf(path=tmp_path / "insights.pdf", format="A4")
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") >= 2
