"""The journal in a database: several processes at once, and failures that say what to do in one
line without a secret.
"""

import gc
import os
import resource
import subprocess
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from journals import ABOUT, QUESTION, answers, exchange, vote
from reading import execute, rows
from sqlalchemy import create_engine, text
from support.corpus import ROOT

from qa_service.errors import (
    JournalError,
    MissingExtraError,
    QAServiceError,
    RejectedEntryError,
    SettingsError,
)
from qa_service.journal import database
from qa_service.journal.database import check_url
from qa_service.journal.sql import SqlJournal
from qa_service.journal.tables import FEEDBACK, QUESTIONS
from qa_service.journal.writer import JournalWriter

PASSWORD = "correct-horse"  # of nothing
OPEN_FILES = Path("/proc/self/fd")
RECORD_MANY = """
import sys
from datetime import UTC, datetime
from qa_service.journal.sql import SqlJournal
from qa_service.journal import Feedback, Vote
sys.stdin.readline()
journal = SqlJournal.open(sys.argv[1])
for number in range(25):
    journal.record(Vote(datetime.now(UTC), Feedback(f"{sys.argv[2]}-{number}", True)))
"""
REFUSE_HELPFUL = {
    "sqlite": """CREATE TRIGGER refuse BEFORE INSERT ON feedback WHEN NEW.helpful
                 BEGIN SELECT RAISE(ABORT, 'not this one'); END""",
    "postgresql": "ALTER TABLE feedback ADD CONSTRAINT refuse CHECK (NOT helpful)",
}
"""Of a database that takes no helpful vote."""

EACH_DATABASE = pytest.mark.parametrize(
    "kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]
)

pytest_plugins = ["postgresql_server"]


def _url(folder: Path) -> str:
    return f"sqlite:///{folder}/journal.sqlite"


def _open_files(folder: Path) -> list[Path]:
    """The files in `folder` that this process holds open."""
    targets = [link.readlink() for link in OPEN_FILES.iterdir() if link.is_symlink()]
    return sorted(target for target in targets if target.is_relative_to(folder))


def _error(url: str, kind: type[QAServiceError] = JournalError) -> str:
    """The one line of the error, and no password in it or in what a log would show of its
    causes.
    """
    with pytest.raises(kind) as caught, closing(SqlJournal.open(url)) as journal:
        journal.record(vote())
    assert "\n" not in str(caught.value)
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


@pytest.fixture
def url(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        return _url(tmp_path)
    new_database: Callable[[], str] = request.getfixturevalue("new_database")
    return new_database()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_that_start_at_once_lose_no_entry(url: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RECORD_MANY, url, str(number)],
            stdin=subprocess.PIPE,
            env=environment,
        )
        for number in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
    assert [process.wait(60) for process in processes] == [0] * 4
    with closing(SqlJournal.open(url)) as journal:
        assert len(set(answers(journal.votes(1_000)))) == 100


def test_a_table_that_another_process_makes_first_is_taken(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        journals = list(threads.map(lambda _: SqlJournal.open(_url(tmp_path)), range(8)))
    for number, journal in enumerate(journals):
        journal.record(vote(f"a-{number}"))
        journal.close()
    with closing(SqlJournal.open(_url(tmp_path))) as journal:
        assert len(journal.votes(100)) == 8


@EACH_DATABASE
def test_a_vote_stays_where_its_successor_cannot_be_kept(url: str, kind: str) -> None:
    with closing(SqlJournal.open(url)) as journal:
        journal.record(vote())
        execute(url, REFUSE_HELPFUL[kind])
        with pytest.raises(JournalError):
            journal.record(vote(helpful=True))
        [kept] = journal.votes(10)
    assert not kept.feedback.helpful


@EACH_DATABASE
def test_votes_of_another_process_are_replaced_too(url: str) -> None:
    with closing(SqlJournal.open(url)) as first, closing(SqlJournal.open(url)) as second:
        first.record(vote())
        second.record(exchange())
        second.record(vote(helpful=True))
        [kept] = first.votes(10)
    assert kept.feedback.helpful and kept.about == ABOUT


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="needs /proc")
def test_a_file_that_was_removed_is_made_anew(tmp_path: Path) -> None:
    with closing(SqlJournal.open(_url(tmp_path))) as journal:
        journal.record(vote("a-1"))
        for file in tmp_path.iterdir():
            file.unlink()
        journal.record(vote("a-2"))
        with closing(SqlJournal.open(_url(tmp_path))) as reader:
            assert answers(reader.votes(10)) == answers(journal.votes(10)) == ["a-2"]
        assert set(_open_files(tmp_path)) <= set(tmp_path.iterdir())


def test_purged_texts_are_gone_from_the_disk(tmp_path: Path) -> None:
    with closing(SqlJournal.open(_url(tmp_path))) as journal:
        journal.record(exchange(), vote())
    assert QUESTION.encode() in (tmp_path / "journal.sqlite").read_bytes()
    with closing(SqlJournal.open(_url(tmp_path))) as journal:
        journal.purge(datetime.now(UTC))
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert kept.keys() == {"journal.sqlite", ".journal.sqlite.lock"}
    assert not [name for name, held in kept.items() if QUESTION.encode() in held]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "no database URL"),
        ("on", "no database URL"),
        (f"postgresql://user:{PASSWORD}:{PASSWORD}@host:port/x", "no database URL"),
        (f"mysql://user:{PASSWORD}@host/base", "unknown kind of database, mysql"),
        ("sqlite://", "no database"),
        ("sqlite:///:memory:", "no database"),
        (f"postgresql://user:{PASSWORD}@host", "no database"),
    ],
)
def test_a_wrong_url_is_told_from_a_right_one(url: str, said: str) -> None:
    message = _error(url, SettingsError)
    assert said in message and "sqlite:///" in message
    with pytest.raises(SettingsError) as checked:
        check_url(url)
    assert str(checked.value) == message


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////no/such/folder/journal.sqlite",
        f"postgresql://user:{PASSWORD}@127.0.0.1:1/base",
        f"postgres://user:{PASSWORD}@no.such.host/base",
    ],
)
def test_a_right_url_is_known_without_a_connection(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize("query", ["", f"?password={PASSWORD}"])
def test_a_server_that_is_not_there_is_named_without_its_password(query: str) -> None:
    message = _error(f"postgresql+pg8000://user:{PASSWORD}@127.0.0.1:1/base{query}")
    assert "127.0.0.1/base" in message and "QA_JOURNAL=off" in message


def test_an_option_that_the_driver_does_not_know_is_named_without_its_value() -> None:
    url = f"postgresql://user:{PASSWORD}@127.0.0.1:1/base?unknown={PASSWORD}"
    message = _error(url, SettingsError)
    assert message.endswith("one of: unknown")


@pytest.mark.parametrize("use", [SqlJournal.open, check_url])
def test_a_missing_driver_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, use: Callable[[str], object]
) -> None:
    monkeypatch.setitem(sys.modules, "pg8000", None)
    with pytest.raises(MissingExtraError, match=r"pip install -e '\.\[postgresql\]'"):
        use("postgresql://user@127.0.0.1/base")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert str(tmp_path / "file") in _error(_url(tmp_path / "file" / "folder"))


def test_a_folder_in_the_files_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").mkdir()
    assert "unable to open database file" in _error(_url(tmp_path))


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"no database" * 1_000)
    assert "file is not a database" in _error(_url(tmp_path))


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    with closing(SqlJournal.open(_url(tmp_path))) as journal:
        journal.record(vote())
    content = bytearray((tmp_path / "journal.sqlite").read_bytes())
    content[4_096:] = b"\xff" * (len(content) - 4_096)
    (tmp_path / "journal.sqlite").write_bytes(content)
    assert "malformed" in _error(_url(tmp_path))


def test_a_table_of_another_shape_is_named_without_the_texts(tmp_path: Path) -> None:
    execute(_url(tmp_path), "CREATE TABLE feedback (id INTEGER PRIMARY KEY)")
    message = _error(_url(tmp_path))
    assert "no such column" in message and QUESTION not in message


def test_a_full_disk_is_an_error_until_there_is_room(tmp_path: Path) -> None:
    with closing(SqlJournal.open(_url(tmp_path))) as journal:
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, limits[1]))
        try:
            with pytest.raises(JournalError, match=r"journal\.sqlite fails: .*(full|I/O error)"):
                for number in range(100):
                    journal.record(vote(f"a-{number}"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        kept = len(journal.votes(200))
        journal.record(vote("later"))
        assert len(journal.votes(200)) == kept + 1


def test_a_writer_that_never_ends_is_not_waited_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAIT_SECONDS", 0.1)
    with closing(SqlJournal.open(_url(tmp_path))) as journal:
        other = create_engine(_url(tmp_path))
        with other.connect() as connection:
            connection.execute(text("BEGIN EXCLUSIVE"))
            with pytest.raises(JournalError, match="locked"):
                journal.record(vote())
            assert journal.votes(10) == []
        other.dispose()
        journal.record(vote())
        assert len(journal.votes(10)) == 1


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="needs /proc")
def test_a_database_that_cannot_be_set_up_is_not_held_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAIT_SECONDS", 0.1)
    other = create_engine(_url(tmp_path))
    with other.connect() as connection:
        for statement in ("PRAGMA journal_mode = WAL", "BEGIN IMMEDIATE"):
            connection.execute(text(statement))
        with pytest.raises(JournalError, match="locked") as held:  # with the frames of what failed
            SqlJournal.open(_url(tmp_path))
        assert _open_files(tmp_path)
    other.dispose()
    assert held.value.__traceback__ and _open_files(tmp_path) == []
    SqlJournal.open(_url(tmp_path)).close()


@pytest.mark.parametrize(
    "kind",
    [
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.slow),
    ],
)
def test_an_entry_that_the_database_will_never_take_is_told_from_a_failure(
    url: str, kind: str
) -> None:
    with closing(SqlJournal.open(url)) as journal:
        execute(url, REFUSE_HELPFUL[kind])
        with pytest.raises(RejectedEntryError) as caught:
            journal.record(vote(helpful=True))
        journal.record(vote())
        assert len(journal.votes(10)) == 1
    assert QUESTION not in str(caught.value)


@pytest.mark.slow
def test_a_server_that_went_away_and_came_back_is_found_again(
    new_database: Callable[[], str],
) -> None:
    url = new_database()
    with closing(SqlJournal.open(url)) as journal:
        journal.record(vote("a-1"))
        execute(
            url,
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "  # waits for its end
            "WHERE pid <> pg_backend_pid()",
        )
        journal.record(vote("a-2"))
        assert len(journal.votes(10)) == 2


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_server_that_breaks_off_while_questions_are_written_loses_and_doubles_none(
    new_database: Callable[[], str],
) -> None:
    url = new_database()
    writer = JournalWriter(partial(SqlJournal.open, url), first_pause_s=0.01)
    for number in range(60):
        writer.record(exchange(f"a-{number}"))
        writer.record(vote(f"a-{number}"))
        if number % 10 == 5:
            execute(
                url,
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid()",
            )
    writer.close(60)
    gc.collect()  # pg8000 leaves sockets that broke to the collector, which warns of them
    for table in (QUESTIONS, FEEDBACK):
        kept = [row.answer_id for row in rows(url, table)]
        assert sorted(kept) == sorted(f"a-{number}" for number in range(60))


@pytest.mark.slow
def test_who_may_write_but_not_create_can_keep_a_journal(new_database: Callable[[], str]) -> None:
    url = new_database()
    SqlJournal.open(url).close()
    execute(
        url,
        f"CREATE ROLE writer LOGIN PASSWORD '{PASSWORD}'",
        "GRANT SELECT, INSERT, DELETE ON ALL TABLES IN SCHEMA public TO writer",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO writer",
        f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
    )
    with closing(SqlJournal.open(url.replace("postgres:@", f"writer:{PASSWORD}@"))) as journal:
        journal.record(vote())
    with closing(SqlJournal.open(url.replace("postgres:@", f"reader:{PASSWORD}@"))) as journal:
        assert len(journal.votes(10)) == 1
        with pytest.raises(JournalError, match="permission denied"):
            journal.record(vote())
        with pytest.raises(JournalError, match="permission denied"):
            journal.purge(datetime.now(UTC))
