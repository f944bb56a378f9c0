"""SIGTERM while clients are in the middle of something."""

import asyncio
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import groupby
from subprocess import TimeoutExpired
from urllib.parse import quote

import uvloop

from bench.overload import distinct_questions
from bench.soak.findings import Finding
from bench.soak.target import Target, attacked, is_running
from bench.soak.wire import ADDRESS, status_of

END_S, RATE, BEFORE_S = 10.0, 100, 2.0
_GIVE_UP_S, _GRACE_S = 25.0, 1.0
_HEAD = b"POST /v1/ask HTTP/1.1\r\nHost: qa.test\r\nContent-Type: application/json\r\n"


@dataclass
class Load:
    """answered: by status. unanswered: sent in full on an accepted connection, and no response.
    not_accepted: the connection was refused.
    """

    answered: Counter[int] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)
    not_accepted: int = 0
    readyz: list[int] = field(default_factory=list)


def run() -> Iterator[Finding]:
    for workers in ("1", "2"):
        named = "1 worker" if workers == "1" else f"{workers} workers"
        yield _stopped(f"{named}, a client in mid-body", workers, _in_mid_body)
        yield _stopped(f"{named}, a client that never reads", workers, _never_reading)
        yield from _under_load(named, workers)


def _stopped(what: str, workers: str, holding: Callable[[ExitStack], None]) -> Finding:
    with attacked(QA_WORKERS=workers) as target, ExitStack() as held:
        holding(held)
        time.sleep(0.5)
        target.process.send_signal(signal.SIGTERM)
        return _ended(what, target, time.perf_counter())


def _ended(what: str, target: Target, told: float) -> Finding:
    others = target.pids()[1:]
    with suppress(TimeoutExpired):
        target.process.wait(_GIVE_UP_S)
    took, code = time.perf_counter() - told, target.process.returncode
    time.sleep(_GRACE_S)
    left = [pid for pid in others if is_running(pid)]
    ended = "not ended" if code is None else f"{took:.1f} s, code {code}"
    return Finding(
        f"SIGTERM, {what}: ended",
        f"≤ {END_S:g} s, code 0",
        f"{ended}, {len(left)} processes left, {target.tracebacks()} tracebacks",
        code == 0 and took <= END_S and not left and not target.tracebacks(),
    )


def _in_mid_body(held: ExitStack) -> None:
    client = held.enter_context(socket.create_connection(ADDRESS))
    client.sendall(_HEAD + b"Content-Length: 100\r\n\r\n{")


def _never_reading(held: ExitStack) -> None:
    """Answers that fill the buffers of both sides."""
    client = held.enter_context(socket.socket())
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.connect(ADDRESS)
    client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: qa.test\r\n\r\n" * 300)


def _under_load(named: str, workers: str) -> Iterator[Finding]:
    with attacked(QA_WORKERS=workers) as target:
        load, told = uvloop.run(_ask_and_stop(target))
        yield _ended(f"{named}, {RATE} questions a second", target, told)
    yield Finding(
        f"SIGTERM, {named}, {RATE} questions a second: accepted and not answered",
        "0",
        f"{dict(load.unanswered) or 0}; answered {dict(load.answered)}, "
        f"{load.not_accepted} not accepted any more",
        not load.unanswered,
    )
    seen = ", ".join(
        f"{status or 'none'} × {len(list(same))}" for status, same in groupby(load.readyz)
    )
    yield Finding(
        f"SIGTERM, {named}: /readyz from then on", "503 while draining", seen, 503 in load.readyz
    )


async def _ask_and_stop(target: Target) -> tuple[Load, float]:
    """Open loop, until the process has ended. When SIGTERM was sent, monotonic."""
    load, questions = Load(), distinct_questions()
    started = time.perf_counter()
    told = number = 0
    told_at = 0.0
    async with asyncio.TaskGroup() as clients:
        while target.process.poll() is None and time.perf_counter() < started + _GIVE_UP_S:
            await asyncio.sleep(max(0.0, started + number / RATE - time.perf_counter()))
            number += 1
            clients.create_task(_ask(next(questions), load))
            if not told and time.perf_counter() > started + BEFORE_S:
                told, told_at = 1, time.perf_counter()
                target.process.send_signal(signal.SIGTERM)
            if told:
                clients.create_task(_look(load))
    return load, told_at


async def _ask(question: str, load: Load) -> None:
    try:
        reader, writer = await asyncio.open_connection(*ADDRESS)
    except OSError:
        load.not_accepted += 1
        return
    try:
        writer.write(_request(f"/v1/ask?q={quote(question)}"))
        status = status_of(await asyncio.wait_for(reader.read(), _GIVE_UP_S))
    except (OSError, TimeoutError) as error:
        load.unanswered[type(error).__name__] += 1
    else:
        if status:
            load.answered[status] += 1
        else:
            load.unanswered["closed"] += 1
    finally:
        writer.close()


async def _look(load: Load) -> None:
    try:
        reader, writer = await asyncio.open_connection(*ADDRESS)
        writer.write(_request("/readyz"))
        load.readyz.append(status_of(await reader.read()))
        writer.close()
    except OSError:
        load.readyz.append(0)


def _request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: qa.test\r\nConnection: close\r\n\r\n".encode()
