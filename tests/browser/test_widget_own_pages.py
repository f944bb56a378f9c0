"""Suggestions in the search forms of the service's own pages, by page.js. Each test name is the
rule.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from support.app import served
from support.browser import POPULAR, SUGGESTIONS

from qa_service.web.site.rendering import STATIC_FOLDER
from qa_service.web.widget import widget_folder_url, widget_router

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser
pytest_plugins = ["support.chromium"]

FORM = """<form class="ask" action="/" role="search" aria-label="{id}">
  <label for="{id}">{id}</label>
  <div class="ask-row">
    <input id="{id}" name="q" type="search"><button>Знайти</button>
  </div></form>"""
PAGE = f"""<!doctype html><html lang="uk"><head><meta charset="utf-8"><title>Пошук</title>
<link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/static/site.css">
<link rel="stylesheet" href="/static/suggestions.css">
<script type="module" src="/static/page.js" data-widget="{widget_folder_url()}"></script></head>
<body><header class="top">{FORM.format(id="header")}</header>
<main class="hero"><h1>Пошук</h1>{FORM.format(id="main")}<p>Текст</p></main></body></html>"""
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src "
    "'self'; form-action 'self'"
)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    app = FastAPI()
    app.include_router(widget_router())
    app.mount("/static", StaticFiles(directory=STATIC_FOLDER))

    @app.get("/")
    def search() -> Response:
        return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})

    @app.get("/v1/suggest")
    def suggest(q: str = "") -> dict[str, object]:
        return {"suggestions": SUGGESTIONS if q else POPULAR}

    with served(app) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def page(chromium: "Browser", site: str) -> "Iterator[Page]":
    page = chromium.new_page(viewport={"width": 900, "height": 700})
    page.goto(site)
    page.get_by_role("combobox").nth(1).wait_for()
    yield page
    page.close()


def box(page: "Page", name: str = "main") -> "Locator":
    return page.get_by_role("combobox", name=name)


def asked(page: "Page") -> dict[str, list[str]]:
    page.wait_for_url("**/?q=*")
    return parse_qs(urlsplit(page.url).query)


@pytest.mark.parametrize("name", ["main", "header"])
def test_a_chosen_question_is_asked(page: "Page", name: str) -> None:
    box(page, name).press_sequentially("обмін")
    page.get_by_role("option", name="Скільки коштує обмін прав?").click()
    assert asked(page) == {"q": ["Скільки коштує обмін прав?"]}


def test_a_chosen_service_is_asked_with_its_filter(page: "Page") -> None:
    box(page).press_sequentially("обмін")
    page.get_by_role("option", name="послуга").wait_for()
    box(page).press("ArrowDown")
    box(page).press("ArrowDown")
    box(page).press("Enter")
    assert asked(page) == {"q": ["Обмін посвідчення водія"], "service": ["licence-exchange"]}


@pytest.mark.parametrize("hand", ["keyboard", "mouse"])
def test_a_list_does_not_change_under_the_hand_that_chooses(page: "Page", hand: str) -> None:
    box(page).press_sequentially("обмі")
    option = page.get_by_role("option", name="послуга")
    option.wait_for()
    page.route("**/v1/suggest?*", lambda route: None)  # what is asked from now on stays underway
    with page.expect_request("**/v1/suggest?*"):
        page.keyboard.insert_text("н")
    with page.expect_event("requestfailed"):
        if hand == "keyboard":
            box(page).press("ArrowDown")
        else:
            option.hover()
            page.mouse.down()
    assert option.is_visible()


def test_enter_without_a_choice_asks_what_was_typed(page: "Page") -> None:
    box(page).press_sequentially("обмін")
    page.get_by_role("option").first.wait_for()
    box(page).press("Enter")
    assert asked(page) == {"q": ["обмін"]}


def test_an_empty_box_suggests_what_others_ask(page: "Page") -> None:
    box(page).click()
    page.get_by_role("option", name=POPULAR[0]["text"]).wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_against_wcag_2_2_aa(page: "Page", scheme: str) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs the axe-playwright-python package"
    )
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    box(page).press_sequentially("обмін")
    page.get_by_role("option").nth(2).wait_for()
    box(page).press("ArrowDown")
    found = axe.Axe().run(page, context="form[aria-label=main]")
    assert [
        f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in found.response["violations"]
    ] == []


def test_nothing_is_logged_and_nothing_scrolls_sideways_at_320_px(
    chromium: "Browser", site: str
) -> None:
    page = chromium.new_page(viewport={"width": 320, "height": 700})
    logged: list[str] = []
    page.on("console", lambda message: logged.append(message.text))
    page.on("pageerror", lambda error: logged.append(str(error)))
    page.goto(site)
    box(page).click()
    page.get_by_role("option").first.wait_for()
    width = page.locator("html").evaluate("element => element.scrollWidth")
    page.close()
    assert logged == [] and width <= 320
