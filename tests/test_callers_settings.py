"""How callers are known, by the settings: what does not fit stops the start in one line."""

from pathlib import Path
from typing import Any

import pytest

from qa_service import doors
from qa_service.access.ended_shared import SharedEndedSessions
from qa_service.access.keys import Role
from qa_service.access.sessions import EndedSessions
from qa_service.errors import AccessError, MissingExtraError, SettingsError
from qa_service.settings import Settings, described

WHOLE: dict[str, Any] = {
    "oidc_issuer": "https://id.test/realms/staff",
    "oidc_client_id": "qa",
    "oidc_client_secret": "hidden-word",
    "oidc_admin_group": "admins",
    "public_url": "https://qa.test",
}


def _settings(folder: Path, **values: Any) -> Settings:
    return Settings(_env_file=None, keys=folder / "keys.json", **values)  # type: ignore[call-arg]


def _refusal(folder: Path, **values: Any) -> str:
    with pytest.raises(SettingsError) as refused:
        doors.callers(_settings(folder, **values))
    said = str(refused.value)
    assert "\n" not in said and "hidden-word" not in said
    return said


def test_without_an_issuer_there_is_no_provider(tmp_path: Path) -> None:
    assert doors.callers(_settings(tmp_path))[2] is None


def test_a_provider_is_known_with_the_groups_of_each_role(tmp_path: Path) -> None:
    provider = doors.callers(_settings(tmp_path, **WHOLE, oidc_operator_group="desk"))[2]
    assert provider
    registration = provider.registration
    assert registration.callback == "https://qa.test/sign-in/oidc/callback"
    assert registration.roles == {"desk": Role.OPERATOR, "admins": Role.ADMIN}
    assert "hidden-word" not in repr(registration)


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ("oidc_client_id", "needs QA_OIDC_CLIENT_ID"),
        ("oidc_client_secret", "needs QA_OIDC_CLIENT_SECRET"),
        ("oidc_admin_group", "needs QA_OIDC_OPERATOR_GROUP or another group"),
        ("public_url", "needs QA_PUBLIC_URL"),
        ("oidc_issuer", "QA_OIDC_ISSUER is empty"),
    ],
)
def test_a_provider_without_all_that_it_needs_is_refused(
    tmp_path: Path, missing: str, named: str
) -> None:
    assert named in _refusal(tmp_path, **{**WHOLE, missing: ""})


@pytest.mark.parametrize(
    "issuer",
    [
        "id.test",
        "http://id.test",
        "ftp://id.test",
        "https://",
        "https://id.test?x=1",
        "https://id.test#x",
        "http://localhost.evil.test/",
        "http://127.0.0.1.evil.test",
        "http://localhost:80@evil.test/",
    ],
)
def test_an_issuer_without_tls_or_that_is_none_is_refused(tmp_path: Path, issuer: str) -> None:
    assert f"QA_OIDC_ISSUER: {issuer}" in _refusal(tmp_path, **{**WHOLE, "oidc_issuer": issuer})


@pytest.mark.parametrize("issuer", ["http://localhost:8080/realms/a", "http://127.0.0.1:1"])
def test_on_this_machine_an_issuer_needs_no_tls(tmp_path: Path, issuer: str) -> None:
    assert doors.callers(_settings(tmp_path, **{**WHOLE, "oidc_issuer": issuer}))[2]


def test_one_group_for_two_roles_is_refused(tmp_path: Path) -> None:
    assert "one group stands for two roles" in _refusal(
        tmp_path, **WHOLE, oidc_editor_group="admins"
    )


def test_without_the_extra_a_provider_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"\[oidc\]"):
        doors.callers(_settings(tmp_path, **WHOLE))
    assert doors.callers(_settings(tmp_path))[2] is None


@pytest.mark.parametrize("secret", ["hidden-word", "x" * 31])
def test_a_secret_that_can_be_guessed_is_refused(tmp_path: Path, secret: str) -> None:
    assert "openssl rand -hex 32" in _refusal(tmp_path, session_secret=secret)


def test_without_a_secret_each_process_makes_one(tmp_path: Path) -> None:
    one, other = (doors.session_secret(_settings(tmp_path)) for _ in "12")
    assert one != other and len(one) == len(other) == 64
    assert doors.session_secret(_settings(tmp_path, session_secret="x" * 32)) == "x" * 32


def test_a_damaged_file_of_ended_sessions_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "keys.sessions.json").write_text("[{", "utf-8")
    with pytest.raises(AccessError, match=r"keys\.sessions\.json is damaged"):
        doors.callers(_settings(tmp_path))


@pytest.mark.parametrize(
    "url",
    ["hidden-word", "http://x", "valkey://user:hidden-word@host:no", "redis://h?x=hidden-word"],
)
def test_a_store_of_ended_sessions_is_a_file_or_a_url(tmp_path: Path, url: str) -> None:
    assert "QA_SESSION_STORE must be" in _refusal(tmp_path, session_store=url)


def test_ended_sessions_are_in_a_file_or_where_machines_share_them(tmp_path: Path) -> None:
    assert isinstance(doors.ended_sessions(_settings(tmp_path)), EndedSessions)
    for url in ("redis://:word@store:6379/1", "valkey://store:6379"):
        shared = doors.ended_sessions(_settings(tmp_path, session_store=url))
        assert isinstance(shared, SharedEndedSessions)


def test_no_secret_is_printed(tmp_path: Path) -> None:
    printed = {key: value for key, value, _ in described(_settings(tmp_path, **WHOLE))}
    assert printed["QA_OIDC_CLIENT_SECRET"] == "***"
