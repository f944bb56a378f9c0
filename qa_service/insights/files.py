"""A report as JSON for programs, and a table as CSV for spreadsheets. Pure."""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from qa_service.insights.report import Report
from qa_service.insights.tables import Cell, Table
from qa_service.journal.exports import no_formula
from qa_service.journal.reports import told

_SUMMED_UP = ("hours", "answers", "doubts")
"""Of the figures: rows so fine that some are one person's."""

_SPLIT = ("over_time", "by_hour", "reasons")
"""By channel, with a total."""


def as_json(report: Report) -> str:
    """Times are ISO 8601, lengths of time seconds. What is summed up stands in its sums only. What
    the tables hide of a few people is null.
    """
    written = asdict(report)
    for name in _SUMMED_UP:
        del written["figures"][name]
    _hide_few(written)
    return json.dumps(written, ensure_ascii=False, default=_plain)


def _hide_few(written: dict[str, Any]) -> None:
    figures = written["figures"]
    for one in figures["votes"]:
        one["helpful"] = told(one["helpful"])
        one["complaints"] = _each_told(one["complaints"])
    disappointments = figures["disappointments"]
    disappointments["answers"] = _each_told(disappointments["answers"])
    for one in disappointments["passages"]:
        one.update({name: told(one[name]) for name in ("asked_again", "voted_down")})
    for one in written["lead"]["open"]:
        one["complaints"] = told(one["complaints"])
    for name in _SPLIT:
        for _, split in written[name]:
            split["total"] = told(split["total"])
    for asked in (written["total"], *(asked for _, asked in written["channels"])):
        if told(asked["asked"]) is None:
            asked.update(dict.fromkeys(asked))


def _each_told(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int | None]]:
    return [(name, told(many)) for name, many in counts]


def _plain(value: object) -> object:
    if isinstance(value, timedelta):
        return value.total_seconds()
    assert isinstance(value, date)
    return value.isoformat()


def as_csv(table: Table) -> bytes:
    """UTF-8 with the mark by which spreadsheets know it; buttons are left out."""
    kept = [place for place, _ in enumerate(table.columns) if not _is_button(table, place)]
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([table.columns[place] for place in kept])
    writer.writerows([[_plain_cell(row[place]) for place in kept] for row in table.rows])
    return written.getvalue().encode("utf-8-sig")


def _is_button(table: Table, place: int) -> bool:
    return any(row[place].post for row in table.rows)


def _plain_cell(cell: Cell) -> str | float:
    if cell.value is not None:
        return cell.value
    return no_formula(cell.text)
