"""The figures of `/insights` for programs, as JSON, and a table for spreadsheets, as CSV."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response

from qa_service.access.keys import Role
from qa_service.errors import JournalError, NotFoundError
from qa_service.insights.files import as_csv, as_json
from qa_service.insights.layout import all_tables
from qa_service.insights.report import Report
from qa_service.types import Channel
from qa_service.web.audit import Audit
from qa_service.web.dependencies import Caller, require
from qa_service.web.insights.overview import Overview
from qa_service.web.insights.wanted import DEFAULT_DAYS, HERE, Days, OfChannel
from qa_service.web.staff import HEADERS

Program = Annotated[Caller, Depends(require(Role.SUPERVISOR))]


def files_router(overview: Overview | None, audit: Audit) -> APIRouter:
    """`overview`: None where there is no journal. Each file that leaves has a line in `audit`."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"{HERE}.json")
    async def figures(
        program: Program, days: Days = DEFAULT_DAYS, channel: OfChannel = ""
    ) -> Response:
        report = await _report(overview, days, channel or None)
        audit.note(program, "export", exported("json", days, channel))
        return Response(as_json(report), headers=HEADERS, media_type="application/json")

    @router.get(HERE + "/{table}.csv")
    async def table(
        program: Program, table: str, days: Days = DEFAULT_DAYS, channel: OfChannel = ""
    ) -> Response:
        report = await _report(overview, days, channel or None)
        found = next((one for one in all_tables(report) if one.id == table), None)
        if found is None:
            raise NotFoundError("there is no such table; the page links to those that there are")
        audit.note(program, "export", exported(f"{found.id}.csv", days, channel))
        name = f"{found.id}-{days}-{report.figures.scope.end:%Y%m%d}.csv"
        headers = HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(as_csv(found), headers=headers, media_type="text/csv; charset=utf-8")

    return router


def exported(file: str, days: int, channel: Channel | Literal[""]) -> str:
    """What the audit says of a file."""
    return f"insights {file}, {days} days, {channel or 'all channels'}"


async def _report(overview: Overview | None, days: int, channel: Channel | None) -> Report:
    """Raises JournalError, OverloadedError."""
    if overview is None:
        raise JournalError("this installation keeps no journal: set QA_JOURNAL to a database")
    return await overview.report(days, channel)
