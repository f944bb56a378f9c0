"""The hostile requests of the endurance run, over the tiny corpus. Each test name is the rule."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.app import served
from support.corpus import tiny_index

from bench.soak import hostile_requests as sent
from qa_service.server import application

KINDS = (
    sent.smuggling,
    sent.chunks,
    sent.json_bodies,
    sent.bodies,
    sent.targets,
    sent.methods,
    sent.headers,
    sent.ids,
)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder: Path = tmp_path_factory.mktemp("hostile")
    with served(application(tiny_index(folder, rate_limit="off"))) as found:
        yield found


def exchange(port: int, request: bytes) -> bytes:
    """All that comes back until the server closes; raises TimeoutError where it does not."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        try:
            client.sendall(request)
            while piece := client.recv(65_536):
                received += piece
        except (BrokenPipeError, ConnectionResetError):  # a refused body is not read to its end
            pass
    return received


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_hostile_request_is_a_server_error_or_answered_twice(
    port: int, kind: Callable[[], list[bytes]]
) -> None:
    for request in kind():
        reply = exchange(port, request)
        status = int(reply.split(b" ", 2)[1]) if reply else 0
        assert status < 500 or status in (501, 505), request[:200]
        assert reply.count(b"HTTP/1.1 ") <= 1, request[:200]
        head, _, body = reply.partition(b"\r\n\r\n")
        assert b"\r\ninjected:" not in head.lower() and b"Traceback" not in body, request[:200]


def test_pipelined_requests_are_answered_in_order(port: int) -> None:
    paths = (b"/healthz", b"/nowhere", b"/v1/ask?q=x") * 5
    requests = [b"GET %s HTTP/1.1\r\nHost: qa.test\r\n\r\n" % path for path in paths]
    last = b"GET /healthz HTTP/1.1\r\nHost: qa.test\r\nConnection: close\r\n\r\n"
    replies = exchange(port, b"".join([*requests, last])).split(b"HTTP/1.1 ")[1:]
    assert [int(reply[:3]) for reply in replies] == [200, 404, 200] * 5 + [200]
