"""`qa-service journal`: entries as JSON lines, removal by date, and an error that names the
setting.
"""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qa_service.cli.journal import app
from qa_service.errors import JournalError, SettingsError
from qa_service.journal import Exchange, Feedback, Vote
from qa_service.journal.sql import SqlJournal
from qa_service.types import Certainty, Channel, Reason

Cli = Callable[..., Result]
ASKED = Exchange(
    at=datetime(2026, 11, 24, 9, tzinfo=UTC),
    answer_id="a-2",
    channel=Channel.CHATBOT,
    question="чи їздить тролейбус",
    language="uk",
    certainty=Certainty.NONE,
    reason=Reason.OFF_TOPIC,
    confidence=0.25,
    service=None,
    topic=None,
    passage_id=None,
    shown=("plates.fee", "plates.term"),
    parts=(),
    index_version="v1",
    took_ms=1.5,
)


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs `qa-service journal` on a journal of two entries."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QA_JOURNAL", "sqlite:///journal.sqlite")
    with closing(SqlJournal.open("sqlite:///journal.sqlite")) as journal:
        journal.record(replace(ASKED, at=datetime.now(UTC)))
        for feedback in (
            Feedback("a-1", helpful=True, passage_id="plates.fee"),
            Feedback("a-2", helpful=False, comment="не те «питали»"),
        ):
            journal.record(Vote(datetime.now(UTC), feedback))
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_export_prints_one_json_line_an_entry_newest_first(cli: Cli) -> None:
    newest, oldest = map(json.loads, cli("export").stdout.splitlines())
    assert datetime.fromisoformat(newest.pop("at")) >= datetime.fromisoformat(oldest.pop("at"))
    assert newest == {
        "feedback": {
            "answer_id": "a-2",
            "helpful": False,
            "passage_id": None,
            "comment": "не те «питали»",
            "complaint": None,
        },
        "about": {
            "question": "чи їздить тролейбус",
            "channel": "chatbot",
            "service": None,
            "passage_id": None,
            "confidence": 0.25,
            "reason": "off_topic",
            "index_version": "v1",
        },
    }
    assert oldest == {
        "feedback": {
            "answer_id": "a-1",
            "helpful": True,
            "passage_id": "plates.fee",
            "comment": None,
            "complaint": None,
        },
        "about": None,
    }


def test_export_can_be_limited_to_the_newest(cli: Cli) -> None:
    [line] = cli("export", "--limit", "1").stdout.splitlines()
    assert json.loads(line)["feedback"]["answer_id"] == "a-2"


def test_purge_keeps_the_day_that_it_names(cli: Cli) -> None:
    today = datetime.now(UTC).date()
    assert cli("purge", "--before", str(today)).stdout == "0 entries removed\n"
    assert cli("purge", "--before", str(today + timedelta(days=1))).stdout == "3 entries removed\n"
    assert cli("export").stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("export", "--limit", "0"),
        ("export", "--limit", "many"),
        ("purge",),
        ("purge", "--before", "24.11.2026"),
        ("nope",),
    ],
)
def test_wrong_usage_is_exit_code_2(cli: Cli, arguments: tuple[str, ...]) -> None:
    assert cli(*arguments).exit_code == 2


@pytest.mark.parametrize("arguments", [("export",), ("purge", "--before", "2026-11-24")])
def test_without_a_journal_the_setting_is_named(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("QA_JOURNAL", "off")
    error = cli(*arguments).exception
    assert (
        isinstance(error, SettingsError) and "QA_JOURNAL" in str(error) and "\n" not in str(error)
    )


def test_a_journal_that_fails_is_the_packages_error(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("file").write_text("no database", "utf-8")
    monkeypatch.setenv("QA_JOURNAL", "sqlite:///file")
    assert isinstance(cli("export").exception, JournalError)


def test_a_journal_that_is_no_database_is_named_by_its_setting(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_JOURNAL", "oracle://user:hidden-word@db/qa")
    error = cli("export").exception
    assert isinstance(error, SettingsError) and "QA_JOURNAL" in str(error)
    assert "hidden-word" not in str(error)


def test_questions_events_and_the_audit_are_exported_too(cli: Cli, tmp_path: Path) -> None:
    [line] = cli("export", "--what", "questions").stdout.splitlines()
    assert json.loads(line)["question"] == "чи їздить тролейбус"
    head, row = cli("export", "--what", "questions", "--format", "csv").stdout.splitlines()
    assert head.startswith("at,answer_id,channel,question,") and ",a-2,chatbot," in row
    file = tmp_path / "events.parquet"
    done = cli("export", "--what", "events", "--format", "parquet", "--output", str(file))
    assert done.exit_code == 0 and done.stdout == "" and file.read_bytes().startswith(b"PAR1")


def _audit(cli: Cli) -> list[tuple[str, str, str, str]]:
    lines = map(json.loads, reversed(cli("export", "--what", "audit").stdout.splitlines()))
    return [(one["actor"], one["role"], one["action"], one["detail"]) for one in lines]


def test_an_export_and_a_purge_have_a_line_each_in_the_audit(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("qa_service.cli.audited.getuser", lambda: "root")
    tomorrow = str(datetime.now(UTC).date() + timedelta(days=1))
    cli("export")
    cli("export", "--what", "questions", "--format", "csv", "--output", str(tmp_path / "q.csv"))
    cli("export", "--what", "events", "--since", tomorrow)
    cli("purge", "--before", tomorrow)
    who = ("root, command line", "admin")
    assert _audit(cli) == [
        (*who, "export", "feedback, 2 entries"),
        (*who, "export", "questions, 1 entries"),
        (*who, "export", "events, 0 entries"),
        (*who, "purge", f"3 entries before {tomorrow}"),
    ]


def test_what_fails_is_no_export(cli: Cli) -> None:
    cli("export", "--output", "no/such/folder/file")
    assert _audit(cli) == []


def test_an_export_may_begin_with_a_day(cli: Cli) -> None:
    today = datetime.now(UTC).date()
    assert len(cli("export", "--since", str(today)).stdout.splitlines()) == 2
    assert cli("export", "--since", str(today + timedelta(days=1))).stdout == ""


def test_parquet_needs_a_file(cli: Cli) -> None:
    done = cli("export", "--format", "parquet")
    assert done.exit_code == 2 and "--output" in done.output


def test_a_file_that_cannot_be_written_is_an_error_of_its_own(cli: Cli) -> None:
    done = cli("export", "--output", "no/such/folder/file")
    assert isinstance(done.exception, FileNotFoundError)
