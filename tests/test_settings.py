"""Settings: from the environment and `.env`, and a bad one says key, value and what was
expected.
"""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from qa_service.errors import SettingsError
from qa_service.settings import PREFIX, Settings, as_environment, described, key_of, load_settings


@pytest.fixture(autouse=True)
def _bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `QA_*` variable and a working folder without `.env`."""
    for key in [key for key in os.environ if key.upper().startswith(PREFIX)]:
        monkeypatch.delenv(key)
    monkeypatch.chdir(tmp_path)


def _refusal(**overrides: object) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(**overrides)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_nothing_needs_to_be_set() -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert (settings.index, settings.corpus, settings.model, settings.store) == (
        Path("index"),
        Path("corpus"),
        "default",
        "faiss",
    )
    assert (settings.journal.get_secret_value(), settings.rate_limit) == (
        "sqlite:///journal.sqlite",
        "600/minute",
    )
    assert (settings.session_secret.get_secret_value(), settings.answer_deadline_ms) == ("", 1_000)


def test_the_public_names_are_settings() -> None:
    public = {"HOST", "PORT", "INDEX", "CORPUS", "MODEL", "STORE", "JOURNAL", "RATE_LIMIT"}
    assert public <= {name.upper() for name in Settings.model_fields}


def test_every_setting_has_one_line_of_meaning_and_every_number_its_range() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description and "\n" not in field.description, name
        if field.annotation is int:
            assert {type(limit).__name__ for limit in field.metadata} >= {"Ge", "Le"}, name


def test_the_environment_wins_over_env_file_and_an_option_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("QA_PORT=1111\nQA_HOST=::1\n", "utf-8")
    assert (load_settings().port, load_settings().host) == (1111, "::1")
    monkeypatch.setenv("QA_PORT", "2222")
    assert (load_settings().port, load_settings().host) == (2222, "::1")
    assert load_settings(port=3333, host=None).port == 3333


def test_env_file_takes_comments_quotes_and_ukrainian(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# примітка\n\nexport QA_CONTACT_PHONE='(044) 111'\nQA_CORPUS=\"дані/тут\"\n", "utf-8"
    )
    settings = load_settings()
    assert settings.contact_phone == "(044) 111" and settings.corpus == Path("дані/тут")


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("QA_PORT", "abc", "integer"),
        ("QA_PORT", "", "integer"),
        ("QA_PORT", "80.5", "integer"),
        ("QA_PORT", "70000", "65535"),
        ("QA_PORT", "-1", "0"),
        ("QA_INDEX", "", "must not be empty"),
        ("QA_KEYS", "", "must not be empty"),
        ("QA_STORE", "foo", "'faiss' or 'exact'"),
        ("QA_WORKERS", "0", "1"),
        ("QA_WORKERS", "65", "64"),
        ("QA_LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("QA_MAX_QUESTION_CHARS", "9", "10"),
        ("QA_MAX_QUESTION_CHARS", "20001", "20000"),
        ("QA_MAX_BODY_BYTES", "64k", "integer"),
        ("QA_RETRIEVAL_DEPTH", "5", "10"),
        ("QA_ANSWER_DEADLINE_MS", "49", "50"),
        ("QA_ANSWER_DEADLINE_MS", "60001", "60000"),
        ("QA_ANSWER_DEADLINE_MS", "1s", "integer"),
    ],
)
def test_a_bad_value_says_key_value_and_what_was_expected(
    monkeypatch: pytest.MonkeyPatch, key: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(key, value)
    said = _refusal()
    meaning = Settings.model_fields[key.removeprefix(PREFIX).lower()].description
    assert said.startswith(f"{key}={value}: ") and expected in said and str(meaning) in said


def test_a_bad_value_of_an_option_is_named_like_the_setting() -> None:
    assert _refusal(port=70_000).startswith("QA_PORT=70000: ")


def test_a_bad_value_in_env_file_is_said_alike(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("QA_PORT=abc\n", "utf-8")
    assert _refusal().startswith("QA_PORT=abc: ")


def test_an_unknown_key_is_refused_with_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_PROT", "8000")
    said = _refusal()
    assert said.startswith("QA_PROT is not a setting; known are ")
    assert all(PREFIX + name.upper() in said for name in Settings.model_fields)


def test_an_unknown_key_in_env_file_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("QA_PROT=8000\n", "utf-8")
    assert _refusal().startswith("QA_PROT in .env is not a setting; known are ")


def test_keys_of_other_programs_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QAX_PORT", "abc")
    monkeypatch.setenv("PORT", "abc")
    assert load_settings().port == 8000


def test_keys_of_other_programs_in_env_file_do_not_matter(tmp_path: Path) -> None:
    """Compose keeps the database's password beside our settings."""
    (tmp_path / ".env").write_text(
        "POSTGRES_PASSWORD=x\nQA_PORT=1111\nCOMPOSE_PROJECT_NAME=qa\n", "utf-8"
    )
    assert load_settings().port == 1111


def test_every_setting_can_be_printed_with_its_meaning_and_no_password_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(
        "QA_JOURNAL", "postgresql://qa:p@ss/wörd@db.test/qa?password=hidden&timeout=3"
    )
    monkeypatch.setenv("QA_RATE_LIMIT_STORE", "redis://:hidden@cache.test:6379")
    monkeypatch.setenv("QA_SESSION_SECRET", "hidden")
    printed = {key: value for key, value, meaning in described(load_settings()) if meaning}
    assert printed.keys() == set(map(key_of, Settings.model_fields))
    assert printed["QA_JOURNAL"] == "postgresql://qa:***@db.test/qa?password=***&timeout=***"
    assert printed["QA_RATE_LIMIT_STORE"] == "redis://:***@cache.test:6379"
    assert printed["QA_PORT"] == "8000" and "hidden" not in repr(load_settings())
    assert [key for key, value in printed.items() if "hidden" in value] == []


def test_workers_get_the_secrets_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_JOURNAL", "postgresql://qa:secret@db.test/qa")
    monkeypatch.setenv("QA_SESSION_SECRET", "a secret of all")
    environment = as_environment(load_settings())
    assert environment["QA_JOURNAL"] == "postgresql://qa:secret@db.test/qa"
    assert environment["QA_SESSION_SECRET"] == "a secret of all"


def test_settings_as_an_environment_are_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_SESSION_SECRET", "a secret of all")
    given = load_settings(port=1111, workers=2, answer_deadline_ms=300, index=Path("там"))
    for key, value in as_environment(given).items():
        monkeypatch.setenv(key, value)
    assert load_settings() == given


def test_an_env_file_that_is_not_utf_8_is_a_settings_error(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"QA_CONTACT_PHONE=\xff\n")
    assert ".env" in _refusal()


def test_settings_cannot_be_changed_after_start() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().port = 1
