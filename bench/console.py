"""How quick the operators' console is, in Chromium over the real service and index: from the last
keystroke of a question to the frame that shows its answer, the debounce included; and its weight.

Service and browser share the machine: whatever else runs on it shows in the figures.
"""

import os
import platform
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from bench.screenshots import CHROMIUM_FLAGS
from bench.service import HOST, running_service
from bench.speed import processor, report
from qa_service.access.keys import KeyRing, Role
from qa_service.documents.questions import load_questions
from qa_service.machine import usable_cores
from qa_service.settings import load_settings

QUESTIONS, LAST_LETTERS = 120, 12
BETWEEN_KEYS_MS = 60
"""Of somebody who types quickly: 200 characters a minute are 300 ms."""
OF_THE_PAGE = ("/operator", "/staff/static")

# Both ends are the browser's own: when the key's input came, and after the frame with the answer.
WATCH = """
() => {
  const box = document.getElementById("q");
  const shown = document.getElementById("shown");
  window.times = [];
  let last = null;
  box.addEventListener("input", (event) => { last = event.timeStamp; }, true);
  new MutationObserver(() => {
    const since = last;
    last = null;
    if (since === null) return;
    requestAnimationFrame(() => setTimeout(() => {
      times.push([box.value, performance.now() - since]);
    }));
  }).observe(shown, { childList: true });
}
"""


def main() -> None:
    load, _, _ = os.getloadavg()
    print(f"{platform.system()}, {processor()}, {usable_cores()} cores, load {load:.1f} before")
    with sync_playwright() as playwright, service_with_key() as token:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
        )
        context = browser.new_context(
            extra_http_headers={"X-API-Key": token}, viewport={"width": 1440, "height": 900}
        )
        page = context.new_page()
        weight = weight_kb(page)
        report("last keystroke to readable answer", keystrokes(page, dev_questions()))
        print(f"{weight:6.1f} KB  /operator, without the texts that it keeps")
        browser.close()


@contextmanager
def service_with_key() -> Iterator[str]:
    """The running service, and a key for its console."""
    with TemporaryDirectory() as folder:
        keys = Path(folder) / "keys.json"
        token = KeyRing(keys).create(Role.OPERATOR, "Олена Коваль")[1]
        with running_service(QA_KEYS=str(keys), QA_JOURNAL=f"sqlite:///{folder}/journal.sqlite"):
            yield token


def dev_questions() -> list[str]:
    """Spread over the dev questions."""
    file = load_settings().corpus / "questions" / "dev.jsonl"
    all_of_them = [question.question for question in load_questions(file)]
    return all_of_them[:: max(1, len(all_of_them) // QUESTIONS)][:QUESTIONS]


def weight_kb(page: Page) -> float:
    """What the page itself transfers on a first visit, headers included; not the texts of all
    procedures, which follow in the background. The page stays open.
    """
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    urls: dict[str, str] = {}
    sizes: dict[str, float] = {}
    client.on(
        "Network.requestWillBeSent",
        lambda event: urls.update({event["requestId"]: event["request"]["url"]}),
    )
    client.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    page.goto(f"{HOST}/operator", wait_until="networkidle")
    client.detach()
    own = tuple(HOST + path for path in OF_THE_PAGE)
    return sum(size for request, size in sizes.items() if urls[request].startswith(own)) / 1024


def keystrokes(page: Page, questions: Sequence[str]) -> list[float]:
    """Milliseconds of each question; its last letters are typed one by one."""
    page.evaluate(WATCH)
    box = page.locator("#q")
    for question in questions:
        box.fill(question[:-LAST_LETTERS])
        page.keyboard.type(question[-LAST_LETTERS:], delay=BETWEEN_KEYS_MS)
        page.wait_for_function("asked => times.some(([text]) => text === asked)", arg=question)
        page.keyboard.press("Escape")
    last: dict[str, float] = dict(page.evaluate("times"))
    if missing := [question for question in questions if question not in last]:
        sys.exit(f"no answer was shown to {missing[0]!r}")
    return [last[question] for question in questions]


if __name__ == "__main__":
    main()
