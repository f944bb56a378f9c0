"""The JSON that the API takes."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from qa_service.engine import MAX_TOP_K
from qa_service.journal import MAX_COMMENT_CHARS, Feedback
from qa_service.text.normalise import well_formed
from qa_service.types import NO_CONTEXT, Channel, Complaint, Context, Filters, Query, Topic
from qa_service.web.dependencies import MOST_PASSAGE_ID_CHARS, PLAIN_ID
from qa_service.web.v1.corpus_schemas import Schema
from qa_service.web.v1.schemas import CONTEXT_VERSION, EXAMPLE_QUESTION

MOST_QUESTIONS = 64
MOST_SERVICES, MOST_TOPICS = 100, len(Topic)
"""Of one filter."""


def _whole(value: object) -> object:
    """JSON Schema counts 18.0 as an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


TopK = Annotated[int, Field(ge=1, le=MAX_TOP_K, description="Number of passages to return")]
TopKInBody = Annotated[TopK, Field(strict=True), BeforeValidator(_whole)]
WholeInBody = Annotated[int, Field(strict=True), BeforeValidator(_whole)]
Text = Annotated[str, AfterValidator(well_formed)]
AnswerId = Annotated[str, Field(pattern=PLAIN_ID)]
PassageId = Annotated[str, Field(min_length=1, max_length=MOST_PASSAGE_ID_CHARS)]


class FiltersIn(Schema):
    service: list[str] = Field(
        default_factory=list, max_length=MOST_SERVICES, description="Slugs of services to search in"
    )
    topic: list[Topic] = Field(
        default_factory=list, max_length=MOST_TOPICS, description="Topics to search in"
    )


class ContextIn(Schema):
    """What the last answer's `context` held, sent back as it was; what is unknown is ignored."""

    model_config = ConfigDict(extra="ignore")

    service: str | None = Field(
        default=None, description="Slug of the service that the conversation is about"
    )
    topic: str | None = Field(default=None, description="What was asked for last")
    recent: list[str] = Field(
        default_factory=list, description="Slugs of services beside and before it, as answered"
    )
    choices: list[str] = Field(
        default_factory=list, description="Slugs that were offered to choose from, in order"
    )
    v: WholeInBody = Field(default=CONTEXT_VERSION, description="Version of this form")

    def to_context(self) -> Context:
        if self.v != CONTEXT_VERSION:
            return NO_CONTEXT
        return Context.sent_back(self.service, self.topic, self.recent, self.choices)


class AskIn(Schema):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"question": EXAMPLE_QUESTION},
                {
                    "question": "де пройти іспит",
                    "channel": "operator",
                    "filters": {"topic": ["where"]},
                },
            ]
        },
    )

    question: Text = Field(description="Free text in any style")
    top_k: TopKInBody = 3
    channel: Channel = Field(Channel.SITE, description="Who asks; decides how sure is sure enough")
    filters: FiltersIn = Field(default_factory=FiltersIn)
    context: ContextIn | None = None
    as_typed: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="Correct no word of the question and add none"
    )
    lang: Annotated[str, Field(pattern="^(uk|en)$")] | None = Field(
        default=None, description="Language of `reply`; else the question's"
    )
    conversation: Annotated[str, Field(pattern=PLAIN_ID)] | None = Field(
        default=None, description="Your id of the call or chat; only its HMAC is kept"
    )
    draft: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="Typed so far: answered, but not counted and not kept"
    )

    def to_query(self) -> Query:
        return Query(
            question=self.question,
            top_k=self.top_k,
            channel=self.channel,
            filters=Filters(frozenset(self.filters.service), frozenset(self.filters.topic)),
            context=self.context.to_context() if self.context else NO_CONTEXT,
            as_typed=self.as_typed,
            lang=self.lang,
            conversation=self.conversation,
            draft=self.draft,
        )


def _form(question: object) -> str:
    return "text" if isinstance(question, str) else "request"


Question = Annotated[
    Annotated[Text, Tag("text")] | Annotated[AskIn, Tag("request")], Discriminator(_form)
]
"""One of two forms; a mistake is reported for the form that was meant, not for both."""


class BatchIn(Schema):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"questions": [EXAMPLE_QUESTION, "де пройти практичний іспит"]}]
        },
    )

    questions: list[Question] = Field(
        min_length=1,
        max_length=MOST_QUESTIONS,
        description="As text, which shares the fields below, or as requests of their own",
    )
    top_k: TopKInBody = 3
    channel: Channel = Channel.SITE
    filters: FiltersIn = Field(default_factory=FiltersIn)

    def to_queries(self) -> list[Query]:
        return [self._request(question).to_query() for question in self.questions]

    def _request(self, question: str | AskIn) -> AskIn:
        if isinstance(question, AskIn):
            return question
        return AskIn(
            question=question, top_k=self.top_k, channel=self.channel, filters=self.filters
        )


class FeedbackIn(Schema):
    answer_id: AnswerId = Field(description="Of the answer that it is about")
    passage_id: PassageId | None = Field(None, description="Of one passage of it")
    helpful: Annotated[bool, Field(strict=True)]
    comment: Annotated[Text, Field(max_length=MAX_COMMENT_CHARS)] | None = Field(
        None, description="Personal data in it is masked before it is kept"
    )
    complaint: Complaint | None = Field(None, description="What is wrong, where it did not help")

    def to_feedback(self) -> Feedback:
        return Feedback(self.answer_id, self.helpful, self.passage_id, self.comment, self.complaint)
