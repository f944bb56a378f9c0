"""The screenshots of the documentation, from the real service: `make screenshots` writes
docs/images/.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Literal
from urllib.parse import quote

from playwright.sync_api import Browser, Page, sync_playwright

from bench.chat_screenshots import shoot_chat
from bench.service import HOST, running_service
from bench.staff_screenshots import shoot_staff
from demo.serve import host_server
from qa_service.access.keys import KeyRing, Role

IMAGES = Path("docs/images")
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Scheme = Literal["light", "dark"]
Shot = tuple[str, int, int, Scheme]
"""Path, width and height in CSS pixels, colour scheme."""

PRICE, OFF_TOPIC = "скільки коштує поміняти права", "яка погода у львові"
PARTS = "які документи на обмін прав і скільки коштує"
DOCUMENTS, ENGLISH = "які документи щоб відновити техпаспорт", "how much is a new driving licence"
UNSURE = "хочу поміняти права, закінчились у березні"
TALK = f"about=licence-lost~steps~~&before={quote('загубив права')}"

SHOTS: dict[str, Shot] = {
    "search": ("/", 1280, 900, "light"),
    "search-phone": ("/", 360, 800, "light"),
    "answer": (f"/?q={quote(PRICE)}", 1280, 1100, "light"),
    "answer-tablet": (f"/?q={quote(PRICE)}", 768, 1100, "light"),
    "answer-dark-phone": (f"/?q={quote('crskmrb rjinet gjvsyznb ghfdf')}", 360, 800, "dark"),
    "talk-phone": (f"/?q={quote('а скільки це коштує?')}&{TALK}", 390, 844, "light"),
    "parts": (f"/?q={quote(PARTS)}", 1280, 1100, "light"),
    "perhaps": (f"/?q={quote(UNSURE)}", 1280, 900, "light"),
    "checklist": (f"/?q={quote(DOCUMENTS)}", 768, 1000, "light"),
    "english": (f"/en/?q={quote(ENGLISH)}", 1280, 1000, "light"),
    "privacy-phone": ("/privacy", 390, 844, "light"),
    "embed": ("/embed?theme=dark&interface=en", 1280, 1250, "light"),
    "no-answer": (f"/?q={quote(OFF_TOPIC)}", 1280, 800, "light"),
    "services": ("/services", 1280, 1000, "light"),
    "service": ("/services/licence-exchange", 1280, 1100, "light"),
    "service-phone": ("/services/licence-exchange", 360, 800, "light"),
}
"""The service's own pages."""

WIDGET_SHOTS: dict[str, tuple[str, int, int, Scheme]] = {
    "widget": (PRICE, 1280, 1100, "light"),
    "widget-phone": (PRICE, 360, 900, "light"),
    "widget-no-answer": (OFF_TOPIC, 768, 900, "light"),
}
"""A question asked on the page of another site."""


CONSOLE_SHOTS: dict[str, tuple[list[str], list[str], int, int, Scheme]] = {
    "console": ([PRICE], ["3"], 1440, 900, "light"),
    "console-dark": ([PRICE, "загубив техпаспорт"], ["1"], 1440, 900, "dark"),
    "console-parts": ([PARTS], [], 1440, 900, "light"),
    "console-choices": (["скільки коштує"], [], 1024, 768, "light"),
    "console-narrow": ([PRICE], ["2"], 1024, 768, "dark"),
    "console-keys": ([PRICE], ["?"], 1440, 900, "light"),
}
"""Questions that are asked, and keys that are pressed after them."""

SETTLED_MS = 500


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory() as folder,
        host_server(HOST) as other_site,
        sync_playwright() as playwright,
    ):
        Thread(target=other_site.serve_forever, daemon=True).start()
        site = f"http://127.0.0.1:{other_site.server_port}"
        keys = Path(folder) / "keys.json"
        token = KeyRing(keys).create(Role.OPERATOR, "Олена Коваль")[1]
        with running_service(
            QA_CORS_ORIGINS=site,
            QA_JOURNAL=f"sqlite:///{folder}/journal.sqlite",
            QA_KEYS=str(keys),
        ):
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
            )
            for name, (path, width, height, scheme) in SHOTS.items():
                shoot(opened(browser, HOST + path, width, height, scheme), name)
            shoot(
                with_suggestions(opened(browser, HOST, 1280, 900, "light"), "input#q"),
                "suggestions",
            )
            for name, (question, width, height, scheme) in WIDGET_SHOTS.items():
                page = opened(browser, site, width, height, scheme)
                page.locator("hsc-search input").fill(question)
                page.keyboard.press("Enter")
                page.locator("hsc-search article").wait_for()
                shoot(page, name)
            shoot(
                with_suggestions(opened(browser, site, 768, 900, "light"), "hsc-search input"),
                "widget-suggestions",
            )
            shoot_console(browser, token)
            browser.close()
        other_site.shutdown()
    shoot_chat(IMAGES)
    shoot_staff(IMAGES)


def shoot_console(browser: Browser, token: str) -> None:
    """A call in the console, by its keys."""
    for name, (typed, keys, width, height, scheme) in CONSOLE_SHOTS.items():
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            extra_http_headers={"X-API-Key": token},
        )
        page = context.new_page()
        page.goto(f"{HOST}/operator", wait_until="networkidle")
        for question in typed:
            page.keyboard.type(question)
            page.keyboard.press("Enter")
            page.locator(".turn[aria-current]", has_text=question).wait_for()
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_timeout(SETTLED_MS)
        shoot(page, name)
        context.close()


def opened(browser: Browser, url: str, width: int, height: int, scheme: Scheme) -> Page:
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(url, wait_until="networkidle")
    return page


def with_suggestions(page: Page, field: str) -> Page:
    page.locator(field).press_sequentially("поміняти пра")
    page.get_by_role("option").filter(
        has_text="пра"
    ).first.wait_for()  # not one of those that the empty box offers
    return page


def shoot(page: Page, name: str) -> None:
    page.screenshot(path=IMAGES / f"{name}.png")
    page.close()
    print(IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
