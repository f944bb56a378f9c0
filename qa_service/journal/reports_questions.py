"""What is asked most, and what was answered with certainty and yet did not help."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import (
    Connection,
    Select,
    and_,
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
    """A passage that was shown as the certain answer and did not help: answers after which people
    asked again within a minute, and answers that they voted down.
    """

    passage_id: str
    asked_again: int
    voted_down: int


@dataclass(frozen=True, slots=True)
class Disappointments:
    """Passages that disappointed enough people, the worst first; all such answers by channel."""

    passages: tuple[Disappointing, ...]
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


def _signs(scope: Scope) -> Select[tuple[str, str, str, int, int]]:
    """The certain answers after which people asked again, and those that they voted down, each
    answer once: distinct counts over all of them would cost more than the reading.
    """
    again = select(EVENTS.c.answer_id, literal(1).label("again"), literal(0).label("down")).where(
        EVENTS.c.use == Use.ASKED_AGAIN, EVENTS.c.at >= scope.start
    )
    down = select(FEEDBACK.c.answer_id, literal(0), literal(1)).where(
        FEEDBACK.c.helpful.is_(False), FEEDBACK.c.at >= scope.start
    )
    both = union_all(again, down).subquery("both")
    marks = (func.max(both.c.again).label("again"), func.max(both.c.down).label("down"))
    signs = select(both.c.answer_id, *marks).group_by(both.c.answer_id).subquery("signs")
    names = (QUESTIONS.c.passage_id, QUESTIONS.c.channel, person().label("person"))
    return (
        select(*names, signs.c.again, signs.c.down)
        .join_from(signs, QUESTIONS, QUESTIONS.c.answer_id == signs.c.answer_id)
        .where(
            QUESTIONS.c.certainty == Certainty.SURE,
            scope.holds(QUESTIONS.c.at),
            scope.of_channel,
        )
    )


def disappointments(connection: Connection, scope: Scope) -> Disappointments:
    """Both from one reading, since each answer has to be looked up."""
    signs = _signs(scope).subquery("of_answers")
    again, down = func.sum(signs.c.again).label("again"), func.sum(signs.c.down).label("down")
    of_channels = (times(signs.c.channel == one) for one in Channel)
    people = func.count(distinct(signs.c.person)).label("people")
    counted = (
        select(signs.c.passage_id, people, again, down, *of_channels)
        .group_by(signs.c.passage_id)
        .order_by((again + down).desc(), signs.c.passage_id)
    )
    rows = connection.execute(counted).all()
    worst = [row for row in rows if row.passage_id and row.people >= FEW_PEOPLE]
    return Disappointments(
        tuple(Disappointing(row.passage_id, row.again, row.down) for row in worst[:MOST]),
        tuple((one, sum(row[4 + place] for row in rows)) for place, one in enumerate(Channel)),
    )


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
