"""The routes of the managers' overview."""

from datetime import UTC, datetime
from functools import partial

from fastapi import APIRouter

from qa_service.insights.figures import read_figures
from qa_service.insights.making import make_report
from qa_service.insights.report import Report
from qa_service.journal.reports import Reports, Scope
from qa_service.live import Live
from qa_service.types import Channel
from qa_service.web.insights.desk import Desk
from qa_service.web.insights.files import files_router
from qa_service.web.insights.page import page_router


def insights_router(live: Live, reports: Reports | None) -> APIRouter:
    """`reports`: None where there is no journal."""
    desk = Desk(partial(_make, live, reports)) if reports else None
    router = APIRouter()
    router.include_router(files_router(desk))
    router.include_router(page_router(desk))
    return router


def _make(live: Live, reports: Reports, days: int, channel: Channel | None) -> Report:
    """Up to now. Raises JournalError."""
    figures = read_figures(reports, Scope(datetime.now(UTC), days, channel))
    serving = live.current
    return make_report(figures, serving.catalogue, serving.engine.snapshot.changes)
