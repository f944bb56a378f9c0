"""`/insights`: the page for supervisors, or why there is none now and what to do."""

from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from jinja2 import Environment

from qa_service.access.keys import Role
from qa_service.errors import JournalError, OverloadedError, QAServiceError
from qa_service.insights.content import content_tables
from qa_service.insights.layout import period
from qa_service.insights.report import Report
from qa_service.insights.summary import next_steps, numbers
from qa_service.insights.traffic import traffic_tables
from qa_service.journal.reports import FEW_PEOPLE
from qa_service.phrases import insights as say
from qa_service.types import Channel
from qa_service.web.dependencies import Caller, require_page
from qa_service.web.insights.desk import RETRY_AFTER_S
from qa_service.web.insights.overview import Overview
from qa_service.web.insights.wanted import DEFAULT_DAYS, HERE, Days, OfChannel, address
from qa_service.web.staff import rendered, staff_templates, static_url

STATIC_FOLDER = Path(__file__).parent / "static"
STATIC = f"{HERE}/static"

Viewer = Annotated[Caller, Depends(require_page(Role.SUPERVISOR))]


def page_router(overview: Overview | None) -> APIRouter:
    """`overview`: None where there is no journal."""
    router = APIRouter(include_in_schema=False)
    templates = staff_templates(
        Path(__file__).parent / "templates",
        say=say,
        own=static_url(STATIC_FOLDER, STATIC),
        channels=tuple(Channel),
    )

    @router.get(HERE)
    async def insights(
        viewer: Viewer, days: Days = DEFAULT_DAYS, channel: OfChannel = ""
    ) -> Response:
        again = address(HERE, days, channel)
        if overview is None:
            return _unavailable(templates, viewer, again, say.OFF_TITLE, say.OFF)
        try:
            report = await overview.report(days, channel or None)
        except OverloadedError:
            page = _unavailable(templates, viewer, again, say.BUSY_TITLE, say.BUSY)
            page.headers["Retry-After"] = str(RETRY_AFTER_S)
            return page
        except JournalError as error:
            return _unavailable(templates, viewer, again, say.FAILS_TITLE, say.FAILS, error)
        return _shown(templates, viewer, report)

    return router


def _unavailable(
    templates: Environment,
    viewer: Caller,
    again: str,
    title: str,
    advice: str,
    error: QAServiceError | None = None,
) -> Response:
    return rendered(
        templates,
        "unavailable.html",
        viewer,
        title=title,
        here=HERE,
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        advice=advice,
        detail=str(error or ""),
        again=again,
    )


def _shown(templates: Environment, viewer: Caller, report: Report) -> Response:
    scope = report.figures.scope
    return rendered(
        templates,
        "insights.html",
        viewer,
        title=say.TITLE,
        here=HERE,
        days=scope.days,
        channel=scope.channel or "",
        period=period(report),
        few=say.FEW.format(few=FEW_PEOPLE),
        steps=next_steps(report),
        numbers=numbers(report),
        content=content_tables(report),
        traffic=traffic_tables(report),
        file=partial(address, days=scope.days, channel=scope.channel),
    )
