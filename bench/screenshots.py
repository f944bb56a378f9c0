"""The screenshots of the documentation, from the real service: `make screenshots` writes docs/images/."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

IMAGES = Path("docs/images")
PORT = 8079
HOST = f"http://127.0.0.1:{PORT}"
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHOTS = {
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


@contextmanager
def running_service() -> Iterator[None]:
    command = [sys.executable, "-m", "qa_service", "serve", "--port", str(PORT)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as service:
        try:
            wait_until_ready(service)
            yield
        finally:
            service.terminate()


def wait_until_ready(service: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            if urlopen(f"{HOST}/readyz", timeout=1).status == 200:
                return
        except (URLError, ConnectionError):
            if service.poll() is not None:
                sys.exit("the service stopped: run `make index` first")
            try:
                service.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
    sys.exit("the service is not ready after 30 seconds")


if __name__ == "__main__":
    main()
