"""The command line in this process: what it prints and its exit code."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from qa_service.cli import main


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        """The lines on stderr that tell of failures."""
        return [line for line in self.err.splitlines() if line.startswith("qa-service: ")]

    @property
    def error(self) -> str:
        """The one line on stderr."""
        lines = [line for line in self.err.splitlines() if line.strip()]
        assert len(lines) == 1 and lines[0].startswith("qa-service: "), self.err
        return lines[0].removeprefix("qa-service: ")


Cli = Callable[..., Run]


def runner(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs `qa-service` with the arguments that it is called with; no traceback is ever printed."""

    def run(*arguments: str) -> Run:
        monkeypatch.setattr(sys, "argv", ["qa-service", *arguments])
        code: Any = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err + captured.out
        return Run(code, captured.out, captured.err)

    return run
