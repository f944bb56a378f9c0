"""`qa-service journal report`: the managers' page in a terminal, or as JSON."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.asked import gap, keep, question, sqlite_in
from support.corpus import tiny_index
from typer.testing import CliRunner, Result

from qa_service.cli.journal import app
from qa_service.errors import JournalError, SettingsError
from qa_service.settings import as_environment

Cli = Callable[..., Result]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs `qa-service journal report` over the tiny corpus; its journal is not there yet."""
    monkeypatch.chdir(tmp_path)
    settings = tiny_index(tmp_path, journal=sqlite_in(tmp_path))
    for name, value in as_environment(settings).items():
        monkeypatch.setenv(name, value)
    return lambda *words: CliRunner().invoke(app, ["report", *words])


def fill(folder: Path) -> None:
    at = datetime.now(UTC) - timedelta(minutes=5)
    asked = [question(at=at) for _ in range(6)]
    old = [question(at=at - timedelta(days=3)) for _ in range(5)]
    keep(sqlite_in(folder), [*asked, *old], gaps=[gap(question="[червоне] запитання")])


def test_it_prints_what_to_write_next_and_the_tables(cli: Cli, tmp_path: Path) -> None:
    fill(tmp_path)
    done = cli("--days", "7")
    assert done.exit_code == 0
    assert "- «[червоне] запитання» — 12" in done.stdout.replace("\N{NO-BREAK SPACE}", " ")
    assert "Запитань: 11" in done.stdout and "Обмін посвідчення водія" in done.stdout


def test_days_and_channel_narrow_it(cli: Cli, tmp_path: Path) -> None:
    fill(tmp_path)
    assert json.loads(cli("--days", "1", "--json").stdout)["total"]["asked"] == 6
    operators = cli("--channel", "operator", "--json").stdout
    assert json.loads(operators)["total"]["asked"] == 0


def test_without_a_journal_one_line_says_what_to_do(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(cli().exception, JournalError)
    monkeypatch.setenv("QA_JOURNAL", "off")
    assert isinstance(cli().exception, SettingsError)
