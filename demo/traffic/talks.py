"""Talks: questions with what came of them, one after the other.

Whom they are put to is not known here: the engine, a running service, or a test's stand-in.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from demo.traffic.habits import HABITS, KINDS, Habits
from demo.traffic.rhythm import Moment
from demo.traffic.wordings import Chatter, Covered, Procedures, Theme
from qa_service.types import (
    NO_CONTEXT,
    Certainty,
    Complaint,
    Context,
    Part,
    Query,
    Reason,
    Use,
)

AGAIN_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Given:
    """What is kept of an answer. shown: ids of passages. answer_id: empty where none was given."""

    language: str
    certainty: Certainty
    reason: Reason | None
    confidence: float
    service: str | None
    topic: str | None
    passage_id: str | None
    shown: tuple[str, ...]
    parts: tuple[Part, ...]
    index_version: str
    context: Context = NO_CONTEXT
    answer_id: str = ""


Answering = Callable[[Query], Given]


@dataclass(frozen=True, slots=True)
class Vote:
    """What somebody says of an answer, `after_s` seconds later."""

    helpful: bool
    after_s: int
    complaint: Complaint | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a talk, its answer, and what was done with it. uses: seconds after it, what.

    theme: of what the question is about, where no text tells of it.
    """

    at: datetime
    answer_id: str
    query: Query
    given: Given
    theme: str | None = None
    uses: tuple[tuple[int, Use], ...] = ()
    vote: Vote | None = None

    @property
    def goes_on(self) -> bool:
        return self.query.context != NO_CONTEXT


@dataclass(frozen=True, slots=True)
class World:
    """All that may be asked."""

    procedures: Procedures
    themes: tuple[Theme, ...]
    chatter: Chatter


_SURE_BUT_WRONG = 0.12  # of those who would ask again after no answer
_SPIKE_SHARE = 0.3  # of all subjects, on the day of the news
_COMMENTS = {
    Complaint.OUTDATED: ("сума вже інша", "на сайті інша ціна", "змінили з жовтня", None),
    Complaint.MISSING: (
        "немає відповіді",
        "абонент питав, текст відсутній",
        "потрібен текст",
        None,
    ),
    Complaint.OTHER_QUESTION: ("не про те", "питали інше", None),
    Complaint.UNCLEAR: ("нічого не зрозуміло", None),
    Complaint.BROKEN_LINK: ("посилання не відкривається", None),
}


@dataclass(slots=True)
class _Talk:
    """One talk while it goes on."""

    rng: Random
    world: World
    answering: Answering
    moment: Moment
    id: str | None
    at: datetime
    context: Context = NO_CONTEXT
    asked: list[Asked] = field(default_factory=list)

    @property
    def habits(self) -> Habits:
        return HABITS[self.moment.channel]

    def happens(self, chance: float) -> bool:
        return self.rng.random() < chance

    def ask(self, question: str, context: Context = NO_CONTEXT, theme: str | None = None) -> Given:
        channel = self.moment.channel
        query = Query(question, channel=channel, context=context, conversation=self.id)
        given = self.answering(query)
        self.context = given.context
        answer_id = given.answer_id or self.rng.randbytes(9).hex()
        uses = [
            (self.rng.randrange(3, 45), use)
            for use, chance in self.habits.uses
            if given.certainty is not Certainty.NONE and self.happens(chance)
        ]
        vote = _vote(self.rng, given) if self.happens(self.habits.votes) else None
        self.asked.append(Asked(self.at, answer_id, query, given, theme, tuple(uses), vote))
        return given

    def later(self, least_s: int, most_s: int) -> None:
        self.at += timedelta(seconds=self.rng.randrange(least_s, most_s))

    def ask_again(self, question: str, theme: str | None = None) -> None:
        """The same in other words, soon; said of the answer before."""
        before = self.asked[-1]
        self.later(8, AGAIN_WITHIN_S - 5)
        after_s = int((self.at - before.at).total_seconds())
        self.asked[-1] = Asked(
            before.at,
            before.answer_id,
            before.query,
            before.given,
            before.theme,
            (*before.uses, (after_s, Use.ASKED_AGAIN)),
            before.vote,
        )
        self.ask(question, theme=theme)


def talks(
    rng: Random, world: World, moments: Iterator[Moment], answering: Answering
) -> Iterator[list[Asked]]:
    """One list a talk; at least one question in each."""
    for moment in moments:
        has_id = rng.random() < HABITS[moment.channel].remembers
        talk = _Talk(
            rng, world, answering, moment, rng.randbytes(8).hex() if has_id else None, moment.at
        )
        _subject(talk)
        while talk.happens(talk.habits.changes):
            talk.later(70, 240)
            _subject(talk)
        yield talk.asked


def _subject(talk: _Talk) -> None:
    """What a person wants to know, until it is known or given up."""
    rng, world = talk.rng, talk.world
    kind = rng.choices(KINDS, talk.habits.kinds)[0]
    if talk.happens(_SPIKE_SHARE * talk.moment.spike):
        _theme(talk, next(theme for theme in world.themes if theme.spike))
    elif kind == "theme":
        weights = [theme.weight * theme.growth**talk.moment.week for theme in world.themes]
        _theme(talk, rng.choices(world.themes, weights)[0])
    elif kind == "procedure":
        _procedure(talk, world.procedures.pick(rng, talk.moment.channel))
    else:
        talk.ask(rng.choice(getattr(world.chatter, kind)))


def _theme(talk: _Talk, theme: Theme) -> None:
    first, *others = talk.rng.sample(theme.questions, len(theme.questions))
    given = talk.ask(first, theme=theme.name)
    if _is_unhappy(talk, given):
        talk.ask_again(others[0], theme.name)


def _procedure(talk: _Talk, covered: Covered) -> None:
    rng, chatter = talk.rng, talk.world.chatter
    question = covered.question
    if talk.happens(0.03):
        question = rng.choice(chatter.towns).format(q=question)
    given = talk.ask(question)
    if _is_unhappy(talk, given):
        other = talk.world.procedures.reworded(rng, covered)
        talk.ask_again(other or rng.choice(chatter.again).format(q=covered.question))
    while talk.context != NO_CONTEXT and talk.happens(talk.habits.goes_on):
        talk.later(15, 90)
        talk.ask(rng.choice(chatter.talk), talk.context)


def _is_unhappy(talk: _Talk, given: Given) -> bool:
    """Whether the person asks the same again: a sure answer may be wrong as well."""
    wrong = 1.0 if given.certainty is not Certainty.SURE else _SURE_BUT_WRONG
    return talk.happens(talk.habits.asks_again * wrong)


def _vote(rng: Random, given: Given) -> Vote:
    after_s = rng.randrange(5, 120)
    if given.certainty is Certainty.NONE:
        complaint = rng.choices(
            (Complaint.MISSING, Complaint.OTHER_QUESTION, Complaint.UNCLEAR), (8, 1, 1)
        )[0]
    elif rng.random() < (0.78 if given.certainty is Certainty.SURE else 0.45):
        return Vote(True, after_s)
    else:
        outdated = 8 if given.topic in {"fee", "term", "documents"} else 2
        complaint = rng.choices(tuple(Complaint), (outdated, 5, 2, 1, 2))[0]
    return Vote(False, after_s, complaint, rng.choice(_COMMENTS[complaint]))
