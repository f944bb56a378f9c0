"""The journal as files that other programs read: JSON lines, CSV, Parquet.

It is read in pages, so that a million rows need no more memory than a thousand.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from sqlalchemy import JSON, Boolean, ColumnElement, Engine, Float, Row, Select, select

from qa_service.errors import MissingExtraError
from qa_service.journal.database import wrapped
from qa_service.journal.rows import to_vote, votes
from qa_service.journal.tables import AUDIT, EVENTS, FEEDBACK, QUESTIONS, UtcDateTime

PAGE = 2_000

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""


class What(StrEnum):
    QUESTIONS = "questions"
    EVENTS = "events"
    FEEDBACK = "feedback"
    AUDIT = "audit"


class Format(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


_TABLES = {
    What.QUESTIONS: QUESTIONS,
    What.EVENTS: EVENTS,
    What.FEEDBACK: FEEDBACK,
    What.AUDIT: AUDIT,
}


class Export:
    """Of one table, the newest first.

    since: the oldest moment; limit: the most rows. written: how many rows have left. Reading raises
    JournalError.
    """

    def __init__(
        self, engine: Engine, what: What, since: datetime | None = None, limit: int | None = None
    ) -> None:
        self._engine, self._what, self._since, self._limit = engine, what, since, limit
        self._table = _TABLES[what]
        self.written = 0
        columns = self._all().selected_columns
        self.columns: list[ColumnElement[Any]] = [
            column for column in columns if column.name != "id"
        ]

    def rows(self) -> Iterator[list[Row[Any]]]:
        """A page after another."""
        page, left, last = self._page(self._limit), self._limit, None
        while page:
            yield page
            self.written += len(page)
            last = page[-1].id
            left = None if left is None else left - len(page)
            page = self._page(left, last)

    def _all(self) -> Select[Any]:
        if self._what is What.FEEDBACK:
            return votes()
        return select(self._table).order_by(self._table.c.id.desc())

    def _page(self, left: int | None, last: int | None = None) -> list[Row[Any]]:
        statement = self._all().limit(PAGE if left is None else min(PAGE, left))
        if last is not None:
            statement = statement.where(self._table.c.id < last)
        if self._since:
            statement = statement.where(self._table.c.at >= self._since)
        with wrapped(self._engine.url), self._engine.connect() as connection:
            return list(connection.execute(statement))

    def texts(self) -> Iterator[str]:
        """JSON, a row each; feedback with what it is about, as the API gives it."""
        names = [column.name for column in self.columns]
        for page in self.rows():
            for row in page:
                if self._what is What.FEEDBACK:
                    content: object = asdict(to_vote(row))
                else:
                    content = {name: getattr(row, name) for name in names}
                yield json.dumps(content, ensure_ascii=False, default=datetime.isoformat)

    def cells(self) -> Iterator[Iterable[str]]:
        """Of a CSV file, with its head."""
        yield [column.name for column in self.columns]
        for page in self.rows():
            for row in page:
                yield [_cell(getattr(row, column.name)) for column in self.columns]


def no_formula(text: str) -> str:
    """`text` for a cell; what a spreadsheet would take for a formula begins with an apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_jsonl(export: Export, into: IO[str]) -> None:
    for text in export.texts():
        into.write(f"{text}\n")


def write_csv(export: Export, into: IO[str]) -> None:
    csv.writer(into).writerows(export.cells())


def write_parquet(export: Export, file: Path) -> None:
    """Raises MissingExtraError without pyarrow."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise MissingExtraError("an export as Parquet", "parquet") from error

    def kind(column: ColumnElement[Any]) -> Any:
        if isinstance(column.type, UtcDateTime):
            return pyarrow.timestamp("us", tz="UTC")
        if isinstance(column.type, Boolean):
            return pyarrow.bool_()
        return pyarrow.float64() if isinstance(column.type, Float) else pyarrow.string()

    schema = pyarrow.schema([(column.name, kind(column)) for column in export.columns])
    with parquet.ParquetWriter(file, schema) as writer:
        for page in export.rows():
            columns = [
                [_plain(column, getattr(row, column.name)) for row in page]
                for column in export.columns
            ]
            writer.write_table(pyarrow.table(columns, schema=schema))


def write_file(export: Export, form: Format, file: Path) -> None:
    """Whole or not at all. Raises OSError, and as the above do."""
    with _whole(file) as temporary:
        if form is Format.PARQUET:
            write_parquet(export, temporary)
            return
        write: Callable[[Export, IO[str]], None] = write_csv if form is Format.CSV else write_jsonl
        with temporary.open("w", encoding="utf-8", newline="") as into:
            write(export, into)


@contextmanager
def _whole(file: Path) -> Iterator[Path]:
    """A name to write under, which becomes `file` at the end."""
    temporary = file.with_name(f".{file.name}.part")
    try:
        yield temporary
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        return no_formula(value)
    return "" if value is None else str(value)


def _plain(column: ColumnElement[Any], value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(column.type, JSON) else value
