"""The widget against the real application of a tiny corpus, which allows the host's origin. Each
test name is the rule.
"""

import socket
from collections.abc import Iterator
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from tiny import FEE_QUESTION, served, tiny_index
from widget_world import host_server

from qa_service.server import application

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
pytest_plugins = ["widget_fixtures"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    settings = tiny_index(tmp_path_factory.mktemp("world"), cors_origins=origin, journal="off")
    with (
        served(application(settings)) as api_port,
        host_server(f"http://127.0.0.1:{api_port}", port) as server,
    ):
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"{origin}/"
        server.shutdown()
        thread.join(5)


def test_suggestions_answers_and_a_lack_of_a_journal_cross_the_origins(
    chromium: "Browser", host: str
) -> None:
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
    assert card.locator("dd bdi").first.inner_text() == "Нове посвідчення видають у день звернення."
    assert logged == []
    card.get_by_role("button", name="Так").click()
    card.get_by_text("Не вдалося надіслати відгук").wait_for()
    page.close()
    assert len(logged) == 1 and "503" in logged[0]
