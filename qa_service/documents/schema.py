"""The shape of a service file: its front matter and the metadata block of each passage.

`corpus/schema.json` is written from these models (`qa-service check --write`), for editors that
complete and check YAML.
"""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from qa_service.types import Evidence, Group, Status

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
AS_OF = r"^20\d\d(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Slug = Annotated[str, StringConstraints(pattern=SLUG)]
HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceEntry(_Strict):
    """A page or document that a passage's facts were read in. `id` is what passages refer to."""

    id: Slug
    title: Text
    url: HttpUrl | None = None


class FrontMatter(_Strict):
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


class PassageMeta(_Strict):
    """The YAML block under a passage's text."""

    as_of: Annotated[str, StringConstraints(pattern=AS_OF)] = Field(
        description="When the facts were true: YYYY[-MM[-DD]]"
    )
    sources: list[Slug] = Field(min_length=1, description="Ids from the front matter's sources")
    status: Status = Status.VERIFIED
    evidence: Evidence = Evidence.HIGH
    conflict: Text | None = Field(
        None, description="Which sources disagree on what, and which figure is the newest"
    )
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
