"""What the room's routes are given: a report that may have been made a while ago, with the gaps
that stand now. Those are found by another process and dismissed by editors, and read quickly.
"""

from contextlib import suppress
from datetime import UTC, datetime

from fastapi.concurrency import run_in_threadpool

from qa_service.errors import JournalError
from qa_service.insights.figures import read_figures, read_gaps
from qa_service.insights.making import make_report, with_gaps
from qa_service.insights.report import Report
from qa_service.journal.reports import Reports, Scope
from qa_service.live import Live
from qa_service.types import Channel
from qa_service.web.insights.desk import Desk


class Overview:
    def __init__(self, live: Live, reports: Reports) -> None:
        self._live, self._reports = live, reports
        self._desk = Desk(self._make)

    async def report(self, days: int, channel: Channel | None) -> Report:
        """Raises JournalError, OverloadedError."""
        report = await self._desk.report(days, channel)
        with suppress(JournalError):  # then those of the report are the newest that there are
            gaps = await run_in_threadpool(read_gaps, self._reports)
            return with_gaps(report, gaps, self._live.current.catalogue)
        return report

    def _make(self, days: int, channel: Channel | None) -> Report:
        """Up to now. Raises JournalError."""
        figures = read_figures(self._reports, Scope(datetime.now(UTC), days, channel))
        serving = self._live.current
        return make_report(figures, serving.catalogue, serving.engine.snapshot.changes)
