"""Applications and clients over the tiny corpus, and the pages alone over a fake engine."""

import json
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any, Protocol

import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from fastapi.testclient import TestClient
from limits.aio.storage import MemoryStorage
from prometheus_client.parser import text_string_to_metric_families
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from qa_service.access.keys import KeyRing, Role
from qa_service.bootstrap import build, load_serving, web_dependencies
from qa_service.engine import QAEngine
from qa_service.journal import Journal
from qa_service.server import application
from qa_service.service import QuestionService
from qa_service.settings import Settings
from qa_service.types import Answer, Service
from qa_service.web.app import Application, create_app
from qa_service.web.dependencies import SiteOptions
from qa_service.web.doorkeeper import Doorkeeper
from qa_service.web.edges import EdgeProtocol
from qa_service.web.middleware.counting import Counts
from qa_service.web.middleware.head import HeadAsGet
from qa_service.web.middleware.limits import RateLimit
from qa_service.web.site.rendering import STATIC_FOLDER
from qa_service.web.site.routes import site_router, site_templates
from qa_service.web.v1.events import events_router
from qa_service.web.widget import widget_folder_url, widget_router
from support.corpus import tiny_index
from support.fakes import ANSWER, EXCHANGE, HANDOFF, FakeEngine, fake_service, fake_serving


def tiny_engine(folder: Path, **changes: object) -> QAEngine:
    return load_serving(tiny_index(folder, **changes)).engine


def engine_that_knows_off_topic(folder: Path, *questions: str) -> QAEngine:
    """An engine over the tiny corpus and these questions, which nothing in it answers."""
    settings = tiny_index(folder)
    file = settings.corpus / "questions" / "train.jsonl"
    file.parent.mkdir()
    lines = [
        {"question": question, "style": "colloquial", "passages": [], "answerable": False}
        for question in questions
    ]
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    build(settings)
    return load_serving(settings).engine


def tiny_client(folder: Path, **changes: object) -> TestClient:
    """A client of the whole application; an error of the server comes back as a response, as it
    does to people.
    """
    return TestClient(application(tiny_index(folder, **changes)), raise_server_exceptions=False)


class Reply(Protocol):
    """What tests read of a response, whichever client library it comes from."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def text(self) -> str: ...
    def json(self) -> Any: ...


def problem_of(response: Reply, status: int) -> dict[str, Any]:
    """The body of an error response, once it is seen to be problem details (RFC 9457) of this
    status without a traceback.
    """
    assert response.status_code == status, response.text[:500]
    assert response.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in response.text and ".py" not in response.text
    body: dict[str, Any] = response.json()
    assert set(body) - {"errors"} == {"type", "title", "status", "detail"}
    assert (
        body["type"] == "about:blank"
        and body["status"] == status
        and body["title"]
        and "\n" not in body["detail"]
    )
    return body


@contextmanager
def served(app: ASGIApp, http: type[EdgeProtocol] = EdgeProtocol, port: int = 0) -> Iterator[int]:
    """The port of a real HTTP server around `app`, in a thread and set up as `qa-service serve`
    does; any free port for 0.
    """

    class Entrance(Doorkeeper):
        behind = http

    with socket.create_server(("127.0.0.1", port)) as listening:
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=Entrance,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
            )
        )
        thread = Thread(target=server.run, args=([listening],))
        thread.start()
        deadline = monotonic() + 10
        while not server.started and monotonic() < deadline:
            sleep(0.005)
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)


def api(
    folder: Path, kept_in: Journal | None = None, keys: KeyRing | None = None, **changes: object
) -> Application:
    """`changes` are settings; the journal `kept_in` and `keys` replace what the settings name."""
    return over(tiny_index(folder, **changes), kept_in, keys)


def over(
    settings: Settings, kept_in: Journal | None = None, keys: KeyRing | None = None
) -> Application:
    """An application over what was built with `settings`."""
    deps = web_dependencies(settings)
    if kept_in:
        service = deps.service
        service = QuestionService(service.live, kept_in, service.metrics)
        deps = replace(deps, service=service)
    return create_app(replace(deps, keys=keys or deps.keys))


def client(
    app: Application, address: str = "192.0.2.1", headers: Mapping[str, str] | None = None
) -> TestClient:
    """Somebody at `address`; an error of the server comes back as a response, as it does to
    people.
    """
    return TestClient(
        app, raise_server_exceptions=False, client=(address, 50_000), headers=dict(headers or {})
    )


def token_of(folder: Path, role: Role) -> str:
    """The token of a new key in the file that the settings of `folder` name."""
    folder.mkdir(exist_ok=True)
    return KeyRing(folder / "keys.json").create(role, f"a tester as {role}")[1]


def count(app: Application, metric: str, **labels: str) -> float:
    families = text_string_to_metric_families(client(app).get("/metrics").text)
    samples = (sample for family in families for sample in family.samples)
    return sum(
        sample.value
        for sample in samples
        if sample.name == metric and labels.items() <= sample.labels.items()
    )


# The pages alone


def site(service: QuestionService, options: SiteOptions = SiteOptions()) -> FastAPI:  # noqa: B008
    """The pages with everything that they refer to."""
    app = FastAPI()
    templates = site_templates(service, HANDOFF, widget_folder_url(), options)
    app.include_router(site_router(service, templates, HANDOFF, options))
    app.include_router(events_router(service, options.events))
    app.include_router(widget_router())
    app.mount("/static", StaticFiles(directory=STATIC_FOLDER))
    app.add_middleware(GZipMiddleware)
    counts = Counts(MemoryStorage(), service.metrics)
    app.add_middleware(RateLimit, rate=None, counts=counts, cost=service.cost)
    app.add_middleware(HeadAsGet)
    return app


def site_client(
    answer: Answer = ANSWER,
    services: tuple[Service, ...] = (EXCHANGE,),
    engine: FakeEngine | None = None,
    journal: Journal | None = None,
) -> TestClient:
    serving = fake_serving(engine or FakeEngine(answer), services)
    return TestClient(site(fake_service(serving, journal)))


def page(path: str, answer: Answer = ANSWER, services: tuple[Service, ...] = (EXCHANGE,)) -> str:
    response = site_client(answer, services).get(path)
    assert response.status_code == 200
    return response.text


def words(html: str) -> str:
    """What a person reads: no tags, single spaces."""
    within_a_line = re.sub(r"</?(?:bdi|mark|strong)>", "", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", within_a_line)).split())


def article(html: str) -> str:
    found = re.search(r'<article class="answer".*?</article>', html, re.DOTALL)
    assert found
    return found[0]
