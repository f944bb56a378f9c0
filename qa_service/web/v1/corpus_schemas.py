"""The JSON of services and passages, and how the package's values turn into it."""

from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from qa_service.text.lists import item_spans
from qa_service.types import (
    CentreAnswer,
    Centres,
    Evidence,
    FoundCentre,
    Group,
    Passage,
    Service,
    SourceKind,
    Status,
    Topic,
)


class Schema(BaseModel):
    """Read from the package's own values by attribute: `ServiceOut.model_validate(service)`."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class SourceOut(Schema):
    title: str
    url: str | None
    kind: SourceKind
    place: str | None = Field(description="Where in it the fact stands")
    states: str | None = Field(description="What of the passage it states, where that is not all")
    read: str | None = Field(description="When the fact was last read in it: YYYY-MM")


class LinkOut(Schema):
    title: str
    url: str | None


class FigureOut(Schema):
    """An amount or a term: `value`, or a range from `min` to `max`, one of them null where open."""

    value: float | None
    min: float | None
    max: float | None
    about: bool = Field(description="Whether the source gives it as approximate")
    unit: str
    text: str = Field(examples=["572 грн"])
    as_of: str | None


class PassageOut(Schema):
    """A passage of an official procedure."""

    id: str = Field(examples=["licence-exchange.fee"])
    service: str
    service_title: str
    topic: Topic
    title: str
    text: str
    as_of: str | None = Field(
        description="When the facts were true: YYYY[-MM[-DD]]", examples=["2025-11"]
    )
    status: Status
    evidence: Evidence
    stale: bool = Field(description="Whether the facts are older than their topic keeps")
    conflict: str | None = Field(description="What sources disagree on, and which figure is newest")
    doubt: str | None = Field(description="What is not certain though no sources disagree")
    items: list[str] = Field(description="The list in text; empty where it has none")
    item_spans: list[tuple[int, int]] = Field(
        description="[start, end) offsets of the items into text, in Unicode code points"
    )
    numbered: bool = Field(description="Whether the items are steps one after the other")
    figure: FigureOut | None = Field(description="The amount or term, where the passage gives one")
    sources: list[SourceOut] = Field(description="Official pages first, then laws, then media")
    acts: list[LinkOut] = Field(description="Laws and orders that the text names")
    url: str | None = Field(examples=["/services/licence-exchange#fee"])

    @classmethod
    def read(cls, passage: Passage, **found: object) -> Self:
        """A passage at the day of the answer; `found`: what else a schema says of it."""
        found |= {
            "stale": passage.is_stale(date.today()),
            "item_spans": item_spans(passage.text, passage.items),
        }
        given = {name: getattr(passage, name) for name in cls.model_fields if name not in found}
        return cls.model_validate(given | found)


class CentreOut(Schema):
    """A service centre; null where no open source gives its own hours or phone."""

    number: str = Field(examples=["4641"])
    region: str
    city: str
    address: str
    hours: str | None
    phone: str | None
    as_of: str
    evidence: Evidence
    doubt: str | None = Field(description="What is not certain about it")
    note: str | None = Field(description="What else helps to find it")
    map_url: str
    distance_km: float | None = Field(description="From the town that was asked about")

    @classmethod
    def of(cls, found: FoundCentre) -> Self:
        centre = found.centre
        return cls(
            number=centre.number,
            region=centre.region,
            city=centre.city,
            address=centre.address,
            hours=centre.hours,
            phone=centre.phone,
            as_of=centre.as_of,
            evidence=centre.evidence,
            doubt=centre.doubt,
            note=centre.note,
            map_url=centre.map_url,
            distance_km=found.distance_km,
        )


class CentresOut(Schema):
    """The centres of the place that was searched for, or all of them."""

    centres: list[CentreOut]
    place: str | None = Field(description="The place that was understood")
    is_there: bool = Field(description="Whether that place itself has one; else the nearest follow")
    total: int
    network_hours: str = Field(description="The schedule of all centres without hours of their own")
    network_hours_as_of: str
    index_version: str

    @classmethod
    def of(cls, answer: CentreAnswer, centres: Centres, version: str, most: int) -> Self:
        """The first `most` that a search found."""
        return cls(
            centres=[CentreOut.of(found) for found in answer.found[:most]],
            place=answer.place,
            is_there=answer.is_there,
            total=len(answer.found),
            network_hours=centres.network_hours,
            network_hours_as_of=centres.network_hours_as_of,
            index_version=version,
        )


class ServiceSummaryOut(Schema):
    slug: str
    title: str
    group: Group
    passages: int
    url: str

    @classmethod
    def of(cls, service: Service) -> Self:
        return cls(
            slug=service.slug,
            title=service.title,
            group=service.group,
            passages=len(service.passages),
            url=service.url,
        )


class ServicesOut(Schema):
    """One page of the services; `total` counts those of all pages."""

    services: list[ServiceSummaryOut]
    total: int
    index_version: str


class ServiceOut(Schema):
    """One procedure with all its passages."""

    slug: str
    title: str
    official_name: str | None
    registry_id: str | None
    group: Group
    aliases: list[str]
    audience: str
    channels: list[str]
    reviewed: str
    page: LinkOut | None = Field(description="The procedure's own page of an official site")
    actions: list[LinkOut] = Field(description="What a person can do next")
    sources: list[SourceOut]
    passages: list[PassageOut]
    url: str

    @classmethod
    def of(cls, service: Service) -> Self:
        given = {name: getattr(service, name) for name in cls.model_fields}
        passages = [PassageOut.read(passage) for passage in service.passages]
        return cls.model_validate(given | {"passages": passages})
