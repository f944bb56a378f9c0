"""What the machine lets a process have. Each test name is the rule."""

import os
from pathlib import Path

import pytest

from qa_service import machine


@pytest.mark.parametrize(
    ("said", "expected"),
    [("max 100000", 8), ("100000 100000", 1), ("250000 100000", 2), ("50000 100000", 1)],
)
def test_a_container_uses_as_many_cores_as_it_gets_the_time_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, expected: int
) -> None:
    limit = tmp_path / "cpu.max"
    limit.write_text(f"{said}\n")
    monkeypatch.setattr(machine, "_CPU_TIME", limit)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    assert machine.usable_cores() == expected


def test_without_a_limit_of_time_all_cores_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_CPU_TIME", tmp_path / "none")
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    assert machine.usable_cores() == 8
