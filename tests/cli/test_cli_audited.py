"""What commands change of access is written down in the journal, where there is one."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qa_service.access.keys import KeyRing
from qa_service.cli import keys, sessions
from qa_service.journal.sql import SqlJournal

Run = Callable[..., Result]
URL = "sqlite:///journal.sqlite"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("qa_service.cli.audited.getuser", lambda: "root")

    def ran(command: str, *arguments: str) -> Result:
        app = keys.app if command == "keys" else sessions.app
        return CliRunner().invoke(app, arguments)

    return ran


def _audit() -> list[tuple[str, str, str, str]]:
    with closing(sqlite3.connect("journal.sqlite")) as database:
        found = database.execute("select actor, role, action, detail from audit order by id")
        return found.fetchall()


def test_keys_made_and_revoked_and_sessions_ended_have_a_line_each(run: Run) -> None:
    SqlJournal.open(URL).close()
    token = run("keys", "create", "--role", "editor", "--name", "Олена").stdout.strip()
    key_id = token.split("_")[2]
    run("keys", "revoke", key_id)
    run("sessions", "revoke", "Олена")
    who = ("root, command line", "admin")
    assert _audit() == [
        (*who, "create key", f"key {key_id} (editor) for Олена"),
        (*who, "revoke key", f"key {key_id} (editor) for Олена"),
        (*who, "end sessions", "of Олена"),
    ]


@pytest.mark.parametrize("url", ["off", URL])
def test_no_journal_is_made_for_it(run: Run, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("QA_JOURNAL", url)
    ran = run("keys", "create", "--role", "editor", "--name", "Олена")
    assert ran.exit_code == 0 and not Path("journal.sqlite").exists()


def test_a_journal_that_cannot_be_used_is_said_and_the_key_is_revoked(run: Run) -> None:
    token = run("keys", "create", "--role", "editor", "--name", "Олена").stdout.strip()
    Path("journal.sqlite").write_text("this is no database" * 100, "utf-8")
    ran = run("keys", "revoke", token.split("_")[2])
    assert ran.exit_code == 0 and "not written down in the journal" in ran.stderr
    assert KeyRing(Path("keys.json")).check(token) is None


def test_a_user_without_a_name_is_written_down_by_number(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown() -> str:
        raise KeyError("getpwuid(): uid not found: 10001")

    monkeypatch.setattr("qa_service.cli.audited.getuser", unknown)
    SqlJournal.open(URL).close()
    assert run("sessions", "revoke", "Олена").exit_code == 0
    assert _audit()[0][0] == f"user {os.getuid()}, command line"
