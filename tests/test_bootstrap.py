"""What surrounds an engine, read from the settings: what is wrong with one is said at the start, by
its name.
"""

import sys
from pathlib import Path

import pytest
from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage
from tiny import tiny_settings

from qa_service.errors import AccessError, JournalError, MissingExtraError, SettingsError
from qa_service.settings import Settings
from qa_service.surroundings import allowance, limit_store, open_journal, origins, surroundings
from qa_service.types import Feedback
from qa_service.web.middleware.callers import ANY_ORIGIN


def _settings(folder: Path = Path("nowhere"), **changes: object) -> Settings:
    return tiny_settings(folder, **changes)


def test_everything_that_the_application_needs_comes_from_the_settings(tmp_path: Path) -> None:
    around = surroundings(
        _settings(
            tmp_path,
            max_body_bytes=2_000,
            max_question_chars=50,
            cached_answers=7,
            cors_origins="*",
        )
    )
    assert (around.max_body_bytes, around.max_question_chars, around.cached_answers) == (
        2_000,
        50,
        7,
    )
    assert around.origins == (ANY_ORIGIN,) and around.allowed is None and around.keys.all() == ()


def test_a_damaged_file_of_keys_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{}", "utf-8")
    with pytest.raises(AccessError, match=r"keys\.json"):
        surroundings(_settings(tmp_path))


# QA_RATE_LIMIT


@pytest.mark.parametrize(
    "value", ["600/minute", "5/second", "1/day", "1000/hour", "10 per minute", "100/5minutes"]
)
def test_an_allowance_is_a_number_a_time(value: str) -> None:
    assert allowance(_settings(rate_limit=value)) == parse(value)


def test_off_limits_nobody() -> None:
    assert allowance(_settings(rate_limit="off")) is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "600",
        "600/",
        "/minute",
        "many/minute",
        "600/fortnight",
        "-1/minute",
        "1.5/second",
        "0/minute",
    ],
)
def test_an_allowance_in_another_form_or_of_nothing_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match=r"QA_RATE_LIMIT=.*600/minute"):
        allowance(_settings(rate_limit=value))


@pytest.mark.parametrize("value", ["600/minute;10/second", "600/minute, 10/second"])
def test_two_allowances_are_refused_rather_than_one_of_them_forgotten(value: str) -> None:
    with pytest.raises(SettingsError, match="QA_RATE_LIMIT="):
        allowance(_settings(rate_limit=value))


# QA_RATE_LIMIT_STORE


def test_requests_are_counted_in_memory_or_in_a_store_by_url() -> None:
    assert isinstance(limit_store(_settings(rate_limit_store="memory")), MemoryStorage)
    for scheme in ("redis", "rediss", "valkey", "valkeys"):
        assert isinstance(
            limit_store(_settings(rate_limit_store=f"{scheme}://:word@store:6379/1")), RedisStorage
        ), scheme


@pytest.mark.parametrize(
    "url",
    [
        "",
        "Memory",
        "redis",
        "redis:store",
        "redi://store:1",
        "postgresql://store:1",
        "memcached://store:1",
        "valkeyss://store:1",
    ],
)
def test_another_store_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="QA_RATE_LIMIT_STORE"):
        limit_store(_settings(rate_limit_store=url))


@pytest.mark.parametrize("place", ["store", "store:port", "store:99999", "store/db", "[::1"])
def test_a_url_that_cannot_be_read_is_refused_without_its_password(place: str) -> None:
    with pytest.raises(SettingsError, match="QA_RATE_LIMIT_STORE") as refused:
        limit_store(_settings(rate_limit_store=f"valkey://user:hidden-word@{place}"))
    assert "hidden-word" not in str(refused.value) and refused.value.__suppress_context__


@pytest.mark.parametrize("library", ["redis", "valkey"])
def test_a_store_whose_library_is_not_installed_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtraError, match=r"qa_service\[redis\]"):
        limit_store(_settings(rate_limit_store=f"{library}://store:6379"))


# QA_CORS_ORIGINS


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", ()),
        (" , ", ()),
        ("https://hsc.gov.ua", ("https://hsc.gov.ua",)),
        ("https://hsc.gov.ua/", ("https://hsc.gov.ua",)),
        (
            "https://hsc.gov.ua, http://localhost:5173",
            ("https://hsc.gov.ua", "http://localhost:5173"),
        ),
        ("http://[::1]:8000", ("http://[::1]:8000",)),
        ("https://xn--80adi8aaufcj8j.xn--j1amh", ("https://xn--80adi8aaufcj8j.xn--j1amh",)),
        ("*", (ANY_ORIGIN,)),
    ],
)
def test_origins_stand_between_commas(value: str, expected: tuple[str, ...]) -> None:
    assert origins(_settings(cors_origins=value)) == expected


@pytest.mark.parametrize(
    "value",
    [
        "hsc.gov.ua",
        "null",
        "https://",
        "ftp://hsc.gov.ua",
        "https://hsc.gov.ua/services",
        "https://hsc.gov.ua https://mvs.gov.ua",
        "https://*.gov.ua",
        "https://HSC.gov.ua",
        "https://мвс.укр",
        "https://hsc.gov.ua?x",
    ],
)
def test_what_no_browser_would_send_as_an_origin_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="QA_CORS_ORIGINS"):
        origins(_settings(cors_origins=f"https://mvs.gov.ua, {value}"))


# QA_JOURNAL


def test_a_journal_is_kept_where_its_url_says_and_not_at_all_where_it_is_off(
    tmp_path: Path,
) -> None:
    assert open_journal(_settings(journal="off")) is None
    journal = open_journal(_settings(journal=f"sqlite:///{tmp_path / 'journal.sqlite'}"))
    assert journal is not None
    journal.record(Feedback("a1", True), None)
    assert [entry.feedback for entry in journal.entries(10)] == [Feedback("a1", True)]
    journal.close()


def test_a_journal_that_cannot_be_opened_stops_nobody_and_is_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.write_text("in the way", "utf-8")
    journal = open_journal(_settings(journal=f"sqlite:///{folder / 'journal.sqlite'}"))
    assert journal is not None
    with pytest.raises(JournalError):
        journal.record(Feedback("a1", True), None)
    folder.unlink()
    journal.record(Feedback("a1", True), None)
    assert len(journal.entries(10)) == 1
    journal.close()
