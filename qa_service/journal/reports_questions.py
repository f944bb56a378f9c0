"""What is asked most, and what was answered with certainty and yet did not help."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    case,
    distinct,
    func,
    literal,
    select,
    union_all,
)

from qa_service.journal.reports import FEW_PEOPLE, Scope, is_of_several_people, person, times
from qa_service.journal.tables import EVENTS, FEEDBACK, QUESTIONS
from qa_service.types import Certainty, Channel, Use

MOST = 25
_CANDIDATES = 10 * MOST  # of which some turn out to be one person's


@dataclass(frozen=True, slots=True)
class QuestionCount:
    """A question that several people asked alike, in the words in which it was asked last."""

    question: str
    service: str | None
    passage_id: str | None
    asked: int
    before: int
    sure: int
    refused: int


@dataclass(frozen=True, slots=True)
class Disappointing:
    """A question whose certain answer by one passage did not help: answers after which people asked
    again within a minute, and answers that they voted down.
    """

    question: str
    service: str | None
    passage_id: str | None
    asked_again: int
    voted_down: int


@dataclass(frozen=True, slots=True)
class Disappointments:
    """Questions of enough people, the worst first, and all such answers by channel."""

    questions: tuple[Disappointing, ...]
    answers: tuple[tuple[Channel, int], ...]


@dataclass(frozen=True, slots=True)
class Copied:
    """Answers about a service that operators copied; None where no service was found."""

    service: str | None
    answers: int


def questions(connection: Connection, scope: Scope) -> tuple[QuestionCount, ...]:
    """The most frequent first."""
    now, same = scope.holds(QUESTIONS.c.at), QUESTIONS.c.same_as
    asked = times(now).label("asked")
    counted = (
        select(
            same,
            asked,
            times(scope.before_holds(QUESTIONS.c.at)).label("before"),
            times(and_(now, QUESTIONS.c.certainty == Certainty.SURE)).label("sure"),
            times(and_(now, QUESTIONS.c.certainty == Certainty.NONE)).label("refused"),
        )
        .where(scope.of_channel)
        .group_by(same)
        .having(asked >= FEW_PEOPLE)
        .order_by(asked.desc(), same)
        .limit(_CANDIDATES)
    )
    return tuple(islice(_of_several_people(connection, scope, counted), MOST))


def _of_several_people(
    connection: Connection, scope: Scope, counted: Select[tuple[str, int, int, int, int]]
) -> Iterator[QuestionCount]:
    for row in connection.execute(counted).all():
        if is_of_several_people(connection, scope, QUESTIONS.c.same_as == row.same_as):
            last = connection.execute(_last(scope, row.same_as)).one()
            yield QuestionCount(
                last.question,
                last.service,
                last.passage_id,
                row.asked,
                row.before,
                row.sure,
                row.refused,
            )


def _last(scope: Scope, same_as: str) -> Select[tuple[str, str | None, str | None]]:
    return (
        select(QUESTIONS.c.question, QUESTIONS.c.service, QUESTIONS.c.passage_id)
        .where(QUESTIONS.c.same_as == same_as, scope.holds(QUESTIONS.c.at), scope.of_channel)
        .order_by(QUESTIONS.c.at.desc())
        .limit(1)
    )


def _signs(scope: Scope) -> Select[tuple[str, str]]:
    """The answers after which people asked again, and those that they voted down."""
    again = select(EVENTS.c.answer_id, literal("again").label("sign")).where(
        EVENTS.c.use == Use.ASKED_AGAIN, EVENTS.c.at >= scope.start
    )
    down = select(FEEDBACK.c.answer_id, literal("down").label("sign")).where(
        FEEDBACK.c.helpful.is_(False), FEEDBACK.c.at >= scope.start
    )
    both = union_all(again, down).subquery("signs")
    return (
        select(
            QUESTIONS.c.same_as,
            QUESTIONS.c.passage_id,
            QUESTIONS.c.channel,
            QUESTIONS.c.answer_id,
            both.c.sign,
            person().label("person"),
            QUESTIONS.c.id,
        )
        .join_from(both, QUESTIONS, QUESTIONS.c.answer_id == both.c.answer_id)
        .where(
            QUESTIONS.c.certainty == Certainty.SURE,
            scope.holds(QUESTIONS.c.at),
            scope.of_channel,
        )
    )


def disappointments(connection: Connection, scope: Scope) -> Disappointments:
    """Both from one reading, since each answer has to be looked up."""
    signs = _signs(scope).subquery("of_questions")
    answer = signs.c.answer_id
    again, down = (
        func.count(distinct(case((signs.c.sign == sign, answer)))).label(sign)
        for sign in ("again", "down")
    )
    counted = (
        select(
            func.max(signs.c.id).label("last"),
            func.count(distinct(signs.c.person)).label("people"),
            again,
            down,
            *(func.count(distinct(case((signs.c.channel == one, answer)))) for one in Channel),
        )
        .group_by(signs.c.same_as, signs.c.passage_id)
        .order_by((again + down).desc(), signs.c.same_as)
    )
    rows = connection.execute(counted).all()
    worst = [row for row in rows if row.people >= FEW_PEOPLE][:MOST]
    return Disappointments(
        tuple(_disappointing(connection, row) for row in worst),
        tuple((one, sum(row[4 + place] for row in rows)) for place, one in enumerate(Channel)),
    )


def _disappointing(connection: Connection, row: Row[Any]) -> Disappointing:
    named = select(QUESTIONS.c.question, QUESTIONS.c.service, QUESTIONS.c.passage_id)
    last = connection.execute(named.where(QUESTIONS.c.id == row.last)).one()
    return Disappointing(last.question, last.service, last.passage_id, row.again, row.down)


def copied(connection: Connection, scope: Scope) -> tuple[Copied, ...]:
    """By service, for operators alone."""
    counted = (
        select(QUESTIONS.c.service, func.count())
        .join_from(EVENTS, QUESTIONS, QUESTIONS.c.answer_id == EVENTS.c.answer_id)
        .where(
            EVENTS.c.use == Use.COPIED,
            EVENTS.c.at >= scope.start,
            QUESTIONS.c.channel == Channel.OPERATOR,
            QUESTIONS.c.certainty != Certainty.NONE,
            scope.holds(QUESTIONS.c.at),
        )
        .group_by(QUESTIONS.c.service)
    )
    return tuple(Copied(*row) for row in connection.execute(counted))
