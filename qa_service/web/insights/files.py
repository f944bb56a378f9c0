"""The figures of `/insights` for programs, as JSON, and a table for spreadsheets, as CSV."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from qa_service.access.keys import Role
from qa_service.errors import JournalError, NotFoundError
from qa_service.insights.files import as_csv, as_json
from qa_service.insights.layout import all_tables
from qa_service.insights.report import Report
from qa_service.types import Channel
from qa_service.web.dependencies import Caller, require
from qa_service.web.insights.desk import Desk
from qa_service.web.insights.wanted import DEFAULT_DAYS, HERE, Days, OfChannel
from qa_service.web.staff import HEADERS

Program = Annotated[Caller, Depends(require(Role.SUPERVISOR))]


def files_router(desk: Desk | None) -> APIRouter:
    """`desk`: None where there is no journal."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"{HERE}.json")
    async def figures(
        program: Program, days: Days = DEFAULT_DAYS, channel: OfChannel = ""
    ) -> Response:
        report = await _report(desk, days, channel or None)
        return Response(as_json(report), headers=HEADERS, media_type="application/json")

    @router.get(HERE + "/{table}.csv")
    async def table(
        program: Program, table: str, days: Days = DEFAULT_DAYS, channel: OfChannel = ""
    ) -> Response:
        report = await _report(desk, days, channel or None)
        found = next((one for one in all_tables(report) if one.id == table), None)
        if found is None:
            raise NotFoundError("there is no such table; the page links to those that there are")
        name = f"{found.id}-{days}-{report.figures.scope.end:%Y%m%d}.csv"
        headers = HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(as_csv(found), headers=headers, media_type="text/csv; charset=utf-8")

    return router


async def _report(desk: Desk | None, days: int, channel: Channel | None) -> Report:
    """Raises JournalError, OverloadedError."""
    if desk is None:
        raise JournalError("this installation keeps no journal: set QA_JOURNAL to a database")
    return await desk.report(days, channel)
