"""The screenshots of the demo of a chat: `make screenshots`, or `python -m
bench.chat_screenshots`.
"""

import shutil
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, sync_playwright

from bench.service import HOST, running_service

Shot = tuple[str, list[str], int, int, Literal["light", "dark"]]
"""Path, what is typed or pressed, width and height in CSS pixels, colour scheme."""

PRICE, LOST = "скільки коштує поміняти права", "загубив права шо робити"
OTHER, PERSON = "Інше запитання", "Оператор"
SHOTS: dict[str, Shot] = {
    "chat": ("/chat", [PRICE], 1280, 1000, "light"),
    "chat-dark": ("/chat", [PRICE, "а скільки чекати?"], 1280, 900, "dark"),
    "chat-phone": ("/chat", [PRICE, "Документи"], 390, 844, "light"),
    "chat-perhaps-phone": ("/chat", [PRICE, OTHER, LOST], 390, 844, "dark"),
    "chat-person-phone": ("/chat", [PRICE, OTHER, LOST, PERSON], 390, 844, "light"),
}
SETTLED_MS = 300


def shoot_chat(images: Path) -> None:
    with running_service(QA_PUBLIC_URL=HOST), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, (path, said, width, height, scheme) in SHOTS.items():
            page = browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                reduced_motion="reduce",
            )
            page.goto(HOST + path)
            converse(page, said)
            page.mouse.move(0, 0)
            page.wait_for_timeout(SETTLED_MS)
            page.screenshot(path=images / f"{name}.png")
            page.close()
        browser.close()


def converse(page: Page, said: list[str]) -> None:
    """Press the buttons that are there, type what is none."""
    replies = page.locator(".theirs")
    replies.first.wait_for()
    for number, one in enumerate(said, start=1):
        button = page.locator(".replies").get_by_role("button", name=one, exact=True)
        if button.count():
            button.click()
        else:
            page.locator("#message").fill(one)
            page.keyboard.press("Enter")
        replies.nth(number).wait_for()


if __name__ == "__main__":
    shoot_chat(Path("docs/images"))
