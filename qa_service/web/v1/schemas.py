"""The JSON of answers and feedback; that of services and passages is in `corpus_schemas`."""

from datetime import datetime
from typing import Literal, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from qa_service.suggest.entries import Kind
from qa_service.text.normalise import well_formed
from qa_service.types import (
    Answer,
    Certainty,
    Channel,
    Complaint,
    Part,
    RankedPassage,
    Reason,
    Topic,
)
from qa_service.web.v1.corpus_schemas import CentreOut, LinkOut, PassageOut, Schema

EXAMPLE_QUESTION = "скільки коштує поміняти права після заміжжя"


class RankedPassageOut(PassageOut):
    highlights: list[tuple[int, int]] = Field(
        description="[start, end) offsets into text, in Unicode code points"
    )
    score: float
    confidence: float = Field(description="Probability that this passage answers")

    @classmethod
    def of(cls, ranked: RankedPassage) -> Self:
        return cls.read(
            ranked.passage,
            highlights=ranked.highlights,
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


class PartOut(Schema):
    """One of the things that a message asks."""

    asked: str = Field(description="The words that ask it")
    topic: Topic | None
    service: str | None
    passage_id: str | None
    confidence: float
    certainty: Certainty
    answerable: bool
    reason: Reason | None

    @classmethod
    def of(cls, part: Part) -> Self:
        return cls(
            asked=part.asked,
            topic=part.topic,
            service=part.service,
            passage_id=part.passage_id,
            confidence=round(part.confidence, 4),
            certainty=part.certainty,
            answerable=part.certainty is not Certainty.NONE,
            reason=part.reason,
        )


CONTEXT_VERSION = 1


class ContextOut(Schema):
    """What the next question of the conversation is asked in: send it back as it is."""

    model_config = ConfigDict(from_attributes=True)

    service: str | None
    topic: Topic | None
    recent: list[str]
    choices: list[str]
    v: int = CONTEXT_VERSION


class HandoffOut(Schema):
    phone: str
    site: str


class AnswerOut(Schema):
    """An answer, or an honest statement that there is none."""

    answer_id: str
    question: str = Field(examples=[EXAMPLE_QUESTION])
    understood: UnderstoodOut
    certainty: Certainty = Field(
        description="Whether the first passage is the answer, a suggestion, or neither"
    )
    answerable: bool = Field(description="Whether certainty is not none")
    confidence: float
    reason: Reason | None = Field(description="Why not answerable")
    passages: list[RankedPassageOut]
    siblings: list[SiblingOut] = Field(description="Other facts of the best passage's procedure")
    actions: list[LinkOut] = Field(description="What can be done next about the best passage")
    centres: list[CentreOut] = Field(description="Service centres of the place that is named")
    parts: list[PartOut] = Field(description="What was asked, one or several things, in order")
    reply: str | None = Field(description="What to say where there is nothing to look up")
    context: ContextOut
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
            certainty=answer.certainty,
            answerable=answer.answerable,
            confidence=round(answer.confidence, 4),
            reason=answer.reason,
            passages=[RankedPassageOut.of(ranked) for ranked in answer.passages],
            siblings=[SiblingOut.model_validate(sibling) for sibling in answer.siblings],
            actions=[LinkOut.model_validate(action) for action in answer.actions],
            centres=[CentreOut.of(found) for found in answer.centres.found],
            parts=[PartOut.of(part) for part in answer.parts],
            reply=answer.reply,
            context=ContextOut.model_validate(answer.context),
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
    complaint: Complaint | None


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
