"""Disks that are full, files that may not grow, folders that cannot be written: a command says so
in one line, and the version before is served on.

Full and read-only disks are mounts of their own, in memory, and need the rights of root; without
them only the sizes of files are limited.
"""

import re
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench.soak.findings import Finding
from bench.soak.publication import STAGING, Json, World, small_world

LIMITS = 7
"""About how many sizes beyond which no file may grow are tried: one byte less than a file needs."""

SHARES = (0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9)
"""Of a new version, that still find place."""

_PAGE, _ROOMY = 4_096, 1 << 30
_ADVICE = re.compile(r"\bQA_\w+|\b(?:run|choose|free|set|make|remove)\b")
_PATH = re.compile(r"/\S+(?=[:;/])")

Done = subprocess.CompletedProcess[str]


def run() -> Iterator[Finding]:
    with small_world() as world:
        yield from _limited_files(world)
    try:
        with small_world() as world, _mounted(world.index):
            yield from _full_disk(world)
            yield from _read_only(world)
        with small_world() as world, _mounted(world.folder / "models") as models:
            yield _read_only_models(world, models)
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip() if error.stderr else str(error)
        yield Finding("full and read-only disks", "tried", f"not tried: {said}", False)


def _limited_files(world: World) -> Iterator[Finding]:
    world.build(is_marked=False)
    answer, sizes = world.answer(), sorted(_sizes(world))
    limits = [0, *(size - 1 for size in sizes[:: len(sizes) // LIMITS])]
    tried = []
    for limit in limits:
        limited = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit))
        done = world.run(*world.building(True, "--force"), preexec_fn=limited)
        tried.append((f"files of at most {limit} bytes", done, world.answer() == answer))
    yield _judged("a build whose files may not grow beyond a limit", tried)
    yield _mends(world)


def _full_disk(world: World) -> Iterator[Finding]:
    world.build(is_marked=False)
    version = sum(_sizes(world))
    world.build(is_marked=True)
    answer = world.answer()
    tried = []
    for share in SHARES:
        _remount(world.index, f"size={_used(world.index) + int(share * version)}")
        done = world.run(*world.building(False))
        tried.append((f"place for {share:.0%} of a version", done, world.answer() == answer))
    yield _judged("a build on a full disk", tried)
    _remount(world.index, f"size={_used(world.index)}")
    done = world.run("snapshots", "rollback")
    yield _judged("a rollback on a full disk", [("rollback", done, world.answer() == answer)])
    _remount(world.index, f"size={_ROOMY}")
    yield _mends(world)


def _read_only(world: World) -> Iterator[Finding]:
    answer = world.answer()
    _remount(world.index, "ro")
    tried = []
    for command in (
        world.building(True, "--force"),
        ("snapshots", "rollback"),
        ("snapshots", "prune", "--keep", "1"),
    ):
        done = world.run(*command)
        tried.append((" ".join(command[:2]), done, world.answer() == answer))
    yield _judged("build, rollback, prune in a folder that cannot be written", tried)
    _remount(world.index, "rw")
    yield _mends(world)


def _read_only_models(world: World, models: Path) -> Finding:
    """The model is missing, and cannot be built where models are kept."""
    world.build(is_marked=False)
    answer = world.answer()
    _remount(models, "ro")
    changes = {"QA_MODEL": "default", "QA_MODEL_CACHE": f"{models}"}
    done = replace(world, settings=world.settings | changes).run(*world.building(True))
    return _judged("a model where none can be written", [("build", done, world.answer() == answer)])


def _judged(what: str, tried: list[tuple[str, Done, bool]]) -> Finding:
    wrong: dict[str, list[str]] = {}
    for name, done, opens in tried:
        faults = [*_faults(done), *([] if opens else ["another answer than before"])]
        if faults:
            wrong.setdefault("; ".join(faults), []).append(name)
    good = len(tried) - sum(map(len, wrong.values()))
    return Finding(
        f"{what}, {len(tried)} times: exit code 1; one line says what to do; old version opens",
        f"{len(tried)}",
        "; ".join((f"{good}", *(f"{fault} ({names[0]})" for fault, names in wrong.items()))),
        not wrong,
    )


def _faults(done: Done) -> Iterator[str]:
    lines = [line for line in done.stderr.splitlines() if line.startswith("qa-service: ")]
    if done.returncode != 1:
        yield f"exit code {done.returncode}"
    if "Traceback" in done.stderr:
        yield f"traceback of {done.stderr.splitlines()[-1][:120]}"
    if "None" in done.stderr:
        yield "says None"
    if len(lines) != 1:
        yield f"{len(lines)} lines"
    elif not _ADVICE.search(lines[0].partition(":")[2]):
        yield f"does not say what to do: {_PATH.sub('…', lines[0])}"


def _mends(world: World) -> Finding:
    """Once there is nothing in its way, a build ends well and leaves nothing behind."""
    done = world.run(*world.building(True, "--force"))
    left = len(list(world.index.glob(STAGING)))
    answer: Json | None = world.answer()
    return Finding(
        "the next build: exit code; staging folders left; opens",
        "0; 0; yes",
        f"{done.returncode}; {left}; {'yes' if answer else 'no'}",
        done.returncode == 0 and not left and answer is not None,
    )


def _sizes(world: World) -> list[int]:
    """Of the files of the current version, in bytes as disks count them."""
    files = (path for path in (world.index / world.current).rglob("*") if path.is_file())
    return [path.stat().st_size for path in files]


# Mounts


@contextmanager
def _mounted(folder: Path) -> Iterator[Path]:
    """A disk in memory at `folder`. Raises CalledProcessError without the rights to mount."""
    folder.mkdir(parents=True)
    _call("mount", "-t", "tmpfs", "-o", f"size={_ROOMY}", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        _call("umount", "--lazy", str(folder))


def _remount(folder: Path, option: str) -> None:
    _call("mount", "-o", f"remount,{option}", str(folder))


def _used(folder: Path) -> int:
    """Bytes in use, at least one page."""
    line = _call("df", "--block-size=1", "--output=used", str(folder)).splitlines()[-1]
    return max(_PAGE, int(line))


def _call(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
