"""The journal's database fails while people ask questions, which it keeps, and send feedback.

Each trouble is compared with the same load on the same process without trouble.
"""

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import uvloop

from bench.soak.findings import Finding
from bench.soak.target import Target, attacked
from bench.soak.troubles import (
    Trouble,
    deleted_file,
    frozen_server,
    full_disk,
    killed_server,
    locked_file,
)
from bench.soak.wire import ADDRESS, Asked, answer_ids, counted, questions_meanwhile, status_of

SENDERS, EACH_A_SECOND, QUESTIONS_A_SECOND = 60, 2, 10
CALM_S, TROUBLE_S, MENDED_S = 10.0, 12.0, 60.0
ADDED_MS, REPLY_MS = 50, 1_000
_REFUSED, _ACCEPTED = 503, 202
_PRIVATE = (b"sqlite", b"postgres", b"QA_", b"/tmp", b"://", b"journal.")
_FAILURES, _DROPPED = "qa_journal_failures_total", "qa_journal_dropped_total"
_ANSWERS, _CHANGES = "qa_answers_total", "the journal"


@dataclass(frozen=True, slots=True)
class Sent:
    """Feedback on one answer and what came back. status: 0 where nothing did."""

    answer_id: str
    ms: float
    status: int
    reply: bytes


def run() -> Iterator[Finding]:
    makers = [locked_file, deleted_file, frozen_server, killed_server]
    if os.geteuid() == 0:
        makers.insert(2, full_disk)
    for maker in makers:
        with maker() as trouble, attacked(QA_JOURNAL=trouble.url) as target:
            yield from _through(trouble, target)


def _through(trouble: Trouble, target: Target) -> Iterator[Finding]:
    count = int(SENDERS * EACH_A_SECOND * (CALM_S + TROUBLE_S)) + SENDERS
    ids = iter(answer_ids(count))
    with questions_meanwhile(QUESTIONS_A_SECOND) as calm:
        before = uvloop.run(_send_for(CALM_S, ids))
    _wait_until_kept(trouble, before)
    failures, lines = counted(_FAILURES), len(target.logged(_CHANGES))
    before_trouble, answers, dropped = trouble.asked(), counted(_ANSWERS), counted(_DROPPED)
    with trouble.strikes(), questions_meanwhile(QUESTIONS_A_SECOND) as asked:
        sent = uvloop.run(_send_for(TROUBLE_S, ids))
    failures = counted(_FAILURES) - failures
    yield _questions(trouble.name, calm, asked)
    yield from _feedback(trouble.name, sent, failures)
    began = time.perf_counter()
    lost = _wait_until_kept(trouble, sent)
    took = time.perf_counter() - began
    time.sleep(1.0)  # questions wait for others
    yield Finding(
        f"{trouble.name}: accepted meanwhile and lost",
        f"0, {MENDED_S:g} s after",
        f"{lost} of {sum(one.status == _ACCEPTED for one in sent)}, kept after {took:.0f} s",
        not lost,
    )
    yield from _kept_questions(
        trouble, before_trouble, counted(_ANSWERS) - answers, counted(_DROPPED) - dropped
    )
    said = Counter(line["event"] for line in target.logged(_CHANGES)[lines:])
    most = max(said.values(), default=0)
    needs_line = failures > 0
    yield Finding(
        f"{trouble.name}: lines in the log",
        "1 for each change of state",
        "; ".join(f"{number} × {event}" for event, number in said.items()) or "none",
        most <= 1 and (len(said) >= 2 if needs_line else True),
    )


def _questions(name: str, calm: Asked, asked: Asked) -> Finding:
    added = asked.worst - calm.worst
    return Finding(
        f"{name}: questions meanwhile",
        f"0 errors, worst ≤ +{ADDED_MS} ms",
        f"{sum(asked.errors.values())} errors of {len(asked.ms)}, worst {asked.worst:.0f} ms "
        f"({added:+.0f} ms, {asked.worst / calm.worst:.2f}x of calm), p50 "
        f"{asked.percentile(50):.1f} ms ({calm.percentile(50):.1f} calm)",
        added <= ADDED_MS and not asked.errors,
    )


def _feedback(name: str, sent: Sequence[Sent], failures: float) -> Iterator[Finding]:
    statuses = Counter(one.status for one in sent)
    slowest = max(one.ms for one in sent)
    yield Finding(
        f"{name}: feedback queued or refused",
        f"202 or 503 within {REPLY_MS} ms",
        f"{dict(statuses)}, slowest {slowest:.0f} ms",
        set(statuses) <= {_ACCEPTED, _REFUSED} and slowest <= REPLY_MS,
    )
    refused = statuses[_REFUSED]
    yield Finding(
        f"{name}: counted in {_FAILURES}",
        "each refusal",
        f"{failures:.0f} for {refused} refusals",
        failures >= refused,
    )
    telling = {one.reply for one in sent if any(word in one.reply for word in _PRIVATE)}
    yield Finding(
        f"{name}: replies that name files, databases or settings",
        "0",
        f"{len(telling)}" + "".join(f": {one[-200:]!r}" for one in list(telling)[:1]),
        not telling,
    )


def _kept_questions(
    trouble: Trouble, before: set[str], answers: float, dropped: float
) -> Iterator[Finding]:
    """The others had a second to be written since the last vote was."""
    kept = len(trouble.asked() - before)
    yield Finding(
        f"{trouble.name}: questions answered meanwhile, kept or dropped and counted",
        "all",
        f"{kept} kept, {dropped:.0f} dropped of {answers:.0f}",
        kept + dropped >= answers,
    )


def _wait_until_kept(trouble: Trouble, sent: Sequence[Sent]) -> int:
    """How many of what was accepted are not there in the end."""
    accepted = {one.answer_id for one in sent if one.status == _ACCEPTED}
    deadline = time.perf_counter() + MENDED_S
    while (missing := accepted - trouble.kept()) and time.perf_counter() < deadline:
        time.sleep(0.5)
    return len(missing)


async def _send_for(seconds: float, ids: Iterator[str]) -> list[Sent]:
    ends, sent = time.perf_counter() + seconds, list[Sent]()

    async def sender() -> None:
        while time.perf_counter() < ends:
            due = time.perf_counter() + 1 / EACH_A_SECOND
            sent.append(await _send(next(ids)))
            await asyncio.sleep(max(0.0, due - time.perf_counter()))

    async with asyncio.TaskGroup() as senders:
        for _ in range(SENDERS):
            senders.create_task(sender())
            await asyncio.sleep(1 / EACH_A_SECOND / SENDERS)
    return sent


async def _send(answer_id: str) -> Sent:
    body = json.dumps({"answer_id": answer_id, "helpful": False, "comment": "не те"}).encode()
    head = (
        "POST /v1/feedback HTTP/1.1\r\nHost: qa.test\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    began, reply = time.perf_counter(), b""
    try:
        reader, writer = await asyncio.open_connection(*ADDRESS)
        writer.write(head.encode() + body)
        reply = await reader.read()
        writer.close()
    except OSError:
        pass
    took_ms = (time.perf_counter() - began) * 1000
    return Sent(answer_id, took_ms, status_of(reply), reply)
