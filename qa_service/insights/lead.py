"""From doubt to published: how long a passage that people complain about waits for a change. Pure.

A doubt begins with the first complaint that no earlier change has answered, and ends with the next
change of the passage that a published version brought. Complaints in between belong to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from qa_service.indexing.changes import ChangeLog
from qa_service.journal.reports_votes import Doubt


@dataclass(frozen=True, slots=True)
class OpenDoubt:
    """A passage that was not changed since the first of so many complaints."""

    passage_id: str
    since: datetime
    complaints: int


@dataclass(frozen=True, slots=True)
class Lead:
    """median_time: of the `answered` doubts, None without any. open: the oldest first."""

    median_time: timedelta | None
    answered: int
    open: tuple[OpenDoubt, ...]


def lead_time(doubts: Iterable[Doubt], log: ChangeLog, now: datetime) -> Lead:
    """`doubts`: oldest first."""
    changed = _changes(log)
    ends: dict[tuple[str, datetime | None], list[datetime]] = {}
    for doubt in doubts:
        later = (at for at in changed.get(doubt.passage_id, ()) if at > doubt.at)
        ends.setdefault((doubt.passage_id, min(later, default=None)), []).append(doubt.at)
    seconds = [
        (end - began[0]).total_seconds() for (_, end), began in ends.items() if end and end <= now
    ]
    waiting = [
        OpenDoubt(passage_id, began[0], len(began))
        for (passage_id, end), began in ends.items()
        if end is None or end > now
    ]
    return Lead(
        timedelta(seconds=median(seconds)) if seconds else None,
        len(seconds),
        tuple(sorted(waiting, key=lambda one: (one.since, one.passage_id))),
    )


def _changes(log: ChangeLog) -> dict[str, list[datetime]]:
    """When each passage was changed."""
    found: dict[str, list[datetime]] = {}
    for step in log.steps:
        for change in step.changes:
            found.setdefault(change.passage_id, []).append(datetime.fromisoformat(step.at))
    return found
