"""The shared store of rate limits is killed, then stalled, while questions are asked."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which
from subprocess import Popen

import numpy as np

from bench.service import PORT
from bench.soak.findings import Finding
from bench.soak.target import Target, attacked
from bench.soak.wire import Asked, questions_meanwhile

STORE_PORT = PORT + 1
CALM_S, KILLED_S, STALLED_S, MENDED_S, A_SECOND = 6.0, 12.0, 5.0, 8.0, 20
ONCE_MS, THEN_MS, NOTICED_MS = 250, 5, 60


def run() -> Iterator[Finding]:
    if not which("valkey-server"):
        yield Finding("a Valkey server", "on PATH", "none: run scripts/install-valkey", False)
        return
    url = f"valkey://127.0.0.1:{STORE_PORT}"
    with _store() as store, attacked(QA_RATE_LIMIT="100000/minute", QA_RATE_LIMIT_STORE=url) as it:
        with questions_meanwhile(A_SECOND) as calm:
            time.sleep(CALM_S)
        lines = _lines(it)
        with questions_meanwhile(A_SECOND) as killed:
            store.kill()
            store.wait()
            time.sleep(KILLED_S)
        yield from _findings("killed", calm, killed)
        yield _logged(f"killed, {KILLED_S:g} s", 1, _lines(it) - lines)
        lines = _lines(it)
        with _store() as store:
            with questions_meanwhile(A_SECOND) as back:
                time.sleep(MENDED_S)
            yield from _findings("back again", calm, back)
            yield _logged("back again", 1, _lines(it) - lines)
            lines = _lines(it)
            with questions_meanwhile(A_SECOND) as stalled:
                os.kill(store.pid, signal.SIGSTOP)
                time.sleep(STALLED_S)
                os.kill(store.pid, signal.SIGCONT)
                time.sleep(MENDED_S)
            yield from _findings(f"stalled for {STALLED_S:g} s", back, stalled)
            yield _logged(f"stalled for {STALLED_S:g} s and back", 2, _lines(it) - lines)


def _findings(what: str, calm: Asked, asked: Asked) -> Iterator[Finding]:
    """Added time is over the median without trouble: once for noticing, hardly for the rest."""
    usual = calm.percentile(50)
    added = np.array(asked.ms) - usual
    slow = added[added > NOTICED_MS]
    rest = float(np.median(added[added <= NOTICED_MS]))
    yield Finding(
        f"store {what}: questions",
        "0 errors",
        asked.said_errors(),
        not asked.errors,
    )
    yield Finding(
        f"store {what}: added time",
        f"≤ {ONCE_MS} ms once, then ≤ {THEN_MS} ms",
        f"{len(slow)} × over {NOTICED_MS} ms (worst {asked.worst - usual:.0f}), then {rest:+.1f} "
        f"ms at the median (of {usual:.1f})",
        len(slow) <= 1 and asked.worst - usual <= ONCE_MS and rest <= THEN_MS,
    )


def _logged(what: str, expected: int, found: int) -> Finding:
    return Finding(f"store {what}: lines in the log", str(expected), str(found), found == expected)


def _lines(target: Target) -> int:
    return len(target.logged("rate limits"))


@contextmanager
def _store() -> Iterator[Popen[bytes]]:
    command = ["valkey-server", "--port", str(STORE_PORT), "--save", "", "--appendonly", "no"]
    with Popen(command, stdout=subprocess.DEVNULL) as process:
        time.sleep(0.5)
        try:
            yield process
        finally:
            process.kill()
