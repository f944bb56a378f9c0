"""The routes of the managers' overview."""

from fastapi import APIRouter

from qa_service.journal.reports import Reports
from qa_service.live import Live
from qa_service.web.audit import Audit
from qa_service.web.insights.files import files_router
from qa_service.web.insights.overview import Overview
from qa_service.web.insights.page import page_router


def insights_router(live: Live, reports: Reports | None, audit: Audit) -> APIRouter:
    """`reports`: None where there is no journal."""
    overview = Overview(live, reports) if reports else None
    router = APIRouter()
    router.include_router(files_router(overview, audit))
    router.include_router(page_router(overview))
    return router
