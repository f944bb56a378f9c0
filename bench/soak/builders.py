"""Several programs that change what is published at once: they wait for each other, and none breaks
what another made.
"""

import json
import subprocess
from collections.abc import Iterator

from bench.soak.findings import Finding
from bench.soak.publication import STAGING, World, small_world, within

_START_S = 30.0


def run() -> Iterator[Finding]:
    with small_world() as world:
        yield from _two_builders(world)
        yield from _beside_prune(world)
        yield from _beside_rollback(world)


def _two_builders(world: World) -> Iterator[Finding]:
    both = [world.started(*world.building(is_marked)) for is_marked in (False, True)]
    told = [process.communicate()[1] for process in both]
    codes = [process.returncode for process in both]
    said = [line for text in told for line in text.splitlines() if "waiting for" in line]
    yield Finding(
        "two builders at once: exit codes; versions; open",
        "[0, 0]; 2; yes",
        f"{codes}; {len(_versions(world))}; {_opens(world)}",
        codes == [0, 0] and len(_versions(world)) == 2 and _opens(world) == "yes",
    )
    names_it = len(said) == 1 and str(world.index) in said[0]
    yield Finding(
        "the second says what it waits for", "1 line", f"{len(said)}: {said[:1]}", names_it
    )


def _beside_prune(world: World) -> Iterator[Finding]:
    """It must not take the folder of the build for one that a killed build left."""
    build, done = _during_a_build(world, "snapshots", "prune", "--keep", "1")
    yield Finding(
        "prune beside a build: exit codes; versions; open",
        "0, 0; 1; yes",
        f"{build}, {done.returncode}; {len(_versions(world))}; {_opens(world)}",
        (build, done.returncode, len(_versions(world)), _opens(world)) == (0, 0, 1, "yes"),
    )


def _beside_rollback(world: World) -> Iterator[Finding]:
    """The build also removes the oldest of three versions, which may be the one to go back to."""
    for is_marked in (True, False, True):
        world.build(is_marked, "--force")
    for chosen in ("the one before", "the oldest"):
        names = _versions(world)
        version = names[1] if chosen == "the one before" else names[-1]
        build, done = _during_a_build(world, "snapshots", "rollback", version)
        is_served = done.returncode == 0 and world.current == version
        errors = [line for line in done.stderr.splitlines() if line.startswith("qa-service: ")]
        is_refused = done.returncode == 1 and len(errors) == 1  # beside that it waited
        yield Finding(
            f"rollback to {chosen} beside a build: exit code of the build; served or refused; open",
            "0; yes; yes",
            f"{build}; {'yes' if is_served or is_refused else done.stderr}; {_opens(world)}",
            build == 0 and (is_served or is_refused) and _opens(world) == "yes",
        )
        if _opens(world) != "yes":
            world.build(is_marked=False)


def _during_a_build(world: World, *arguments: str) -> tuple[int, subprocess.CompletedProcess[str]]:
    """Run a command while a build writes; the build's exit code and how the command ended."""
    with world.started(*world.building(True, "--force")) as build:
        within(_START_S, lambda: any(world.index.glob(STAGING)), 0.002)
        done = world.run(*arguments)
        build.communicate()
    return build.returncode, done


def _versions(world: World) -> list[str]:
    """The newest first."""
    rows = json.loads(world.run("snapshots", "list", "--json").stdout)
    return [row["version"] for row in rows]


def _opens(world: World) -> str:
    return "yes" if world.answer() else "no"
