"""How the service behaves when more is asked than it can answer.

`python -m bench.overload` finds the saturation throughput (four clients, each asks again as soon as
it has its answer), then asks at fixed times, whatever becomes of the answers, at 2 and 10 times
that rate; five rounds of these three, so that a machine that slows down does so for all. Every
request has a connection of its own; a client gives up after two seconds and closes it. No question
repeats, so the cache of answers does not help; dear and cheap ones are mixed. Bars:

- goodput (answers within two seconds) at 2x and 10x: at least 90 % and 85 % of saturation;
- a refusal (503) takes at most 10 ms at the median and says Retry-After;
- /healthz, asked ten times a second meanwhile, takes at most 100 ms;
- no answer is computed for a client that has gone.

Where there are several cores, the clients have the last one and the service the others. Where
`sent late` is not small, the clients themselves lag behind, and times are theirs too.
"""

import asyncio
import math
import os
import resource
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.client import HTTPException
from itertools import cycle
from pathlib import Path
from random import Random
from subprocess import Popen
from urllib.parse import quote
from urllib.request import urlopen

import numpy as np
import uvloop

from bench.service import HOST, PORT, running_service
from qa_service.documents.questions import load_questions
from qa_service.settings import load_settings

CLIENTS, TIMES, ROUNDS = 4, (2, 10), 5
PATIENCE_SECONDS, PROBES_A_SECOND = 2.0, 10

_ADDRESS = "127.0.0.1"
_PROBE_TIMEOUT, _IDLE_TIMEOUT = 10.0, 120.0
_IDLE_STEP, _IDLE_SHARE = 0.5, 0.1  # of a core
ANSWERS, CACHED = "qa_answers_total", "qa_cached_answers_total"


@dataclass
class Phase:
    """What became of the requests of one phase, over all rounds; times in milliseconds.

    seconds: of one round.
    """

    name: str
    seconds: float
    rounds: int = 0
    sent: int = 0
    late: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    answered_meanwhile: int = 0  # not after the time of sending, which rates are over
    refused: list[float] = field(default_factory=list)
    without_retry_after: int = 0
    given_up: int = 0
    others: Counter[str] = field(default_factory=Counter)
    healthz: list[float] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    idle_after: float = 0.0
    core_seconds: float = 0.0
    ends: float = 0.0

    @property
    def rate(self) -> float:
        return self.answered_meanwhile / self.total_seconds

    @property
    def core(self) -> float:
        """Share of a core that the service had. Less than at saturation: others took it."""
        return self.core_seconds / self.total_seconds

    @property
    def total_seconds(self) -> float:
        return self.seconds * self.rounds


Load = Callable[[Phase], Coroutine[object, None, None]]


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("--seconds", type=float, default=4.0, help="of each phase in a round")
    seconds = parser.parse_args().seconds
    phases = measure(seconds)
    cores = len(os.sched_getaffinity(0))
    print(f"{cores} cores, {ROUNDS} rounds, {seconds:g} seconds a phase\n")
    print_table(phases)


def measure(seconds: float) -> list[Phase]:
    """Saturation, and one phase for each of `TIMES`; `seconds` each, in `ROUNDS` rounds."""
    raise_limit_of_files()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:-1] or cores)
    asked = distinct_questions()
    try:
        with running_service(QA_WORKERS="1") as service, ProcessPoolExecutor(1) as probing:
            os.sched_setaffinity(0, cores[-1:])
            probing.submit(probe, 0.0).result()  # apart from the busy clients; starts now
            under = partial(measured, service, probing)
            in_turn = partial(ask_in_turn, asked)
            under(Phase("warm-up", seconds), in_turn)
            saturation = Phase("saturation", seconds)
            overloads = {times: Phase(f"{times}x", seconds) for times in TIMES}
            for _ in range(ROUNDS):
                before = saturation.answered_meanwhile
                under(saturation, in_turn)
                rate = (saturation.answered_meanwhile - before) / seconds
                for times, phase in overloads.items():
                    under(phase, partial(ask_at_fixed_times, asked, times * rate))
    finally:
        os.sched_setaffinity(0, cores)
    return [saturation, *overloads.values()]


def raise_limit_of_files() -> None:
    """As many connections as the system allows this process."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def distinct_questions() -> Iterator[str]:
    """Endless, the same each time; the number makes each another one for the cache."""
    questions = load_questions(load_settings().corpus / "questions" / "dev.jsonl")
    Random(0).shuffle(questions)
    for number, question in enumerate(cycle(questions)):
        yield f"{question.question} {number}"


def measured(service: Popen[bytes], probing: Executor, phase: Phase, load: Load) -> None:
    """A round of the phase, until the service has nothing left to do."""
    before = service_counts()
    probes = probing.submit(probe, phase.seconds)
    phase.ends, used = time.perf_counter() + phase.seconds, core_seconds(service)
    uvloop.run(load(phase))
    phase.core_seconds += core_seconds(service) - used
    phase.rounds += 1
    phase.healthz += probes.result()
    wait_until_idle(service)
    phase.idle_after = max(phase.idle_after, time.perf_counter() - phase.ends)
    phase.counted += service_counts() - before


async def ask_in_turn(asked: Iterator[str], phase: Phase) -> None:
    """Closed loop."""

    async def client() -> None:
        while time.perf_counter() < phase.ends:
            await ask(next(asked), phase)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))


async def ask_at_fixed_times(asked: Iterator[str], rate: float, phase: Phase) -> None:
    """Open loop. Clients that cannot keep the pace send fewer, and the table says so."""
    async with asyncio.TaskGroup() as clients:
        for number in range(math.ceil(rate * phase.seconds)):
            due = phase.ends - phase.seconds + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if (now := time.perf_counter()) >= phase.ends:
                break
            phase.late.append((now - due) * 1000)
            clients.create_task(ask(next(asked), phase))


async def ask(question: str, phase: Phase) -> None:
    """Ask once and note what came of it."""
    phase.sent += 1
    began = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            status, head = await exchange(f"/v1/ask?q={quote(question)}")
    except TimeoutError:
        phase.given_up += 1
        return
    except (OSError, EOFError, ValueError) as error:
        phase.others[type(error).__name__] += 1
        return
    took_ms = (time.perf_counter() - began) * 1000
    if status == HTTPStatus.OK:
        phase.answered.append(took_ms)
        phase.answered_meanwhile += time.perf_counter() < phase.ends
    elif status == HTTPStatus.SERVICE_UNAVAILABLE:
        phase.refused.append(took_ms)
        phase.without_retry_after += b"\r\nretry-after:" not in head
    else:
        phase.others[str(status)] += 1


async def exchange(target: str) -> tuple[int, bytes]:
    """Status and head of a response that came whole. Raises OSError, EOFError, ValueError."""
    reader, writer = await asyncio.open_connection(_ADDRESS, PORT)
    try:
        request = f"GET {target} HTTP/1.1\r\nHost: {_ADDRESS}:{PORT}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    head = head.lower() + b"\r\n"
    if b"\r\ncontent-length: %d\r\n" % len(body) not in head:
        raise EOFError("cut short")
    return int(head.split()[1]), head


def probe(seconds: float) -> list[float]:
    """Milliseconds from when each look at /healthz was due; infinite where it got no answer."""
    started, times = time.perf_counter(), []
    for number in range(int(seconds * PROBES_A_SECOND)):
        due = started + number / PROBES_A_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        try:
            with urlopen(f"{HOST}/healthz", timeout=_PROBE_TIMEOUT) as response:
                response.read()
            times.append((time.perf_counter() - due) * 1000)
        except (OSError, HTTPException):
            times.append(math.inf)
    return times


def service_counts() -> Counter[str]:
    """The service's own counters, all labels summed."""
    counts: Counter[str] = Counter()
    with urlopen(f"{HOST}/metrics", timeout=_IDLE_TIMEOUT) as response:
        for line in response.read().decode().splitlines():
            name = line.partition("{")[0].partition(" ")[0]
            if name in (ANSWERS, CACHED):
                counts[name] += int(float(line.split()[-1]))
    return counts


def wait_until_idle(service: Popen[bytes]) -> None:
    """Until its process takes hardly any time, for two minutes at most."""
    deadline, before, now = time.perf_counter() + _IDLE_TIMEOUT, -math.inf, 0.0
    while now - before > _IDLE_SHARE * _IDLE_STEP and time.perf_counter() < deadline:
        time.sleep(_IDLE_STEP)
        before, now = now, core_seconds(service)


def core_seconds(service: Popen[bytes]) -> float:
    """What its process has used so far."""
    fields = Path(f"/proc/{service.pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def print_table(phases: Sequence[Phase]) -> None:
    saturation = phases[0].rate or math.nan
    rows: Sequence[tuple[str, Callable[[Phase], object]]] = (
        ("", lambda one: one.name),
        ("sent/s", lambda one: f"{one.sent / one.total_seconds:.1f}"),
        ("  sent late, p99 ms", lambda one: percentiles(one.late, 99)),
        ("answered/s, within 2 s", lambda one: f"{one.rate:.1f}"),
        ("  % of saturation", lambda one: f"{100 * one.rate / saturation:.1f}"),
        ("  p50 / p99 ms", lambda one: percentiles(one.answered, 50, 99)),
        ("share of a core it had", lambda one: f"{one.core:.2f}"),
        ("  from the cache", lambda one: one.counted[CACHED]),
        ("refused (503)", lambda one: len(one.refused)),
        ("  p50 / p99 ms", lambda one: percentiles(one.refused, 50, 99)),
        ("  without Retry-After", lambda one: one.without_retry_after),
        ("given up, no reply in 2 s", lambda one: one.given_up),
        ("other statuses, resets", lambda one: one.others.total()),
        ("/healthz p99 / worst ms", lambda one: percentiles(one.healthz, 99, 100)),
        ("computed for nobody", lambda one: one.counted[ANSWERS] - len(one.answered)),
        ("idle again after s", lambda one: f"{one.idle_after:.1f}"),
    )
    for name, cell in rows:
        print(f"{name:<26}" + "".join(f"{cell(phase)!s:>18}" for phase in phases))
    print("others:", {one.name: dict(one.others) for one in phases if one.others} or "none")


def percentiles(times: Sequence[float], *percents: int) -> str:
    found = np.percentile(times, percents, method="higher") if times else ()
    return " / ".join(f"{one:.1f}" for one in found) or "-"


if __name__ == "__main__":
    main()
