"""What a corpus holds: services, their passages, and where their facts come from."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_DIGITS_TOGETHER = 4
_MONEY = "грн"


class Topic(StrEnum):
    """What a passage tells about its service."""

    WHO = "who"
    STEPS = "steps"
    DOCUMENTS = "documents"
    FEE = "fee"
    TERM = "term"
    WHERE = "where"
    ONLINE = "online"
    RESULT = "result"
    VALIDITY = "validity"
    REFUSAL = "refusal"
    EXAM = "exam"
    LEGAL = "legal"
    PENALTY = "penalty"
    MARTIAL_LAW = "martial-law"
    CONTACT = "contact"
    NOTE = "note"


_SHORT_LIVED = frozenset({Topic.FEE, Topic.TERM, Topic.DOCUMENTS})
_MONTHS_FRESH, _MONTHS_LASTING = 12, 24
"""Facts of the short-lived topics are stale after 12 months, others after 24."""


class Status(StrEnum):
    VERIFIED = "verified"
    NEEDS_REVIEW = "needs-review"


class Evidence(StrEnum):
    """How well sources support a passage: high for agreeing official ones, low for an old one."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Group(StrEnum):
    """The section of the catalogue that a service belongs to."""

    DRIVING_LICENCE = "driving-licence"
    EXAMS_AND_TRAINING = "exams-and-training"
    VEHICLE_REGISTRATION = "vehicle-registration"
    PLATES = "plates"
    CERTIFICATES_AND_CONTROL = "certificates-and-control"
    SERVICE_CENTRES = "service-centres"


class SourceKind(StrEnum):
    """Who stands behind a source, in the order in which sources are shown."""

    OFFICIAL = "official"
    LAW = "law"
    MEDIA = "media"


@dataclass(frozen=True, slots=True)
class Source:
    """A page, act or news that a passage's facts were read in.

    place: where in it the fact stands, such as an article and its part. states: what of the passage
    it states, where that is not all. read: the month in which the fact was last read in it.
    """

    title: str
    url: str | None = None
    kind: SourceKind = SourceKind.MEDIA
    place: str | None = None
    states: str | None = None
    read: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A title and its address, if known: an act that a passage names, what can be done next."""

    title: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Figure:
    """The amount or term that a passage is about: one `value`, or a range from `min` to `max`, of
    which one may be open.

    `unit` is written as it is said after the figure: «грн», «робочих днів». `about`: whether the
    source gives it as approximate.
    """

    unit: str
    value: float | None = None
    min: float | None = None
    max: float | None = None
    about: bool = False
    as_of: str | None = None

    @property
    def amounts(self) -> tuple[str, ...]:
        """The number or both numbers, as they are written: `17 000`, `340,02`."""
        numbers = (self.value, self.min, self.max)
        is_money = self.unit == _MONEY
        return tuple(_written(number, is_money) for number in numbers if number is not None)

    @property
    def text(self) -> str:
        """For people: `17 000 грн`, `10–15 днів`, `від 300 грн`, `до 5 робочих днів`."""
        said = "–".join(self.amounts)
        if self.value is None and len(self.amounts) == 1:
            said = f"{'до' if self.min is None else 'від'} {said}"
        return f"{'≈ ' if self.about else ''}{said} {self.unit}"


def _written(number: float, is_money: bool) -> str:
    """`17000` -> `17 000`, `340.5` -> `340,50` of money, else `340,5`; up to four digits stand
    together.
    """
    whole, _, decimals = f"{number:.2f}".partition(".")
    if len(whole) > _DIGITS_TOGETHER:
        whole = f"{int(whole):,}".replace(",", "\N{NO-BREAK SPACE}")
    if not decimals.strip("0"):
        return whole
    return f"{whole},{decimals if is_money else decimals.rstrip('0')}"


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of an answer: one fact of one service, complete by itself.

    `document` is what relevance judgements name: the passage itself in a corpus of services, the
    whole text that a chunk was cut from in any other corpus. `items` stand in `text` too, in order:
    a list, of steps one after the other where it is `numbered`. `conflict` says where sources
    disagree, `doubt` what is not certain though they do not.
    """

    id: str
    document: str
    service: str
    service_title: str
    topic: Topic
    title: str
    text: str
    as_of: str | None = None
    status: Status = Status.VERIFIED
    evidence: Evidence = Evidence.HIGH
    conflict: str | None = None
    doubt: str | None = None
    items: tuple[str, ...] = ()
    numbered: bool = False
    figure: Figure | None = None
    sources: tuple[Source, ...] = ()
    acts: tuple[Link, ...] = ()
    questions: tuple[str, ...] = ()
    url: str | None = None

    @property
    def anchor(self) -> str:
        """The part of the id after the service: the heading's anchor on the service's page."""
        return self.id.partition(".")[2] or self.id

    @property
    def is_official(self) -> bool:
        """Whether an official page or a law states the whole fact."""
        return any(
            source.kind is not SourceKind.MEDIA and source.states is None for source in self.sources
        )

    def months_old(self, today: date) -> int | None:
        """How long ago the facts were true for certain; None where that is unknown."""
        if self.as_of is None:
            return None
        year, *rest = map(int, self.as_of.split("-"))
        return (today.year - year) * 12 + today.month - (rest[0] if rest else 12)

    def is_stale(self, today: date) -> bool:
        """Whether the facts are older than their topic keeps: a price ages faster than a rule."""
        return self.months_overdue(today) > 0

    def months_overdue(self, today: date) -> int:
        """For how many months they are; 0 for fresh ones and where their age is unknown."""
        months = self.months_old(today)
        if months is None:
            return 0
        kept = _MONTHS_FRESH if self.topic in _SHORT_LIVED else _MONTHS_LASTING
        return max(0, months - kept)


@dataclass(frozen=True, slots=True)
class Service:
    """One procedure of the service centres with its passages, in the order of its file.

    `page`: the procedure's own page of an official site; `actions`: what a person can do next.
    """

    slug: str
    title: str
    group: Group
    audience: str
    reviewed: str
    passages: tuple[Passage, ...]
    official_name: str | None = None
    registry_id: str | None = None
    aliases: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    actions: tuple[Link, ...] = ()
    page: Link | None = None

    @property
    def url(self) -> str:
        """Path of the service's page."""
        return f"/services/{self.slug}"
