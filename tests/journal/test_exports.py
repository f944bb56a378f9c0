"""The journal as files of other programs. Each test name is the rule."""

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from journals import QUESTION, event, exchange, vote
from pyarrow.parquet import read_table

from qa_service.errors import JournalError, MissingExtraError
from qa_service.journal import AuditLine, exports
from qa_service.journal.exports import Export, Format, What, write_csv, write_file, write_jsonl
from qa_service.journal.sql import SqlJournal
from qa_service.journal.tables import AUDIT, EVENTS, QUESTIONS
from qa_service.types import Use

NOW = datetime.now(UTC)
COLUMNS = {What.QUESTIONS: QUESTIONS, What.EVENTS: EVENTS, What.AUDIT: AUDIT}


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqlJournal]:
    with closing(SqlJournal.open(f"sqlite:///{tmp_path}/journal.sqlite")) as opened:
        yield opened


def _lines(export: Export) -> list[dict[str, Any]]:
    written = StringIO()
    write_jsonl(export, written)
    return [json.loads(line) for line in written.getvalue().splitlines()]


def _cells(export: Export) -> list[dict[str, str]]:
    written = StringIO()
    write_csv(export, written)
    return list(csv.DictReader(StringIO(written.getvalue())))


def test_every_column_of_a_table_but_its_number_is_exported(journal: SqlJournal) -> None:
    journal.record(exchange(), event(), AuditLine(NOW, "k-1", "admin", "purge", "before 2026"))
    for what, table in COLUMNS.items():
        names = {column.name for column in table.c} - {"id"}
        [line] = _lines(Export(journal.engine, what))
        [cells] = _cells(Export(journal.engine, what))
        assert set(line) == set(cells) == names, what
    [line] = _lines(Export(journal.engine, What.QUESTIONS))
    assert line["question"] == QUESTION and line["shown"][0] == "licence-exchange.fee"
    assert datetime.fromisoformat(line["at"]).tzinfo == UTC


def test_feedback_is_exported_with_what_it_is_about(journal: SqlJournal) -> None:
    journal.record(exchange(), vote(), vote("a-2"))
    unknown, known = _cells(Export(journal.engine, What.FEEDBACK))
    assert (known["answer_id"], known["helpful"], known["state"]) == ("a-1", "False", "open")
    assert (known["asked_question"], unknown["asked_question"]) == (QUESTION, "")
    lines = _lines(Export(journal.engine, What.FEEDBACK))
    assert [line["about"] and line["about"]["question"] for line in lines] == [None, QUESTION]


@pytest.mark.parametrize("what", [What.QUESTIONS, What.FEEDBACK])
def test_pages_follow_each_other_newest_first_without_gaps(
    journal: SqlJournal, what: What, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PAGE", 3)
    for number in range(8):
        journal.record(exchange(f"a-{number}"), vote(f"a-{number}"))
    for limit, most in ((None, 8), (1, 1), (3, 3), (4, 4), (100, 8)):
        export = Export(journal.engine, what, limit=limit)
        answers = [row.answer_id for page in export.rows() for row in page]
        assert answers == [f"a-{number}" for number in range(7, 7 - most, -1)]


def test_what_is_older_than_the_first_day_is_left_out(journal: SqlJournal) -> None:
    ages = {"old": timedelta(days=2), "new": timedelta(hours=1)}
    journal.record(*(exchange(name, at=NOW - age) for name, age in ages.items()))
    since = Export(journal.engine, What.QUESTIONS, NOW - timedelta(days=1))
    assert [line["answer_id"] for line in _lines(since)] == ["new"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_a_spreadsheet_finds_no_formula(journal: SqlJournal, sign: str) -> None:
    formula = f'{sign}HYPERLINK("http://evil.example")'
    journal.record(exchange(question=formula), vote(comment=formula))
    [question] = _cells(Export(journal.engine, What.QUESTIONS))
    [feedback] = _cells(Export(journal.engine, What.FEEDBACK))
    for cell in (question["question"], feedback["comment"], feedback["asked_question"]):
        assert cell.startswith("'") and cell.endswith('HYPERLINK("http://evil.example")')


def test_numbers_and_plain_texts_stay_as_they_are(journal: SqlJournal) -> None:
    journal.record(exchange(question="ціна = скільки", confidence=-0.5))
    [cells] = _cells(Export(journal.engine, What.QUESTIONS))
    assert (cells["question"], cells["confidence"]) == ("ціна = скільки", "-0.5")


def test_parquet_keeps_kinds_of_values(journal: SqlJournal, tmp_path: Path) -> None:
    journal.record(exchange(goes_on=True, at=NOW), event(use=Use.SHARED), vote())
    file = tmp_path / "questions.parquet"
    write_file(Export(journal.engine, What.QUESTIONS), Format.PARQUET, file)
    [row] = read_table(file).to_pylist()
    assert (row["at"], row["confidence"], row["goes_on"], row["reason"]) == (NOW, 0.75, True, None)
    assert json.loads(row["parts"])[0]["asked"] == QUESTION
    write_file(Export(journal.engine, What.FEEDBACK), Format.PARQUET, file)
    assert read_table(file).to_pylist()[0]["asked_channel"] == "site"


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("what", What)
def test_a_journal_without_entries_gives_a_file_without_rows(
    journal: SqlJournal, what: What, form: Format, tmp_path: Path
) -> None:
    file = tmp_path / "empty"
    write_file(Export(journal.engine, what), form, file)
    if form is Format.PARQUET:
        assert read_table(file).num_rows == 0
    else:
        assert len(file.read_text("utf-8").splitlines()) == (form is Format.CSV)


def test_without_pyarrow_the_extra_is_named_and_no_file_is_left(
    journal: SqlJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install -e '\.\[parquet\]'"):
        write_file(Export(journal.engine, What.EVENTS), Format.PARQUET, tmp_path / "events")
    assert {file.name for file in tmp_path.iterdir()} <= {
        *("journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", ".journal.sqlite.lock"),
    }


@pytest.mark.parametrize("form", Format)
def test_a_file_that_is_there_stays_whole_where_reading_fails(
    journal: SqlJournal, form: Format, tmp_path: Path
) -> None:
    file = tmp_path / "questions"
    file.write_text("of yesterday", "utf-8")
    with journal.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE questions")
    with pytest.raises(JournalError):
        write_file(Export(journal.engine, What.QUESTIONS), form, file)
    assert file.read_text("utf-8") == "of yesterday"
    assert not list(tmp_path.glob("*.part")) and not list(tmp_path.glob(".*.part"))
