"""Two real versions that take turns under load: no request fails, no answer is of both.

The service runs in a process of its own and takes what `qa-service snapshots rollback` publishes.
The second version is the first with every title marked, so that an answer shows what it is made of.
The same load is sent without swaps first, beside a command that costs as much.
"""

import hashlib
import json
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import copytree

import numpy as np

from bench.soak.findings import Finding
from bench.soak.publication import MARK, Service, World, service_over, small_world
from bench.soak.versioned_load import RATE, Load, Outcome
from qa_service.indexing.manifest import read_manifest, with_version, write_manifest
from qa_service.settings import load_settings

REQUESTS, SWAPS = 10_000, 50

_PASSAGES = "passages.jsonl"
_WARM_UP, _FIRST = 500, 10
"""Requests before anything is measured; swaps after which memory is first looked at."""

_SLOWER, _GROWN, _SEEN_S, _PATIENCE_S = 2.0, 1.02, 2.0, 10.0


@dataclass
class Swaps:
    """Publishes two versions in turn. Seconds: of the command; from its end until it is served."""

    world: World
    service: Service
    versions: tuple[str, str]
    commands_s: list[float] = field(default_factory=list)
    seen_s: list[float] = field(default_factory=list)
    memory_kb: list[int] = field(default_factory=list)

    def swap(self) -> None:
        """Raises RuntimeError where the command fails or the version is not taken."""
        version = self.versions[(len(self.commands_s) + 1) % 2]
        started = time.perf_counter()
        done = self.world.run("snapshots", "rollback", version)
        ended = time.perf_counter()
        while self.service.version() != version:
            if done.returncode or time.perf_counter() > ended + _PATIENCE_S:
                raise RuntimeError(f"{version} is not served: {done.stderr}")
            time.sleep(0.02)
        self.commands_s.append(ended - started)
        self.seen_s.append(time.perf_counter() - ended)
        self.memory_kb.append(self.service.memory_kb())


def run(requests: int = REQUESTS, swaps: int = SWAPS) -> Iterator[Finding]:
    with small_world(QA_MODEL="default", QA_LOG_LEVEL="warning") as world:
        versions = two_versions(load_settings().index, world.index)
        with service_over(world) as service:
            taking_turns = Swaps(world, service, versions)
            Load(versions[1]).send(_WARM_UP)
            still = _beside(lambda: world.run("snapshots", "list"), swaps, requests, versions[1])
            moving = _beside(taking_turns.swap, swaps, requests, versions[1])
    yield from _judged(still, moving)
    yield from _judged_swaps(taking_turns)


def _beside(does: Callable[[], object], times: int, requests: int, marked: str) -> Outcome:
    """What becomes of the load while something is done again and again."""
    every_s = requests / RATE / (times + 1)
    with ThreadPoolExecutor(1) as loading:
        loaded = loading.submit(Load(marked).send, requests)
        started = time.perf_counter()
        for number in range(times):
            time.sleep(max(0.0, started + (number + 1) * every_s - time.perf_counter()))
            does()
        return loaded.result()


def two_versions(index: Path, published: Path) -> tuple[str, str]:
    """The version that is published in `index`, published there too, and the same with marks."""
    first = (index / "CURRENT").read_text("utf-8").strip()
    copytree(index / first, published / first)
    marked = copytree(index / first, published / "marked")
    passages = map(json.loads, (marked / _PASSAGES).read_text("utf-8").splitlines())
    lines = [json.dumps(one | {"title": MARK + one["title"]}) + "\n" for one in passages]
    (marked / _PASSAGES).write_text("".join(lines), "utf-8")
    checksum = hashlib.sha256("".join(lines).encode()).hexdigest()
    manifest = read_manifest(marked)
    manifest = replace(manifest, checksums=manifest.checksums | {_PASSAGES: checksum})
    manifest = with_version(manifest, manifest.version.rpartition("-")[0])
    write_manifest(marked, manifest)
    marked.rename(published / manifest.version)
    (published / "CURRENT").write_text(first + "\n", "utf-8")
    return first, manifest.version


def _judged(still: Outcome, moving: Outcome) -> Iterator[Finding]:
    counts = ", ".join(f"{count} {name}" for name, count in sorted(moving.counts.items()))
    both = moving.counts["plain"] and moving.counts["marked"]
    yield Finding(
        f"{moving.counts.total()} requests at {RATE}/s meanwhile: failed or of two versions",
        "0",
        "; ".join((f"{len(moving.wrong)} ({counts})", *moving.wrong[:3])),
        not moving.wrong and bool(both),
    )
    quiet, busy = (float(np.percentile(one.times_ms, 99)) for one in (still, moving))
    yield Finding(
        f"p99 with swaps by p99 without ({len(still.wrong)} failed)",
        f"at most {_SLOWER:g}",
        f"{busy / quiet:.2f} ({busy:.0f} ms by {quiet:.0f} ms)",
        busy <= _SLOWER * quiet,
    )


def _judged_swaps(swaps: Swaps) -> Iterator[Finding]:
    yield Finding(
        f"{len(swaps.seen_s)} rollbacks: served after the command ended, with the watcher's look",
        f"at most {_SEEN_S:g} s",
        f"{max(swaps.seen_s):.2f} s (median {statistics.median(swaps.seen_s):.2f}); the command "
        f"{statistics.median(swaps.commands_s):.2f} s",
        max(swaps.seen_s) <= _SEEN_S,
    )
    early, late = swaps.memory_kb[2:_FIRST], swaps.memory_kb[-_FIRST:]
    first, last = statistics.median(early), statistics.median(late)
    yield Finding(
        "resident memory after the last ten swaps by that after the first ten",
        f"at most {_GROWN:g}",
        f"{last / first:.3f} ({last / 1024:.0f} MB by {first / 1024:.0f} MB)",
        last <= _GROWN * first,
    )
