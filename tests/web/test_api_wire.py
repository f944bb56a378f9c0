"""Odd requests on the wire, byte by byte, to a real HTTP server around the application."""

import json
import socket
from pathlib import Path

import pytest
from support.app import served
from support.corpus import FEE_QUESTION, tiny_index

from qa_service.server import application
from qa_service.settings import Settings

BODY = json.dumps({"question": FEE_QUESTION}).encode()
POST = (
    b"POST /v1/ask HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n"
)
PROBLEM = "content-type: application/problem+json"
MAX_BODY_BYTES: int = Settings.model_fields["max_body_bytes"].default


def _exchange(port: int, *pieces: bytes) -> tuple[int, str]:
    """Send `pieces`, read until the server closes: status and everything received."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            while data := connection.recv(65_536):
                received += data
        except (BrokenPipeError, ConnectionResetError):  # a refused body is not read to its end
            pass
    text = received.decode("utf-8", "replace")
    return int(text.split()[1]) if text else 0, text


def _get(port: int, target: bytes, headers: bytes = b"") -> tuple[int, str]:
    return _exchange(
        port,
        b"GET " + target + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + headers + b"\r\n",
    )


def _chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))


def test_two_megabytes_are_a_413_by_declared_length_before_they_are_sent(tmp_path: Path) -> None:
    with served(application(tiny_index(tmp_path))) as port:
        status, text = _exchange(port, POST + b"Content-Length: 2000000\r\n\r\n")
    assert status == 413 and PROBLEM in text and f"{MAX_BODY_BYTES} bytes" in text


def test_two_megabytes_in_chunks_are_a_413_before_they_end(tmp_path: Path) -> None:
    with served(application(tiny_index(tmp_path))) as port:
        chunk = b"%x\r\n%s\r\n" % (1_000, b"x" * 1_000)
        status, text = _exchange(
            port,
            POST + b"Transfer-Encoding: chunked\r\n\r\n",
            chunk * (MAX_BODY_BYTES // 1_000 + 1),
        )
        assert status == 413 and PROBLEM in text and f"{MAX_BODY_BYTES} bytes" in text
        assert _get(port, b"/healthz")[0] == 200


@pytest.mark.parametrize(
    ("headers", "asked_before", "expected"),
    [
        (b"", 0, b"413"),
        (b"", 1, b"429"),
        (b"Host: b\r\n", 0, b"400"),
        (b"X-API-Key: wrong\r\n", 0, b"401"),
        (b"Origin: https://elsewhere.test\r\nCookie: a=b\r\n", 0, b"403"),
    ],
    ids=["too large", "too often", "two hosts", "wrong key", "wrong origin"],
)
def test_a_client_that_sends_on_gets_the_refusal_all_the_same(
    tmp_path: Path, headers: bytes, asked_before: int, expected: bytes
) -> None:
    with served(application(tiny_index(tmp_path, rate_limit="1/minute"))) as port:
        for _ in range(asked_before):
            _get(port, b"/v1/ask?q=x")
        body = b"x" * 8_000_000
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(POST + headers + b"Content-Length: %d\r\n\r\n" % len(body))
            connection.sendall(body)  # raises where the server resets the connection
            assert connection.recv(65_536).startswith(b"HTTP/1.1 " + expected)


def test_a_small_body_in_chunks_is_answered(tmp_path: Path) -> None:
    with served(application(tiny_index(tmp_path))) as port:
        status, text = _exchange(
            port, POST + b"Transfer-Encoding: chunked\r\n\r\n" + _chunked(BODY[:10], BODY[10:])
        )
    assert status == 200 and "licence-exchange.fee" in text


def test_malformed_framing_is_the_clients_fault_and_the_server_lives_on(tmp_path: Path) -> None:
    with served(application(tiny_index(tmp_path))) as port:
        for head in (
            b"Content-Length: abc\r\n\r\n",
            b"Content-Length: -5\r\n\r\n",
            b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
            b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
            b"No colon here\r\n\r\n",
        ):
            status, _ = _exchange(port, POST + head)
            assert status == 400, head
        assert _exchange(port, b"\x00\x01\x02\r\n\r\n")[0] == 400
        assert _exchange(port, b"FOO /v1/ask HTTP/1.1\r\nHost: a\r\n\r\n")[0] in (400, 405)
        assert _get(port, b"/healthz")[0] == 200


def test_a_client_that_leaves_in_the_middle_of_a_body_leaves_no_damage(tmp_path: Path) -> None:
    with served(application(tiny_index(tmp_path))) as port:
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(POST + b"Content-Length: 100\r\n\r\n{")
        status, _ = _exchange(port, POST + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)
    assert status == 200


def test_odd_headers_never_are_a_server_error(tmp_path: Path) -> None:
    with served(application(tiny_index(tmp_path))) as port:
        for headers in (
            b"Accept-Encoding: \xff\xfe\r\n",
            b"Accept-Language: \xd1\x83\xd0\xba\r\n",
            b"Cookie: " + b"x" * 20_000 + b"\r\n",
            b"X-A: 1\r\n" * 500,
            b"Accept: text/html\r\n",
            b"Accept: \r\n",
            b"If-None-Match: *\r\n",
            b"Range: bytes=0-1\r\n",
            b"X-Forwarded-For: ' OR 1=1\r\nX-Forwarded-Proto: javascript\r\n",
            b"Expect: 100-continue\r\n",
            b"Content-Length: 0\r\n",
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
        ):
            status, _ = _get(port, b"/v1/ask?q=x", headers)
            assert 200 <= status < 500, headers
        assert _get(port, b"/healthz")[0] == 200


def test_odd_targets_never_are_a_server_error_and_lead_nowhere_else(tmp_path: Path) -> None:
    with served(application(tiny_index(tmp_path))) as port:
        for target in (
            b"/v1/ask?q=%zz%",
            b"/v1/ask?q=%ED%A0%80",
            b"/v1/ask?q=%FF%FE%00",
            b"/v1/ask?q=\xd1\x8f",
            b"/v1/ask?q=x#fragment",
            b"/v1/%61sk?q=x",
            b"http://evil.test/v1/ask?q=x",
        ):
            status, text = _get(port, target)
            assert status in (200, 400), target
            assert status == 400 or '"answer_id"' in text, target
        for target in (
            b"/static/..%2f..%2fapp.py",
            b"/static/../app.py",
            b"/static/%2e%2e/app.py",
            b"/static//etc/passwd",
            b"/%00",
        ):
            status, text = _get(port, target)
            assert 400 <= status < 500 and "import" not in text and "root:" not in text, target


def test_a_huge_query_string_is_too_long_a_question_or_refused(tmp_path: Path) -> None:
    with served(application(tiny_index(tmp_path))) as port:
        for size in (10_000, 60_000, 500_000):
            status, text = _get(port, b"/v1/ask?q=" + b"a" * size)
            assert (status == 200 and '"too_long"' in text) or status in (400, 413, 414, 431), size
            assert _get(port, b"/?q=" + b"a" * size)[0] < 500
        assert _get(port, b"/healthz")[0] == 200


def test_a_client_of_http_1_0_without_host_is_served(tmp_path: Path) -> None:
    with served(application(tiny_index(tmp_path))) as port:
        assert _exchange(port, b"GET /v1/ask?q=x HTTP/1.0\r\n\r\n")[0] == 200
        assert _exchange(port, b"HEAD / HTTP/1.0\r\n\r\n")[0] == 200


def test_the_server_does_not_say_what_it_runs_on(tmp_path: Path) -> None:
    with served(application(tiny_index(tmp_path))) as port:
        assert "\nserver:" not in _get(port, b"/healthz")[1].lower()
