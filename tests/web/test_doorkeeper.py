"""Whom a full service turns away before HTTP, and what it hands on. Each test name is the rule."""

import socket
from contextlib import AbstractContextManager
from time import monotonic, sleep
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from support.app import served
from support.waiting import until

from qa_service.web.doorkeeper import WAITS_S
from qa_service.web.edges import EdgeProtocol
from qa_service.web.middleware.admission import Gate

HOST = b"Host: a.test\r\nConnection: close\r\n"
QUESTION = b"GET /v1/ask?q=x HTTP/1.1\r\n" + HOST + b"\r\n"


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})


class House:
    """A server around `_answer`. refused: the method of each request that its gate refused."""

    def __init__(self, slots: int, most_connections: int = 10) -> None:
        self.made: list[EdgeProtocol] = []
        self.refused: list[str] = []
        made = self.made

        class Noted(EdgeProtocol):
            gate = Gate(slots, 0, on_refused=self.refused.append)
            head_s, last_s = 0.2, 0.1

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                made.append(self)

        Noted.most_connections = most_connections
        self._http = Noted

    def open(self) -> AbstractContextManager[int]:
        return served(_answer, self._http)


def _exchange(port: int, *pieces: bytes) -> bytes:
    """All that comes back until the server closes. The server reads each piece by itself."""
    with _visitor(port) as client:
        for piece in pieces:
            client.sendall(piece)
            client.settimeout(0.1 if piece is not pieces[-1] else 30)
            try:
                if first := client.recv(65_536):
                    return first + _rest(client)
            except TimeoutError:
                continue
    return b""


def _visitor(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=30)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def _rest(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65_536), b""))


def _status(reply: bytes) -> int:
    return int(reply.split(b" ", 2)[1])


@pytest.mark.parametrize("target", [b"/v1/ask?q=x", b"/v1/ask"])
def test_a_full_service_sets_up_nothing_for_a_question(target: bytes) -> None:
    house = House(slots=0)
    with house.open() as port:
        reply = _exchange(port, QUESTION.replace(b"/v1/ask?q=x", target))
    assert _status(reply) == 503 and not house.made and house.refused == ["GET"]


def test_the_reply_is_the_same_as_from_behind() -> None:
    house = House(slots=0)
    with house.open() as port:
        at_the_door = _exchange(port, QUESTION)
        behind = _exchange(port, QUESTION[:10], QUESTION[10:])
    assert at_the_door == behind and len(house.made) == 1
    assert house.refused == ["GET", "GET"] and b"\r\nretry-after: 1\r\n" in behind


def test_where_there_is_room_everyone_is_let_in() -> None:
    house = House(slots=1)
    with house.open() as port:
        reply = _exchange(port, QUESTION)
    assert reply.endswith(b"ok") and len(house.made) == 1 and not house.refused


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (QUESTION.replace(b"/v1/ask?q=x", b"/healthz"), 200),
        (QUESTION.replace(b"/v1/ask?q=x", b"/v1/asking"), 200),
        (QUESTION.replace(b"/v1/ask?q=x", b"/?q=x"), 200),
        (QUESTION.replace(b"GET", b"OPTIONS"), 200),
        (QUESTION.replace(b"GET", b"POST"), 503),
        (QUESTION.replace(HOST, HOST + b"content-LENGTH: 1\r\n") + b"x", 503),
        (QUESTION.replace(HOST, HOST + b"Transfer-Encoding: chunked\r\n"), 503),
        (QUESTION + QUESTION, 503),
        (QUESTION.replace(HOST, HOST + b"X: " + b"x" * 40_000 + b"\r\n"), 431),
        (b"\x16\x03\x01 is no HTTP\r\n\r\n", 400),
    ],
)
def test_whatever_else_comes_is_handed_on_as_it_is(request_: bytes, status: int) -> None:
    house = House(slots=0)
    with house.open() as port:
        assert _status(_exchange(port, request_)) == status
    assert len(house.made) == 1


def test_who_says_nothing_is_handed_on_and_told_that_it_was_too_slow() -> None:
    house = House(slots=0)
    with house.open() as port, _visitor(port) as client:
        assert _status(_rest(client)) == 408
    assert len(house.made) == 1


def test_who_leaves_in_silence_leaves_nothing_behind() -> None:
    house = House(slots=0)
    with house.open() as port:
        _visitor(port).close()
        assert _status(_exchange(port, QUESTION.replace(b"/v1/ask", b"/healthz"))) == 200
        until(lambda: not house.made[0].connections)
        sleep(2 * WAITS_S)
    assert len(house.made) == 1, "nobody is handed on who has left"


def test_beyond_the_most_connections_newcomers_are_refused_while_some_are_at_the_door() -> None:
    house = House(slots=0, most_connections=2)
    with house.open() as port:
        visitors = [_visitor(port) for _ in range(4)]
        replies = [_status(_rest(visitor)) for visitor in visitors]
        for visitor in visitors:
            visitor.close()
    assert replies == [408, 408, 503, 503] and len(house.made) == 4


def test_a_server_that_stops_waits_for_nobody_at_the_door() -> None:
    house = House(slots=0)
    with house.open() as port:
        client = _visitor(port)
        began = monotonic()
    assert monotonic() - began < 10
    with client:
        assert _rest(client)[:12] in (b"HTTP/1.1 408", b"")
