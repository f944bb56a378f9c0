"""How a process stops: not ready, but serving on; then what does not end is cut off. Each test name
is the rule.
"""

import asyncio
import signal
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from socket import create_connection

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from support.app import Reply, client, problem_of, served
from support.clock import Clock
from support.corpus import tiny_index
from support.waiting import until

from qa_service.bootstrap import web_dependencies
from qa_service.channels.inbox import Inbox
from qa_service.journal import CLOSING_S
from qa_service.journal.memory import MemoryJournal
from qa_service.service import QuestionService
from qa_service.web import app as application
from qa_service.web.app import Application, create_app
from qa_service.web.edges import EdgeProtocol
from qa_service.web.stopping import DRAIN_S, STOP_S, Stopping


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Application, Stopping]:
    """An application, and what tells it to stop."""
    stopping = Stopping(0)
    monkeypatch.setattr(application, "Stopping", lambda linger_s: stopping)
    return create_app(web_dependencies(tiny_index(tmp_path))), stopping


def test_a_process_that_was_told_to_stop_is_alive_and_not_ready(
    told: tuple[Application, Stopping],
) -> None:
    app, stopping = told
    assert client(app).get("/readyz").status_code == 200
    stopping.begin()
    refused = client(app).get("/readyz")
    assert "told to stop" in problem_of(refused, 503)["detail"] and refused.headers["retry-after"]
    assert client(app).get("/healthz").status_code == 200


def test_it_serves_on_and_says_that_each_connection_ends(
    told: tuple[Application, Stopping],
) -> None:
    app, stopping = told

    def asked() -> list[Reply]:
        paths = ("/v1/ask?q=x", "/", "/nope", "/static/site.css", "/readyz")
        return [client(app).get(path) for path in paths]

    assert all("connection" not in reply.headers for reply in asked())
    stopping.begin()
    assert [reply.headers["connection"] for reply in asked()] == ["close"] * 5
    assert [reply.status_code for reply in asked()] == [200, 200, 404, 200, 503]


def test_feedback_that_waits_has_what_is_left_of_nine_seconds() -> None:
    clock = Clock()
    stopping = Stopping(2, clock)
    assert stopping.left_s == STOP_S == 9 > DRAIN_S == 8
    stopping.begin()
    clock.now += 3
    assert not stopping.begin() and stopping.left_s == 6
    clock.now += 60
    assert stopping.left_s == 0


def test_a_service_is_closed_within_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []

    class Noted(MemoryJournal):
        def close(self, within_s: float = CLOSING_S) -> None:
            given.append(within_s)

    clock = Clock()
    stopping = Stopping(0, clock)
    monkeypatch.setattr(application, "Stopping", lambda linger_s: stopping)
    deps = web_dependencies(tiny_index(tmp_path))
    service = QuestionService(deps.service.live, Noted())
    with client(create_app(replace(deps, service=service))):
        stopping.begin()
        clock.now += 8.25
    assert given == [0.75]


@pytest.mark.parametrize(("elapsed", "chats", "journal"), [(3, 5, 1), (8.5, 0, 0.5)])
def test_chats_leave_the_journal_its_last_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, elapsed: float, chats: float, journal: float
) -> None:
    given: list[tuple[str, float]] = []
    clock = Clock()

    class Noted(MemoryJournal):
        def close(self, within_s: float = CLOSING_S) -> None:
            given.append(("journal", within_s))

    async def slow(inbox: Inbox, within_s: float) -> None:
        given.append(("chats", within_s))
        clock.now += within_s

    stopping = Stopping(0, clock)
    monkeypatch.setattr(application, "Stopping", lambda linger_s: stopping)
    monkeypatch.setattr(Inbox, "close", slow)
    deps = web_dependencies(tiny_index(tmp_path))
    service = QuestionService(deps.service.live, Noted())
    with client(create_app(replace(deps, service=service))):
        stopping.begin()
        clock.now += elapsed
    assert given == [("chats", chats), ("journal", journal)]


# The signal


class Server:
    """Has a handler of SIGTERM, as uvicorn has while it runs."""

    def __init__(self) -> None:
        self.stopped: list[int] = []

    def stop(self, number: int, frame: object) -> None:
        self.stopped.append(number)

    def run(self, stopping: Stopping, then: Callable[[], object]) -> None:
        """`then` happens while it runs; a moment later it ends."""

        async def running() -> None:
            with stopping.of_running_server():
                then()
                for _ in range(100):
                    await asyncio.sleep(0)
            assert signal.getsignal(signal.SIGTERM) == self.stop

        before = signal.signal(signal.SIGTERM, self.stop)
        try:
            asyncio.run(running())
        finally:
            signal.signal(signal.SIGTERM, before)


def test_the_server_gets_the_signal_once_however_often_it_comes() -> None:
    server, stopping = Server(), Stopping(0)

    def told_twice() -> None:
        for _ in range(2):
            signal.raise_signal(signal.SIGTERM)

    server.run(stopping, told_twice)
    assert server.stopped == [signal.SIGTERM] and stopping.is_on


def test_the_server_gets_the_signal_when_the_process_has_served_on_for_its_time() -> None:
    server, stopping, waits = Server(), Stopping(1.5), list[float]()

    def told() -> None:
        loop = asyncio.get_running_loop()
        loop.call_later = lambda seconds, *call: waits.append(seconds)  # type: ignore
        signal.raise_signal(signal.SIGTERM)

    server.run(stopping, told)
    assert waits == [1.5] and server.stopped == [] and stopping.is_on


# What does not end by itself


def test_a_body_that_is_under_way_has_a_last_moment_and_is_then_refused(
    told: tuple[Application, Stopping],
) -> None:
    app, _ = told
    made: list[EdgeProtocol] = []

    class Noted(EdgeProtocol):
        last_s = 0.01

        def on_headers_complete(self) -> None:
            super().on_headers_complete()
            made.append(self)

    head = b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
    with served(app, Noted) as port, create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(head)
        until(lambda: made)
        made[0].loop.call_soon_threadsafe(made[0].shutdown)
        assert connection.recv(1_000).startswith(b"HTTP/1.1 408 ")
        assert connection.recv(1_000) == b""


def test_whoever_has_just_come_is_answered_in_a_last_moment(
    told: tuple[Application, Stopping],
) -> None:
    app, stopping = told
    made: list[EdgeProtocol] = []

    class Noted(EdgeProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            made.append(self)

        def shutdown(self) -> None:
            super().shutdown()
            stopping.begin()

    with served(app, Noted) as port, create_connection(("127.0.0.1", port), 10) as connection:
        until(lambda: made)
        made[0].loop.call_soon_threadsafe(made[0].shutdown)
        until(lambda: stopping.is_on)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b"".join(iter(lambda: connection.recv(1_000), b""))
    assert received.startswith(b"HTTP/1.1 200 ") and b"connection: close" in received.lower()


async def _slow(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers what its last moment was over for long ago."""
    await asyncio.sleep(0.1)
    await PlainTextResponse("answered")(scope, receive, send)


def test_a_request_that_is_being_answered_is_answered() -> None:
    class Stopped(EdgeProtocol):
        last_s = 0.0

        def on_message_complete(self) -> None:
            super().on_message_complete()
            self.shutdown()

    with (
        served(_slow, Stopped) as port,
        closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection,
    ):
        connection.request("POST", "/", b"x")
        assert connection.getresponse().read() == b"answered"


class Pages:
    """Answers each request with many bytes, and remembers what became of it."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await PlainTextResponse(b"x" * 4_000_000)(scope, receive, send)
            await receive()
            self.outcomes.append("done")
        except RuntimeError:
            self.outcomes.append("failed")
            raise


def test_whoever_does_not_read_is_cut_off_after_a_last_moment() -> None:
    """What is being answered to it ends as if it had gone."""
    made: list[EdgeProtocol] = []
    pages = Pages()

    class Noted(EdgeProtocol):
        last_s = 0.01

        def pause_writing(self) -> None:
            super().pause_writing()
            made.append(self)

    with served(pages, Noted) as port, create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 5)
        until(lambda: made)
        made[0].loop.call_soon_threadsafe(made[0].shutdown)
        until(lambda: not made[0].connections)
        until(lambda: not made[0].tasks)
    assert "failed" not in pages.outcomes
