"""`qa-service sessions` in-process, in a folder of its own."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qa_service import doors
from qa_service.access.keys import KeyRing, Role
from qa_service.access.sessions import Sessions
from qa_service.cli.sessions import app
from qa_service.errors import AccessError, RequestError
from qa_service.settings import load_settings

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def _sessions() -> Sessions:
    return Sessions("x" * 32, doors.ended_sessions(load_settings()))


@pytest.mark.parametrize("subject", ["Олена", "oidc:u-1"])
def test_revoke_ends_the_sessions_of_an_account_by_name_or_id(run: Run, subject: str) -> None:
    before = _sessions()
    hers = before.token(before.start("oidc:u-1", "Олена", Role.EDITOR, by_key=False))
    his = before.token(before.start("oidc:u-2", "Ігор", Role.EDITOR, by_key=False))
    ran = run("revoke", subject)
    assert ran.exit_code == 0 and f"sessions of {subject} that began before 20" in ran.stdout
    after = _sessions()
    assert after.check(hers) is None and after.check(his)
    time.sleep(0.001)
    assert after.check(after.token(after.start("oidc:u-1", "Олена", Role.EDITOR, by_key=False)))


def test_revoke_says_where_no_key_goes_by_the_name(run: Run) -> None:
    key, _ = KeyRing(Path("keys.json")).create(Role.EDITOR, "Олена")
    for known in (key.id, "Олена"):
        assert "no key goes by it" not in run("revoke", known).stdout
    assert "no key goes by it" in run("revoke", "Олана").stdout


def test_what_cannot_be_done_is_an_error_of_the_package(run: Run) -> None:
    assert isinstance(run("revoke", " ").exception, RequestError)
    Path("keys.sessions.json").write_text("[", "utf-8")
    assert isinstance(run("revoke", "Олена").exception, AccessError)


@pytest.mark.parametrize("arguments", [(), ("revoke",), ("list",)])
def test_wrong_usage_is_exit_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2
