"""The shape of a service file: its front matter and the metadata block of each passage.

`corpus/schema.json` is written from these models (`qa-service check --write`), for editors that
complete and check YAML.
"""

import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from qa_service.types import Evidence, Figure, Group, Status

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
AS_OF = r"^20\d\d(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Slug = Annotated[str, StringConstraints(pattern=SLUG)]
HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceEntry(Strict):
    """A page or document that a passage's facts were read in. `id` is what passages refer to."""

    id: Slug
    title: Text
    url: HttpUrl | None = None


class SourceUse(Strict):
    """A source of one passage.

    place: where in it the fact stands, such as «стаття 126, частина 2». states: what of the passage
    it states, where that is not all. read: the month in which somebody last read the fact in it.
    figures: those of the text that it states, for editors and tests.
    """

    id: Slug
    place: Text | None = None
    states: Text | None = None
    read: Annotated[str, StringConstraints(pattern=AS_OF)] | None = None
    figures: list[Text] = Field(default_factory=list)


def _id_alone(value: Any) -> Any:
    return {"id": value} if isinstance(value, str) else value


UsedSource = Annotated[
    SourceUse, BeforeValidator(_id_alone, json_schema_input_type=Slug | SourceUse)
]
"""A source by its id alone, or with what is known of its use."""


class FigureEntry(Strict):
    """The amount or term of a passage: `value`, or `min`, `max` or both, and the unit after it."""

    unit: Text
    value: Annotated[float, Field(ge=0)] | None = None
    min: Annotated[float, Field(ge=0)] | None = None
    max: Annotated[float, Field(gt=0)] | None = None
    about: bool = Field(False, description="Whether the text says «about»")

    @model_validator(mode="after")
    def _value_or_range(self) -> Self:
        ranged = self.min is not None or self.max is not None
        if (self.value is not None) == ranged:
            raise ValueError("give `value`, or `min`, `max` or both")
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise ValueError("`min` must be less than `max`")
        return self

    def to_figure(self, as_of: str) -> Figure:
        return Figure(self.unit, self.value, self.min, self.max, self.about, as_of)


class LinkEntry(Strict):
    title: Text
    url: HttpUrl


class FrontMatter(Strict):
    """The head of `corpus/services/<slug>.md`."""

    slug: Slug
    title: Text
    official_name: Text | None = None
    registry_id: Annotated[str, StringConstraints(pattern=r"^\d{5}$")] | None = None
    group: Group
    aliases: list[Text] = Field(
        min_length=1, description="Everyday names of the service, as people say them"
    )
    audience: Text
    channels: list[Literal["service-centre", "cnap", "diia", "driver-cabinet", "post", "other"]] = (
        Field(min_length=1)
    )
    reviewed: date = Field(description="When a person last read the whole file over")
    sources: list[SourceEntry] = Field(min_length=1)
    page: LinkEntry | None = Field(
        None, description="The procedure's own page on hsc.gov.ua or in the state guide"
    )
    actions: list[Slug] = Field(
        default_factory=list, description="What a person can do next: ids from actions.yaml"
    )


class PassageMeta(Strict):
    """The YAML block under a passage's text."""

    as_of: Annotated[str, StringConstraints(pattern=AS_OF)] = Field(
        description="When the facts were true: YYYY[-MM[-DD]]"
    )
    sources: list[UsedSource] = Field(
        min_length=1,
        description="Ids from the front matter's sources, alone or with place, states and read",
    )
    status: Status = Status.VERIFIED
    evidence: Evidence = Evidence.HIGH
    conflict: Text | None = Field(
        None, description="Which sources disagree on what, and which figure is the newest"
    )
    doubt: Text | None = Field(
        None, description="What is not certain though no sources disagree, for the reader"
    )
    figure: FigureEntry | None = Field(None, description="The amount or term, shown large")
    questions: list[Text] = Field(
        default_factory=list, description="Sample questions that this passage answers"
    )


def json_schema() -> dict[str, Any]:
    """One JSON Schema (draft 2020-12) with both shapes under `$defs`."""
    front = FrontMatter.model_json_schema(ref_template="#/$defs/{model}")
    meta = PassageMeta.model_json_schema(ref_template="#/$defs/{model}")
    definitions = front.pop("$defs", {}) | meta.pop("$defs", {}) | {"PassageMeta": meta}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **front,
        "$defs": definitions,
    }


HEADING = re.compile(
    r"^## (?P<title>.+?) \{#(?P<id>[a-z0-9]+(?:-[a-z0-9]+)*) topic=(?P<topic>[a-z-]+)\}\s*$"
)
