"""An editor changes the text of one passage: how long until a running service says it.

Corpus and index are copies of this checkout's, with what earlier builds kept; a first build, which
makes what none has kept yet, is not measured. The editor types `qa-service build`, without the gate
and with it; the service watches. What the build took of the processor is told beside, since others
may take the machine's time.
"""

import re
import resource
import shutil
import time
from collections.abc import Iterator
from http.client import HTTPException

from bench.soak.findings import Finding
from bench.soak.publication import Service, World, service_over, small_world, within
from qa_service.settings import load_settings

QUICK_S, GATED_S = 10.0, 40.0

_PATIENCE_S = 600.0
_FILE, _PASSAGE = "licence-exchange.md", "licence-exchange.fee"
_FEE = re.compile(r"(\{#fee .*?)\d+(?= грн)", re.DOTALL)
"""Up to the first price of the passage."""


def run() -> Iterator[Finding]:
    with small_world(QA_MODEL="default", QA_LOG_LEVEL="warning") as world:
        _copy_checkout(world)
        _build(world, "--force", "--no-gate")
        with service_over(world) as service:
            yield from _edited(world, service, "without the gate", QUICK_S, "--no-gate")
            _build(world, "--force")  # keeps the vectors of the gate's questions
            yield from _edited(world, service, "with the gate", GATED_S)


def _copy_checkout(world: World) -> None:
    settings = load_settings()
    shutil.rmtree(world.corpus(is_marked=False))
    shutil.copytree(settings.corpus, world.corpus(is_marked=False))
    shutil.copytree(settings.index, world.index)


def _edited(
    world: World, service: Service, name: str, bar_s: float, *options: str
) -> Iterator[Finding]:
    fee = _other_fee(world)
    started, before = time.perf_counter(), _seconds_of_commands()
    _build(world, *options)
    built = time.perf_counter()
    is_live = within(_PATIENCE_S, lambda: _says(service, fee))
    took, of_processor = time.perf_counter() - started, _seconds_of_commands() - before
    yield Finding(
        f"an edited passage is said, {name}",
        f"at most {bar_s:g} s",
        f"{took:.1f} s, of which the build {built - started:.1f} s ({of_processor:.1f} s of a core)"
        if is_live
        else "never",
        is_live and took <= bar_s,
    )


def _other_fee(world: World) -> str:
    """Write another price into the passage; returns it as the passage says it."""
    path = world.corpus(is_marked=False) / "services" / _FILE
    text = path.read_text("utf-8")
    fee = str(time.time_ns() % 9_000 + 1_000)
    path.write_text(_FEE.sub(rf"\g<1>{fee}", text, count=1), "utf-8")
    return f"{fee} грн"


def _build(world: World, *options: str) -> None:
    """Raises RuntimeError where that fails."""
    with world.started(*world.building(False, *options)) as process:
        _, told = process.communicate(timeout=_PATIENCE_S)
    if process.returncode:
        raise RuntimeError(f"the build fails: {told[-500:]}")


def _says(service: Service, fee: str) -> bool:
    try:
        return fee in service.passage(_PASSAGE)
    except (OSError, HTTPException, ValueError, KeyError):
        return False


def _seconds_of_commands() -> float:
    """Of the processor, of all commands that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
