"""A small world for the operators' console: its real page, scripts and routes over the tiny corpus;
what it asks of `/v1` is answered by a fake in the browser.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING, Any

from qa_service.access.keys import Role
from support.app import api, served, token_of
from support.browser import CONTEXT, answer, passage
from support.waiting import MOST_S

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

FIGURE = {
    "value": 572.0,
    "min": None,
    "max": None,
    "about": True,
    "unit": "грн",
    "text": "≈ 572 грн",
    "as_of": "2025-11",
}
SLUG, TITLE = "licence-exchange", "Обмін посвідчення водія"


def told(**changes: Any) -> dict[str, Any]:
    """A passage with a figure that sources disagree on."""
    fields: dict[str, Any] = {"figure": FIGURE, "stale": False, "acts": []}
    return passage(**fields | changes)


def fact(topic: str, text: str, **changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "figure": None,
        "conflict": None,
        "status": "verified",
        "highlights": [],
    }
    own = {"id": f"{SLUG}.{topic}", "topic": topic, "title": f"Про {topic}", "text": text}
    return told(**fields | own | changes)


FEE = told()
DOCUMENTS = fact("documents", "Потрібні паспорт, код і довідка. Копії не потрібні.")
TERM = fact("term", "Видають у день звернення.")
WHERE = fact("where", "У будь-який сервісний центр.")
SERVICE: dict[str, Any] = {
    "slug": SLUG,
    "title": TITLE,
    "official_name": None,
    "registry_id": None,
    "group": "driving-licence",
    "aliases": ["поміняти права"],
    "audience": "водії",
    "channels": [],
    "reviewed": "2026-11",
    "page": {"title": "Сторінка послуги", "url": "https://hsc.gov.ua/exchange"},
    "actions": [],
    "sources": [],
    "passages": [FEE, TERM, DOCUMENTS, WHERE],
    "url": f"/services/{SLUG}",
}


def sure(question: str, **changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"passages": [FEE, DOCUMENTS], "context": CONTEXT}
    return answer(question, **fields | changes)


def part(asked: str, of: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "asked": asked,
        "topic": of and of["topic"],
        "service": of and of["service"],
        "passage_id": of and of["id"],
        "confidence": 0.9,
        "certainty": "sure" if of else "none",
        "answerable": bool(of),
        "reason": None if of else "not_covered",
    }


@dataclass
class FakeV1:
    """What `/v1` answers in the browser, and what was sent there and to the console's routes."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    held: "list[Route]" = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    feedback: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    wrap_ups: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    centres: list[dict[str, Any]] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    version: str = "v1"
    status: int = 200
    is_gone: bool = False

    @property
    def committed(self) -> list[dict[str, Any]]:
        return [one for one in self.asked if not one["draft"]]

    def handle(self, route: "Route") -> None:
        path = route.request.url.partition("/v1/")[2].partition("?")[0]
        sent: Any = route.request.post_data_json if route.request.method == "POST" else {}
        if self.is_gone:
            route.abort("internetdisconnected")
        elif path == "ask":
            self._ask(route, sent)
        elif path in ("feedback", "events"):
            (self.feedback if path == "feedback" else self.events).append(sent)
            route.fulfill(status=202, json={})
        else:
            route.fulfill(json=self._read(path))

    def release(self) -> None:
        """Answer what was kept waiting; what was called off meanwhile needs none."""
        held, self.held = self.held, []
        for route in held:
            sent: Any = route.request.post_data_json
            with suppress(Exception):
                route.fulfill(json=sure(sent["question"]))

    def _ask(self, route: "Route", sent: dict[str, Any]) -> None:
        self.asked.append(sent)
        if self.status != 200:
            route.fulfill(status=self.status, json={}, headers={"Retry-After": "7"})
        elif sent["question"] in self.late:
            self.held.append(route)
        else:
            route.fulfill(json=self.answers.get(sent["question"]) or sure(sent["question"]))

    def _read(self, path: str) -> Any:
        self.read.append(path)
        version = {"index_version": self.version}
        if path == "services":
            return version | {"services": [{"slug": SLUG}], "total": 1}
        if path == "changes":
            return version | {"complete": True, "changes": self.changes}
        if path == "centres":
            listed = {"centres": self.centres, "place": "Львів", "is_there": True, "total": 1}
            return version | listed | {"network_hours": "вт–пт", "network_hours_as_of": "2025-04"}
        return SERVICE

    def keep_wrap_up(self, route: "Route") -> None:
        sent: Any = route.request.post_data_json
        self.wrap_ups.append(sent)
        route.fulfill(status=202, body="")


@dataclass(frozen=True)
class Console:
    """Where the page is served, and the key that opens it."""

    url: str
    token: str

    def context(self, browser: "Browser", fake: FakeV1, **options: Any) -> "BrowserContext":
        permissions = ["clipboard-read", "clipboard-write"]
        usual = {"viewport": {"width": 1440, "height": 900}, "permissions": permissions}
        context = browser.new_context(
            extra_http_headers={"X-API-Key": self.token}, **usual | options
        )
        context.route("**/v1/**", fake.handle)
        context.route("**/operator/wrap-up", fake.keep_wrap_up)
        return context

    def page(self, context: "BrowserContext", query: str = "") -> "Page":
        page = context.new_page()
        page.goto(self.url + query)
        page.locator("#tools button").first.wait_for()
        return page


@contextmanager
def running_console(**settings: Any) -> Iterator[Console]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        token = token_of(folder, Role.OPERATOR)
        app = api(folder, journal=f"sqlite:///{folder / 'journal.sqlite'}", **settings)
        with served(app) as port:
            yield Console(f"http://127.0.0.1:{port}/operator", token)


def soon(page: "Page", condition: Callable[[], object]) -> None:
    """Wait for what a handler of requests does, which runs only while the browser is waited for."""
    deadline = monotonic() + MOST_S
    while not condition():
        assert monotonic() < deadline, "what was waited for did not come"
        page.wait_for_timeout(20)


def ask(page: "Page", question: str) -> None:
    """Type it and put it into the call."""
    page.locator("#q").fill(question)
    page.keyboard.press("Enter")
    page.locator(
        f".turn[aria-current] >> text={json.dumps(question, ensure_ascii=False)}"
    ).wait_for()
