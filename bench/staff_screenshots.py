"""The screenshots of the staff's pages, over a month of made-up traffic: `make screenshots`, or
`python -m bench.staff_screenshots`. `SHOTS_JOURNAL` names a journal that is there already.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import sync_playwright

from bench.service import HOST, running_service
from qa_service.access.keys import KeyRing, Role

Shot = tuple[str, int, int, Literal["light", "dark"]]
"""Path, width and height in CSS pixels, colour scheme."""

SHOTS: dict[str, Shot] = {
    "queue": ("/queue?order=most", 1280, 1000, "light"),
    "queue-gaps": ("/queue/gaps", 1280, 700, "dark"),
    "insights": ("/insights", 1440, 1400, "light"),
    "insights-dark": ("/insights#days", 1024, 1100, "dark"),
}


def shoot_staff(images: Path) -> None:
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        keys = Path(folder) / "keys.json"
        _, token = KeyRing(keys).create(Role.SUPERVISOR, "Олена Коваль")
        journal = os.environ.get("SHOTS_JOURNAL") or made_up_journal(Path(folder))
        with running_service(QA_JOURNAL=journal, QA_KEYS=str(keys), QA_GAPS_EVERY_H="0"):
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            for name, (path, width, height, scheme) in SHOTS.items():
                page = browser.new_page(
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                    extra_http_headers={"X-API-Key": token},
                )
                page.goto(HOST + path, wait_until="networkidle")
                page.screenshot(path=images / f"{name}.png")
                page.close()
            browser.close()


def made_up_journal(folder: Path) -> str:
    """The URL of a journal with a month of questions, its gaps found."""
    url = f"sqlite:///{folder}/journal.sqlite"
    run = [sys.executable, "-m"]
    subprocess.run([*run, "demo.traffic", "--url", url], check=True)
    gaps = [*run, "qa_service", "journal", "gaps"]
    subprocess.run(gaps, check=True, env=os.environ | {"QA_JOURNAL": url})
    return url


if __name__ == "__main__":
    shoot_staff(Path("docs/images"))
