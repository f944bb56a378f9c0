"""What was asked much more on one day than on the days before it: the news of that day.

A rise is told where it is more than chance and more than a few people's.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from math import sqrt
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    func,
    literal_column,
    select,
)

from qa_service.journal.reports import (
    FEW_PEOPLE,
    KYIV,
    Scope,
    hour_of,
    is_of_several_people,
)
from qa_service.journal.tables import QUESTIONS

MOST = 8
DAYS_BEFORE, FEWEST_DAYS_BEFORE = 28, 7
_TIMES_USUAL, _TIMES_HIGHEST, _DEVIATIONS = 2, 1.5, 4
_DAY = (literal_column("1", Integer), literal_column("10", Integer))
_CANDIDATES = 200
"""Questions that are looked at by day, those asked most."""


@dataclass(frozen=True, slots=True)
class Rise:
    """The day on which a service, or a question, rose most: a day of UTC, which the database finds
    quickly, and which differs from Kyiv's by the hours of the night. usual: times asked on a day of
    the four weeks before it, on average, as far as they are kept.
    """

    service: str | None
    question: str | None
    day: date
    asked: int
    usual: float

    @property
    def rise(self) -> float:
        return self.asked - self.usual


def rises(connection: Connection, scope: Scope, since: datetime | None) -> tuple[Rise, ...]:
    """The largest first, of services and of questions. since: of the oldest question kept."""
    if since is None:
        return ()
    found = (*services(connection, scope, since), *questions(connection, scope, since))
    return tuple(sorted(found, key=lambda one: -one.rise))


def services(connection: Connection, scope: Scope, since: datetime) -> tuple[Rise, ...]:
    """The largest first."""
    counted = _by_day(scope, QUESTIONS.c.service).where(QUESTIONS.c.service.is_not(None))
    found = _rises(connection, scope, _first(since), QUESTIONS.c.service, counted)
    return tuple(islice(found, MOST))


def questions(connection: Connection, scope: Scope, since: datetime) -> tuple[Rise, ...]:
    """Of those asked most, the largest first."""
    found = _rises(connection, scope, _first(since), QUESTIONS.c.same_as, _questions(scope))
    return tuple(islice(found, MOST))


def _first(since: datetime) -> date:
    """The first whole day."""
    return since.astimezone(UTC).date() + timedelta(days=1)


def _rises(
    connection: Connection, scope: Scope, first: date, of: Column[str], counted: Select[Any]
) -> Iterator[Rise]:
    """Those of several people, the largest first."""
    by_day: defaultdict[str, Counter[date]] = defaultdict(Counter)
    for named, day, asked in connection.execute(counted):
        by_day[named][date.fromisoformat(day)] = asked
    found = [
        (named, *largest)
        for named, days in by_day.items()
        if (largest := _most(days, scope, first))
    ]
    is_service = of is QUESTIONS.c.service
    for named, day, asked, usual in sorted(found, key=lambda one: one[3] - one[2]):
        is_then = and_(of == named, _is_on(day))
        if is_of_several_people(connection, scope, is_then):
            words = None if is_service else named
            yield Rise(named if is_service else None, words, day, asked, usual)


def _is_on(day: date) -> ColumnElement[bool]:
    begins = datetime.combine(day, time(), UTC)
    return and_(QUESTIONS.c.at >= begins, QUESTIONS.c.at < begins + timedelta(days=1))


def _most(days: Mapping[date, int], scope: Scope, first: date) -> tuple[date, int, float] | None:
    """The day of the largest rise that is none by chance, how often was asked, and usually."""
    begins = scope.start.astimezone(KYIV).date()
    found = [
        (day, asked, sum(before) / len(before))
        for day, asked in days.items()
        if day >= begins and asked >= FEW_PEOPLE
        if _is_news(asked, before := _before(days, day, first))
    ]
    return max(found, key=lambda one: one[1] - one[2], default=None)


def _is_news(asked: int, before: Sequence[int]) -> bool:
    """Whether it is more than on any such day before, a Monday's rush among them."""
    if len(before) < FEWEST_DAYS_BEFORE:
        return False
    usual = sum(before) / len(before)
    is_more = asked >= _TIMES_USUAL * usual and asked >= _TIMES_HIGHEST * max(before)
    return is_more and asked - usual >= _DEVIATIONS * sqrt(max(1, usual))


def _before(days: Mapping[date, int], day: date, first: date) -> Sequence[int]:
    """How often was asked on each of the days before that are known."""
    known = min(DAYS_BEFORE, (day - first).days)
    return [days.get(day - timedelta(days=back), 0) for back in range(1, known + 1)]


def _questions(scope: Scope) -> Select[Any]:
    same = QUESTIONS.c.same_as
    often = (
        select(same)
        .where(scope.holds(QUESTIONS.c.at), scope.of_channel)
        .group_by(same)
        .having(func.count() >= FEW_PEOPLE)
        .order_by(func.count().desc(), same)
        .limit(_CANDIDATES)
    )
    return _by_day(scope, same).where(same.in_(often))


def _by_day(scope: Scope, of: Column[str]) -> Select[Any]:
    day = func.substr(hour_of(QUESTIONS.c.at), *_DAY).label("day")
    since = scope.start - timedelta(days=DAYS_BEFORE)
    counted: Select[Any] = select(of, day, func.count())
    in_time = and_(QUESTIONS.c.at >= since, QUESTIONS.c.at < scope.end)
    return counted.where(in_time, scope.of_channel).group_by(of, day)
