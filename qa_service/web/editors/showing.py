"""What the page of the queue shows: items by what they are about, and what became of the text.
Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qa_service.drafts import file_of
from qa_service.errors import NotFoundError
from qa_service.indexing.changes import ChangeLog, Step, net
from qa_service.journal.gaps import KeptGap
from qa_service.journal.queue import Item
from qa_service.live import Serving
from qa_service.text.normalise import normalise
from qa_service.types import Complaint, Passage, Reason, Service
from qa_service.web.editors.asked import MOST

NOT_OURS = "not-ours"
_CHAT = (Reason.OFF_TOPIC, Reason.SMALL_TALK)


class Changed(StrEnum):
    """Whether the text is another than when the vote was cast."""

    YES, NO, UNKNOWN = "yes", "no", "unknown"


@dataclass(frozen=True, slots=True)
class ShownItem:
    """One item, or several by which the same was asked and said. item: the newest; changed_at: when
    the text was changed, where it was.
    """

    items: tuple[Item, ...]
    changed: Changed
    changed_at: datetime | None

    @property
    def item(self) -> Item:
        return self.items[0]

    @property
    def comments(self) -> list[str]:
        return list(dict.fromkeys(one.comment for one in self.items if one.comment))


@dataclass(frozen=True, slots=True)
class Group:
    """Items about one passage, one gap, or with nothing to hold on to; those that are not about
    this service's work at all are in one group. anchor: in the page.

    passage, service: as they are served now; None where there is none any more.
    """

    anchor: str
    passage_id: str | None
    passage: Passage | None
    service: Service | None
    gap: KeptGap | None
    items: tuple[ShownItem, ...]

    @property
    def is_ours(self) -> bool:
        return self.anchor != NOT_OURS

    @property
    def count(self) -> int:
        return sum(len(one.items) for one in self.items)

    @property
    def is_missing(self) -> bool:
        """Whether they say that an answer is missing; then the passage is only the nearest."""
        return self.items[0].item.complaint is Complaint.MISSING

    @property
    def file(self) -> str | None:
        return file_of(self.service) if self.service else None


def groups(
    items: Sequence[Item], gaps: Sequence[KeptGap], serving: Serving, order: str
) -> list[Group]:
    """The items by what they are about: newest first, or where there are most; last what is not
    ours. Those that say that an answer is missing go by gap, where their question belongs to one.
    """
    by_question = {
        normalise(question): kept for kept in reversed(gaps) for question in kept.gap.all_questions
    }
    shown = _Shown(serving)
    sorted_in: dict[str, tuple[KeptGap | None, list[Item]]] = {}
    for item in items:
        gap = by_question.get(item.same_as or "") if item.complaint is Complaint.MISSING else None
        kind = "m" if item.complaint is Complaint.MISSING else "p"
        named = item.passage_id or item.service or "none"
        anchor = f"gap-{gap.id}" if gap else NOT_OURS if _is_chat(item) else f"{kind}-{named}"
        sorted_in.setdefault(anchor, (gap, []))[1].append(item)
    found = [shown.group(anchor, gap, those) for anchor, (gap, those) in sorted_in.items()]
    if order == MOST:
        found.sort(key=lambda one: -one.count)
    return sorted(found, key=lambda one: not one.is_ours)


def places(found: Sequence[Group]) -> dict[str, str]:
    """Anchor of a row or a group -> that of what stands after it on the page, else before it: where
    an editor goes on once it is handled.
    """
    rows = [f"item-{shown.item.id}" for group in found for shown in group.items]
    anchors = [group.anchor for group in found]
    return {
        own: those[place + 1] if place + 1 < len(those) else those[place - 1]
        for those in (rows, anchors)
        for place, own in enumerate(those)
    }


def _is_chat(item: Item) -> bool:
    """Whether no text of ours could answer: small talk, or another subject altogether."""
    return item.complaint is Complaint.MISSING and item.reason in _CHAT


class _Shown:
    """Groups over one version."""

    def __init__(self, serving: Serving) -> None:
        self._catalogue = serving.catalogue
        self._version = serving.version
        self._log: ChangeLog = serving.engine.snapshot.changes
        self._built = serving.engine.snapshot.manifest.created
        self._known: dict[str, dict[str, str]] = {}

    def group(self, anchor: str, gap: KeptGap | None, items: Sequence[Item]) -> Group:
        passage_id = gap.gap.passage_id if gap else items[0].passage_id
        slug = gap.gap.service if gap else items[0].service
        if anchor == NOT_OURS:
            passage_id = slug = None
        return Group(
            anchor,
            passage_id,
            self._passage(passage_id),
            self._catalogue.find(slug),
            gap,
            tuple(map(self._shown, _alike(items))),
        )

    def _passage(self, passage_id: str | None) -> Passage | None:
        try:
            return self._catalogue.passage(passage_id) if passage_id else None
        except NotFoundError:
            return None

    def _shown(self, items: Sequence[Item]) -> ShownItem:
        """Changed since the newest of them."""
        return ShownItem(tuple(items), *self._changed(items[0]))

    def _changed(self, item: Item) -> tuple[Changed, datetime | None]:
        if not item.passage_id:
            return Changed.UNKNOWN, None
        if item.index_version == self._version:
            return Changed.NO, None
        steps = self._steps(item)
        if steps is None:
            return Changed.UNKNOWN, None
        at = self._changes(steps).get(item.passage_id)
        return (Changed.YES, datetime.fromisoformat(at)) if at else (Changed.NO, None)

    def _steps(self, item: Item) -> tuple[Step, ...] | None:
        """The steps since the version that was voted on, or else since the vote."""
        since = self._log.since(item.index_version) if item.index_version else None
        if since is not None:
            return since
        return self._log.after(item.at) if self._log.reaches(item.at, self._built) else None

    def _changes(self, steps: tuple[Step, ...]) -> dict[str, str]:
        """Passage id -> when it was changed last; many items share their steps."""
        first = steps[0].since if steps else ""
        if first not in self._known:
            self._known[first] = {change.passage_id: at for at, change in net(steps)}
        return self._known[first]


def _alike(items: Sequence[Item]) -> Iterable[Sequence[Item]]:
    """By question and complaint; what is not known to be alike stands alone."""
    found: dict[object, list[Item]] = {}
    for item in items:
        said = (item.same_as or item.id, item.complaint, item.state, item.passage_id)
        found.setdefault(said, []).append(item)
    return found.values()
