"""Clients that send too much, too slowly, or nothing: each gets a short reply and is closed. Over
real sockets. Each test name is the rule.
"""

import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from time import sleep
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from support.app import served
from support.waiting import until

from qa_service.web import edges
from qa_service.web.edges import EdgeProtocol


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with how many bytes it was sent."""
    if scope["type"] != "http":
        return
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = str(size).encode()
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


class Impatient(EdgeProtocol):
    head_s = body_s = 0.2
    most_connections = 3


@pytest.fixture(scope="module")
def patient() -> Iterator[int]:
    with served(echo, EdgeProtocol) as port:
        yield port


@pytest.fixture(scope="module")
def impatient() -> Iterator[int]:
    with served(echo, Impatient) as port:
        yield port


def exchange(port: int, *pieces: bytes) -> bytes:
    """All that comes back until the server closes; what cannot be sent any more is left out."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        try:
            for piece in pieces:
                client.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        received = b""
        try:
            while piece := client.recv(65_536):
                received += piece
        except ConnectionResetError:
            pass
        return received


def status(reply: bytes) -> int:
    return int(reply.split(b" ", 2)[1])


HEAD = b"GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n"


def test_an_ordinary_request_is_answered(patient: int) -> None:
    assert status(exchange(patient, HEAD + b"\r\n")) == 200


def test_a_head_in_pieces_is_answered(patient: int) -> None:
    request = HEAD + b"X-A: b\r\n\r\n"
    assert (
        status(exchange(patient, *(request[n : n + 3] for n in range(0, len(request), 3)))) == 200
    )


@pytest.mark.parametrize(
    "request_",
    [
        HEAD + b"X: " + b"a" * 40_000 + b"\r\n\r\n",
        HEAD + b"".join(b"X-%d: a\r\n" % n for n in range(5_000)) + b"\r\n",
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: a.test\r\n\r\n",
        HEAD + b"X: " + b"a" * 4_000_000,
    ],
    ids=["one header", "many headers", "request line", "headers without end"],
)
def test_a_head_that_is_too_large_is_refused(patient: int, request_: bytes) -> None:
    assert status(exchange(patient, request_)) == 431


def test_too_many_headers_are_refused(patient: int) -> None:
    def with_headers(count: int) -> bytes:
        return HEAD + b"".join(b"X-%d: a\r\n" % n for n in range(count)) + b"\r\n"

    assert status(exchange(patient, with_headers(98))) == 200
    assert status(exchange(patient, with_headers(99))) == 431


def test_too_many_headers_are_refused_before_the_head_ends(patient: int) -> None:
    with socket.create_connection(("127.0.0.1", patient), timeout=5) as client:
        client.sendall(HEAD + b"a:\r\n" * 100)
        assert status(client.recv(65_536)) == 431


def test_nothing_is_kept_of_the_headers_that_are_too_many() -> None:
    made: list[EdgeProtocol] = []

    class Noted(EdgeProtocol):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            made.append(self)

    with served(echo, Noted) as port:
        assert status(exchange(port, HEAD + b"a:\r\n" * 7_000)) == 431
    assert len(made[0].headers) == Noted.most_headers


CHUNKED = b"POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n"


async def names(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the names of the headers once the body has been read."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body", False):
        pass
    body = b",".join(name for name, _ in scope["headers"])
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


def test_a_field_in_a_trailer_is_no_header() -> None:
    with served(names, EdgeProtocol) as port:
        request = CHUNKED + b"Connection: close\r\n\r\n1\r\na\r\n0\r\nX-API-Key: k\r\n\r\n"
        reply = exchange(port, request)
    assert status(reply) == 200 and reply.endswith(b"host,transfer-encoding,connection")


@pytest.mark.parametrize(
    "around",
    [
        b"0\r\n" + b"a:\r\n" * 1_000_000,
        b"0\r\nX: " + b"a" * 4_000_000,
        b"1;" + b"a" * 4_000_000,
        b"1;" + b"a" * 10_000 + b"\r\na\r\n" + (b"1;" + b"a" * 10_000 + b"\r\na\r\n") * 400,
    ],
    ids=["trailers", "one trailer", "extension of a chunk", "extensions of chunks"],
)
def test_what_stands_around_chunks_is_limited_as_a_head_is(patient: int, around: bytes) -> None:
    assert status(exchange(patient, CHUNKED + b"\r\n", around)) == 431


def test_a_body_in_chunks_of_a_byte_is_read(patient: int) -> None:
    body = b"1\r\na\r\n" * 40_000 + b"0\r\n\r\n"
    reply = exchange(patient, CHUNKED + b"Connection: close\r\n\r\n" + body)
    assert status(reply) == 200 and reply.endswith(b"40000")


def test_a_response_that_has_begun_is_not_followed_by_a_refusal() -> None:
    async def early(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            length = (b"content-length", b"2")
            await send({"type": "http.response.start", "status": 200, "headers": [length]})
            await send({"type": "http.response.body", "body": b"ok"})

    with (
        served(early, EdgeProtocol) as port,
        socket.create_connection(("127.0.0.1", port), timeout=5) as client,
    ):
        client.sendall(CHUNKED + b"\r\n")
        received = client.recv(65_536)
        with suppress(ConnectionError):
            client.sendall(b"1;" + b"a" * 100_000)
            while piece := client.recv(65_536):
                received += piece
    assert received.count(b"HTTP/1.1 ") == 1 and received.endswith(b"ok")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 8_000_000, 431),
        (b"GET / HTTP/1.1\r\n" + b"a:\r\n" * 2_000_000, 431),
        (b"POST / HTTP/1.1\r\nContent-Length: 8000000\r\n\r\n" + b"a" * 8_000_000, 400),
        (b"POST / HTTP/2.0\r\nContent-Length: 8000000\r\n\r\n" + b"a" * 8_000_000, 505),
        (CHUNKED + b"\r\n1;" + b"a" * 8_000_000, 431),
        (b"GET nowhere HTTP/1.1\r\n" + b"a" * 8_000_000, 400),
    ],
    ids=["head", "headers", "no host", "version", "extension of a chunk", "no HTTP"],
)
def test_a_client_that_sends_on_gets_its_refusal(
    patient: int, request_: bytes, expected: int
) -> None:
    with socket.create_connection(("127.0.0.1", patient), timeout=10) as client:
        client.sendall(request_)  # raises where the server resets the connection
        assert status(client.recv(65_536)) == expected and client.recv(65_536) == b""


def test_whoever_is_refused_once_is_not_refused_again(
    patient: int, caplog: pytest.LogCaptureFixture
) -> None:
    reply = exchange(patient, HEAD + b"a:\r\n" * 100 + b"no header\r\n\r\n")
    assert status(reply) == 431 and reply.count(b"HTTP/1.1 ") == 1
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


def test_a_refused_client_that_stays_is_closed_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(edges, "LINGER_S", 0.01)
    with (
        served(echo, EdgeProtocol) as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as client,
    ):
        client.sendall(HEAD + b"X: " + b"a" * 40_000)
        assert status(client.recv(65_536)) == 431 and client.recv(65_536) == b""
        with pytest.raises(ConnectionError):
            for _ in range(1_000):
                client.sendall(b"a")
                sleep(0.01)


def test_who_answers_a_request_that_is_refused_meanwhile_learns_that_the_client_has_gone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(edges, "LINGER_S", 60.0)
    seen: list[str] = []

    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        seen.append("request")
        while (message := await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"late"})
        seen.append(message["type"])

    with (
        served(late, EdgeProtocol) as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as client,
    ):
        client.sendall(CHUNKED + b"\r\n")
        until(lambda: seen)
        client.sendall(b"1;" + b"a" * 100_000)
        assert status(client.recv(65_536)) == 431
        until(lambda: seen == ["request", "http.disconnect"])
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


def test_a_client_that_never_ends_is_cut_off(patient: int) -> None:
    with (
        socket.create_connection(("127.0.0.1", patient), timeout=10) as client,
        pytest.raises(ConnectionError),
    ):
        client.sendall(HEAD + b"X: " + b"a" * 100_000_000)


def test_a_refused_client_is_closed_once_it_has_sent_its_body(patient: int) -> None:
    request = b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n"
    made: list[EdgeProtocol] = []

    class Noted(EdgeProtocol):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            made.append(self)

    with (
        served(echo, Noted) as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as client,
    ):
        client.sendall(request + b"a")
        until(lambda: made and made[0].transport.is_closing())
        assert status(client.recv(65_536)) == 400


def test_the_largest_head_that_is_allowed_is_read(patient: int) -> None:
    room = EdgeProtocol.head_bytes - len(HEAD) - len(b"X: \r\n\r\n") - 1
    assert status(exchange(patient, HEAD + b"X: " + b"a" * room + b"\r\n\r\n")) == 200


def test_a_body_in_the_same_packet_does_not_count_as_head(patient: int) -> None:
    body = b"a" * 100_000
    head = b"POST / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n"
    reply = exchange(patient, head + body)
    assert status(reply) == 200 and reply.endswith(b"100000")


def test_each_request_of_a_connection_has_a_head_of_its_own(patient: int) -> None:
    with closing(HTTPConnection("127.0.0.1", patient, timeout=30)) as connection:
        for _ in range(5):
            connection.request("POST", "/", body=b"a" * 1_000, headers={"X": "a" * 20_000})
            reply = connection.getresponse()
            assert reply.status == 200 and reply.read() == b"1000"


def test_the_second_request_of_a_connection_is_limited_as_the_first(patient: int) -> None:
    with socket.create_connection(("127.0.0.1", patient), timeout=30) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
        assert status(client.recv(65_536)) == 200
        client.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * 80_000)
        assert status(client.recv(65_536)) == 431


@pytest.mark.parametrize(
    "request_", [b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"]
)
def test_http_1_1_needs_one_host(patient: int, request_: bytes) -> None:
    assert status(exchange(patient, request_)) == 400


def test_http_1_0_needs_none(patient: int) -> None:
    assert status(exchange(patient, b"GET / HTTP/1.0\r\n\r\n")) == 200


@pytest.mark.parametrize("version", [b"0.9", b"2.0"])
def test_other_versions_of_http_are_not_spoken(patient: int, version: bytes) -> None:
    assert status(exchange(patient, b"GET / HTTP/%s\r\nHost: a.test\r\n\r\n" % version)) == 505


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET",
        HEAD,
        HEAD + b"X: a",
        b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ],
    ids=["nothing", "a word", "half a head", "half a header", "no body", "half a body", "chunks"],
)
def test_whoever_stops_in_the_middle_is_closed(impatient: int, sent: bytes) -> None:
    assert status(exchange(impatient, sent)) == 408


def test_drops_do_not_buy_time(impatient: int) -> None:
    with socket.create_connection(("127.0.0.1", impatient), timeout=30) as client:
        received = b""
        client.settimeout(0.02)
        for _ in range(1_000):
            try:
                client.sendall(b"G")
                received += client.recv(100)
            except TimeoutError:
                continue
            except OSError:
                break
            break
    assert status(received) in (400, 408)


def test_others_are_served_while_some_stop_in_the_middle(impatient: int) -> None:
    with (
        socket.create_connection(("127.0.0.1", impatient)) as idle,
        socket.create_connection(("127.0.0.1", impatient)) as half,
    ):
        half.sendall(HEAD)
        assert idle and status(exchange(impatient, HEAD + b"\r\n")) == 200


def test_a_request_for_a_web_socket_is_an_ordinary_one(patient: int) -> None:
    upgrade = b"GET / HTTP/1.1\r\nHost: a.test\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"
    assert exchange(patient, upgrade, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1")
