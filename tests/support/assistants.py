"""AI assistants: the SDK's own client over HTTP or stdio, and messages of the protocol by hand."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from fastapi.testclient import TestClient
from limits.aio.storage import MemoryStorage
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from starlette.applications import Starlette

from qa_service.bootstrap import build
from qa_service.service import QuestionService
from qa_service.types import Answer, Service
from qa_service.web.app import Application
from qa_service.web.middleware.admission import Admission, Gate
from qa_service.web.middleware.counting import Counts
from qa_service.web.middleware.limits import RateLimit
from qa_service.web.v1.mcp_route import AssistantsRoute
from support.app import Reply, over
from support.corpus import ROOT, tiny_settings, write_corpus
from support.fakes import FakeEngine, fake_service, fake_serving

NEW, OLD = "2026-07-28", "legacy"
"""Without a handshake, and with one."""

Found = TypeVar("Found")


def assisted(
    server: str | StdioServerParameters, use: Callable[[Client], Awaitable[Found]], era: str = NEW
) -> Found:
    """What comes of using `server` as an assistant of this era does."""

    async def used() -> Found:
        async with Client(server, mode=era) as assistant:
            return await use(assistant)

    return asyncio.run(used())


def command(index: Path) -> StdioServerParameters:
    """`qa-service mcp` over an index of the hashing encoder, as a desktop assistant starts it."""
    bare = {key: value for key, value in os.environ.items() if not key.startswith("QA_")}
    settings = {"QA_MODEL": "hashing", "QA_INDEX": str(index), "PYTHONPATH": str(ROOT)}
    return StdioServerParameters(
        command=sys.executable, args=["-m", "qa_service", "mcp"], env=bare | settings
    )


def with_centres(folder: Path) -> Application:
    """The tiny corpus with our directory of centres; nobody is limited."""
    corpus = write_corpus(folder)
    for name in ("centres.yaml", "places.yaml"):
        (corpus / name).write_bytes((ROOT / "corpus" / name).read_bytes())
    settings = tiny_settings(folder, rate_limit="off")
    build(settings)
    return over(settings)


def message(method: str, **params: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def call(tool: str, **arguments: object) -> dict[str, object]:
    return message("tools/call", name=tool, arguments=arguments)


def post(asking: TestClient, sent: object, **headers: str) -> Reply:
    return asking.post("/mcp", json=sent, headers=headers)


def result(asking: TestClient, tool: str, **arguments: object) -> dict[str, Any]:
    """What a tool says to a program that knows no more of the protocol than curl."""
    reply = post(asking, call(tool, **arguments))
    assert reply.status_code == 200, reply.text
    said: dict[str, Any] = reply.json()["result"]
    return said


def tool_error(asking: TestClient, tool: str, **arguments: object) -> str:
    """The one line that a tool refuses with."""
    said = result(asking, tool, **arguments)
    [content] = said["content"]
    told: str = content["text"]
    assert said["isError"] and "structuredContent" not in said
    assert "\n" not in told and "Traceback" not in told and "pydantic" not in told
    return told


@contextmanager
def over_service(service: QuestionService) -> Iterator[TestClient]:
    """`/mcp` alone, over a service that is made up; nobody is limited."""
    assistants = AssistantsRoute(service)
    app = Starlette(routes=[assistants.route], lifespan=lambda app: assistants.running())
    app.add_middleware(Admission, gate=Gate(1, 0))
    counts = Counts(MemoryStorage(), service.metrics)
    app.add_middleware(RateLimit, rate=None, counts=counts, cost=service.cost)
    with TestClient(app, raise_server_exceptions=False) as asking:
        yield asking


def over_answer(answer: Answer) -> AbstractContextManager[TestClient]:
    """Whatever is asked is answered with this."""
    return over_engine(FakeEngine(answer))


def over_engine(engine: FakeEngine) -> AbstractContextManager[TestClient]:
    return over_service(fake_service(fake_serving(engine)))


def over_services(*services: Service) -> AbstractContextManager[TestClient]:
    return over_service(fake_service(fake_serving(services=services)))
