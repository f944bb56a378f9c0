"""Findings that are kept, so that a run that was stopped goes on."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from bench.soak.findings import Finding

FOLDER = Path(".cache/soak")
_CODE = ("qa_service", "bench", "pyproject.toml")
_CHANGED = "+"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a part found. commit: of the code; ends with + where it had changes."""

    commit: str
    machine: str
    findings: tuple[Finding, ...]

    @classmethod
    def now(cls, findings: Sequence[Finding]) -> Self:
        return cls(commit(), machine(), tuple(findings))

    @property
    def is_current(self) -> bool:
        return self.commit == commit() and not self.commit.endswith(_CHANGED)


def keep(part: str, found: Kept) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(found), ensure_ascii=False, indent=1)
    (FOLDER / f"{part}.json").write_text(text, "utf-8")


def kept(part: str) -> Kept | None:
    """None where nothing is kept of this part."""
    file = FOLDER / f"{part}.json"
    if not file.exists():
        return None
    read = json.loads(file.read_text("utf-8"))
    findings = tuple(Finding(**one) for one in read["findings"])
    return Kept(read["commit"], read["machine"], findings)


def commit() -> str:
    changed = subprocess.run(["git", "diff", "--quiet", "HEAD", "--", *_CODE]).returncode
    named = subprocess.check_output(["git", "rev-parse", "--short=10", "HEAD"], text=True)
    return named.strip() + (_CHANGED if changed else "")


def machine() -> str:
    """`2 cores, Intel(R) Xeon(R) Processor`."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"{len(os.sched_getaffinity(0))} cores, {next(models, 'unknown processor')}"
