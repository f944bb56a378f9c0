"""How quick the search box is: suggestions and a repeated question at the server, the first
suggestion in a browser, the weight of the widget and the pages. `make bench` prints what
docs/performance.md quotes.
"""

import gzip
import json
import shutil
import time
from collections.abc import Sequence
from http.client import HTTPConnection
from urllib.parse import quote

from playwright.sync_api import Browser, sync_playwright

from bench.screenshots import CHROMIUM_FLAGS
from bench.service import HOST, PORT, running_service
from bench.speed import report, timed
from qa_service.documents import load_corpus
from qa_service.settings import load_settings
from qa_service.web.widget import widget_modules

PREFIXES = 600
TRIALS = 20
DEBOUNCE_MS = 120
"""The widget's (widget/combobox.js)."""

PAGES = (
    "/",
    f"/?q={quote('скільки коштує поміняти права')}",
    "/services",
    "/services/licence-exchange",
)

# From a key press to the first option that is shown, in the page itself: no time of the driver
# counts.
FIRST_OPTION = """
([text]) => new Promise((resolve) => {
  const input = document.querySelector("input#q");
  const list = document.getElementById(input.getAttribute("aria-controls"));
  input.value = text;
  const started = performance.now();
  const observer = new MutationObserver(() => {
    if (!list.querySelector("[role=option]")) return;
    observer.disconnect();
    requestAnimationFrame(() => resolve(performance.now() - started));
  });
  observer.observe(list, { childList: true });
  input.dispatchEvent(new Event("input", { bubbles: true }));
})
"""


def main() -> None:
    with running_service(), sync_playwright() as playwright:
        connection = HTTPConnection("127.0.0.1", PORT)
        typed = prefixes()
        report(
            "suggestions, over HTTP",
            timed(lambda text: get(connection, f"/v1/suggest?q={quote(text)}"), typed),
        )
        report("the same question again, over HTTP", repeated(connection))
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
        )
        report("first suggestion after the debounce", first_suggestions(browser, typed))
        print()
        for path in PAGES:
            print(f"{weight_kb(browser, path):6.1f} KB  {path}")
        browser.close()
    packed = sum(len(gzip.compress(module, 6)) for module in widget_modules().values())
    print(f"{packed / 1024:6.1f} KB  the widget, each module gzipped")


def prefixes() -> list[str]:
    """Beginnings of the corpus' sample questions, as somebody types them: spread over all of them,
    3 to 30 letters.
    """
    questions = [
        question
        for passage in load_corpus(load_settings().corpus).passages
        for question in passage.questions
    ]
    return [
        question[: 3 + number % 28]
        for number, question in enumerate(questions[:: max(1, len(questions) // PREFIXES)])
    ]


def repeated(connection: HTTPConnection) -> list[float]:
    body = json.dumps({"question": "скільки коштує поміняти права після заміжжя"}).encode()
    return timed(lambda _: post(connection, "/v1/ask", body), range(PREFIXES))


def first_suggestions(browser: Browser, typed: Sequence[str]) -> list[float]:
    page = browser.new_page()
    page.goto(HOST)
    page.locator("input#q[role=combobox]").wait_for()
    page.locator("input#q").focus()
    times = []
    for text in [text for text in typed if len(text) > 5][:TRIALS]:
        times.append(page.evaluate(FIRST_OPTION, [text]) - DEBOUNCE_MS)
        page.keyboard.press("Escape")
        time.sleep(0.05)
    page.close()
    return times


def weight_kb(browser: Browser, path: str) -> float:
    """What a page transfers on a first visit, headers included."""
    page = browser.new_page()
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    sizes: list[float] = []
    client.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(HOST + path, wait_until="networkidle")
    page.close()
    return sum(sizes) / 1024


def get(connection: HTTPConnection, path: str) -> None:
    connection.request("GET", path)
    connection.getresponse().read()


def post(connection: HTTPConnection, path: str, body: bytes) -> None:
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    connection.getresponse().read()


if __name__ == "__main__":
    main()
