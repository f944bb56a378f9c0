"""Connections that send nothing, half a head or half a body, a thousand at once."""

import resource
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress

from bench.overload import raise_limit_of_files
from bench.soak.findings import Finding
from bench.soak.target import attacked
from bench.soak.wire import ADDRESS, questions_meanwhile, status_of
from qa_service.web.edges import BODY_S, HEAD_S

CONNECTIONS, FEW_DESCRIPTORS, SLACK_S = 1_000, 256, 2.0
QUESTIONS_A_SECOND = 10
KEEP_ALIVE_S = 5.0
_CONNECT_S = 5.0  # a full queue of the listener drops attempts, which come again
_HEAD = b"POST /v1/ask HTTP/1.1\r\nHost: qa.test\r\nContent-Type: application/json\r\n"
_KINDS = (
    ("idle", b"", HEAD_S),
    ("half a head", _HEAD, HEAD_S),
    ("half a body", _HEAD + b"Content-Length: 100\r\n\r\n{", BODY_S),
    ("idle after an answer", b"GET /healthz HTTP/1.1\r\nHost: qa.test\r\n\r\n", KEEP_ALIVE_S),
)


def run() -> Iterator[Finding]:
    raise_limit_of_files()
    with attacked():
        for kind, sent, seconds in _KINDS:
            yield from _held(f"{CONNECTIONS:,} connections, {kind}", sent, seconds)
    with attacked() as target:
        few = (FEW_DESCRIPTORS, FEW_DESCRIPTORS)
        resource.prlimit(target.process.pid, resource.RLIMIT_NOFILE, few)
        what = f"{CONNECTIONS:,} idle connections, {FEW_DESCRIPTORS} descriptors"
        yield from _held(what, b"", HEAD_S)
        lines = len(target.logged("accept", "socket", "resource"))
        yield Finding(f"{what}: lines in the log", "≤ 20", str(lines), lines <= 20)


def _held(what: str, sent: bytes, seconds: float) -> Iterator[Finding]:
    held = _Held(CONNECTIONS, sent)
    with closing(held), questions_meanwhile(QUESTIONS_A_SECOND) as asked:
        held.wait(seconds + SLACK_S)
        time.sleep(1)
    yield Finding(
        f"{what}: closed after",
        f"≤ {seconds:g} s (+ {SLACK_S:g})",
        f"{held.open_for:.1f} s; {_said(held.endings)}",
        not held.waiting,
    )
    yield Finding(
        f"{what}: questions of others",
        "0 errors",
        f"{asked.said_errors()}; worst {asked.worst:.0f} ms",
        not asked.errors,
    )


class _Held:
    """Connections that are held open until the server closes them. waiting: what each received so
    far. endings: what the others got before they were closed.
    """

    def __init__(self, count: int, sent: bytes) -> None:
        self.endings: Counter[str] = Counter()
        self.waiting: dict[socket.socket, bytes] = {}
        self._ready = selectors.DefaultSelector()
        self.open_for = 0.0
        for _ in range(count):
            try:
                client = socket.create_connection(ADDRESS, _CONNECT_S)
            except OSError as error:
                self.endings[f"not opened ({type(error).__name__})"] += 1
                continue
            self.waiting[client] = b""
            self._ready.register(client, selectors.EVENT_READ, client)
            with suppress(OSError):
                client.sendall(sent)
        self._began = time.perf_counter()

    def wait(self, patience_s: float) -> None:
        while self.waiting and time.perf_counter() < self._began + patience_s:
            for key, _ in self._ready.select(0.1):
                self._read(key.data)

    def close(self) -> None:
        for client in self.waiting:
            client.close()
        self._ready.close()

    def _read(self, client: socket.socket) -> None:
        try:
            piece = client.recv(65_536)
        except ConnectionError:
            piece = b""
        self.waiting[client] += piece
        if not piece:
            self.endings[str(status_of(self.waiting.pop(client)) or "closed")] += 1
            self.open_for = time.perf_counter() - self._began
            self._ready.unregister(client)
            client.close()


def _said(endings: Counter[str]) -> str:
    return ", ".join(f"{count} × {ending}" for ending, count in endings.items() if count)
