"""A small month of questions in a journal, with counts that its readers can be held to.

    world = small_world("sqlite:///" + str(tmp_path / "journal.sqlite"))
    assert report.by_channel == world.by_channel

The questions are those of the demo (`demo/traffic`), answered as they are judged: no engine.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from random import Random

from demo.traffic.judged import judged
from demo.traffic.month import load_world, month
from demo.traffic.rhythm import KYIV
from demo.traffic.rows import write
from demo.traffic.talks import Asked
from qa_service.types import Certainty, Use

NOW = datetime(2026, 11, 27, 22, 0, tzinfo=UTC)
"""The end of the small month: midnight in Kyiv, so that its last day is whole."""

LAST_S = 300
"""What is done with an answer comes within so many seconds, so that nothing is after the end."""


@dataclass(frozen=True, slots=True)
class Theme:
    """asked: times without an answer, in whatever words; talks: conversations with an id."""

    asked: int
    talks: int


@dataclass(frozen=True, slots=True)
class SmallWorld:
    """What was written. by_hour, by_day: in Kyiv time. services, passages: of the best passage.
    asked_again: answers that were followed by the same in other words within 60 s. goes_on:
    questions in the context of an earlier answer. talks: conversations that have an id.
    """

    asked: tuple[Asked, ...]
    by_channel: Counter[str]
    by_certainty: Counter[str]
    by_reason: Counter[str]
    by_hour: Counter[int]
    by_day: Counter[date]
    services: Counter[str]
    passages: Counter[str]
    uses: Counter[str]
    asked_again: int
    goes_on: int
    talks: int
    helped: int
    complaints: Counter[str]
    themes: dict[str, Theme]

    @property
    def questions(self) -> int:
        return len(self.asked)


def small_world(
    url: str, questions: int = 500, *, seed: int = 1, days: int = 30, now: datetime = NOW
) -> SmallWorld:
    """About so many questions in the `days` up to `now`, written to the database of `url`, whose
    tables are made where they are missing.
    """
    world = load_world(seed)
    found = month(world, judged(world), seed=seed, days=days, now=now, questions=questions)
    asked = tuple(one for one in found if (now - one.at).total_seconds() > LAST_S)
    write(url, asked, Random(seed), now)
    return _counted(asked)


def _counted(asked: tuple[Asked, ...]) -> SmallWorld:
    given = [one.given for one in asked]
    uses = Counter(str(use) for one in asked for _, use in one.uses)
    votes = [one.vote for one in asked if one.vote]
    return SmallWorld(
        asked,
        by_channel=Counter(str(one.query.channel) for one in asked),
        by_certainty=Counter(str(one.certainty) for one in given),
        by_reason=Counter(str(one.reason) for one in given if one.reason),
        by_hour=Counter(one.at.astimezone(KYIV).hour for one in asked),
        by_day=Counter(one.at.astimezone(KYIV).date() for one in asked),
        services=Counter(one.service for one in given if one.service),
        passages=Counter(one.passage_id for one in given if one.passage_id),
        uses=uses,
        asked_again=uses[Use.ASKED_AGAIN],
        goes_on=sum(one.goes_on for one in asked),
        talks=_talks(asked),
        helped=sum(vote.helpful for vote in votes),
        complaints=Counter(str(vote.complaint) for vote in votes if vote.complaint),
        themes=_themes(asked),
    )


def _talks(asked: Iterable[Asked]) -> int:
    return len({one.query.conversation for one in asked} - {None})


def _themes(asked: Iterable[Asked]) -> dict[str, Theme]:
    unanswered: dict[str, list[Asked]] = {}
    for one in asked:
        if one.theme and one.given.certainty is Certainty.NONE:
            unanswered.setdefault(one.theme, []).append(one)
    return {name: Theme(len(those), _talks(those)) for name, those in unanswered.items()}
