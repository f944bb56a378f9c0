"""Heads of requests that are too large, in one request and over many connections."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from bench.overload import raise_limit_of_files
from bench.soak.findings import Finding
from bench.soak.target import Target, attacked
from bench.soak.wire import ADDRESS, Reply, exchange, get
from qa_service.web.edges import BODY_S

GROWTH_MB = 20
HELD_CONNECTIONS = 900
_LINE = b"GET /healthz HTTP/1.1\r\nHost: qa.test\r\nConnection: close\r\n"
_CHUNKED = (
    b"POST /v1/ask HTTP/1.1\r\nHost: qa.test\r\nConnection: close\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
_MB = 1_000_000


def run() -> Iterator[Finding]:
    raise_limit_of_files()
    with attacked() as target:
        get("/v1/ask?q=x")
        yield _status("a head of 30 kB", 200, [exchange(_padded(30_000))])
        yield _status("a head of 33 kB", 431, [exchange(_padded(33_000))])
        yield _status("101 headers", 431, [exchange(_small_headers(101) + b"\r\n")])
        yield from _without_memory(target, "one header of 10 MB", lambda: [_endless(10)])
        yield from _without_memory(
            target, "10,000 small headers", lambda: [exchange(_small_headers(10_000))]
        )
        yield from _without_memory(
            target, "a request line of 10 MB", lambda: [exchange(b"GET /" + b"a" * 10 * _MB)]
        )
        yield from _without_memory(target, "150 MB of headers over 4 connections", _many)
        yield from _without_memory(target, "20 MB of trailers", _trailers)
        yield _merged_trailer()
        before = target.memory_mb()
        with ExitStack() as held:
            _hold_unfinished_heads(held)
            get("/healthz")
            growth = target.memory_mb() - before
        yield _growth(f"{HELD_CONNECTIONS} heads of 32 kB in small headers, not finished", growth)
        answer = get("/v1/ask?q=x")
        yield Finding("a question afterwards", "200", str(answer.status), answer.status == 200)


def _without_memory(
    target: Target, what: str, attack: Callable[[], list[Reply]]
) -> Iterator[Finding]:
    before = target.memory_mb()
    replies = attack()
    yield _status(what, 431, replies)
    yield _growth(what, target.memory_mb() - before)


def _status(what: str, expected: int, replies: list[Reply]) -> Finding:
    found = sorted({reply.status for reply in replies})
    taken = max(reply.taken for reply in replies) / 1e6
    measured = f"{', '.join(map(str, found))} after {taken:.2f} MB at most"
    return Finding(what, str(expected), measured, found == [expected])


def _growth(what: str, growth: float) -> Finding:
    return Finding(
        f"{what}: memory", f"≤ +{GROWTH_MB} MB", f"{growth:+.1f} MB", growth <= GROWTH_MB
    )


def _padded(size: int) -> bytes:
    return _LINE + b"X: " + b"a" * (size - len(_LINE) - 7) + b"\r\n\r\n"


def _small_headers(count: int) -> bytes:
    return _LINE + b"".join(b"X-%d: a\r\n" % number for number in range(count))


def _endless(megabytes: float) -> Reply:
    return exchange(_LINE + b"X: " + b"a" * int(megabytes * _MB))


def _many() -> list[Reply]:
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(_endless, [37.5] * 4))


def _trailers() -> list[Reply]:
    """Fields after the last chunk, without end."""
    return [exchange(_CHUNKED + b"0\r\n" + b"a:\r\n" * (20 * _MB // 4), BODY_S + 5)]


def _merged_trailer() -> Finding:
    """A field that proxies check in the head must not come in by a trailer (RFC 9110, 6.5.1)."""
    kind = b"Content-Type: application/json\r\n"
    chunks = b'10\r\n{"question":"x"}\r\n0\r\n'
    without = exchange(_CHUNKED + chunks + b"\r\n").status
    within = exchange(_CHUNKED + chunks + kind + b"\r\n").status
    return Finding(
        "a trailer that says Content-Type",
        f"{without}, as without it",
        str(within),
        within == without,
    )


def _hold_unfinished_heads(held: ExitStack) -> None:
    """As many header objects as the size allows, on as many connections as are allowed."""
    head = _LINE + b"a:\r\n" * ((32_000 - len(_LINE)) // 4)
    for _ in range(HELD_CONNECTIONS):
        held.enter_context(socket.create_connection(ADDRESS)).sendall(head)
