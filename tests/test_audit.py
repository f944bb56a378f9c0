"""Known vulnerabilities: a service that knows nothing is told from one that finds nothing."""

import os
import subprocess
from pathlib import Path

import pytest
from support.corpus import ROOT


def _audited(folder: Path, known: str, found: int) -> subprocess.CompletedProcess[str]:
    """scripts/audit with a pip-audit that answers `known` of the published flaw and leaves with
    `found` for each lock.
    """
    tool = folder / "pip-audit"
    tool.write_text(
        f"#!/bin/sh\ncase \"$*\" in *flawed*) echo '{known}';; *) exit {found};; esac\n", "utf-8"
    )
    tool.chmod(0o755)
    environment = os.environ | {"TOOLS": str(folder)}
    return subprocess.run(
        ["scripts/audit"], cwd=ROOT, env=environment, text=True, capture_output=True, check=False
    )


KNOWS = '{"dependencies": [{"name": "jinja2", "vulns": [{"id": "PYSEC-1"}]}]}'
KNOWS_NOTHING = '{"dependencies": [{"name": "jinja2", "skip_reason": "not found"}]}'


def test_a_service_that_knows_of_no_flaw_is_no_clean_bill(tmp_path: Path) -> None:
    audited = _audited(tmp_path, KNOWS_NOTHING, 0)
    assert audited.returncode == 0
    assert "NOT CHECKED" in audited.stderr and not audited.stdout


def test_where_nobody_can_be_asked_nothing_fails_and_that_is_said(tmp_path: Path) -> None:
    audited = _audited(tmp_path, "", 1)
    assert audited.returncode == 0 and "NOT CHECKED" in audited.stderr


@pytest.mark.parametrize("found", [0, 1])
def test_a_known_flaw_of_a_locked_package_is_a_failure(tmp_path: Path, found: int) -> None:
    audited = _audited(tmp_path, KNOWS, found)
    assert audited.returncode == found and "NOT CHECKED" not in audited.stderr
    assert audited.stdout.split() == [
        f"locks/{name}.txt"
        for name in (
            "serve",
            "dev",
            "backend",
            "audit",
            "client-generator",
            "schemathesis",
        )
    ]
