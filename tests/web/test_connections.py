"""Which connections a process holds when more come than it has room for. Over real sockets. Each
test name is the rule.
"""

import logging
import resource
import socket
from asyncio import to_thread
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from threading import Event
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from support.app import served
from support.waiting import MOST_S, until

from qa_service.web import connections
from qa_service.web.connections import raise_limit_of_files, room_for_connections, waiting_of
from qa_service.web.edges import EdgeProtocol

GET = b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"
HALF_A_BODY = b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\nabc"


class Crowd:
    """A server with room for three. What `/slow` and the end of `/large` are waits for `go_on`."""

    def __init__(self) -> None:
        self.made: list[EdgeProtocol] = []
        self.go_on, self.asked = Event(), 0
        self._clients, self._port = ExitStack(), 0
        made = self.made

        class Three(EdgeProtocol):
            most_connections = 3
            head_s = body_s = 60.0

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                made.append(self)

        self._http = Three

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.asked += 1
        body, pieces = (b"x" * 10_000, 1_000) if scope["path"] == "/large" else (b"ok", 1)
        if scope["path"] == "/slow":
            await to_thread(self.go_on.wait, MOST_S)
        else:
            while (await receive()).get("more_body", False):
                pass
        length = (b"content-length", str(pieces * len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        for left in reversed(range(pieces)):
            if pieces > 1 and not left:
                await to_thread(self.go_on.wait, MOST_S)
            await send({"type": "http.response.body", "body": body, "more_body": left > 0})

    @contextmanager
    def open(self) -> Iterator["Crowd"]:
        with served(self, self._http) as self._port, self._clients:
            try:
                yield self
            finally:
                self.go_on.set()

    def comes(self, sent: bytes = b"") -> socket.socket:
        """A client that the server has noticed, with what it sent."""
        before = len(self.made)
        client = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        self._clients.enter_context(closing(client))
        client.sendall(sent)
        until(lambda: len(self.made) > before)
        return client

    def asks(self, path: bytes) -> socket.socket:
        before = self.asked
        client = self.comes(GET.replace(b"/ ", path + b" ", 1))
        until(lambda: self.asked > before)
        return client

    def is_answered(self) -> bool:
        return self.comes(GET).recv(1_000).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("sent", [b"", b"GET / HT", HALF_A_BODY])
def test_who_has_waited_longest_makes_room_for_a_newcomer(sent: bytes) -> None:
    with Crowd().open() as crowd:
        first, *others = [crowd.comes(sent) for _ in range(3)]
        assert crowd.is_answered()
        assert first.recv(1_000).startswith(b"HTTP/1.1 408 ")
        for other in others:
            other.setblocking(False)
            with pytest.raises(BlockingIOError):
                other.recv(1_000)


def test_a_connection_that_is_kept_alive_makes_room_without_a_word() -> None:
    with Crowd().open() as crowd:
        kept = crowd.comes(GET)
        assert kept.recv(1_000).startswith(b"HTTP/1.1 200 ")
        for _ in range(2):
            crowd.asks(b"/slow")
        assert crowd.is_answered() and kept.recv(1_000) == b""


def test_whoever_was_answered_meanwhile_has_waited_shorter() -> None:
    with Crowd().open() as crowd:
        asking, idle = crowd.comes(), crowd.comes()
        crowd.asks(b"/slow")
        asking.sendall(GET)
        assert asking.recv(1_000).startswith(b"HTTP/1.1 200 ")
        assert crowd.is_answered()
        assert idle.recv(1_000).startswith(b"HTTP/1.1 408 ")
        asking.sendall(GET)
        assert asking.recv(1_000).startswith(b"HTTP/1.1 200 ")


def test_more_connections_than_allowed_are_refused_while_all_are_being_answered() -> None:
    with Crowd().open() as crowd:
        busy = [crowd.asks(b"/slow") for _ in range(3)]
        assert crowd.comes().recv(1_000).startswith(b"HTTP/1.1 503 ")
        crowd.go_on.set()
        assert all(one.recv(1_000).startswith(b"HTTP/1.1 200 ") for one in busy)


def test_whoever_does_not_read_its_response_makes_room() -> None:
    with Crowd().open() as crowd:
        crowd.asks(b"/large")
        until(lambda: waiting_of(crowd.made[0].server_state))
        for _ in range(2):
            crowd.asks(b"/slow")
        assert crowd.is_answered()
        until(lambda: crowd.made[0] not in crowd.made[0].connections)


def test_whoever_reads_its_response_again_makes_no_room() -> None:
    with Crowd().open() as crowd:
        reading = crowd.asks(b"/large")
        waiting = waiting_of(crowd.made[0].server_state)
        until(lambda: waiting)
        for _ in range(9_900):
            reading.recv(1_000, socket.MSG_WAITALL)
        until(lambda: not waiting)


def test_whoever_stops_in_the_middle_of_its_second_request_makes_room() -> None:
    with Crowd().open() as crowd:
        for _ in range(3):
            answered = crowd.comes(GET + HALF_A_BODY).recv(1_000)
            assert answered.startswith(b"HTTP/1.1 200 ")
        assert crowd.is_answered()


def test_a_connection_that_has_gone_waits_no_more() -> None:
    with Crowd().open() as crowd:
        client = crowd.comes()
        waiting = waiting_of(crowd.made[0].server_state)
        assert list(waiting) == crowd.made
        client.close()
        until(lambda: not waiting)


def test_a_process_holds_as_many_connections_as_it_has_descriptors_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def files(soft: int) -> None:
        monkeypatch.setattr(resource, "getrlimit", lambda which: (soft, soft))

    files(resource.RLIM_INFINITY)
    assert room_for_connections() == 1_000
    files(4_096)
    assert room_for_connections() == 1_000
    files(256)
    assert room_for_connections() == 192
    files(10)
    assert room_for_connections() == 1


def test_few_descriptors_make_room_as_a_full_server_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 2)
    with Crowd().open() as crowd:
        first, _ = crowd.comes(), crowd.comes()
        assert crowd.is_answered()
        assert first.recv(1_000).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(("hard", "lines"), [(300, 1), (100_000, 0)])
def test_a_start_raises_the_limit_of_files_and_says_so_where_it_stays_low(
    hard: int, lines: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    limits = [(100, hard)]
    monkeypatch.setattr(resource, "getrlimit", lambda which: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda which, to: limits.append(to))
    with caplog.at_level(logging.WARNING):
        raise_limit_of_files()
    assert limits[-1] == (hard, hard)
    assert len(caplog.records) == lines
