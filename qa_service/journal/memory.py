"""A journal that ends with its process, for tests."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

from qa_service.journal import (
    AUDIT_DAYS,
    CLOSING_S,
    Asked,
    AuditLine,
    Entry,
    Event,
    Exchange,
    KeptVote,
    Limits,
    Trimmed,
    Vote,
)
from qa_service.types import Use

MAX_ENTRIES = 1_000

_Kind = TypeVar("_Kind", Exchange, Vote, Event)
_AUDITED = timedelta(days=AUDIT_DAYS)


class MemoryJournal:
    """The newest `MAX_ENTRIES` entries in `kept`, the newest last."""

    def __init__(self) -> None:
        self.kept: list[Entry] = []
        self._lock = Lock()

    def record(self, *entries: Entry) -> None:
        with self._lock:
            for entry in entries:
                self._keep(entry)
            del self.kept[:-MAX_ENTRIES]

    def votes(self, limit: int) -> list[KeptVote]:
        with self._lock:
            asked = {
                entry.answer_id: _about(entry) for entry in self.kept if isinstance(entry, Exchange)
            }
            newest = [entry for entry in reversed(self.kept) if isinstance(entry, Vote)]
        return [
            KeptVote(vote.at, vote.feedback, asked.get(vote.feedback.answer_id))
            for vote in newest[:limit]
        ]

    def purge(self, before: datetime) -> int:
        audited = min(before, datetime.now(before.tzinfo) - _AUDITED)
        return self._remove(lambda entry: _is_old(entry, before, audited))

    def trim(self, limits: Limits, now: datetime) -> Trimmed:
        before = now - timedelta(days=limits.days) if limits.days else None
        old = self._remove(lambda entry: _is_old(entry, before, now - _AUDITED))
        return Trimmed(old, self._remove_beyond(limits) if limits.questions else 0)

    def close(self, within_s: float = CLOSING_S) -> None:
        """Nothing is held."""

    def _keep(self, entry: Entry) -> None:
        same = next((one for one in self.kept if _is_same(one, entry)), None)
        if same and not isinstance(entry, Vote):
            return
        if same:
            self.kept.remove(same)
        if isinstance(entry, Exchange) and entry.conversation:
            self._tell_asked_again(entry)
        self.kept.append(entry)

    def _tell_asked_again(self, later: Exchange) -> None:
        for one in reversed(self.kept):
            if isinstance(one, Exchange) and one.conversation == later.conversation:
                if later.asks_again(one.at, one.same_as, one.passage_id, one.reason):
                    self._keep(Event(later.at, one.answer_id, Use.ASKED_AGAIN))
                return

    def _remove_beyond(self, limits: Limits) -> int:
        questions = self._beyond(Exchange, limits.questions)
        answers = {one.answer_id for one in questions}
        self._remove(lambda one: isinstance(one, Event) and one.answer_id in answers)
        others = self._beyond(Vote, limits.votes) + self._beyond(Event, limits.events)
        return self._remove([*questions, *others].__contains__)

    def _beyond(self, kind: type[_Kind], most: int) -> list[_Kind]:
        """The oldest entries of a kind, where there are more than `most`."""
        return [entry for entry in self.kept if isinstance(entry, kind)][:-most]

    def _remove(self, is_removed: Callable[[Entry], bool]) -> int:
        with self._lock:
            before = len(self.kept)
            self.kept = [entry for entry in self.kept if not is_removed(entry)]
            return before - len(self.kept)


def _is_old(entry: Entry, before: datetime | None, audited: datetime) -> bool:
    """audited: before which lines of the audit are old."""
    limit = audited if isinstance(entry, AuditLine) else before
    return limit is not None and entry.at < limit


def _about(exchange: Exchange) -> Asked:
    return Asked(
        exchange.question,
        exchange.channel,
        exchange.service,
        exchange.passage_id,
        exchange.confidence,
        exchange.reason,
        exchange.index_version,
    )


def _is_same(one: Entry, other: Entry) -> bool:
    """Whether of both only one is kept."""
    match one, other:
        case Exchange(), Exchange():
            return one.answer_id == other.answer_id
        case Event(), Event():
            return (one.answer_id, one.use) == (other.answer_id, other.use)
        case Vote(), Vote():
            kept, new = one.feedback, other.feedback
            return (kept.answer_id, kept.passage_id) == (new.answer_id, new.passage_id)
    return one == other
