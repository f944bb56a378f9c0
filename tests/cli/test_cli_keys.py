"""`qa-service keys` in-process, in a folder of its own."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qa_service.access.keys import KeyRing, Role
from qa_service.cli.keys import app
from qa_service.errors import AccessError, NotFoundError, RequestError

Keys = Callable[..., Result]


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keys:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def _create(keys: Keys, role: str = "site", name: str = "Портал") -> tuple[str, str]:
    """The new key's id and token."""
    token = keys("create", "--role", role, "--name", name).stdout.strip()
    return token.split("_")[2], token


@pytest.mark.parametrize("role", Role)
def test_create_prints_nothing_but_the_token_and_says_beside_it_that_it_is_shown_once(
    keys: Keys, role: Role
) -> None:
    ran = keys("create", "--role", role, "--name", "Портал")
    key = KeyRing(Path("keys.json")).check(ran.stdout.removesuffix("\n"))
    assert ran.exit_code == 0 and key and key.role is role and key.name == "Портал"
    assert ran.stderr.count("\n") == 1 and "shown only now" in ran.stderr and key.id in ran.stderr
    assert ran.stdout.strip() not in ran.stderr


def test_list_shows_every_key_on_a_line_and_no_token(keys: Keys) -> None:
    (portal, token), (desk, other) = _create(keys), _create(keys, "operator", "Гаряча лінія")
    keys("revoke", portal)
    first, second = keys("list").stdout.splitlines()
    assert (
        first.startswith(f"{portal}  site ")
        and "revoked 20" in first
        and first.endswith("  Портал")
    )
    assert (
        second.startswith(f"{desk}  operator ")
        and "  active " in second
        and second.endswith("  Гаряча лінія")
    )
    assert not any(shown.rpartition("_")[2] in first + second for shown in (token, other))


def test_list_json_is_for_programs(keys: Keys) -> None:
    assert json.loads(keys("list", "--json").stdout) == []
    key_id, _ = _create(keys, "admin", "Операції")
    (listed,) = json.loads(keys("list", "--json").stdout)
    created = listed.pop("created")
    assert created.endswith("Z") and listed == {
        "id": key_id,
        "role": "admin",
        "name": "Операції",
        "revoked": None,
    }


def test_list_without_keys_says_how_to_make_one(keys: Keys) -> None:
    ran = keys("list")
    assert ran.exit_code == 0 and ran.stdout == "" and "qa-service keys create" in ran.stderr


def test_revoke_closes_the_key_and_names_it(keys: Keys) -> None:
    key_id, token = _create(keys)
    ran = keys("revoke", key_id)
    assert ran.exit_code == 0 and key_id in ran.stdout and "Портал" in ran.stdout
    assert KeyRing(Path("keys.json")).check(token) is None


def test_a_wish_that_cannot_be_granted_is_an_error_of_the_package(keys: Keys) -> None:
    assert isinstance(keys("revoke", "aaaaaaaa").exception, NotFoundError)
    assert isinstance(keys("create", "--role", "site", "--name", " ").exception, RequestError)
    Path("keys.json").write_text("[", "utf-8")
    assert isinstance(keys("list").exception, AccessError)


@pytest.mark.parametrize(
    "arguments",
    [
        ("create",),
        ("create", "--role", "site"),
        ("create", "--name", "Портал"),
        ("create", "--role", "root", "--name", "Портал"),
        ("revoke",),
        ("list", "--nope"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_makes_no_key(
    keys: Keys, arguments: tuple[str, ...]
) -> None:
    ran = keys(*arguments)
    assert (
        ran.exit_code == 2
        and ran.stdout == ""
        and ran.stderr.strip()
        and not Path("keys.json").exists()
    )
