"""The journal's schema: tables of earlier versions are taken with all they hold, those of a newer
one are refused in one line, and a step that fails changes nothing.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from journals import answers, exchange, vote
from reading import execute, plain, rows
from sqlalchemy import Table, create_engine, inspect

from qa_service.errors import JournalError
from qa_service.journal import Asked
from qa_service.journal.sql import SqlJournal
from qa_service.journal.tables import FEEDBACK, METADATA, QUESTIONS
from qa_service.types import Channel, Complaint, Reason

pytest_plugins = ["postgresql_server"]

EARLIER = """
CREATE TABLE feedback (
    id {serial} NOT NULL, at {moment} NOT NULL, answer_id VARCHAR NOT NULL,
    helpful BOOLEAN NOT NULL, passage_id VARCHAR, comment VARCHAR, {complaint}
    asked_question VARCHAR, asked_channel VARCHAR, asked_service VARCHAR,
    asked_passage_id VARCHAR, asked_confidence FLOAT, asked_reason VARCHAR,
    asked_index_version VARCHAR, PRIMARY KEY (id)
)
"""
INDEX_AT = "CREATE INDEX ix_feedback_at ON feedback (at)"
INDEX_ANSWER = "CREATE INDEX ix_feedback_answer_id ON feedback (answer_id)"
EARLIER_FORMS = {
    "first": ("", (INDEX_AT,)),
    "with complaints": ("complaint VARCHAR,", (INDEX_AT,)),
    "latest": ("complaint VARCHAR,", (INDEX_AT, INDEX_ANSWER)),
}
"""Of the table before migrations: its columns and indexes."""

INSERT = """
INSERT INTO feedback (at, answer_id, helpful, passage_id, comment, asked_question, asked_channel,
    asked_service, asked_passage_id, asked_confidence, asked_reason, asked_index_version) VALUES
"""
VOTES = """
('2026-11-24 10:00:00.000000', 'a-1', TRUE, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
('2026-11-24 11:00:00.000000', 'a-2', FALSE, 'plates.fee', 'не те', 'Ціна  номерів', 'operator',
    'plates', 'plates.fee', 0.75, NULL, 'v1'),
('2026-11-24 12:00:00.000000', 'a-2', TRUE, NULL, NULL, 'Ціна  номерів', 'operator',
    'plates', 'plates.fee', 0.75, NULL, 'v1'),
('2026-11-24 13:00:00.000000', 'a-3', FALSE, NULL, NULL, 'борщ, 067 123 45 67', 'site',
    NULL, NULL, 0.1, 'off_topic', 'v2')
"""
PLATES = Asked("Ціна  номерів", Channel.OPERATOR, "plates", "plates.fee", 0.75, None, "v1")
BORSCH = Asked("борщ, [телефон]", Channel.SITE, None, None, 0.1, Reason.OFF_TOPIC, "v2")

EACH_DATABASE = pytest.mark.parametrize(
    "kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]
)


@pytest.fixture
def url(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/journal.sqlite"
    new_database: Callable[[], str] = request.getfixturevalue("new_database")
    return new_database()


def _make_earlier(url: str, form: str = "latest", *statements: str) -> None:
    """The database of a version before migrations, with votes."""
    types = (
        {"serial": "INTEGER", "moment": "DATETIME"}
        if url.startswith("sqlite")
        else {"serial": "SERIAL", "moment": "TIMESTAMP WITH TIME ZONE"}
    )
    complaint, indexes = EARLIER_FORMS[form]
    table = EARLIER.format(complaint=complaint, **types)
    in_utc = [] if url.startswith("sqlite") else ["SET TIME ZONE 'UTC'"]
    execute(url, table, *indexes, *in_utc, INSERT + VOTES, *statements)


def _differences(url: str) -> list[object]:
    """Between the database and the tables that the code knows."""
    engine = create_engine(plain(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found: list[object] = compare_metadata(context, METADATA)
    engine.dispose()
    return found


def _tables(url: str) -> set[str]:
    engine = create_engine(plain(url))
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


@EACH_DATABASE
def test_the_migrations_end_with_the_tables_that_the_code_knows(url: str) -> None:
    for _ in range(2):
        SqlJournal.open(url).close()
    assert _differences(url) == []


@EACH_DATABASE
@pytest.mark.parametrize("form", EARLIER_FORMS)
def test_votes_of_every_earlier_version_are_taken_with_what_they_were_about(
    url: str, form: str
) -> None:
    _make_earlier(url, form)
    for _ in range(2):
        with closing(SqlJournal.open(url)) as journal:
            votes = journal.votes(10)
    assert [(one.feedback.answer_id, one.feedback.helpful, one.about) for one in votes] == [
        ("a-3", False, BORSCH),
        ("a-2", True, PLATES),
        ("a-2", False, PLATES),
        ("a-1", True, None),
    ]
    assert votes[2].feedback.passage_id == "plates.fee" and votes[2].feedback.comment == "не те"
    assert votes[3].at == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert {row.state for row in rows(url, FEEDBACK)} == {"open"}
    assert _differences(url) == []


@EACH_DATABASE
def test_a_complaint_of_an_earlier_version_stays(url: str) -> None:
    _make_earlier(url, "latest", "UPDATE feedback SET complaint = 'outdated' WHERE id = 4")
    with closing(SqlJournal.open(url)) as journal:
        complaints = [one.feedback.complaint for one in journal.votes(10)]
    assert complaints == [Complaint.OUTDATED, None, None, None]


@EACH_DATABASE
def test_what_votes_were_about_becomes_questions(url: str) -> None:
    _make_earlier(url)
    SqlJournal.open(url).close()
    names = ("answer_id", "same_as", "language", "certainty", "shown", "parts", "goes_on")
    found = [tuple(getattr(row, name) for name in names) for row in rows(url, QUESTIONS)]
    assert found == [
        ("a-2", "ціна номерів", "und", "sure", ["plates.fee"], [], False),
        ("a-3", "борщ, [телефон]", "und", "none", [], [], False),
    ]


@EACH_DATABASE
def test_many_votes_are_taken_in_portions(url: str) -> None:
    one = "('2026-11-24 14:00:00', 'b-{}', TRUE, NULL, NULL, 'q{}', 'site', '', '', 0.5, NULL, '')"
    many = range(1_001)
    _make_earlier(url, "latest", INSERT + ", ".join(one.format(n, n) for n in many))
    with closing(SqlJournal.open(url)) as journal:
        votes = journal.votes(len(many))
    asked = [one.about.question for one in votes if one.about]
    assert asked == [f"q{number}" for number in reversed(many)]


@EACH_DATABASE
def test_what_is_kept_after_a_migration_goes_on_where_it_ended(url: str) -> None:
    _make_earlier(url)
    with closing(SqlJournal.open(url)) as journal:
        journal.record(exchange("later"), vote("later"))
        journal.record(vote("a-3", passage_id=None))
        assert answers(journal.votes(3)) == ["a-3", "later", "a-2"]


@EACH_DATABASE
def test_a_migration_that_fails_changes_nothing_and_is_tried_again(url: str) -> None:
    _make_earlier(url, "latest", "CREATE TABLE gaps (id INTEGER)")
    with pytest.raises(JournalError, match="already exists"):
        SqlJournal.open(url)
    assert _tables(url) == {"feedback", "gaps"}
    execute(url, "DROP TABLE gaps")
    with closing(SqlJournal.open(url)) as journal:
        assert len(journal.votes(10)) == 4
    assert _differences(url) == []


def test_databases_that_are_opened_at_once_are_each_migrated(tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path}/{number}.sqlite" for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        for journal in pool.map(SqlJournal.open, urls):
            with closing(journal):
                assert journal.votes(1) == []


@EACH_DATABASE
def test_tables_of_a_newer_version_are_refused_in_one_line_and_left_alone(url: str) -> None:
    with closing(SqlJournal.open(url)) as journal:
        journal.record(vote())
    execute(url, "UPDATE alembic_version SET version_num = '99'")
    with pytest.raises(JournalError, match="made by a newer version of the service") as caught:
        SqlJournal.open(url)
    assert "\n" not in str(caught.value) and "QA_JOURNAL" in str(caught.value)
    assert len(rows(url, FEEDBACK)) == 1


@EACH_DATABASE
@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=str)
def test_every_table_is_made(url: str, table: Table) -> None:
    SqlJournal.open(url).close()
    assert table.name in _tables(url)
