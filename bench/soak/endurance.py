"""Many requests of all kinds to one process: what it holds afterwards."""

import json
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from urllib.parse import quote

from bench.overload import distinct_questions
from bench.soak.findings import Finding
from bench.soak.target import Target, attacked
from bench.soak.wire import ADDRESS, answer_ids, get, status_of

REQUESTS, WARM_UP, CLIENTS, STEP = 1_000_000, 60_000, 4, 10_000
MOST_GROWTH = 2.0  # percent
_REPEATED = 500
_KIND = "Content-Type: application/json\r\n"
_BAD = (
    ("GET /nowhere", ""),
    ("GET /v1/ask", ""),
    ("GET /v1/ask?q=x&top_k=99", ""),
    ("POST /v1/ask", '{"question":'),
    ("POST /v1/ask", '{"question":1,"wings":2}'),
    ("POST /v1/ask", '{"question":"' + "я" * 1_001 + '"}'),
    ("POST /v1/feedback", '{"answer_id":"x","helpful":true}'),
    ("GET /v1/services/nothing", ""),
    ("DELETE /v1/ask", ""),
    ("GET /v1/ask?q=%ff%00", ""),
)


def run(requests: int = REQUESTS) -> Iterator[Finding]:
    """After as much warm-up as fills the caches, or half of the requests where they are few."""
    warm_up = min(WARM_UP, requests // 2)
    with TemporaryDirectory() as folder:
        journal = f"sqlite:///{Path(folder) / 'journal.sqlite'}"
        with attacked(QA_JOURNAL=journal) as target:
            traffic = _Traffic(target)
            traffic.send(warm_up)
            before = _held(target)
            traffic.send(requests - warm_up)
            after = _held(target)
    growth = 100 * (after[0] / before[0] - 1)
    yield Finding(
        f"{requests:,} requests, memory after the first {warm_up:,}",
        f"≤ +{MOST_GROWTH:g} %",
        f"{growth:+.1f} %: {before[0]:.0f} to {after[0]:.0f} MB",
        growth <= MOST_GROWTH,
    )
    for name, earlier, later in zip(("descriptors", "threads"), before[1:], after[1:], strict=True):
        yield Finding(name, "no growth", f"{earlier:.0f} to {later:.0f}", later <= earlier)
    faults = {status: number for status, number in traffic.statuses.items() if status >= 500}
    said = ", ".join(f"{number} × {status}" for status, number in traffic.statuses.most_common())
    yield Finding("statuses", "no 5xx, none without reply", said, not faults and traffic.is_whole)


def _held(target: Target) -> tuple[float, float, float]:
    """Memory, descriptors, threads, with nobody connected."""
    get("/healthz")
    return target.memory_mb(), target.descriptors(), target.threads()


class _Traffic:
    """Four clients, each on a connection that it keeps: of ten requests four questions that nobody
    asked before, three that somebody did, a suggestion, feedback and something wrong.
    """

    def __init__(self, target: Target) -> None:
        self.statuses: Counter[int] = Counter()
        self._target = target
        self._lock, self._sent = Lock(), 0
        self._asked = distinct_questions()
        self._again = list(islice(distinct_questions(), _REPEATED))
        self._ids: list[str] = []

    @property
    def is_whole(self) -> bool:
        return not self.statuses[0]

    def send(self, count: int) -> None:
        for begin in range(0, count, STEP):
            step = min(STEP, count - begin)
            self._ids = answer_ids(step // 10 + CLIENTS)
            with ThreadPoolExecutor(CLIENTS) as clients:
                for statuses in clients.map(self._client, _shares(step)):
                    self.statuses += statuses
            self._sent += step
            held = "{:.1f} MB, {:.0f} descriptors, {:.0f} threads".format(*_held(self._target))
            print(f"  {self._sent:,} requests: {held}", file=sys.stderr, flush=True)

    def _client(self, count: int) -> Counter[int]:
        statuses: Counter[int] = Counter()
        with socket.create_connection(ADDRESS, 30) as client:
            for number in range(count):
                client.sendall(self._request(number))
                statuses[_read_reply(client)] += 1
        return statuses

    def _request(self, number: int) -> bytes:
        kind = number % 10
        if kind < 4:
            with self._lock:
                question = next(self._asked)
            body = json.dumps({"question": question})
            return _bytes("POST /v1/ask", body)
        if kind < 7:
            return _bytes(f"GET /v1/ask?q={quote(self._again[number % _REPEATED])}", "")
        if kind == 7:
            return _bytes(f"GET /v1/suggest?q={quote(self._again[number % _REPEATED][:9])}", "")
        if kind == 8:
            with self._lock:
                answer_id = self._ids.pop()
            said = {"answer_id": answer_id, "helpful": False, "comment": "не те, 0501234567"}
            return _bytes("POST /v1/feedback", json.dumps(said))
        return _bytes(*_BAD[number // 10 % len(_BAD)])


def _shares(count: int) -> list[int]:
    return [count // CLIENTS + (number < count % CLIENTS) for number in range(CLIENTS)]


def _bytes(line: str, body: str) -> bytes:
    content = body.encode()
    length = f"{_KIND}Content-Length: {len(content)}\r\n" if body else ""
    return f"{line} HTTP/1.1\r\nHost: qa.test\r\n{length}\r\n".encode() + content


def _read_reply(client: socket.socket) -> int:
    """Status of one response with a length; 0 where it does not come whole."""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (piece := client.recv(65_536)):
            return 0
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:])
    left = int(fields[b"content-length"]) - len(body)
    while left > 0:
        if not (piece := client.recv(65_536)):
            return 0
        left -= len(piece)
    return status_of(received)
