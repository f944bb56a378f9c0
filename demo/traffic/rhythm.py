"""When people ask: the rhythm of a contact centre, a site and a chatbot, in Kyiv time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from qa_service.types import Channel

KYIV = ZoneInfo("Europe/Kyiv")

GROWTH_A_WEEK = 1.03
SPIKE_DAYS_BEFORE_END = 9
_SPIKE_GROWTH, _SPIKE_FADES = 0.6, 0.5
_ORDINARY_DAY = (0.9, 1.1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """share: of all talks; hours: weight of each hour; weekdays: of each day from Monday."""

    share: float
    hours: tuple[float, ...]
    weekdays: tuple[float, ...]


RHYTHMS = {
    Channel.OPERATOR: Rhythm(
        0.45,
        (0,) * 8 + (5, 9, 11, 10, 8, 7, 8, 8, 6, 4) + (0,) * 6,
        (1.35, 1.15, 1.0, 1.0, 0.95, 0.35, 0),
    ),
    Channel.SITE: Rhythm(
        0.40,
        (1, 0.5, 0.3, 0.2, 0.2, 0.5, 1, 3, 5, 7, 8, 8, 7, 7, 7, 6, 6, 6, 7, 8, 9, 8, 6, 3),
        (1.15, 1.1, 1.05, 1.0, 1.0, 0.75, 0.7),
    ),
    Channel.CHATBOT: Rhythm(
        0.15,
        (2, 1, 0.5, 0.3, 0.3, 0.3, 1, 2, 3, 4, 4, 4, 5, 5, 4, 4, 5, 6, 7, 8, 9, 9, 7, 4),
        (1.0, 1.0, 1.0, 1.0, 1.05, 1.0, 0.95),
    ),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """When a talk begins. week: from 0 at the first day. spike: how much of the spike's excitement
    there is, 1 on its day and halved each day after.
    """

    at: datetime
    channel: Channel
    week: int
    spike: float


def spike_day(last: date) -> date:
    """The day of the news, a working day."""
    day = last - timedelta(days=SPIKE_DAYS_BEFORE_END)
    while day.weekday() >= 5:
        day -= timedelta(days=1)
    return day


def moments(rng: Random, days: int, last: date, talks_a_day: float) -> Iterator[Moment]:
    """The beginnings of talks in the `days` up to `last`, in order; UTC."""
    news = spike_day(last)
    for number in range(days):
        day = last - timedelta(days=days - 1 - number)
        after = (day - news).days
        spike = _SPIKE_FADES**after if after >= 0 else 0.0
        busy = GROWTH_A_WEEK ** (number / 7) * (1 + _SPIKE_GROWTH * spike)
        starts: list[tuple[datetime, Channel]] = []
        for channel, rhythm in RHYTHMS.items():
            mean = talks_a_day * rhythm.share * rhythm.weekdays[day.weekday()] * busy
            for _ in range(round(mean * rng.uniform(*_ORDINARY_DAY))):
                starts.append((_moment_of(rng, day, rhythm), channel))
        for at, channel in sorted(starts):
            yield Moment(at, channel, number // 7, spike)


def _moment_of(rng: Random, day: date, rhythm: Rhythm) -> datetime:
    hour = rng.choices(range(24), rhythm.hours)[0]
    return datetime(
        day.year, day.month, day.day, hour, rng.randrange(60), rng.randrange(60), tzinfo=KYIV
    ).astimezone(UTC)
