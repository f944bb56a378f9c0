"""A small world for the page `/chat`: the real page and core over the tiny corpus, and what a
person does there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from support.app import api, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Request, Route

LOST, PRICE = "вкрали номерний знак з машини", "320 гривень"
UNCLEAR, ONE_OF = "скільки коштує", "Обмін посвідчення водія"
GREETING = "Вітаємо!"


@contextmanager
def running_chat() -> Iterator[str]:
    """The address of the site."""
    with TemporaryDirectory() as folder, served(api(Path(folder))) as port:
        yield f"http://127.0.0.1:{port}"


def opened(browser: "Browser", site: str, path: str = "/chat", **options: Any) -> "Page":
    """The page in a browser of its own, greeted."""
    usual: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
    page = browser.new_context(**usual | options).new_page()
    page.goto(site + path)
    replies(page).first.wait_for()
    return page


def replies(page: "Page") -> "Locator":
    return page.locator(".theirs")


def buttons(page: "Page") -> list[str]:
    return page.locator(".replies").locator("button, a").all_inner_texts()


def say(page: "Page", text: str) -> "Locator":
    """Type it and send it; the bot's reply."""
    before = replies(page).count()
    page.locator("#message").fill(text)
    page.keyboard.press("Enter")
    return replies(page).nth(before)


def press(page: "Page", label: str) -> "Locator":
    """Press the button below the last reply; the bot's next reply."""
    before = replies(page).count()
    page.locator(".replies").get_by_role("button", name=label, exact=True).click()
    return replies(page).nth(before)


def has_focus(page: "Page") -> str:
    """The id of what has focus."""
    return str(page.evaluate("document.activeElement.id"))


class Answers:
    """Stands before the service: replies with what it is given, one a message, then lets messages
    pass.
    """

    def __init__(self, page: "Page", *first: int | str) -> None:
        self.sent: list[dict[str, Any]] = []
        self._first = list(first)
        page.route("**/chat/messages", self._handle)

    def _handle(self, route: "Route", request: "Request") -> None:
        message: Any = request.post_data_json
        self.sent.append(message)
        match self._first.pop(0) if self._first else None:
            case None:
                route.continue_()
            case str(error):
                route.abort(error)
            case status:
                route.fulfill(status=status, json={}, headers={"Retry-After": "1"})
