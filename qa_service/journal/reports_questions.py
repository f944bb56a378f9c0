"""What is asked most, and what was answered with certainty and yet did not help."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import (
    Connection,
    Select,
    and_,
    case,
    distinct,
    func,
    literal,
    or_,
    select,
    union_all,
)

from qa_service.journal.reports import FEW_PEOPLE, Scope, is_of_several_people, person, times
from qa_service.journal.tables import EVENTS, FEEDBACK, QUESTIONS
from qa_service.text.asking import has_subject
from qa_service.types import Certainty, Channel, Complaint, Use

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
    """Only such as several people began with: what goes on a talk has another answer in each."""
    for row in connection.execute(counted).all():
        begins = and_(QUESTIONS.c.same_as == row.same_as, QUESTIONS.c.goes_on.is_(False))
        if has_subject(row.same_as) and is_of_several_people(connection, scope, begins):
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
        .where(QUESTIONS.c.same_as == same_as, QUESTIONS.c.goes_on.is_(False))
        .where(scope.holds(QUESTIONS.c.at), scope.of_channel)
        .order_by(QUESTIONS.c.at.desc())
        .limit(1)
    )


def _signs(scope: Scope) -> Select[tuple[str, str, str, int, int]]:
    """The certain answers after which people asked again, and those that they voted down, each
    answer once: distinct counts over all of them would cost more than the reading. That an answer
    is missing is said against no passage.
    """
    again = select(EVENTS.c.answer_id, literal(1).label("again"), literal(0).label("down")).where(
        EVENTS.c.use == Use.ASKED_AGAIN, EVENTS.c.at >= scope.start
    )
    is_missing = FEEDBACK.c.complaint == Complaint.MISSING
    down = select(FEEDBACK.c.answer_id, literal(0), case((is_missing, 0), else_=1)).where(
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
    is_of_passage = or_(signs.c.again == 1, signs.c.down == 1)
    people = func.count(distinct(signs.c.person)).filter(is_of_passage).label("people")
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
