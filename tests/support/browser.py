"""A small world for the widget: the API as a fake that serves the real modules, the demo's host
page on another origin.
"""

import runpy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.middleware.cors import CORSMiddleware

from qa_service.web.widget import widget_router
from support.app import served
from support.corpus import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

host_server: Callable[..., ThreadingHTTPServer] = runpy.run_path(str(ROOT / "demo" / "serve.py"))[
    "host_server"
]

LONG_WORD = "Електрокардіостимуляторовстановлювальний"
TEXT = (
    "🚗 Обмін коштує 572 грн. Окремо банк може взяти комісію, а при замовленні онлайн додається "
    "вартість доставки."
)
MARKUP = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
BIDI = "обмін \u202eкінець\u200b\ufeff прав"

SUGGESTIONS: list[dict[str, Any]] = [
    {"text": "Скільки коштує обмін прав?", "kind": "question", "service": None},
    {"text": "Обмін посвідчення водія", "kind": "service", "service": "licence-exchange"},
    {"text": "посвідчення водія", "kind": "term", "service": None},
]
POPULAR: list[dict[str, Any]] = [
    {"text": "Загубив техпаспорт — що робити?", "kind": "question", "service": None}
]


def passage(**changes: Any) -> dict[str, Any]:
    return {
        "id": "licence-exchange.fee",
        "service": "licence-exchange",
        "service_title": "Обмін посвідчення водія",
        "topic": "fee",
        "title": "Скільки коштує обмін посвідчення водія",
        "text": TEXT,
        "highlights": [[2, 23]],
        "items": [],
        "item_spans": [],
        "numbered": False,
        "score": 30.9,
        "confidence": 0.957,
        "as_of": "2025-11",
        "status": "needs-review",
        "evidence": "medium",
        "doubt": None,
        "conflict": "Найновіша сума — 572 грн (листопад 2025); раніше називали 311 і 515 грн.",
        "sources": [
            {"title": "Прейскурант", "url": "https://hsc.gov.ua/price", "kind": "official"},
            {"title": "Постанова № 340", "url": None, "kind": "law", "place": "пункт 3"},
        ],
        "url": "/services/licence-exchange#fee",
    } | changes


def answer(question: str, **changes: Any) -> dict[str, Any]:
    return {
        "answer_id": "a1",
        "question": question,
        "understood": {"language": "uk", "reading": question, "corrections": []},
        "answerable": True,
        "certainty": "sure",
        "confidence": 0.957,
        "reason": None,
        "passages": [passage(), passage(title="Інший уривок")],
        "siblings": [
            {
                "topic": "documents",
                "id": "licence-exchange.documents",
                "title": "Які документи потрібні",
                "text": (
                    "Потрібні паспорт, податковий номер, старе посвідчення і медична довідка. "
                    "Копії не потрібні."
                ),
            },
            {
                "topic": "term",
                "id": "licence-exchange.term",
                "title": "Скільки триває",
                "text": (
                    "Нове посвідчення видають у день звернення, зазвичай за годину. Дублікат довше."
                ),
            },
            {
                "topic": "where",
                "id": "licence-exchange.where",
                "title": "Куди йти",
                "text": "У сервісний центр.",
            },
        ],
        "actions": [],
        "centres": [],
        "reply": None,
        "choices": [],
        "related": ["Чи складають іспити при обміні?", "Які документи потрібні для обміну прав?"],
        "handoff": None,
        "index_version": "v1",
        "degraded": [],
        "took_ms": 1.0,
        "parts": [],
        "context": {"service": None, "topic": None, "recent": [], "choices": [], "v": 1},
    } | changes


def no_answer(question: str, reason: str, **changes: Any) -> dict[str, Any]:
    handoff = {"phone": "(044) 290-19-88", "site": "https://hsc.gov.ua"}
    changed = {
        "answerable": False,
        "certainty": "none",
        "reason": reason,
        "confidence": 0.1,
        "siblings": [],
        "related": [],
        "handoff": handoff,
    }
    return answer(question, **changed | changes)


CONTEXT: dict[str, Any] = {
    "service": "licence-exchange",
    "topic": "fee",
    "recent": [],
    "choices": [],
    "v": 1,
}
CHOICES = [
    {"service": "licence-exchange", "title": "Обмін посвідчення водія"},
    {
        "service": "licence-lost",
        "title": "Відновлення втраченого або викраденого посвідчення водія",
    },
]


@dataclass
class FakeApi:
    """What `/v1` answers, and what it was asked. Each test gets a fresh one behind the same
    port.
    """

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    delays: dict[str, float] = field(default_factory=dict)
    suggestions: list[dict[str, Any]] = field(default_factory=lambda: SUGGESTIONS)
    failure: Response | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    in_talk: list[dict[str, Any]] = field(default_factory=list)
    suggested: list[str] = field(default_factory=list)
    feedback: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    events: list[dict[str, str]] = field(default_factory=list)
    takes_events: bool = True

    def suggest(self, q: str, limit: int) -> Any:
        self.suggested.append(q)
        time.sleep(self.delays.get(q, 0))
        return {"suggestions": self.suggestions[:limit] if q else POPULAR}

    def ask(self, request: Request) -> Any:
        query = dict(request.query_params)
        self.asked.append(query)
        self.keys.append(request.headers.get("x-api-key"))
        time.sleep(self.delays.get(query["q"], 0))
        return self.failure or self.answers.get(query["q"]) or answer(query["q"])

    def ask_in_talk(self, body: dict[str, Any]) -> Any:
        self.in_talk.append(body)
        question = body["question"]
        return self.failure or self.answers.get(question) or answer(question)

    def take(self, feedback: dict[str, Any]) -> Any:
        if self.failure:
            return self.failure
        self.feedback.append(feedback)
        return Response(status_code=202)


def problem(status: int, **headers: str) -> Response:
    return JSONResponse(
        {"title": "x", "status": status}, status, headers, media_type="application/problem+json"
    )


@dataclass
class World:
    """`host` is the page that embeds the widget, `api` the origin of the API; `fake` is replaced
    before each test.
    """

    api: str
    host: str
    fake: FakeApi


@contextmanager
def widget_world() -> Iterator[World]:
    world = World("", "", FakeApi())
    app = FastAPI()
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=["Retry-After"],
    )
    app.include_router(widget_router())

    @app.get("/v1/suggest")
    def suggest(q: str = "", limit: int = 8) -> Any:
        return world.fake.suggest(q, limit)

    @app.get("/v1/ask")
    def ask(request: Request) -> Any:
        return world.fake.ask(request)

    @app.post("/v1/ask")
    def ask_in_talk(body: dict[str, Any]) -> Any:
        return world.fake.ask_in_talk(body)

    @app.post("/v1/feedback")
    def feedback(body: dict[str, Any]) -> Any:
        return world.fake.take(body)

    @app.post("/v1/events")
    def event(body: dict[str, str]) -> Any:
        world.fake.events.append(body)
        return Response(status_code=202 if world.fake.takes_events else 410)

    with served(app) as port:
        world.api = f"http://127.0.0.1:{port}"
        with host_server(world.api) as host:
            world.host = f"http://127.0.0.1:{host.server_port}/"
            thread = Thread(target=host.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            yield world
            host.shutdown()
            thread.join(5)


def ask(page: "Page", question: str) -> None:
    box = page.get_by_role("combobox")
    box.fill(question)
    with page.expect_response("**/v1/ask**"):
        box.press("Enter")
    page.locator("article.card").wait_for()


def with_attribute(page: "Page", name: str, value: str = "") -> None:
    """Put a copy of the widget in its place that has this attribute too."""
    page.locator("hsc-search").evaluate(
        "(widget, [name, value]) => { const copy = widget.cloneNode(true);"
        "copy.setAttribute(name, value); widget.replaceWith(copy); }",
        [name, value],
    )
