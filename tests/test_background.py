"""Work of the server's own: whose turn it is does it, in another process; a failure is one line."""

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.waiting import until

from qa_service import journals
from qa_service.background import BackgroundJob
from qa_service.errors import JournalError
from qa_service.journal.gaps import GAPS_JOB
from qa_service.settings import Settings


def _job(claim: Callable[[], bool], *command: str, first_look_s: float = 60) -> BackgroundJob:
    return BackgroundJob("work", claim, command, os.environ, first_look_s)


def _always() -> bool:
    return True


def _lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name == "qa_service.background"]


def test_a_command_of_our_own_is_run() -> None:
    assert _job(_always, "--help").check()


def test_nothing_runs_out_of_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent")
    assert not _job(lambda: False, "--help").check()


def test_a_failing_run_is_one_line_with_its_cause(caplog: pytest.LogCaptureFixture) -> None:
    assert not _job(_always, "nope").check()
    [line] = _lines(caplog)
    assert "nope" in line.cause and line.job == "work"  # type: ignore[attr-defined]


def test_a_program_that_cannot_be_started_is_one_line(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent")
    assert not _job(_always, "--help").check()
    assert len(_lines(caplog)) == 1


def test_a_journal_that_fails_is_nobodys_turn(caplog: pytest.LogCaptureFixture) -> None:
    def claim() -> bool:
        raise JournalError("it is locked")

    assert not _job(claim, "--help").check()
    assert _lines(caplog) == []


def test_it_looks_by_itself_until_it_is_stopped() -> None:
    asked: list[int] = []

    def claim() -> bool:
        asked.append(1)
        return False

    job = _job(claim, "--help", first_look_s=0)
    job.start()
    until(lambda: bool(asked))
    job.stop()
    assert len(asked) == 1


def _settings(folder: Path, **changes: object) -> Settings:
    given = {"journal": f"sqlite:///{folder / 'journal.sqlite'}"} | changes
    return Settings(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [{"gaps_every_h": 0}, {"journal": "off"}], ids=str)
def test_gaps_are_not_found_where_nobody_wants_them(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    settings = _settings(tmp_path, **changes)
    assert journals.gap_runs(settings, journals.tables(settings)) is None


def test_without_the_library_the_log_says_so_once_and_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("qa_service.journals.find_spec", lambda name: None)
    settings = _settings(tmp_path)
    with caplog.at_level(logging.INFO, "qa_service.journals"):
        assert journals.gap_runs(settings, journals.tables(settings)) is None
    assert ["insights" in record.message for record in caplog.records] == [True]


def test_gaps_are_found_by_default(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    assert journals.gap_runs(settings, journals.tables(settings)) is not None
    assert settings.gaps_every_h == 24 and GAPS_JOB == "gaps"
