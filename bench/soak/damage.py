"""Versions that are damaged, foreign or of the future, published under a running service: each is
refused once, and the version before answers on.
"""

import json
import random
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from pathlib import Path

from bench.soak.findings import Finding
from bench.soak.publication import Service, World, service_over, small_world, within
from qa_service.errors import SnapshotError
from qa_service.indexing.manifest import MANIFEST_FILE, read_manifest, with_version, write_manifest

NOTICED_S, QUIET_S = 8.0, 2.5
"""Within which a version must be refused, and for how long nothing more may be said of it: the
watcher looks four times a second.
"""

_REFUSED = 'qa_index_swaps_total{outcome="refused"}'
_TAKEN = 'qa_index_swaps_total{outcome="taken"}'
_LINE = "a version is refused, the one before serves on"
_EVERY_S = 0.05

Damage = Callable[[Path], None]
"""Spoils the folder of a version."""


@dataclass
class Asking:
    """Somebody who asks all the time."""

    service: Service
    asked: int = 0
    failed: list[str] = field(default_factory=list)
    versions: set[str] = field(default_factory=set)
    _is_over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Asking":
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._is_over.wait(_EVERY_S):
            self.asked += 1
            try:
                answer = self.service.ask()
                self.versions.add(answer["index_version"])
                if not answer["passages"] or answer["degraded"]:
                    self.failed.append("an answer without passages")
            except (OSError, HTTPException, ValueError) as error:
                self.failed.append(repr(error))


def run(seed: int = 1) -> Iterator[Finding]:
    """Each file of a version is cut and flipped in one bit, then the rest."""
    dice = random.Random(seed)
    with small_world() as world:
        world.build(is_marked=True)
        good = world.build(is_marked=False)
        with service_over(world) as service:
            for group, damages in _groups(world, good, dice):
                yield _tried(world, service, good, group, damages)
            yield _names(world, service, good)
            yield _copied(world, service, good)
            yield _taken(world, service)


def _groups(
    world: World, good: str, dice: random.Random
) -> Iterator[tuple[str, dict[str, Damage]]]:
    folder = world.index / good
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))
    names = [name for name in names if (folder / name).is_file()]
    yield "a file cut at random", {name: _cut(name, dice) for name in names}
    yield "one bit of a file flipped", {name: _flipped(name, dice) for name in names}
    yield "a file removed", {name: _removed(name) for name in names}
    keys = json.loads((folder / MANIFEST_FILE).read_text("utf-8"))
    yield "a key of the manifest missing", {key: _without(key) for key in keys}
    yield (
        "another model, text rules, dimension, store, format",
        {
            "another model": _said(encoder_fingerprint="0123456789abcdef"),
            "other text rules": _said(normaliser_version=1_000),
            "another dimension": _said(dimension=7),
            "another store": _said(store="of-the-future"),
            "a format of the future": _said(format=1_000),
        },
    )


def _tried(
    world: World, service: Service, good: str, group: str, damages: dict[str, Damage]
) -> Finding:
    """Publish each of them in turn."""
    before = service.count(_REFUSED), service.events(_LINE)
    wrong: list[str] = []
    with Asking(service) as asking:
        for number, (name, damage) in enumerate(damages.items()):
            bad = shutil.copytree(world.index / good, world.index / f"bad-{number}")
            damage(bad)
            bad = _named(bad, f"99990101T000000{number:06}Z")
            said = _refusals(world, service, bad.name)
            if said != (1, 1):
                wrong.append(f"{name}: {said[0]:g} counted, {said[1]} lines")
            _publish(world, good)
            shutil.rmtree(bad)
    refused = service.count(_REFUSED) - before[0], service.events(_LINE) - before[1]
    is_kept = asking.versions == {good} and not asking.failed
    return Finding(
        f"{group}, {len(damages)} versions: refusals counted; lines logged; questions failed",
        f"{len(damages)}; {len(damages)}; 0",
        f"{refused[0]:g}; {refused[1]}; {len(asking.failed)} of {asking.asked}"
        + "".join(f"; {one}" for one in (*wrong[:3], *asking.failed[:1])),
        not wrong and is_kept,
    )


def _refusals(world: World, service: Service, version: str) -> tuple[float, int]:
    """Publish a version: how often it is counted as refused, and how many lines say so."""
    counted, lines = service.count(_REFUSED), service.events(_LINE)
    _publish(world, version)
    within(NOTICED_S, lambda: service.count(_REFUSED) > counted, 0.1)
    threading.Event().wait(QUIET_S)
    return service.count(_REFUSED) - counted, service.events(_LINE) - lines


def _names(world: World, service: Service, good: str) -> Finding:
    """`CURRENT` names no version."""
    rubbish = {
        "5,000 letters": "я" * 5_000,
        "NUL": "a\0b",
        "a folder above": "../index",
        "itself": ".",
        "nothing": "",
        "a version that is not there": "99990101T000000000000Z-000000000000",
    }
    wrong: list[str] = []
    with Asking(service) as asking:
        for name, text in rubbish.items():
            said = _refusals(world, service, text)
            wrong += [] if said == (1, 1) else [f"{name}: {said[0]:g} counted, {said[1]} lines"]
            _publish(world, good)
    return Finding(
        f"CURRENT names no version, {len(rubbish)} ways: each refused once; questions failed",
        "all; 0",
        "; ".join(
            (f"{len(rubbish) - len(wrong)}", f"{len(asking.failed)} of {asking.asked}", *wrong)
        ),
        not wrong and asking.versions == {good} and not asking.failed,
    )


def _copied(world: World, service: Service, good: str) -> Finding:
    """A good version under another name, as a copy by hand has, is looked at once."""

    def looked_at() -> float:
        return service.count(_TAKEN) + service.count(_REFUSED)

    shutil.copytree(world.index / good, world.index / "copy")
    before = looked_at()
    with Asking(service) as asking:
        _publish(world, "copy")
        within(NOTICED_S, lambda: looked_at() > before)
        once = looked_at()
        threading.Event().wait(NOTICED_S)
        again = looked_at() - once
        _publish(world, good)
    return Finding(
        f"a copy of a version under another name: taken again within {NOTICED_S:g} s; questions "
        "failed",
        "0; 0",
        f"{again:g}; {len(asking.failed)} of {asking.asked}",
        not again and not asking.failed,
    )


def _taken(world: World, service: Service) -> Finding:
    with Asking(service) as asking:
        version = world.build(is_marked=True)
        is_taken = within(NOTICED_S, lambda: service.version() == version)
    return Finding(
        "then a good version: taken; questions failed",
        "yes; 0",
        f"{'yes' if is_taken else 'no'}; {len(asking.failed)} of {asking.asked}",
        is_taken and not asking.failed,
    )


def _named(folder: Path, time: str) -> Path:
    """After its manifest, where that can be read, so that only the damage is there to refuse."""
    with suppress(SnapshotError):
        manifest = with_version(read_manifest(folder), time)
        write_manifest(folder, manifest)
        folder = folder.rename(folder.parent / manifest.version)
    return folder


def _publish(world: World, name: str) -> None:
    """As a person or another program might, past all that `qa-service` looks at."""
    new = world.index / "CURRENT.new"
    new.write_text(name + "\n", "utf-8")
    new.replace(world.index / "CURRENT")


# Damage


def _cut(name: str, dice: random.Random) -> Damage:
    def damage(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: dice.randrange(len(content))])

    return damage


def _flipped(name: str, dice: random.Random) -> Damage:
    def damage(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
        (folder / name).write_bytes(content)

    return damage


def _removed(name: str) -> Damage:
    return lambda folder: (folder / name).unlink()


def _without(key: str) -> Damage:
    def damage(folder: Path) -> None:
        file = folder / MANIFEST_FILE
        values = json.loads(file.read_text("utf-8"))
        del values[key]
        file.write_text(json.dumps(values), "utf-8")

    return damage


def _said(**changes: object) -> Damage:
    """A manifest that is whole and says something else."""

    def damage(folder: Path) -> None:
        manifest = replace(read_manifest(folder), **changes)  # type: ignore[arg-type]
        write_manifest(folder, with_version(manifest, manifest.version.rpartition("-")[0]))

    return damage
