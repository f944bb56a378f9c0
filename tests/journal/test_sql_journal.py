"""The journal in a database: several processes at once, and failures that say what to do in one
line without a secret.
"""

import os
import resource
import subprocess
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from journals import ABOUT, FEEDBACK
from sqlalchemy import create_engine, text
from worlds import ROOT

from qa_service.errors import JournalError, MissingExtraError
from qa_service.journal import sql
from qa_service.journal.sql import SqlJournal

PASSWORD = "correct-horse"  # of nothing
RECORD_MANY = """
import sys
from qa_service.journal.sql import SqlJournal
from qa_service.types import Feedback
sys.stdin.readline()
journal = SqlJournal.open(sys.argv[1])
for number in range(25):
    journal.record(Feedback(f"{sys.argv[2]}-{number}", True), None)
"""

pytest_plugins = ["postgresql_server"]


def _url(folder: Path) -> str:
    return f"sqlite:///{folder}/journal.sqlite"


def _error(url: str) -> str:
    """The one line of the JournalError, and no password in it or in what a log would show of its
    causes.
    """
    with pytest.raises(JournalError) as caught, closing(SqlJournal.open(url)) as journal:
        journal.record(FEEDBACK, ABOUT)
    assert "\n" not in str(caught.value)
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_that_start_at_once_lose_no_entry(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = _url(tmp_path) if kind == "sqlite" else request.getfixturevalue("new_database")()
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
        assert len({entry.feedback.answer_id for entry in journal.entries(1_000)}) == 100


def test_a_table_that_another_process_makes_first_is_taken(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        journals = list(threads.map(lambda _: SqlJournal.open(_url(tmp_path)), range(8)))
    for journal in journals:
        journal.record(FEEDBACK, ABOUT)
        journal.close()
    with closing(SqlJournal.open(_url(tmp_path))) as journal:
        assert len(journal.entries(100)) == 8


def test_purged_texts_are_gone_from_the_disk(tmp_path: Path) -> None:
    with closing(SqlJournal.open(_url(tmp_path))) as journal:
        journal.record(FEEDBACK, ABOUT)
    assert ABOUT.question.encode() in (tmp_path / "journal.sqlite").read_bytes()
    with closing(SqlJournal.open(_url(tmp_path))) as journal:
        journal.purge(datetime.now(UTC))
    assert [path.name for path in tmp_path.iterdir()] == ["journal.sqlite"]
    assert ABOUT.question.encode() not in (tmp_path / "journal.sqlite").read_bytes()


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
    message = _error(url)
    assert said in message and "sqlite:///" in message


@pytest.mark.parametrize("query", ["", f"?password={PASSWORD}"])
def test_a_server_that_is_not_there_is_named_without_its_password(query: str) -> None:
    message = _error(f"postgresql+pg8000://user:{PASSWORD}@127.0.0.1:1/base{query}")
    assert "127.0.0.1/base" in message and "QA_JOURNAL=off" in message


def test_an_option_that_the_driver_does_not_know_is_named_without_its_value() -> None:
    message = _error(f"postgresql://user:{PASSWORD}@127.0.0.1:1/base?unknown={PASSWORD}")
    assert message.endswith("one of: unknown")


def test_a_missing_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pg8000", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'qa_service\[postgresql\]'"):
        SqlJournal.open("postgresql://user@127.0.0.1/base")


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
        journal.record(FEEDBACK, ABOUT)
    content = bytearray((tmp_path / "journal.sqlite").read_bytes())
    content[4_096:] = b"\xff" * (len(content) - 4_096)
    (tmp_path / "journal.sqlite").write_bytes(content)
    assert "malformed" in _error(_url(tmp_path))


def test_a_table_of_another_shape_is_named_without_the_texts(tmp_path: Path) -> None:
    engine = create_engine(_url(tmp_path))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE feedback (id INTEGER PRIMARY KEY)"))
    engine.dispose()
    message = _error(_url(tmp_path))
    assert "no column named" in message and ABOUT.question not in message


def test_a_full_disk_is_an_error_until_there_is_room(tmp_path: Path) -> None:
    with closing(SqlJournal.open(_url(tmp_path))) as journal:
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, limits[1]))
        try:
            with pytest.raises(JournalError, match=r"journal\.sqlite fails: .*(full|I/O error)"):
                for _ in range(100):
                    journal.record(FEEDBACK, ABOUT)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        kept = len(journal.entries(200))
        journal.record(FEEDBACK, ABOUT)
        assert len(journal.entries(200)) == kept + 1


def test_a_writer_that_never_ends_is_not_waited_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "WAIT_SECONDS", 0.1)
    with closing(SqlJournal.open(_url(tmp_path))) as journal:
        other = create_engine(_url(tmp_path))
        with other.connect() as connection:
            connection.execute(text("BEGIN IMMEDIATE"))
            with pytest.raises(JournalError, match="locked"):
                journal.record(FEEDBACK, ABOUT)
            assert journal.entries(10) == []
        other.dispose()
        journal.record(FEEDBACK, ABOUT)
        assert len(journal.entries(10)) == 1


@pytest.mark.slow
def test_a_server_that_went_away_and_came_back_is_found_again(
    new_database: Callable[[], str],
) -> None:
    url = new_database()
    with closing(SqlJournal.open(url)) as journal:
        journal.record(FEEDBACK, ABOUT)
        other = create_engine(
            url.replace("postgresql://", "postgresql+pg8000://"), isolation_level="AUTOCOMMIT"
        )
        with other.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> "
                    "pg_backend_pid()"
                )
            )
        other.dispose()
        journal.record(FEEDBACK, ABOUT)
        assert len(journal.entries(10)) == 2


@pytest.mark.slow
def test_who_may_write_but_not_create_can_keep_a_journal(new_database: Callable[[], str]) -> None:
    url = new_database()
    SqlJournal.open(url).close()
    owner = create_engine(
        url.replace("postgresql://", "postgresql+pg8000://"), isolation_level="AUTOCOMMIT"
    )
    with owner.connect() as connection:
        for statement in (
            f"CREATE ROLE writer LOGIN PASSWORD '{PASSWORD}'",
            "GRANT SELECT, INSERT ON feedback TO writer",
            "GRANT USAGE ON SEQUENCE feedback_id_seq TO writer",
        ):
            connection.execute(text(statement))
    owner.dispose()
    with closing(SqlJournal.open(url.replace("postgres:@", f"writer:{PASSWORD}@"))) as journal:
        journal.record(FEEDBACK, ABOUT)
        with pytest.raises(JournalError, match="permission denied"):
            journal.purge(datetime.now(UTC))
