"""Reports over a small journal and the passages of `support.fakes`."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from qa_service.indexing.changes import Change, ChangeKind, ChangeLog, Step
from qa_service.insights.figures import read_figures
from qa_service.insights.making import make_report
from qa_service.insights.report import Report
from qa_service.journal.reports import Reports, Scope
from qa_service.types import Channel
from support.asked import NOW, Row, keep, sqlite_in
from support.fakes import fake_serving


def report_of(
    folder: Path,
    questions: Sequence[Row] = (),
    *,
    days: int = 7,
    channel: Channel | None = None,
    log: ChangeLog | None = None,
    now: datetime = NOW,
    **rows: Any,
) -> Report:
    """Of a journal in `folder` with these rows, up to `now`."""
    folder.mkdir(exist_ok=True)
    reports = Reports.of(keep(sqlite_in(folder), questions, **rows))
    figures = read_figures(reports, Scope(now, days, channel))
    return make_report(figures, fake_serving().catalogue, log or ChangeLog())


def changed(at: str, *passages: str) -> ChangeLog:
    """A log of one version, built `at`, that changed these passages."""
    changes = [
        Change(ChangeKind.CHANGED, one, one.partition(".")[0], one, "old", "new")
        for one in passages
    ]
    return ChangeLog((Step("v0", "2026-01-01T00:00:00+00:00", at, tuple(changes)),))
