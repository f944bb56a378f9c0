"""Content gaps: unanswered questions -> those of one meaning that enough people share. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from qa_service.journal.gaps import LEAST_CONVERSATIONS, Gap, Unanswered
from qa_service.text.normalise import normalise
from qa_service.types import Reason, Vectors

MOST_QUESTIONS = 50
UKRAINIAN = "uk"
_WEEK = timedelta(days=7)

Group = Callable[[Vectors], NDArray[np.int64]]
"""Unit vectors, shape (texts, dimension) -> the number of each one's cluster, shape (texts,)."""

Nearest = tuple[str | None, str | None]
Fitness = tuple[bool, bool, bool]


@dataclass(frozen=True, slots=True)
class Meaning:
    """read: a question -> as it is read, without courtesy and in its own alphabet. encode: readings
    -> unit vectors, shape (readings, dimension). group: see `Group`. nearest: unit vectors -> the
    service and the passage that each is nearest to, None where there are none.
    """

    read: Callable[[str], str]
    encode: Callable[[Sequence[str]], Vectors]
    group: Group
    nearest: Callable[[Vectors], Sequence[Nearest]]


def find_gaps(
    asked: Sequence[Unanswered],
    meaning: Meaning,
    until: datetime,
    days: int,
    least: int = LEAST_CONVERSATIONS,
) -> list[Gap]:
    """The gaps in what was asked within `days` before `until`, what most people ask first."""
    by_reading: defaultdict[str, list[Unanswered]] = defaultdict(list)
    readings: dict[str, str] = {}
    for one in asked:
        if one.same_as not in readings:
            readings[one.same_as] = meaning.read(one.question)
        by_reading[readings[one.same_as]].append(one)
    texts = [text for text in by_reading if text]
    texts.sort(key=lambda text: (-len(by_reading[text]), text))  # the first count most
    if not texts:
        return []
    vectors = meaning.encode(texts)
    labels = meaning.group(vectors)
    found = []
    for rows in _rows_of(labels):
        members = [by_reading[texts[row]] for row in rows]
        if _people(one for alike in members for one in alike) >= least:
            fitness = [_fitness(by_reading[texts[row]], texts[row]) for row in rows]
            named = _named_by(vectors[rows], np.array([*map(len, members)]), fitness)
            nearest = meaning.nearest(vectors[rows][named : named + 1])[0]
            found.append(_gap(members, named, nearest, until, days))
    return sorted(found, key=lambda gap: (-gap.conversations, -gap.asked, gap.question))


def _rows_of(labels: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    order = np.argsort(labels, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)


def _people(asked: Iterable[Unanswered]) -> int:
    """How many, as far as known: by conversation; without one they are one person an hour, as in
    the reports (`journal.reports`).
    """
    return len({one.conversation or f"{one.at.astimezone(UTC):%Y-%m-%d %H}" for one in asked})


def _gap(
    members: Sequence[Sequence[Unanswered]],
    first: int,
    nearest: Nearest,
    until: datetime,
    days: int,
) -> Gap:
    """members: what was read alike; first: the one that names the gap; nearest: to it, where the
    journal names nothing.
    """
    times = [len(alike) for alike in members]
    others = sorted(range(len(members)), key=lambda row: (-times[row], row))
    every = [one for alike in members for one in alike]
    service, passage_id = _most_frequent([(one.service, one.passage_id) for one in every])
    if passage_id is None:
        service, passage_id = nearest
    moments = [one.at for one in every]
    return Gap(
        question=_as_asked(members[first]),
        questions=tuple(_as_asked(members[row]) for row in others if row != first)[:MOST_QUESTIONS],
        asked=len(every),
        conversations=_people(every),
        first_at=min(moments),
        last_at=max(moments),
        weekly=_weekly(moments, until, days),
        service=service,
        passage_id=passage_id,
    )


def _named_by(vectors: Vectors, times: NDArray[np.int64], fitness: Sequence[Fitness]) -> int:
    """Of the wordings that are fittest, and of their half that is nearest to the middle, the one
    that was asked most.
    """
    nearness = vectors @ (times.astype(np.float32) @ vectors)
    fittest = max(fitness)
    rows = [row for row, one in enumerate(fitness) if one == fittest]
    rows.sort(key=lambda row: -nearness[row])
    return max(rows[: (len(rows) + 1) // 2], key=lambda row: times[row])


def _fitness(alike: Sequence[Unanswered], reading: str) -> Fitness:
    """How well a wording names a gap, the most important first: whether it seemed to be about this
    service, can be read as it was asked (in no other alphabet, layout or spelling), is Ukrainian.
    """
    is_ours = any(one.reason is not Reason.OFF_TOPIC for one in alike)
    is_plain = normalise(_as_asked(alike)) == reading
    return is_ours, is_plain, any(one.language == UKRAINIAN for one in alike)


def _as_asked(alike: Sequence[Unanswered]) -> str:
    return Counter(one.question for one in alike).most_common(1)[0][0]


def _most_frequent(nearest: Sequence[Nearest]) -> Nearest:
    """Of those that name a passage, where any does."""
    named = [pair for pair in nearest if pair[1]] or nearest
    return Counter(named).most_common(1)[0][0]


def _weekly(moments: Sequence[datetime], until: datetime, days: int) -> tuple[int, ...]:
    """Of whole weeks; what is older than they are is in none. A clock that ran ahead is of now."""
    weeks = [0] * max(1, days // 7)
    for moment in moments:
        ago = max(0, (until - moment) // _WEEK)
        if ago < len(weeks):
            weeks[-1 - ago] += 1
    return tuple(weeks)
