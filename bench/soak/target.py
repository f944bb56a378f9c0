"""The service under attack, and what its processes take of the machine."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from tempfile import NamedTemporaryFile
from typing import Any

from bench.service import running_service

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_USER_TICKS, _SYSTEM_TICKS = 11, 12  # fields of /proc/PID/stat after the name, proc(5)


@dataclass(frozen=True, slots=True)
class Target:
    """A running service. What it takes is summed over its process and their children."""

    process: Popen[bytes]
    log: Path

    def memory_mb(self) -> float:
        """Resident, in millions of bytes."""
        return sum(_status(pid, "VmRSS") for pid in self.pids()) * 1_024 / 1e6

    def threads(self) -> int:
        return sum(_status(pid, "Threads") for pid in self.pids())

    def descriptors(self) -> int:
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in self.pids())

    def cpu_seconds(self) -> float:
        return sum(map(_cpu_seconds, self.pids()))

    def pids(self) -> list[int]:
        return family_of(self.process.pid)

    def logged(self, *words: str) -> list[dict[str, Any]]:
        """Lines of the log that are no requests and whose event has one of `words`."""
        lines = self.log.read_text("utf-8", "replace").splitlines()
        events = (json.loads(line) for line in lines if line.startswith("{"))
        return [
            event
            for event in events
            if event["event"] != "request" and any(word in event["event"] for word in words)
        ]

    def tracebacks(self) -> int:
        return self.log.read_text("utf-8", "replace").count("Traceback (most recent call last)")


@contextmanager
def attacked(**settings: str) -> Iterator[Target]:
    """Ready when entered, stopped when left."""
    with (
        NamedTemporaryFile(prefix="qa_service-soak-", suffix=".log") as log,
        running_service(log.file, **settings) as process,
    ):
        yield Target(process, Path(log.name))


def family_of(pid: int) -> list[int]:
    """A process and all that descend from it."""
    listing = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        children = [int(word) for word in listing.read_text().split()]
    except OSError:
        return []
    return [pid, *(one for child in children for one in family_of(child))]


def is_running(pid: int) -> bool:
    """Not gone, nor a zombie that nobody has waited for."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _status(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    return 0


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[_USER_TICKS]) + int(fields[_SYSTEM_TICKS])) / _TICKS_A_SECOND
