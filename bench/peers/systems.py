"""The systems that are compared, each a server on one core that is asked over HTTP, and the served
encoder alone.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from subprocess import Popen
from time import perf_counter
from typing import Any
from urllib.parse import quote

from bench.peers.preparing import PYTHON, SURROUNDINGS
from bench.service import PORT, running

TOP_K = 5
"""Passages that every system returns, with their texts."""

CORES = sorted(os.sched_getaffinity(0))
SERVERS, CLIENTS = CORES[:1], CORES[-1:]


@dataclass(frozen=True, slots=True)
class Reply:
    """found: ids of passages, best first; None where the question failed."""

    took_ms: float
    found: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class System:
    """path: what a question is asked at. passages: where a response holds them. app: the module of
    `bench.peers` that serves a peer; none is this service.
    """

    name: str
    label: str
    port: int
    path: str
    passages: Callable[[Any], list[dict[str, Any]]]
    app: str | None = None

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str | Path]:
        port = ["--port", str(self.port)]
        if self.app is None:
            return [sys.executable, "-m", "qa_service", "serve", *port]
        served = ["-m", "uvicorn", "--factory", f"bench.peers.{self.app}:create"]
        return [PYTHON, *served, *port, "--log-level", "warning"]

    def question(self, text: str) -> str:
        return f"{self.path}?q={quote(text)}&top_k={TOP_K}"

    @contextmanager
    def served(self) -> "Iterator[Served]":
        """Started, and ready when it has answered a question; then this process asks from the
        clients' core.
        """
        unlimited = {"QA_RATE_LIMIT": "off", "QA_JOURNAL": "off", "QA_WORKERS": "1"}
        os.sched_setaffinity(0, SERVERS)  # inherited
        began = perf_counter()
        ready = self.host + self.question("готовність")
        with running(self.command(), ready, SURROUNDINGS | unlimited) as process:
            start_s = perf_counter() - began
            os.sched_setaffinity(0, CLIENTS)
            yield Served(self, process, start_s)

    def connect(self) -> "Client":
        return Client(self)


@dataclass(frozen=True, slots=True)
class Served:
    """A system that runs. start_s: from its command to its first answer."""

    system: System
    process: Popen[bytes]
    start_s: float

    def cpu_s(self) -> float:
        """What its process has taken of the processor so far, in hundredths of a second."""
        after_name = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        user, system = after_name[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


class Client:
    """One connection, kept open, as a channel keeps it."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._connection = HTTPConnection("127.0.0.1", system.port)

    def ask(self, question: str) -> Reply:
        took_ms, body = self.get(self._system.question(question))
        if body is None:
            return Reply(took_ms, None)
        passages = self._system.passages(json.loads(body))
        return Reply(took_ms, tuple(dict.fromkeys(one["id"] for one in passages)))

    def get(self, path: str) -> tuple[float, bytes | None]:
        """Milliseconds, and the body of a good response."""
        began, body = perf_counter(), None
        try:
            self._connection.request("GET", path)
            response = self._connection.getresponse()
            read = response.read()
            body = read if response.status == HTTPStatus.OK else None
        except (OSError, HTTPException):
            self._connection.close()
        return (perf_counter() - began) * 1000, body


def ours() -> System:
    return System("ours", "this service", PORT, "/v1/ask", lambda body: body["passages"])


def peers() -> list[System]:
    apps = (
        ("faiss", "SentenceTransformer + FAISS", "faiss_app"),
        ("haystack", "Haystack hybrid", "haystack_app"),
        ("txtai", "txtai hybrid", "txtai_app"),
    )
    return [
        System(name, label, PORT + number, "/ask", lambda body: body, app)
        for number, (name, label, app) in enumerate(apps, 1)
    ]
