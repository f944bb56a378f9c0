"""How many questions are answered at once, who waits and who is refused. Each test name is the
rule.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from support.app import api, client, count, served
from support.clock import Clock

from qa_service.web.edges import EdgeProtocol
from qa_service.web.middleware import admission
from qa_service.web.middleware.admission import Admission, Gate

Scenario = Callable[["World"], Awaitable[None]]


class Visitor:
    """One request: what it got, and how to have it leave."""

    def __init__(self, name: str, path: str, query: str) -> None:
        self.name = name
        self.scope: Scope = {
            "type": "http",
            "path": path,
            "query_string": query.encode(),
            "headers": [],
            "method": "GET",
        }
        self.sent: list[Message] = []
        self._bodies, self._left = 2, asyncio.Event()

    def leave(self) -> None:
        self._left.set()

    async def receive(self) -> Message:
        if self._bodies:  # uvicorn hands out the body of a GET that `BodyLimit` made up once more
            self._bodies -= 1
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int | None:
        return self.sent[0]["status"] if self.sent else None

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}


class World:
    """An application whose answers are given one by one, and who asked it."""

    def __init__(self, slots: int, waiting: int, patience_s: float = 30) -> None:
        self.started: list[str] = []
        self._done: dict[str, asyncio.Event] = {}
        self.turned_away: list[str] = []
        self.gate = Gate(slots, waiting, patience_s, self.turned_away.append)
        self.admission = Admission(self._app, self.gate)
        self._tasks: list[asyncio.Task[None]] = []

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["name"]
        self.started.append(name)
        await receive()
        await self._done.setdefault(name, asyncio.Event()).wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def comes(self, name: str, path: str = "/v1/ask", query: str = "q=x") -> Visitor:
        visitor = Visitor(name, path, query)
        visitor.scope["name"] = name
        coming = self.admission(visitor.scope, visitor.receive, visitor.send)
        self._tasks.append(asyncio.ensure_future(coming))
        await settled()
        return visitor

    async def answer(self, name: str) -> None:
        self._done.setdefault(name, asyncio.Event()).set()
        await settled()

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def played(scenario: Scenario, slots: int = 2, waiting: int = 3, patience_s: float = 30) -> None:
    async def run() -> None:
        world = World(slots, waiting, patience_s)
        await scenario(world)
        await world.end()

    asyncio.run(run())


def test_no_more_are_answered_at_once_than_there_are_slots() -> None:
    async def scenario(world: World) -> None:
        for name in "abc":
            await world.comes(name)
        assert world.started == ["a", "b"]
        await world.answer("a")
        assert world.started == ["a", "b", "c"]

    played(scenario)


def test_a_short_queue_is_first_come_first_served() -> None:
    async def scenario(world: World) -> None:
        for name in "abcd":
            await world.comes(name)
        for name in ("a", "b"):
            await world.answer(name)
        assert world.started == ["a", "b", "c", "d"]

    played(scenario, waiting=4)


def test_of_a_long_queue_the_newest_is_next() -> None:
    async def scenario(world: World) -> None:
        for name in "abcdef":
            await world.comes(name)
        for name in ("a", "f", "e", "c"):
            await world.answer(name)
        assert world.started == ["a", "b", "f", "e", "c", "d"]

    played(scenario, waiting=4)


def test_a_full_queue_refuses_whoever_comes() -> None:
    async def scenario(world: World) -> None:
        visitors = {name: await world.comes(name) for name in "abcdef"}
        refused = visitors["f"]
        assert refused.status == 503 and world.started == ["a", "b"]
        assert all(visitors[name].status is None for name in "abcde")
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["content-type"] == "application/problem+json"
        assert json.loads(refused.sent[1]["body"])["detail"].startswith("too many questions")

    played(scenario)


def test_a_queue_that_has_stood_has_half_the_room_until_it_is_empty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr(admission, "monotonic", clock)

    async def scenario(world: World) -> None:
        burst = [await world.comes(name) for name in "abcde"]
        assert [one.status for one in burst] == [None] * 5, "a burst may fill it"
        clock.now += admission.STANDS_S + 1
        for name in ("a", "b"):
            await world.answer(name)
        assert (await world.comes("f")).status is None
        assert (await world.comes("g")).status == 503
        for name in "cdef":
            await world.answer(name)
        burst = [await world.comes(name) for name in "hijklm"]
        assert [one.status for one in burst] == [None] * 5 + [503]

    played(scenario)


def test_the_edge_is_told_what_to_turn_away_and_that_is_counted_by_method() -> None:
    async def scenario(world: World) -> None:
        assert not world.gate.refuses("GET", "/v1/ask")
        for name in "abcde":
            await world.comes(name)
        assert world.gate.refuses("GET", "/v1/ask")
        assert world.gate.refuses("POST", "/v1/ask/batch")
        assert not world.gate.refuses("GET", "/healthz") and not world.gate.refuses("GET", "/")
        assert not world.gate.refuses("OPTIONS", "/v1/ask"), "a preflight asks nothing"
        assert world.turned_away == ["GET", "POST"]
        await world.answer("a")
        assert not world.gate.refuses("GET", "/v1/ask")

    played(scenario)


def test_what_the_edge_turns_away_is_in_the_metrics_under_its_own_method(tmp_path: Path) -> None:
    app = api(tmp_path, max_waiting=0)

    class Full(EdgeProtocol):
        gate = app.state.gate

    app.state.gate._free = 0
    with served(app, Full) as port:
        for method in ("GET", "POST", "POST"):
            with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
                connection.request(method, "/v1/ask")
                assert connection.getresponse().status == 503
    turned_away = {"route": "refused at the edge", "status": "503"}
    counted = {
        method: count(app, "qa_http_requests_total", method=method, **turned_away)
        for method in ("GET", "POST")
    }
    assert counted == {"GET": 1, "POST": 2}


def test_without_a_queue_whoever_finds_no_slot_is_refused() -> None:
    async def scenario(world: World) -> None:
        await world.comes("a")
        assert (await world.comes("b")).status == 503
        await world.answer("a")
        assert (await world.comes("c")).status is None

    played(scenario, slots=1, waiting=0)


def test_nobody_waits_for_longer_than_is_stated() -> None:
    async def scenario(world: World) -> None:
        await world.comes("a")
        late = await world.comes("b")
        while late.status is None:
            await asyncio.sleep(0.001)
        assert late.status == 503
        await world.answer("a")
        assert world.started == ["a"] and (await world.comes("c")).status is None

    played(scenario, slots=1, patience_s=0.01)


def test_nothing_is_computed_for_a_client_that_left_while_it_waited() -> None:
    async def scenario(world: World) -> None:
        await world.comes("a")
        gone = await world.comes("b")
        gone.leave()
        await settled()
        await world.answer("a")
        assert world.started == ["a"] and gone.sent == []
        await world.comes("c")
        assert world.started == ["a", "c"]

    played(scenario, slots=1)


def test_a_client_that_leaves_in_the_moment_of_its_turn_gives_its_slot_on() -> None:
    async def scenario(world: World) -> None:
        await world.comes("a")
        await world.comes("c")
        gone = await world.comes("b")
        gone.leave()
        world._done.setdefault("a", asyncio.Event()).set()
        await settled()
        assert "c" in world.started

    played(scenario, slots=1)


def test_an_application_that_fails_gives_its_slot_back() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError

    async def run() -> None:
        admission = Admission(failing, Gate(1, 0))
        for _ in range(3):
            visitor = Visitor("a", "/v1/ask", "q=x")
            with pytest.raises(RuntimeError):
                await admission(visitor.scope, visitor.receive, visitor.send)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/healthz", ""),
        ("/readyz", ""),
        ("/metrics", ""),
        ("/v1/suggest", "q=x"),
        ("/static/site.css", "v=1"),
        ("/", ""),
        ("/en/", ""),
        ("/services", ""),
    ],
)
def test_what_asks_nothing_never_waits(path: str, query: str) -> None:
    async def scenario(world: World) -> None:
        await world.comes("a")
        await world.comes("b", path, query)
        assert world.started == ["a", "b"]

    played(scenario, slots=1, waiting=0)


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/ask/batch", "/", "/en/"])
def test_whatever_asks_waits_its_turn(path: str) -> None:
    async def scenario(world: World) -> None:
        await world.comes("a")
        assert (await world.comes("b", path)).status == 503

    played(scenario, slots=1, waiting=0)


def test_a_hundred_at_once_waste_nothing() -> None:
    async def scenario(world: World) -> None:
        visitors = {str(number): await world.comes(str(number)) for number in range(100)}
        for name, visitor in visitors.items():
            if visitor.status is None and name not in world.started:
                visitor.leave()
        await settled()
        for name in list(world.started):
            await world.answer(name)
        answered = [name for name, visitor in visitors.items() if visitor.status == 200]
        assert world.started == answered == ["0", "1"]

    played(scenario, slots=2, waiting=16)


def test_the_application_answers_as_before(tmp_path: Path) -> None:
    browser = client(api(tmp_path, max_waiting=0))
    for _ in range(3):
        body: Any = browser.post("/v1/ask", json={"question": "обмін"}).json()
        assert body["passages"]
        assert browser.get("/", params={"q": "обмін"}).status_code == 200


def test_a_server_under_load_answers_some_refuses_the_rest_at_once_and_stays_healthy(
    tmp_path: Path,
) -> None:
    """Over a real socket: each request ends in an answer or in a refusal that says when to ask
    again, and health is asked beside them.
    """
    app = api(tmp_path, max_waiting=2, rate_limit="off")
    with served(app) as port, ThreadPoolExecutor(24) as pool:

        def ask(number: int) -> tuple[int, str | None]:
            connection = HTTPConnection("127.0.0.1", port, timeout=30)
            with closing(connection):
                connection.request("GET", f"/v1/ask?q=question{number}")
                reply = connection.getresponse()
                reply.read()
                return reply.status, reply.headers["Retry-After"]

        def health(_: int) -> int:
            with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
                connection.request("GET", "/healthz")
                return connection.getresponse().status

        asked = pool.map(ask, range(120))
        healthy = [health(number) for number in range(20)]
        outcomes = list(asked)
    assert healthy == [200] * 20
    assert {status for status, _ in outcomes} <= {200, 503} and (200, None) in outcomes
    assert all(again == "1" for status, again in outcomes if status == 503)
