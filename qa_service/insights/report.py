"""A report: what was counted, joined with the passages and the changes that are served. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

from qa_service.insights.figures import Figures
from qa_service.insights.lead import Lead
from qa_service.journal.reports import told
from qa_service.types import Channel, Reason

NOTHING_ASKED = frozenset({Reason.SMALL_TALK, Reason.EMPTY})
"""Left out where shares are told: nothing was asked that could be found."""


@dataclass(frozen=True, slots=True)
class Split:
    """Questions, and those of each member of `Channel` in its order; None for a few of them."""

    total: int
    by_channel: tuple[int | None, ...]

    @classmethod
    def of(cls, counts: Counter[Channel]) -> Self:
        return cls(counts.total(), tuple(told(counts[one]) for one in Channel))


@dataclass(frozen=True, slots=True)
class Named:
    """A passage as people know it; only the id of one that is not served any more."""

    id: str
    title: str
    service_title: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions, and how many in the period before; asking: those of them that asked something.

    helped: certain answers after which nobody asked again or voted down; None where not known.
    """

    asked: int
    before: int
    asking: int
    sure: int
    unsure: int
    refused: int
    helped: int | None = None

    @property
    def is_told(self) -> bool:
        """Whether enough asked for these numbers, and shares of them, to be told."""
        return told(self.asked) is not None


@dataclass(frozen=True, slots=True)
class ServiceRow:
    slug: str
    title: str
    url: str | None
    counts: Asked


@dataclass(frozen=True, slots=True)
class Exposed:
    """A passage that should be checked, and how often it was shown first.

    overdue: months beyond those that its topic keeps, a price fewer than a rule; 0 for a fresh one.
    exposure: shown x these months, at least one.
    """

    passage: Named
    shown: int
    overdue: int
    as_of: str | None
    stale: bool
    disputed: bool
    needs_review: bool

    @property
    def exposure(self) -> int:
        return self.shown * max(1, self.overdue)


@dataclass(frozen=True, slots=True)
class Report:
    """over_time: questions of a day of Kyiv, or of a week by its Monday where `by_week`. by_hour:
    of an hour of the day, over the whole period. service_titles: of the services that rose.
    answered: how often a passage was the certain answer.
    """

    figures: Figures
    total: Asked
    channels: tuple[tuple[Channel, Asked], ...]
    by_week: bool
    over_time: tuple[tuple[date, Split], ...]
    by_hour: tuple[tuple[int, Split], ...]
    reasons: tuple[tuple[Reason, Split], ...]
    services: tuple[ServiceRow, ...]
    exposed: tuple[Exposed, ...]
    service_titles: Mapping[str, str]
    lead: Lead
    passages: Mapping[str, Named]
    answered: Mapping[str, int]
