"""Content gaps: unanswered questions -> those of one meaning that enough people share. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from qa_service.journal.gaps import LEAST_CONVERSATIONS, Gap, Unanswered
from qa_service.text.normalise import normalise
from qa_service.types import Vectors

MOST_QUESTIONS = 50
_WEEK = timedelta(days=7)

Group = Callable[[Vectors], NDArray[np.int64]]
"""Unit vectors, shape (texts, dimension) -> the number of each one's cluster, shape (texts,)."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """read: a question -> as it is read, without courtesy and in its own alphabet. encode: readings
    -> unit vectors, shape (readings, dimension). group: see `Group`.
    """

    read: Callable[[str], str]
    encode: Callable[[Sequence[str]], Vectors]
    group: Group


def find_gaps(
    asked: Sequence[Unanswered],
    meaning: Meaning,
    until: datetime,
    days: int,
    least: int = LEAST_CONVERSATIONS,
) -> list[Gap]:
    """The gaps in what was asked within `days` before `until`, what most conversations ask first.

    A question without a conversation counts as one of its own.
    """
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
        if _conversations(one for alike in members for one in alike) >= least:
            is_plain = np.array([_is_plain(by_reading[texts[row]], texts[row]) for row in rows])
            found.append(_gap(members, vectors[rows], is_plain, until, days))
    return sorted(found, key=lambda gap: (-gap.conversations, -gap.asked, gap.question))


def _rows_of(labels: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    order = np.argsort(labels, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)


def _conversations(asked: Iterator[Unanswered]) -> int:
    known, alone = set(), 0
    for one in asked:
        if one.conversation is None:
            alone += 1
        else:
            known.add(one.conversation)
    return len(known) + alone


def _gap(
    members: Sequence[Sequence[Unanswered]],
    vectors: Vectors,
    is_plain: NDArray[np.bool_],
    until: datetime,
    days: int,
) -> Gap:
    """members[i]: what was read as the text of vectors[i]; is_plain[i]: see `_is_plain`."""
    times = np.array([len(alike) for alike in members])
    nearness = vectors @ (times @ vectors)
    if is_plain.any():
        nearness = np.where(is_plain, nearness, -np.inf)
    first = int(np.argmax(nearness))
    others = sorted(range(len(members)), key=lambda row: (-times[row], row))
    every = [one for alike in members for one in alike]
    service, passage_id = _most_frequent([(one.service, one.passage_id) for one in every])
    moments = [one.at for one in every]
    return Gap(
        question=_as_asked(members[first]),
        questions=tuple(_as_asked(members[row]) for row in others if row != first)[:MOST_QUESTIONS],
        asked=len(every),
        conversations=_conversations(iter(every)),
        first_at=min(moments),
        last_at=max(moments),
        weekly=_weekly(moments, until, days),
        service=service,
        passage_id=passage_id,
    )


def _is_plain(alike: Sequence[Unanswered], reading: str) -> bool:
    """Whether it can be read as it was asked: no other alphabet, layout or spelling."""
    return normalise(_as_asked(alike)) == reading


def _as_asked(alike: Sequence[Unanswered]) -> str:
    return Counter(one.question for one in alike).most_common(1)[0][0]


def _most_frequent(
    nearest: Sequence[tuple[str | None, str | None]],
) -> tuple[str | None, str | None]:
    """Of those that name a passage, where any does."""
    named = [pair for pair in nearest if pair[1]] or nearest
    return Counter(named).most_common(1)[0][0]


def _weekly(moments: Sequence[datetime], until: datetime, days: int) -> tuple[int, ...]:
    weeks = [0] * max(1, -(-days // 7))
    for moment in moments:
        ago = min(max(0, (until - moment) // _WEEK), len(weeks) - 1)
        weeks[-1 - ago] += 1
    return tuple(weeks)
