"""The screenshots of the documentation, from the real service: `make screenshots` writes docs/images/."""

import shutil
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from playwright.sync_api import sync_playwright

from bench.service import HOST, running_service

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
Shot = tuple[str, int, int, Literal["light", "dark"]]
"""Path, width and height in CSS pixels, colour scheme."""

SHOTS: dict[str, Shot] = {
    "search": ("/", 1280, 900, "light"),
    "answer": (f"/?q={quote('скільки коштує поміняти права')}", 1280, 1100, "light"),
    "answer-dark-phone": (f"/?q={quote('crskmrb rjinet gjvsyznb ghfdf')}", 360, 800, "dark"),
    "no-answer": (f"/?q={quote('яка погода у львові')}", 1280, 800, "light"),
    "services": ("/services", 1280, 1000, "light"),
    "service": ("/services/licence-exchange", 1280, 1100, "light"),
}


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with running_service(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        for name, (path, width, height, scheme) in SHOTS.items():
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            page.goto(HOST + path)
            page.screenshot(path=IMAGES / f"{name}.png")
            page.close()
            print(IMAGES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
