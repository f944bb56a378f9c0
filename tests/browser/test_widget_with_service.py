"""The widget against the real application of a tiny corpus, which allows the host's origin. Each
test name is the rule.
"""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from support.app import served
from support.browser import host_server
from support.corpus import FEE_QUESTION, tiny_index

from qa_service.journal.sql import SqlJournal
from qa_service.server import application

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
pytest_plugins = ["support.chromium"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


@contextmanager
def host_of(folder: Path, journal: str) -> Iterator[str]:
    """The host's page, and a service in `folder` that keeps feedback in `journal`."""
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    settings = tiny_index(folder, cors_origins=origin, journal=journal)
    with (
        served(application(settings)) as api_port,
        host_server(f"http://127.0.0.1:{api_port}", port) as server,
    ):
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"{origin}/"
        finally:
            server.shutdown()
            thread.join(5)


def test_suggestions_answers_and_a_lack_of_a_journal_cross_the_origins(
    chromium: "Browser", tmp_path: Path
) -> None:
    with host_of(tmp_path, journal="off") as host:
        page = chromium.new_page()
        logged: list[str] = []
        page.on("console", lambda message: logged.append(message.text))
        page.goto(host)
        box = page.get_by_role("combobox")
        box.press_sequentially("обмін пос")
        page.get_by_role("option", name="Обмін посвідчення водія").first.wait_for()
        box.fill(FEE_QUESTION)
        box.press("Enter")
        card = page.get_by_role("article", name="Скільки коштує обмін посвідчення водія")
        assert card.locator("mark").inner_text() == "Обмін посвідчення водія коштує 572 гривні."
        assert (
            card.locator("dd bdi").first.inner_text()
            == "Нове посвідчення видають у день звернення."
        )
        assert logged == []
        card.get_by_role("button", name="Так").click()
        card.get_by_text("Не вдалося надіслати відгук").wait_for()
        page.close()
        assert len(logged) == 1 and "503" in logged[0]


def test_feedback_crosses_the_origins_and_is_kept_once_the_service_ends(
    chromium: "Browser", tmp_path: Path
) -> None:
    journal = f"sqlite:///{tmp_path}/journal.sqlite"
    with host_of(tmp_path, journal) as host:
        page = chromium.new_page()
        page.goto(host)
        page.get_by_role("combobox").fill(FEE_QUESTION)
        page.get_by_role("combobox").press("Enter")
        card = page.get_by_role("article", name="Скільки коштує обмін посвідчення водія")
        with page.expect_response("**/v1/feedback"):
            card.get_by_role("button", name="Ні", exact=True).click()
        card.get_by_label("Чого забракло? Необов’язково").fill("дзвоніть 067 123-45-67")
        card.get_by_role("button", name="Надіслати").click()
        card.get_by_text("Дякуємо!").wait_for()
        page.close()
    with closing(SqlJournal.open(journal)) as kept:
        [entry] = kept.votes(10)
    assert (entry.feedback.helpful, entry.feedback.passage_id, entry.feedback.comment) == (
        False,
        "licence-exchange.fee",
        "дзвоніть [телефон]",
    )
    assert entry.about is not None and entry.about.question == FEE_QUESTION
