"""What a whole report says around and in its tables, in the order in which it is shown. Pure."""

from datetime import timedelta

from qa_service.insights.content import content_tables
from qa_service.insights.report import Report
from qa_service.insights.tables import Table, day, minute
from qa_service.insights.traffic import traffic_tables
from qa_service.phrases import insights as say


def all_tables(report: Report) -> tuple[Table, ...]:
    return (*content_tables(report), *traffic_tables(report))


def period(report: Report) -> str:
    """Which days it is of, when it was made, and what it is compared with, if anything."""
    figures, scope = report.figures, report.figures.scope
    said = say.COMPUTED.format(
        at=minute(scope.end), start=day(scope.start), end=day(scope.end - timedelta(seconds=1))
    )
    if figures.compares:
        return f"{said} {say.COMPARED}"
    if figures.first_at is None:
        return said
    return f"{said} {say.NO_COMPARISON.format(since=day(figures.first_at))}"
