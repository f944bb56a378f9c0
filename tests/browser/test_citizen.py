"""A citizen's whole talk with the real index: a question, a follow-up, another subject, a
correction, a vote; with and without JavaScript, by the keyboard alone, and in the widget on another
site under the strictest policy.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from support.app import served
from support.browser import host_server
from support.waiting import until

from qa_service.bootstrap import web_dependencies
from qa_service.journal import KeptVote
from qa_service.service import QuestionService
from qa_service.settings import load_settings
from qa_service.web.app import create_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.model]
pytest_plugins = ["support.chromium"]

TALK = {
    "Загубив права, що робити?": "licence-lost",
    "а скільки це коштує?": "licence-lost",
    "а номери на машину як відновити якщо вкрали": "plates-lost",
    "ні, не номери, а техпаспорт": "certificate-lost",
}
"""What is asked, in order, and the procedure that the answer is of."""
LAST = "certificate-lost"


class Place:
    """The real service, and another site with its widget."""

    def __init__(self, service: QuestionService, address: str, host: str) -> None:
        self.service, self.address, self.host = service, address, host

    def votes(self) -> list[KeptVote]:
        return self.service.kept_feedback(10)


@pytest.fixture(scope="module")
def place(
    real_index: Path, model_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("citizen")
    settings = load_settings(
        index=real_index,
        model_cache=model_folder.parent,
        answer_deadline_ms=60_000,
        journal=f"sqlite:///{folder}/journal.sqlite",
        cors_origins="*",
        keys=folder / "keys.json",
    )
    deps = web_dependencies(settings)
    with served(create_app(deps)) as port:
        address = f"http://127.0.0.1:{port}"
        with host_server(address) as host:
            thread = Thread(target=host.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            yield Place(deps.service, address, f"http://127.0.0.1:{host.server_port}/")
            host.shutdown()
            thread.join(5)
    deps.service.close()


def _typed(page: "Page", question: str) -> None:
    page.locator("[name=q]").first.fill(question)
    with page.expect_navigation():
        page.locator("[name=q]").first.press("Enter")


def _clicked(page: "Page", question: str) -> None:
    page.locator("[name=q]").first.fill(question)
    with page.expect_navigation():
        page.get_by_role("button", name="Знайти").first.click()


def _by_keyboard(page: "Page", question: str) -> None:
    """The key `/` finds the box; nothing is clicked."""
    page.keyboard.press("/")
    page.keyboard.type(question)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _about(page: "Page") -> str | None:
    return page.locator("article.answer").first.get_attribute("aria-labelledby")


def _voted(page: "Page") -> None:
    page.get_by_role("button", name="Так").click()
    page.get_by_text("Дякуємо").first.wait_for()


def _voted_by_keyboard(page: "Page") -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and focused.inner_text() == "Так":
            page.keyboard.press("Enter")
            page.get_by_text("Дякуємо").first.wait_for()
            return
    raise AssertionError("the keyboard does not reach the vote")


WAYS: dict[str, tuple[bool, Callable[["Page", str], None], Callable[["Page"], None]]] = {
    "with JavaScript": (True, _typed, _voted),
    "without JavaScript": (False, _clicked, _voted),
    "by keyboard alone": (True, _by_keyboard, _voted_by_keyboard),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_talk_on_the_pages_leads_to_the_right_answers_and_a_vote(
    chromium: "Browser", place: Place, way: str
) -> None:
    has_scripts, ask, vote = WAYS[way]
    before = len(place.votes())
    context = chromium.new_context(java_script_enabled=has_scripts)
    page = context.new_page()
    page.goto(place.address, wait_until="networkidle")
    for question, service in TALK.items():
        ask(page, question)
        page.wait_for_load_state("networkidle")
        assert (_about(page) or "").startswith(f"answer-{service}."), question
    assert page.get_by_text("Раніше в цій розмові: 3").is_visible()
    vote(page)
    context.close()
    until(lambda: len(place.votes()) == before + 1)
    newest = place.votes()[0]
    assert newest.feedback.helpful and (newest.feedback.passage_id or "").startswith(f"{LAST}.")


def test_the_same_talk_in_the_widget_on_another_site(chromium: "Browser", place: Place) -> None:
    before = len(place.votes())
    page = chromium.new_page()
    logged: list[str] = []
    page.on("console", lambda message: logged.append(message.text))
    page.goto(place.host)
    for question, service in TALK.items():
        page.get_by_role("combobox").fill(question)
        with page.expect_response("**/v1/ask**"):
            page.get_by_role("combobox").press("Enter")
        page.locator(f"article.card .eyebrow a[href*='/services/{service}']").wait_for()
    page.get_by_role("button", name="Так", exact=True).click()
    page.get_by_text("Дякуємо!").wait_for()
    page.close()
    until(lambda: len(place.votes()) == before + 1)
    newest = place.votes()[0]
    assert newest.feedback.helpful and (newest.feedback.passage_id or "").startswith(f"{LAST}.")
    assert logged == []
