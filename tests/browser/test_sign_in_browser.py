"""Staff sign in and out in Chromium, by keyboard; what other sites' links and forms can do."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.app import api, served

from qa_service.access.keys import KeyRing, Role

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
pytest_plugins = ["support.chromium"]

SIZES = [(1024, 640), (320, 640)]


@dataclass(frozen=True)
class Place:
    """A served application; `elsewhere` is another site for a browser, of the same server."""

    port: int
    key: str

    @property
    def ours(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def elsewhere(self) -> str:
        return f"http://localhost:{self.port}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("sign-in")
    app = api(folder)
    _, key = KeyRing(folder / "keys.json").create(Role.EDITOR, "Олена")
    with served(app) as port:
        yield Place(port, key)


def _sign_in(page: "Page", place: Place, way_back: str = "/services") -> None:
    """By keyboard alone: the field has the focus."""
    page.goto(f"{place.ours}/sign-in?next={way_back}")
    page.locator("input:focus").wait_for()
    page.keyboard.type(place.key)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{place.ours}{way_back}")


def _who(page: "Page", place: Place) -> str:
    """The name and role on the page; empty for nobody."""
    page.goto(f"{place.ours}/sign-in")
    return " ".join(page.locator(".staff-who span").all_inner_texts())


def test_a_key_signs_in_by_keyboard_and_the_button_signs_out(page: "Page", place: Place) -> None:
    _sign_in(page, place)
    assert _who(page, place) == "Олена · редактор"
    (cookie,) = page.context.cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax" and cookie["expires"] == -1
    assert page.evaluate("document.cookie") == ""
    page.get_by_role("button", name="Вийти").press("Enter")
    page.get_by_role("heading", name="Ви вийшли").wait_for()
    assert _who(page, place) == "" and page.context.cookies() == []


def test_a_wrong_key_is_said_and_the_field_has_the_focus(page: "Page", place: Place) -> None:
    page.goto(f"{place.ours}/sign-in")
    page.locator("#key:focus").wait_for()
    page.keyboard.type("qa_editor_wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    page.locator("#key:focus").wait_for()
    described = page.locator("#key").get_attribute("aria-describedby")
    assert described == "said key-hint"


def test_a_link_of_another_site_opens_a_page_signed_in(page: "Page", place: Place) -> None:
    _sign_in(page, place)
    page.goto(f"{place.elsewhere}/services")
    page.set_content(f'<a href="{place.ours}/sign-in">Дзвінок</a>')
    page.click("a")
    page.wait_for_url(f"{place.ours}/sign-in")
    assert "Олена" in page.locator(".staff-who").inner_text()


def test_a_form_of_another_site_signs_nobody_out_or_in(page: "Page", place: Place) -> None:
    _sign_in(page, place)
    for path in ("/sign-out", "/sign-in"):
        page.goto(f"{place.elsewhere}/healthz")
        page.set_content(
            f'<form method="post" action="{place.ours}{path}">'
            f'<input name="key" value="{place.key}"><button>Далі</button></form>'
        )
        with page.expect_navigation():
            page.click("button")
        assert _who(page, place) == "Олена · редактор"
    page.context.clear_cookies()
    page.goto(f"{place.elsewhere}/healthz")
    page.set_content(
        f'<form method="post" action="{place.ours}/sign-in">'
        f'<input name="key" value="{place.key}"><button>Далі</button></form>'
    )
    with page.expect_navigation():
        page.click("button")
    assert page.context.cookies() == [] and _who(page, place) == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_and_nothing_is_cut_off(
    chromium: "Browser", place: Place, scheme: str, size: tuple[int, int]
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs the axe-playwright-python package"
    ).Axe()
    context = chromium.new_context(
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": size[0], "height": size[1]},
    )
    page = context.new_page()

    def look(state: str) -> None:
        found = axe.run(page)
        assert found.violations_count == 0, f"{state}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") == size[0], state

    page.goto(f"{place.ours}/sign-in?ended=1")
    look("the session ended")
    page.fill("#key", "wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    look("a wrong key")
    _sign_in(page, place)
    _who(page, place)
    look("signed in")
    page.get_by_role("button", name="Вийти").click()
    page.get_by_role("heading", name="Ви вийшли").wait_for()
    look("signed out")
    context.close()
