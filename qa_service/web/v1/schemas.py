"""The JSON that the API answers, and how the package's values turn into it."""

from datetime import datetime
from typing import Literal, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from qa_service.suggest import Kind
from qa_service.text.normalise import well_formed
from qa_service.types import (
    Answer,
    Channel,
    Evidence,
    Group,
    RankedPassage,
    Reason,
    Service,
    Status,
    Topic,
)

EXAMPLE_QUESTION = "скільки коштує поміняти права після заміжжя"


class Schema(BaseModel):
    """Read from the package's own values by attribute: `ServiceOut.model_validate(service)`."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class SourceOut(Schema):
    title: str
    url: str | None


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
    conflict: str | None = Field(description="What sources disagree on, and which figure is newest")
    sources: list[SourceOut]
    url: str | None = Field(examples=["/services/licence-exchange#fee"])


class RankedPassageOut(PassageOut):
    highlights: list[tuple[int, int]] = Field(
        description="[start, end) offsets into text, in Unicode code points"
    )
    score: float
    confidence: float = Field(description="Probability that this passage answers")

    @classmethod
    def of(cls, ranked: RankedPassage) -> Self:
        return cls(
            **dict(PassageOut.model_validate(ranked.passage)),
            highlights=list(ranked.highlights),
            score=round(ranked.score, 4),
            confidence=round(ranked.confidence, 4),
        )


class CorrectionOut(Schema):
    model_config = ConfigDict(extra="forbid", from_attributes=True, populate_by_name=True)

    kind: str
    before: str = Field(alias="from", validation_alias=AliasChoices("from", "before"))
    after: str = Field(alias="to", validation_alias=AliasChoices("to", "after"))


class UnderstoodOut(Schema):
    language: str
    reading: str
    corrections: list[CorrectionOut]


class SiblingOut(Schema):
    model_config = ConfigDict(from_attributes=True)

    topic: Topic
    id: str
    title: str
    text: str


class ChoiceOut(Schema):
    service: str
    title: str


class HandoffOut(Schema):
    phone: str
    site: str


class AnswerOut(Schema):
    """An answer, or an honest statement that there is none."""

    answer_id: str
    question: str = Field(examples=[EXAMPLE_QUESTION])
    understood: UnderstoodOut
    answerable: bool
    confidence: float
    reason: Reason | None = Field(description="Why not answerable")
    passages: list[RankedPassageOut]
    siblings: list[SiblingOut] = Field(description="Other facts of the best passage's procedure")
    choices: list[ChoiceOut] = Field(description="Procedures to choose from where ambiguous")
    related: list[str]
    handoff: HandoffOut | None = Field(description="Where a person answers instead")
    index_version: str
    degraded: list[str] = Field(description="Parts that failed while the rest answered")
    took_ms: float

    @classmethod
    def of(cls, answer: Answer) -> Self:
        return cls(
            answer_id=answer.answer_id,
            question=well_formed(answer.question),
            understood=UnderstoodOut.model_validate(answer.understood),
            answerable=answer.answerable,
            confidence=round(answer.confidence, 4),
            reason=answer.reason,
            passages=[RankedPassageOut.of(ranked) for ranked in answer.passages],
            siblings=[SiblingOut.model_validate(sibling) for sibling in answer.siblings],
            choices=[ChoiceOut.model_validate(choice) for choice in answer.choices],
            related=list(answer.related),
            handoff=HandoffOut.model_validate(answer.handoff) if answer.handoff else None,
            index_version=answer.index_version,
            degraded=list(answer.degraded),
            took_ms=answer.took_ms,
        )


class AnswersOut(Schema):
    answers: list[AnswerOut] = Field(description="One for each question, in their order")
    index_version: str


class SuggestionOut(Schema):
    text: str = Field(description="What to ask")
    kind: Kind
    service: str | None = Field(description="Slug of the procedure that it is about")


class SuggestionsOut(Schema):
    suggestions: list[SuggestionOut]


class FeedbackOut(Schema):
    status: Literal["accepted"] = "accepted"


class FeedbackEntryOut(Schema):
    answer_id: str
    helpful: bool
    passage_id: str | None
    comment: str | None


class AskedOut(Schema):
    question: str
    channel: Channel
    service: str | None
    passage_id: str | None
    confidence: float
    reason: Reason | None
    index_version: str


class EntryOut(Schema):
    """Feedback as the journal keeps it: personal data masked."""

    at: datetime
    feedback: FeedbackEntryOut
    about: AskedOut | None = Field(description="What was answered, where it is still known")


class EntriesOut(Schema):
    entries: list[EntryOut] = Field(description="The newest first")


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
    sources: list[SourceOut]
    passages: list[PassageOut]
    url: str


class ProblemOut(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(examples=["about:blank"])
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = Field(
        None, description="Where the request is wrong, a place each"
    )


class HealthOut(Schema):
    status: str
    index_version: str | None = None
