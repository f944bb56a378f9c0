"""What a reader may choose, as the page's form and the files' addresses say it."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Query
from pydantic import AfterValidator

from qa_service.insights.content import content_tables
from qa_service.insights.report import Report
from qa_service.insights.tables import Table
from qa_service.insights.traffic import traffic_tables
from qa_service.phrases import insights as say
from qa_service.types import Channel

HERE = "/insights"
DEFAULT_DAYS = 30


def _period(days: int) -> int:
    if days not in say.PERIODS:
        raise ValueError(f"give one of {', '.join(map(str, say.PERIODS))}")
    return days


Days = Annotated[int, AfterValidator(_period), Query()]
OfChannel = Annotated[Channel | Literal[""], Query()]


def address(path: str, days: int, channel: Channel | Literal[""] | None) -> str:
    return f"{path}?{urlencode({'days': days, 'channel': channel or ''})}"


def all_tables(report: Report) -> tuple[Table, ...]:
    """In the order in which they are shown."""
    return (*content_tables(report), *traffic_tables(report))
