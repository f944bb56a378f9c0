"""How many questions there were, when, by which channel, and how they were answered."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, groupby
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, and_, func, select

from qa_service.journal.reports import FEW_PEOPLE, GATHERED, Scope, hour_of, person, times
from qa_service.journal.tables import QUESTIONS
from qa_service.types import Certainty, Channel, Reason


@dataclass(frozen=True, slots=True)
class HourCount:
    """Questions of the hour that begins at `at`."""

    at: datetime
    channel: Channel
    asked: int


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """Questions by what they were answered with first, in the period and in the one before.

    service and passage_id are None where nothing was found, GATHERED where few people got it.
    """

    service: str | None
    passage_id: str | None
    channel: Channel
    certainty: Certainty
    reason: Reason | None
    asked: int
    before: int


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds that half of the answers took at most, and 95 of 100; whole ones."""

    channel: Channel
    p50_ms: float
    p95_ms: float


def first_at(connection: Connection) -> datetime | None:
    """When the oldest question that is kept was asked."""
    at: datetime | None = connection.scalar(select(func.min(QUESTIONS.c.at)))
    return at


def hours(connection: Connection, scope: Scope) -> tuple[HourCount, ...]:
    """The hours with questions, in order of time."""
    hour = hour_of(QUESTIONS.c.at).label("hour")
    counted = (
        select(hour, QUESTIONS.c.channel, func.count().label("asked"))
        .where(scope.holds(QUESTIONS.c.at), scope.of_channel)
        .group_by(hour, QUESTIONS.c.channel)
        .order_by(hour, QUESTIONS.c.channel)
    )
    return tuple(
        HourCount(_moment(row.hour), Channel(row.channel), row.asked)
        for row in connection.execute(counted)
    )


def _moment(hour: str) -> datetime:
    return datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC)


def latency(connection: Connection, scope: Scope) -> tuple[Latency, ...]:
    """By channel. The database counts milliseconds, so that it need not sort all answers."""
    ms = func.round(QUESTIONS.c.took_ms).label("ms")
    counted = (
        select(QUESTIONS.c.channel, ms, func.count().label("answers"))
        .where(scope.holds(QUESTIONS.c.at), scope.of_channel)
        .group_by(QUESTIONS.c.channel, ms)
        .order_by(QUESTIONS.c.channel, ms)
    )
    rows = groupby(connection.execute(counted), lambda row: row.channel)
    return tuple(_latency(Channel(channel), list(group)) for channel, group in rows)


def _latency(channel: Channel, rows: list[Row[tuple[str, float, int]]]) -> Latency:
    reached = list(accumulate(row.answers for row in rows))

    def at(share: float) -> float:
        return next(
            float(row.ms)
            for row, so_far in zip(rows, reached, strict=True)
            if so_far >= share * reached[-1]
        )

    return Latency(channel, at(0.5), at(0.95))


_ANSWER = tuple(
    QUESTIONS.c[name] for name in ("service", "passage_id", "channel", "certainty", "reason")
)
"""In the order of the index, which is read instead of the rows and needs no sorting."""


def answers(connection: Connection, scope: Scope) -> tuple[AnswerCount, ...]:
    """By all that `AnswerCount` tells apart."""
    now, before = scope.holds(QUESTIONS.c.at), scope.before_holds(QUESTIONS.c.at)
    counted = (
        select(*_ANSWER, times(now).label("asked"), times(before).label("before"))
        .where(scope.of_channel)
        .group_by(*_ANSWER)
    )
    few = _few_people(connection, scope)
    return tuple(
        AnswerCount(
            *_named(row.service, row.passage_id, few),
            Channel(row.channel),
            Certainty(row.certainty),
            Reason(row.reason) if row.reason else None,
            row.asked,
            row.before,
        )
        for row in connection.execute(counted)
        if row.asked or row.before
    )


Found = tuple[str | None, str | None]
"""A service, and its passage; None stands for all of them."""


def _named(service: str | None, passage_id: str | None, few: frozenset[Found]) -> Found:
    if (service, None) in few:
        return GATHERED, GATHERED
    return service, GATHERED if (service, passage_id) in few else passage_id


def _few_people(connection: Connection, scope: Scope) -> frozenset[Found]:
    """The services and passages that only a few people got in the period."""
    passages = _of_few(scope, QUESTIONS.c.service, QUESTIONS.c.passage_id)
    services = _of_few(scope, QUESTIONS.c.service)
    few: list[Found] = [(row.service, None) for row in connection.execute(services)]
    few += [(row.service, row.passage_id) for row in connection.execute(passages)]
    return frozenset(few)


def _of_few(scope: Scope, *named: Column[str]) -> Select[Any]:
    """One statement for all of them; of each the database stops at `FEW_PEOPLE`."""
    known = select(*named).where(QUESTIONS.c.passage_id.is_not(None)).distinct().subquery("known")
    own = and_(*(one == known.c[one.name] for one in named))
    people = select(person()).where(own, scope.holds(QUESTIONS.c.at), scope.of_channel)
    enough = people.distinct().limit(FEW_PEOPLE).correlate(known).subquery("people")
    counted = select(func.count()).select_from(enough).correlate(known).scalar_subquery()
    return select(known).where(counted < FEW_PEOPLE)
