"""HTTP by hand: what a polite library would refuse to send, and questions asked meanwhile."""

import json
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import numpy as np
from prometheus_client.parser import text_string_to_metric_families

from bench.overload import distinct_questions
from bench.service import HOST, PORT

ADDRESS = ("127.0.0.1", PORT)
_PIECE = 65_536
_SPAWN = get_context("spawn")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. status: 0 where nothing did. ending: `closed`, `reset` or `silent`, where the
    server kept the connection and said nothing more. taken: bytes that could be sent.
    """

    status: int
    raw: bytes
    ending: str
    seconds: float
    taken: int

    @property
    def head(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[0].lower()

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]


def exchange(request: bytes, patience_s: float = 15.0) -> Reply:
    """Send and read at the same time, until the server closes or is silent for `patience_s`."""
    began, left, received, ending = time.perf_counter(), memoryview(request), b"", "silent"
    with socket.create_connection(ADDRESS, patience_s) as client:
        client.setblocking(False)
        with selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ | selectors.EVENT_WRITE)
            try:
                while found := ready.select(patience_s):
                    if found[0][1] & selectors.EVENT_READ:
                        if not (piece := client.recv(_PIECE)):
                            ending = "closed"
                            break
                        received += piece
                    elif left:
                        left = left[client.send(left[:_PIECE]) :]
                    else:
                        ready.modify(client, selectors.EVENT_READ)
            except ConnectionError:
                ending = "reset"
    seconds = time.perf_counter() - began
    return Reply(status_of(received), received, ending, seconds, len(request) - len(left))


def status_of(received: bytes) -> int:
    words = received.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def get(path: str, headers: str = "") -> Reply:
    return exchange(f"GET {path} HTTP/1.1\r\n{_COMMON}{headers}\r\n".encode())


def post(path: str, body: object) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\n{_COMMON}Content-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return exchange(head.encode() + content)


_COMMON = "Host: qa.test\r\nConnection: close\r\n"


def counted(metric: str, **labels: str) -> float:
    """A counter of the service, summed over the labels that are not named."""
    with urlopen(f"{HOST}/metrics", timeout=30) as response:
        families = text_string_to_metric_families(response.read().decode())
    samples = (sample for one in families for sample in one.samples if sample.name == metric)
    return sum(one.value for one in samples if labels.items() <= one.labels.items())


@dataclass
class Asked:
    """Questions of one load: when each was sent (seconds, monotonic), how long it took (ms), and
    its status or what went wrong.
    """

    at: list[float] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)

    @property
    def errors(self) -> Counter[str]:
        return Counter(one for one in self.outcomes if one != "200")

    @property
    def worst(self) -> float:
        return max(self.ms, default=float("nan"))

    def percentile(self, percent: float) -> float:
        return float(np.percentile(self.ms, percent)) if self.ms else float("nan")

    def said_errors(self) -> str:
        found = ", ".join(f"{count} × {name}" for name, count in self.errors.items())
        return f"{len(self.outcomes)} asked, errors: {found or 0}"


@contextmanager
def questions_meanwhile(a_second: float) -> Iterator[Asked]:
    """Questions from a process of its own, each on a new connection, none twice; what became of
    them is known when this is left.
    """
    stop, (result, results) = _SPAWN.Event(), _SPAWN.Pipe(duplex=False)
    asking = _SPAWN.Process(target=_ask_until, args=(stop, results, a_second), daemon=True)
    asking.start()
    result.recv()
    asked = Asked()
    try:
        yield asked
    finally:
        stop.set()
        asked.at, asked.ms, asked.outcomes = result.recv()
        asking.join()


def _ask_until(stop: Event, results: "Connection[Any, Any]", a_second: float) -> None:
    questions, asked = distinct_questions(), Asked()
    for _ in range(5):
        next(questions)
    results.send(None)
    while not stop.is_set():
        began = time.perf_counter()
        asked.at.append(began)
        asked.outcomes.append(_outcome(f"/v1/ask?q={quote(next(questions))}"))
        took = time.perf_counter() - began
        asked.ms.append(took * 1000)
        stop.wait(max(0.0, 1 / a_second - took))
    results.send((asked.at, asked.ms, asked.outcomes))


def _outcome(path: str) -> str:
    try:
        reply = get(path)
    except OSError as error:
        return type(error).__name__
    return str(reply.status or reply.ending)


def answer_ids(count: int) -> list[str]:
    """Ids of as many answers to one question."""
    found: list[str] = []
    while len(found) < count:
        reply = post("/v1/ask/batch", {"questions": ["скільки коштує обмін прав"] * 64})
        answers: list[Mapping[str, str]] = json.loads(reply.body)["answers"]
        found += [one["answer_id"] for one in answers]
    return found[:count]
