"""How chats hold up: the real service and index between a Telegram that fails and people who all
write at once.

`PYTHONPATH=tests python -m bench.channels` delivers 5,000 updates of as many people, 100 a second
over 40 connections as Telegram has them, a tenth of them twice and a tenth late; a tenth of the
calls that carry replies is refused with 429 or 502, hangs, or is cut. Then a thousand people have a
chat of three turns each, all at once. What each should read is what somebody read who wrote the
same in a quiet hour before. Bars: 0 lost, 0 doubled, no chat that reads otherwise, 95 % of
deliveries acknowledged within 50 ms.
"""

import asyncio
import json
import logging
import os
import time
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from math import inf
from pathlib import Path
from random import Random
from secrets import token_hex
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import httpx2
import numpy as np
from starlette.types import Scope
from support.platforms.deliveries import Ack, Delivery, disturbed
from support.platforms.faults import BAD_GATEWAY, CUT, Fault, Faults, hanging
from support.platforms.telegram import TOKEN, Telegram, Webhook
from support.platforms.telegram_calls import Refused
from support.platforms.telegram_citizen import Citizen

from bench.service import HOST, running_service
from bench.speed import processor
from qa_service.channels.inbox import RETRY_AFTER_S
from qa_service.documents.questions import load_questions
from qa_service.settings import load_settings

UPDATES, A_SECOND, CONNECTIONS = 5_000, 100.0, 40
CHATS, TURNS = 1_000, 3
QUESTIONS, SCRIPTS = 250, 200
"""Different ones; the same is asked by several people."""

BAR_MS = 50.0
SECRET = "a-secret_of-40-characters-ABCDEFGHIJKLMN"
HOOK = "/channels/telegram"
REPLIES, FAILURES = "qa_chat_reply_seconds_count", "qa_chat_store_failures_total"
STALLED_S, HANGS_S = 120.0, 12.0

_TOO_FAST = Refused(429, "Too Many Requests: retry after 1", 1)
FAULTS: dict[str, tuple[Fault | None, float]] = {
    "taken": (None, 0.90),
    "429": (Fault(429, bytes(_TOO_FAST.response().body)), 0.04),
    "502": (BAD_GATEWAY, 0.03),
    "cut": (CUT, 0.02),
    "hung": (hanging(HANGS_S), 0.01),
}
"""Which share of the calls meets what; no fault takes effect."""


class Unreliable(Faults):
    """Fails at random, once it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.met: Counter[str] = Counter()
        self.is_on = False
        self._random = Random(17)

    def _next(self, scope: Scope) -> Fault | None:
        if not self.is_on or not scope["path"].endswith("/sendMessage"):
            return None
        [met] = self._random.choices(list(FAULTS), [share for _, share in FAULTS.values()])
        self.met[met] += 1
        return FAULTS[met][0]


@dataclass
class World:
    """The platform, its people, and the service that it delivers to. delivered: so far."""

    platform: Telegram
    posting: Executor
    delivered: int = 0
    ids: Iterator[int] = field(default_factory=lambda: count(5_000_001))

    def people(self, number: int) -> list[Citizen]:
        return [Citizen(self.platform, next(self.ids)) for _ in range(number)]

    def deliver(self, deliveries: Sequence[Delivery], a_second: float = inf) -> list[Ack]:
        """All of them, until each is taken and has its reply."""
        acks = self.posting.submit(posted, deliveries, a_second).result()
        self.delivered += len({one.id for one in deliveries})
        self._wait_for_replies()
        return acks

    def read(self) -> dict[int, list[str]]:
        """What everybody read so far."""
        found = defaultdict(list)
        for message in self.platform.chats.sent:
            found[message.chat].append(message.text)
        return found

    def _wait_for_replies(self) -> None:
        """Where some never come, so long that none is under way any more."""
        done, since = -1, time.monotonic()
        while done < self.delivered and time.monotonic() < since + STALLED_S:
            if (now := counted(REPLIES)) > done:
                done, since = now, time.monotonic()
            time.sleep(0.1)


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("--updates", type=int, default=UPDATES)
    parser.add_argument("--a-second", type=float, default=A_SECOND, help="updates")
    parser.add_argument("--chats", type=int, default=CHATS)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--state", default="memory", help="as QA_CHANNELS_STATE")
    wanted = parser.parse_args()
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)  # it tells of each answer that is cut
    print(f"{processor()}, {os.cpu_count()} cores for service, Telegram and its people\n")
    with world(wanted.state, wanted.workers) as it:
        storm(it, wanted.updates, wanted.a_second)
        at_once(it, wanted.chats)
        where = wanted.state.partition(":")[0]
        print(f"\nworkers: {wanted.workers}; chats are known in: {where}")
        row("exchanges that failed", counted(FAILURES), 0)


@contextmanager
def world(state: str, workers: int) -> Iterator[World]:
    platform = Telegram(faults=Unreliable())
    platform.webhook = Webhook(HOST + HOOK, SECRET)
    with (
        platform.served() as address,
        ProcessPoolExecutor(1) as posting,
        TemporaryDirectory(prefix="qa_service-bench-") as folder,
    ):
        settings = {
            "QA_CHANNELS_STATE": state,
            "QA_SESSION_SECRET": token_hex(),  # a store knows nobody of an earlier run
            "QA_JOURNAL": f"sqlite:///{folder}/journal.sqlite" if state == "journal" else "off",
            "QA_TELEGRAM_TOKEN": TOKEN,
            "QA_TELEGRAM_SECRET": SECRET,
            "QA_TELEGRAM_URL": address,
            "QA_WORKERS": str(workers),
            "QA_ANSWER_DEADLINE_MS": "60000",  # a busy machine would leave parts out
        }
        with running_service(None, **settings):
            yield World(platform, posting)


def storm(it: World, updates: int, a_second: float) -> None:
    """One message of each of so many people."""
    asked = [one.question for one in load_questions(_questions("dev"))][:QUESTIONS]
    readers = it.people(len(asked))
    it.deliver([one.writes(text) for one, text in zip(readers, asked, strict=True)])
    calm = it.read()
    expected = [calm[one.id] for one in readers]
    people = it.people(updates)
    wrote = [one.writes(asked[number % len(asked)]) for number, one in enumerate(people)]
    deliveries, faults = disturbed(wrote), it.platform.faults
    assert isinstance(faults, Unreliable)
    faults.is_on = True
    began = time.perf_counter()
    acks = it.deliver(deliveries, a_second)
    took_s = time.perf_counter() - began
    faults.is_on = False
    read = it.read()
    pairs = [(expected[n % len(asked)], read[one.id]) for n, one in enumerate(people)]
    repeats = len(deliveries) - updates
    print(f"{updates} updates, {repeats} of them twice, a tenth late; {a_second:g} a second")
    row("calls by what became of them", dict(faults.met))
    row("refused as 2,000 waited, came again", sum(one.status != HTTPStatus.OK for one in acks))
    row("lost", sum(len(got) < len(wanted) for wanted, got in pairs), 0)
    row("doubled", sum(len(got) > len(wanted) for wanted, got in pairs), 0)
    row("read otherwise", sum(sorted(got) != sorted(wanted) for wanted, got in pairs), 0)
    taken_ms = [ack.seconds * 1000 for ack in acks if ack.status == HTTPStatus.OK]
    p50, p95, worst = np.percentile(taken_ms, (50, 95, 100))
    row("acknowledged, p50 ms", f"{p50:.1f}")
    row("acknowledged, p95 ms", f"{p95:.1f}", BAR_MS)
    row("acknowledged, worst ms", f"{worst:.1f}")
    row("replied to a second", f"{updates / took_s:.0f}")


def at_once(it: World, chats: int) -> None:
    """A turn of everybody, then the next of everybody."""
    scripts = [
        [turn["text"] for turn in json.loads(line)["turns"][:TURNS]]
        for line in _questions("dialogues-chat").read_text("utf-8").splitlines()
    ][:SCRIPTS]
    readers, people = it.people(len(scripts)), it.people(chats)
    for turn in range(TURNS):
        it.deliver([one.writes(script[turn]) for one, script in zip(readers, scripts, strict=True)])
    for turn in range(TURNS):
        it.deliver([one.writes(scripts[n % len(scripts)][turn]) for n, one in enumerate(people)])
    read = it.read()
    mixed = sum(
        read[one.id] != read[readers[number % len(scripts)].id] for number, one in enumerate(people)
    )
    print(f"\n{chats} chats of {TURNS} turns at once")
    row("chats that read otherwise", mixed, 0)


def row(name: str, value: object, bar: float | None = None) -> None:
    print(f"  {name:<38}{value!s:<24}{'' if bar is None else f'bar {bar:g}'}")


def posted(deliveries: Sequence[Delivery], a_second: float) -> list[Ack]:
    """Begun in this order, over as many connections as Telegram has; each until it is taken."""
    return asyncio.run(_posted(deliveries, a_second))


async def _posted(deliveries: Sequence[Delivery], a_second: float) -> list[Ack]:
    acks, waiting, start = list[Ack](), iter(enumerate(deliveries)), time.perf_counter()

    async def connection(client: httpx2.AsyncClient) -> None:
        for number, delivery in waiting:
            await asyncio.sleep(max(0.0, start + number / a_second - time.perf_counter()))
            while (ack := await _post(client, delivery)).status != HTTPStatus.OK:
                acks.append(ack)
                await asyncio.sleep(RETRY_AFTER_S)
            acks.append(ack)

    async with httpx2.AsyncClient(base_url=HOST, timeout=60, trust_env=False) as client:
        await asyncio.gather(*(connection(client) for _ in range(CONNECTIONS)))
    return acks


async def _post(client: httpx2.AsyncClient, delivery: Delivery) -> Ack:
    """Status None where the service had just closed the connection, which stood idle."""
    began, status = time.perf_counter(), None
    with suppress(httpx2.TransportError):
        answer = await client.post(HOOK, content=delivery.body, headers=delivery.headers)
        status = answer.status_code
    return Ack(delivery.id, status, time.perf_counter() - began)


def counted(metric: str) -> int:
    """By the service itself, of every label."""
    with urlopen(f"{HOST}/metrics", timeout=60) as response:
        lines = response.read().decode().splitlines()
    named = (line for line in lines if line.startswith((f"{metric} ", f"{metric}{{")))
    return sum(int(float(line.split()[-1])) for line in named)


def _questions(name: str) -> Path:
    return load_settings().corpus / "questions" / f"{name}.jsonl"


if __name__ == "__main__":
    main()
