"""The editors' queue in a real Chromium: without a script, by keyboard, readable for everybody."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from support.app import api, served, token_of
from support.queue_rows import NOW, Rows

from qa_service.access.keys import Role
from qa_service.journal.gaps import GAPS_JOB, Gap, GapStore
from qa_service.phrases import editors

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytestmark = pytest.mark.browser
pytest_plugins = ["support.chromium"]

LONG = "Електрокардіостимуляторовстановлювальний" * 3
PAGES = ("/queue", "/queue?state=any&order=most", "/queue?state=done", "/queue/gaps")


class World:
    def __init__(self, address: str, token: str, rows: Rows) -> None:
        self.address, self.token, self.rows = address, token, rows

    def context(
        self, chromium: "Browser", width: int, scheme: Literal["light", "dark"], script: bool
    ) -> "BrowserContext":
        return chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=script,
            extra_http_headers={"X-API-Key": self.token},
        )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(Rows.in_folder(tmp_path)) as rows:
        for number in range(6):
            rows.vote(f"скільки за обмін {number}", comment=LONG if number else None)
        rows.vote("чи їздить самокат", "missing", passage_id=None)
        rows.vote("не те", "other_question", passage_id="gone.fee")
        rows.vote("давно", "unclear", state="done", handled_by="Олена", handled_at=NOW)
        gap = Gap("самокат", ("чи їздить самокат", LONG), 9, 6, NOW, NOW, (1, 8), None, None)
        GapStore(rows.tables).replace([gap], NOW)
        rows.claim(GAPS_JOB, NOW, NOW)
        token = token_of(tmp_path, Role.EDITOR)
        with served(api(tmp_path, journal=rows.url, gaps_every_h=0)) as port:
            yield World(f"http://127.0.0.1:{port}", token, rows)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1024, 1440])
def test_axe_finds_nothing_and_nothing_sticks_out(
    chromium: "Browser", world: World, width: int, scheme: Literal["light", "dark"]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with closing(world.context(chromium, width, scheme, script=True)) as context:
        page = context.new_page()
        for path in PAGES:
            page.goto(world.address + path)
            for details in page.locator("details").all():
                details.evaluate("one => one.open = true")
            found = axe.run(page).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_item_is_done_by_keyboard_without_a_script(chromium: "Browser", world: World) -> None:
    with closing(world.context(chromium, 1024, "light", script=False)) as context:
        page = context.new_page()
        page.goto(f"{world.address}/queue?complaint=missing")
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.locator("button:focus", has_text=editors.DISMISS).count():
                break
        page.keyboard.press("Enter")
        page.get_by_role("status").wait_for()
        assert "complaint=missing" in page.url
        assert page.get_by_text(editors.NONE_FOUND).is_visible()
        assert [line[3].split(":")[0] for line in world.rows.audit()] == ["open -> dismissed"]


def test_a_draft_is_saved_as_a_file(chromium: "Browser", world: World) -> None:
    with closing(world.context(chromium, 1440, "light", script=False)) as context:
        page = context.new_page()
        page.goto(f"{world.address}/queue/gaps")
        with page.expect_download() as download:
            page.get_by_role("button", name=editors.DRAFT).click()
        assert download.value.suggested_filename == "draft-new-note.md"
