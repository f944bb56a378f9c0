"""What a reader may choose, as the page's form and the files' addresses say it."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Query
from pydantic import AfterValidator

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
