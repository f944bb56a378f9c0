"""What the page of gaps shows: weeks with their dates, the nearest text to judge by. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from qa_service.catalogue import Catalogue
from qa_service.errors import NotFoundError
from qa_service.journal.gaps import KeptGap
from qa_service.journal.reports import KYIV
from qa_service.types import Passage, Service
from qa_service.web.editors.asked import is_id


@dataclass(frozen=True, slots=True)
class Week:
    """days: its first and last, as `24.10–30.10`. part: of the week in which most was asked."""

    days: str
    asked: int
    part: float


@dataclass(frozen=True, slots=True)
class ShownGap:
    """passage, service: nearest, as they are served now; None where there is none any more."""

    kept: KeptGap
    weeks: tuple[Week, ...]
    passage: Passage | None
    service: Service | None


def show_gap(kept: KeptGap, catalogue: Catalogue) -> ShownGap:
    gap = kept.gap
    try:
        passage = catalogue.passage(gap.passage_id) if gap.passage_id else None
    except NotFoundError:
        passage = None
    return ShownGap(kept, _weeks(kept), passage, catalogue.find(gap.service))


def _weeks(kept: KeptGap) -> tuple[Week, ...]:
    """The last one ends when the gap was found."""
    counts = kept.gap.weekly
    most = max(1, *counts)
    last = kept.made_at.astimezone(KYIV).date()
    found = []
    for back, asked in enumerate(reversed(counts)):
        ends = last - timedelta(days=7 * back)
        begins = ends - timedelta(days=6)
        found.append(Week(f"{begins:%d.%m}–{ends:%d.%m}", asked, asked / most))
    return tuple(reversed(found))


@dataclass(frozen=True, slots=True)
class WantedGaps:
    """page: from 1 on; gap: whose page is wanted instead; undo: the gap that was just dismissed."""

    page: int = 1
    gap: int = 0
    undo: int = 0

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> Self:
        page, gap, undo = (fields.get(name, "") for name in ("page", "gap", "dismissed"))
        return cls(*(int(one) if is_id(one) else 0 for one in (page, gap, undo)))

    def page_of(self, ids: Sequence[int], at_once: int) -> int:
        pages = max(1, -(-len(ids) // at_once))
        if self.gap in ids:
            return ids.index(self.gap) // at_once + 1
        return min(max(1, self.page), pages)
