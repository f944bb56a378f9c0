"""Builds that are killed at random points: the index always opens, with the version before or the
new one.
"""

import os
import random
import signal
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum

from bench.soak.findings import Finding
from bench.soak.publication import STAGING, World, small_world, within

KILLS, BETWEEN = 200, 5
"""How many builds are killed; after so many in a row one ends by itself."""

_START_S, _PUBLISHING_S = 30.0, 0.02


class Moment(Enum):
    """From when on the time until a build is killed is drawn."""

    START = "it starts"
    WRITING = "its staging folder is there"
    PUBLISHING = "its staging folder has gone"


def run(kills: int = KILLS, seed: int = 1) -> Iterator[Finding]:
    """Kill builds in turn within their whole length, within the time that they write, and when they
    publish.
    """
    with small_world() as world:
        counts = _killed(world, kills, random.Random(seed))
    whole = -(-kills // BETWEEN)
    opened = counts["before"] + counts["after"]
    yield Finding(
        f"kill -9 at {kills} random points of a build, {counts['wrote']} of them while it wrote: "
        "the index opens with the answer of before or of after",
        f"{kills}",
        f"{opened} ({counts['before']} before, {counts['after']} after)",
        opened == kills and counts["wrote"] > 0,
    )
    yield Finding(
        "the next build succeeds and serves what it built",
        f"{whole}",
        f"{counts['built']}",
        counts["built"] == whole,
    )
    yield Finding(
        "staging folders left after the next build", "0", f"{counts['left']}", not counts["left"]
    )


def _killed(world: World, kills: int, dice: random.Random) -> Counter[str]:
    counts: Counter[str] = Counter()
    answers = {}
    for is_marked in (True, False):
        world.build(is_marked)
        answers[is_marked] = world.answer()
    if answers[True] == answers[False] or None in answers.values():
        raise RuntimeError("the two corpora cannot be told apart")
    whole_s, writing_s = _lengths(world)
    longest_s = {Moment.START: whole_s, Moment.WRITING: writing_s, Moment.PUBLISHING: _PUBLISHING_S}
    is_marked = False
    for number in range(kills):
        moment = list(Moment)[number % len(Moment)]
        delay_s = dice.uniform(0, longest_s[moment])
        counts["wrote"] += _kill(world, not is_marked, moment, delay_s)
        found = world.answer()
        counts["before"] += found == answers[is_marked]
        counts["after"] += found == answers[not is_marked]
        is_marked ^= found == answers[not is_marked]
        if (number + 1) % BETWEEN == 0 or number + 1 == kills:
            is_marked = not is_marked
            world.build(is_marked)
            counts["built"] += world.answer() == answers[is_marked]
            counts["left"] += len(_staged(world))
    return counts


def _lengths(world: World) -> tuple[float, float]:
    """Seconds that a build takes, and from when it begins to write; the middle ones of three."""
    lengths: list[tuple[float, float]] = []
    for _ in range(3):
        started = time.monotonic()
        with world.started(*world.building(False, "--force")) as process:
            within(_START_S, lambda: bool(_staged(world)), 0.002)
            began = time.monotonic()
            process.communicate()
        ended = time.monotonic()
        lengths.append((ended - started, ended - began))
    whole, writing = zip(*lengths, strict=True)
    return statistics.median(whole), statistics.median(writing)


def _kill(world: World, is_marked: bool, moment: Moment, delay_s: float) -> bool:
    """Kill a build so long after a moment of it; whether it was writing."""
    leftovers = _staged(world)

    def writes() -> bool:
        return bool(_staged(world) - leftovers)

    with world.started(*world.building(is_marked)) as process:

        def ended() -> bool:
            return process.poll() is not None

        if moment is not Moment.START:
            within(_START_S, lambda: writes() or ended(), 0.002)
        if moment is Moment.PUBLISHING:
            within(_START_S, lambda: not writes() or ended(), 0.0005)
        time.sleep(delay_s)
        was_writing = writes() and not ended()
        with suppress(ProcessLookupError):  # it has ended
            os.killpg(process.pid, signal.SIGKILL)
    return was_writing


def _staged(world: World) -> set[str]:
    return {folder.name for folder in world.index.glob(STAGING)}
