"""Rounds: every system in turn is asked by one client, then by eight. Which one begins changes from
round to round, so that a noisy minute falls on all of them alike.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter, thread_time
from typing import TypeVar

from bench.peers.systems import CLIENTS, SERVERS, Client, Reply, Served, System
from qa_service.encoders import Encoder

T = TypeVar("T")

CROWD = 8


@dataclass(frozen=True, slots=True)
class Crowd:
    """What `CROWD` clients got in one round, each asking again as soon as it had its answer."""

    replies: tuple[Reply, ...]
    seconds: float

    @property
    def answered(self) -> list[Reply]:
        return [reply for reply in self.replies if reply.found is not None]

    @property
    def rate(self) -> float:
        """Questions answered a second."""
        return len(self.answered) / self.seconds


@dataclass(slots=True)
class Asked:
    """Of one system, a list and a crowd a round. cpu_s: what the server's process took of the
    processor for each list, in hundredths of a second.
    """

    alone: list[list[Reply]] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    crowds: list[Crowd] = field(default_factory=list)


@dataclass(slots=True)
class Encoded:
    """Milliseconds of the encoder alone, a list a round, and what it took of the processor."""

    times: list[list[float]] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    rounds: int
    crowd_seconds: float


def ask_in_rounds(
    servers: Sequence[Served], encoder: Encoder, questions: Sequence[str], plan: Plan
) -> tuple[dict[str, Asked], Encoded]:
    """By system's name; and the encoder alone."""
    fresh = Unseen(questions)
    asked = {served.system.name: Asked() for served in servers}
    encoded = Encoded()
    turns: list[Served | None] = [*servers, None]
    for number in range(plan.rounds):
        part = of_round(questions, number, plan)
        first = number % len(turns)
        for served in turns[first:] + turns[:first]:
            if served is None:
                encode_alone(encoder, part, encoded)
            else:
                ask_alone(served, part, asked[served.system.name])
                crowd = ask_as_crowd(served.system, fresh, plan.crowd_seconds)
                asked[served.system.name].crowds.append(crowd)
        print(f"round {number + 1} of {plan.rounds}", flush=True)
    return asked, encoded


def of_round(questions: Sequence[T], number: int, plan: Plan) -> Sequence[T]:
    """The questions that one client asks in this round, spread over all of them."""
    return questions[number :: plan.rounds]


def judged_in_rounds(questions: Sequence[T], asked: Asked, plan: Plan) -> list[tuple[T, Reply]]:
    """Each question with the reply to its one client."""
    return [
        pair
        for number, replies in enumerate(asked.alone)
        for pair in zip(of_round(questions, number, plan), replies, strict=True)
    ]


class Unseen:
    """Endless questions, each one that no system has seen: a number makes it another one for any
    cache. Threads may share it.
    """

    def __init__(self, questions: Sequence[str]) -> None:
        self._questions, self._numbers = questions, count()

    def __call__(self) -> str:
        number = next(self._numbers)
        return f"{self._questions[number % len(self._questions)]} {number}"


def ask_alone(served: Served, questions: Sequence[str], asked: Asked) -> None:
    client, before = served.system.connect(), served.cpu_s()
    asked.alone.append([client.ask(text) for text in questions])
    asked.cpu_s.append(served.cpu_s() - before)


def ask_as_crowd(system: System, fresh: Unseen, seconds: float) -> Crowd:
    began = perf_counter()

    def ask_on(client: Client) -> list[Reply]:
        replies = []
        while perf_counter() - began < seconds:
            replies.append(client.ask(fresh()))
        return replies

    with ThreadPoolExecutor(CROWD) as pool:
        found = list(pool.map(ask_on, [system.connect() for _ in range(CROWD)]))
    return Crowd(tuple(reply for replies in found for reply in replies), perf_counter() - began)


def encode_alone(encoder: Encoder, texts: Sequence[str], encoded: Encoded) -> None:
    """Tokenise and embed each text, on the servers' core, in this process."""
    os.sched_setaffinity(0, SERVERS)
    times, before = [], thread_time()
    for text in texts:
        began = perf_counter()
        encoder.encode_queries([text])
        times.append((perf_counter() - began) * 1000)
    encoded.times.append(times)
    encoded.cpu_s.append(thread_time() - before)
    os.sched_setaffinity(0, CLIENTS)
