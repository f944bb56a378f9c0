"""What the application needs, made from the settings: what is wrong with one is said at the start,
by its name, before anything is loaded.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage
from support.corpus import FEE_QUESTION, tiny_index, tiny_settings
from support.waiting import until

from qa_service import journals
from qa_service.bootstrap import handoff, load_service, web_dependencies
from qa_service.doors import limit_store, origins, rate
from qa_service.errors import (
    AccessError,
    JournalError,
    MissingExtraError,
    NotFoundError,
    QAServiceError,
    SettingsError,
    SnapshotError,
)
from qa_service.journal import Feedback, Journal, Limits, NullJournal, Vote
from qa_service.journals import check_journal, open_journal
from qa_service.monitoring.metrics import Metrics
from qa_service.service import QuestionService
from qa_service.settings import Settings
from qa_service.types import Handoff, Query
from qa_service.web.dependencies import ANY_ORIGIN


def _settings(folder: Path = Path("nowhere"), **changes: object) -> Settings:
    return tiny_settings(folder, **changes)


def _vote(answer_id: str = "a1") -> Vote:
    return Vote(datetime.now(UTC), Feedback(answer_id, True))


def _open(settings: Settings) -> Journal:
    return open_journal(settings, Metrics())


def test_everything_that_the_application_needs_comes_from_the_settings(tmp_path: Path) -> None:
    deps = web_dependencies(
        tiny_index(
            tmp_path,
            max_body_bytes=2_000,
            max_question_chars=50,
            retrieval_depth=20,
            answer_deadline_ms=300,
            cached_answers=7,
            cors_origins="*",
            contact_phone="101",
        )
    )
    assert deps.max_body_bytes == 2_000 and deps.contact == Handoff("101", "https://hsc.gov.ua")
    assert deps.origins == (ANY_ORIGIN,) and deps.rate is None and deps.keys.all() == ()
    assert not deps.service.takes_feedback
    serving = deps.service.live.current
    options = serving.engine.options
    assert (options.max_question_chars, options.retrieval_depth) == (50, 20)
    assert (options.deadline_s, options.handoff) == (0.3, deps.contact)
    asked = [Query(f"питання {number}") for number in range(8)]
    for query in asked:
        serving.answers.answer(query)
    assert [serving.answers.answer(query)[1] for query in asked[1:]] == [True] * 7
    assert serving.answers.answer(asked[0])[1] is False


def test_the_contact_centre_is_named_as_the_settings_say() -> None:
    named = handoff(_settings(contact_phone="101", contact_site="a.test"))
    assert named == Handoff("101", "a.test")


def test_processes_of_one_secret_know_the_answers_of_each_other_and_others_do_not(
    tmp_path: Path,
) -> None:
    def service(name: str, secret: str) -> QuestionService:
        journal = f"sqlite:///{tmp_path / name / 'journal.sqlite'}"
        settings = tiny_index(tmp_path / name, session_secret=secret, journal=journal)
        return web_dependencies(settings).service

    one, two, other = service("one", "x" * 32), service("two", "x" * 32), service("other", "")
    given = Feedback(one.ask(Query(FEE_QUESTION)).answer_id, True)
    two.feedback(given)
    with pytest.raises(NotFoundError):
        other.feedback(given)
    for each in (one, two, other):
        each.close()
    assert [entry.feedback for entry in two.kept_feedback(10)] == [given]


def test_a_program_that_asks_and_exits_keeps_no_feedback(tmp_path: Path) -> None:
    service = load_service(tiny_index(tmp_path, journal=f"sqlite:///{tmp_path}/journal.sqlite"))
    answer = service.ask(Query(FEE_QUESTION))
    assert answer.passages[0].passage.id == "licence-exchange.fee"
    assert not service.takes_feedback and not (tmp_path / "journal.sqlite").exists()


def test_without_an_index_nothing_starts(tmp_path: Path) -> None:
    for start in (load_service, web_dependencies):
        with pytest.raises(SnapshotError, match="there is no index"):
            start(_settings(tmp_path))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"rate_limit": "abc"}, SettingsError),
        ({"rate_limit_store": "foo://x"}, SettingsError),
        ({"cors_origins": "hsc"}, SettingsError),
        ({"journal": "oracle://x"}, SettingsError),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_bad_setting_is_said_before_anything_is_loaded(
    tmp_path: Path, changes: dict[str, object], error: type[QAServiceError]
) -> None:
    """There is no index here, which is not what is complained of."""
    with pytest.raises(error, match=f"QA_{next(iter(changes)).upper()}"):
        web_dependencies(_settings(tmp_path, **changes))


def test_a_damaged_file_of_keys_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{}", "utf-8")
    with pytest.raises(AccessError, match=r"keys\.json"):
        web_dependencies(_settings(tmp_path))


# QA_RATE_LIMIT


@pytest.mark.parametrize(
    "value", ["600/minute", "5/second", "1/day", "1000/hour", "10 per minute", "100/5minutes"]
)
def test_a_rate_is_a_number_a_time(value: str) -> None:
    assert rate(_settings(rate_limit=value)) == parse(value)


def test_off_limits_nobody() -> None:
    assert rate(_settings(rate_limit="off")) is None


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
def test_a_rate_in_another_form_or_of_nothing_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match=r"QA_RATE_LIMIT=.*600/minute"):
        rate(_settings(rate_limit=value))


@pytest.mark.parametrize("value", ["600/minute;10/second", "600/minute, 10/second"])
def test_two_rates_are_refused_rather_than_one_of_them_forgotten(value: str) -> None:
    with pytest.raises(SettingsError, match="QA_RATE_LIMIT="):
        rate(_settings(rate_limit=value))


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
    with pytest.raises(MissingExtraError, match=r"pip install -e '\.\[redis\]'"):
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
    assert isinstance(_open(_settings(journal="off")), NullJournal)
    journal = _open(_settings(journal=f"sqlite:///{tmp_path / 'journal.sqlite'}"))
    journal.record(_vote())
    journal.close()
    assert [entry.feedback for entry in journal.votes(10)] == [Feedback("a1", True)]
    journal.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "journal.sqlite",
        "sqlite:/journal.sqlite",
        "sqlite://",
        "sqlite:///:memory:",
        "oracle://user:hidden-word@db/qa",
        "mysql://user:hidden-word@db/qa",
        "postgresql://user:hidden-word@db",
        "postgresql://user:hidden-word@db:port/qa",
        "redis://:hidden-word@db/0",
    ],
)
def test_what_names_no_database_that_can_be_used_stops_the_start_without_its_password(
    tmp_path: Path, url: str
) -> None:
    for start in (check_journal, web_dependencies):
        with pytest.raises(SettingsError, match="QA_JOURNAL") as refused:
            start(_settings(tmp_path, journal=url))
        assert "hidden-word" not in str(refused.value) and "\n" not in str(refused.value)


def test_an_option_that_the_driver_does_not_know_stops_the_start(tmp_path: Path) -> None:
    journal = "postgresql://user:hidden-word@127.0.0.1:1/qa?sslmode=require"
    settings = tiny_index(tmp_path, journal=journal)
    for start in (check_journal, web_dependencies):
        with pytest.raises(SettingsError, match="sslmode") as refused:
            start(settings)
        assert "hidden-word" not in str(refused.value)


def test_a_journal_whose_driver_is_not_installed_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pg8000", None)
    with pytest.raises(MissingExtraError, match=r"pip install -e '\.\[postgresql\]'"):
        web_dependencies(_settings(tmp_path, journal="postgresql://user:word@db.test/qa"))


def test_a_journal_forgets_as_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[object, ...]] = []
    monkeypatch.setattr(journals, "JournalWriter", lambda *given, **_: made.append(given))
    settings = _settings(
        journal="sqlite:///journal.sqlite", journal_days=7, journal_max_questions=50
    )
    open_journal(settings, Metrics())
    assert made[0][-1] == Limits(days=7, questions=50)


def test_a_journal_that_is_off_needs_no_url() -> None:
    check_journal(_settings(journal="off"))


def test_a_journal_that_cannot_be_opened_stops_nobody_and_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "folder"
    folder.write_text("in the way", "utf-8")
    settings = tiny_index(tmp_path, journal=f"sqlite:///{folder / 'journal.sqlite'}")
    check_journal(settings)
    service = web_dependencies(settings).service
    given = Feedback(service.ask(Query(FEE_QUESTION)).answer_id, True)
    until(lambda: "the journal cannot be written now, answers are not affected" in caplog.text)
    service.feedback(given)
    with pytest.raises(JournalError):
        service.kept_feedback(10)
    folder.unlink()
    until(lambda: service.kept_feedback(10))
    assert [entry.feedback for entry in service.kept_feedback(10)] == [given]
    service.close()
