"""A month of talks, the same for the same seed, day and answers."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from random import Random

from demo.traffic.rhythm import KYIV, moments
from demo.traffic.talks import Answering, Asked, World, talks
from demo.traffic.wordings import Procedures, load_chatter, load_covered, load_themes

QUESTIONS_A_TALK = 1.6
_END_OF_A_BUSY_DAY = datetime(2026, 11, 25, 23, 59, 59, tzinfo=KYIV)


def load_world(seed: int) -> World:
    procedures = Procedures(Random(seed), load_covered())  # noqa: S311 - made up
    return World(procedures, load_themes(), load_chatter())


def month(
    world: World, answering: Answering, *, seed: int, days: int, now: datetime, questions: int
) -> Iterator[Asked]:
    """About so many questions in the `days` that end with `now`'s, talk by talk, none after it."""
    rng = Random(seed)  # noqa: S311 - made up
    a_day = questions / days / QUESTIONS_A_TALK
    last = now.astimezone(KYIV).date()
    for talk in talks(rng, world, moments(rng, days, last, a_day), answering):
        yield from (one for one in talk if one.at < now)


def some_talks(world: World, answering: Answering, *, seed: int, questions: int) -> Iterator[Asked]:
    """The first so many questions of a busy day, to be asked at once; the last talk of them is held
    to its end.
    """
    asked = month(
        world, answering, seed=seed, days=1, now=_END_OF_A_BUSY_DAY, questions=questions * 2
    )
    return islice(asked, questions)
