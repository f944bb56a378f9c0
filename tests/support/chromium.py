"""Fixtures of the browser tests, as a plugin of pytest: one Chromium and one world a module, a
fresh page and a fresh fake API a test. No test imports it: pytest must be the first to load it.
"""

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from support.browser import FakeApi, World, widget_world

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def _playwright() -> "Iterator[Playwright]":
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the playwright package")
    if CHROMIUM is None:
        pytest.skip("needs chromium on PATH (apt-get install chromium)")
    with playwright.sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(_playwright: "Playwright") -> "Iterator[Browser]":
    launched = _playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield launched
    launched.close()


@pytest.fixture(scope="module")
def enlarged(_playwright: "Playwright") -> "Iterator[Browser]":
    """Chromium of a person who reads text at 200 %."""
    doubled = "--blink-settings=defaultFontSize=32"
    launched = _playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, doubled])
    yield launched
    launched.close()


@pytest.fixture(scope="module")
def running_world() -> Iterator[World]:
    with widget_world() as world:
        yield world


@pytest.fixture
def world(running_world: World) -> World:
    running_world.fake = FakeApi()
    return running_world


@pytest.fixture
def page(chromium: "Browser", world: World) -> "Iterator[Page]":
    """The host page, the widget in it ready."""
    context = chromium.new_context(viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.goto(world.host)
    page.get_by_role("combobox").wait_for()
    yield page
    context.close()
