"""Debian's promtool and Prometheus, which `make tools` unpacks."""

import shutil
import subprocess
from pathlib import Path

import pytest

from support.corpus import ROOT

_FOLDER = ROOT / ".cache" / "prometheus" / "usr" / "bin"


def program(name: str) -> str:
    """The path of `promtool` or `prometheus`; skips where there is none."""
    found = shutil.which(name) or shutil.which(name, path=str(_FOLDER))
    if found is None:
        pytest.skip(f"no {name}: run scripts/install-prometheus")
    return found


def promtool(*arguments: str, folder: Path) -> tuple[int, str]:
    """Exit code and everything that it said."""
    done = subprocess.run(
        [program("promtool"), *arguments], capture_output=True, text=True, cwd=folder, timeout=120
    )
    return done.returncode, done.stdout + done.stderr
