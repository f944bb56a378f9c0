"""A question as it is asked and read, and the answer to it."""

from dataclasses import dataclass
from enum import StrEnum

from qa_service.types.centres import NO_CENTRES, CentreAnswer
from qa_service.types.context import NO_CONTEXT, Context
from qa_service.types.corpus import Link, Passage, Topic


class Channel(StrEnum):
    """Who is asking on the citizen's behalf; each has its own threshold for an honest answer."""

    SITE = "site"
    OPERATOR = "operator"
    CHATBOT = "chatbot"


class Certainty(StrEnum):
    """Whether the first passage is shown as the answer, as a suggestion, or not at all."""

    SURE = "sure"
    UNSURE = "unsure"
    NONE = "none"


class Reason(StrEnum):
    """Why a question was not answered.

    off_topic: nothing to do with the centres. not_covered: their business, or near it, but no
    passage says it. live_data: only a register, a queue or a person knows it. small_talk: nothing
    was asked.
    """

    OFF_TOPIC = "off_topic"
    NOT_COVERED = "not_covered"
    LIVE_DATA = "live_data"
    SMALL_TALK = "small_talk"
    NO_MATCH = "no_match"
    LOW_CONFIDENCE = "low_confidence"
    AMBIGUOUS = "ambiguous"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    PERSONAL_DATA_ONLY = "personal_data_only"


class SmallTalk(StrEnum):
    """What a person says who asks for nothing that could be looked up."""

    GREETING = "greeting"
    THANKS = "thanks"
    FAREWELL = "farewell"
    PERSON = "person"
    EMERGENCY = "emergency"
    BOT = "bot"
    OTHER = "other"


class Use(StrEnum):
    """What a person does with an answer.

    followed: a link to a source or to what to do next. asked_again: another question after it.
    """

    OPENED = "opened"
    COPIED = "copied"
    SHARED = "shared"
    PRINTED = "printed"
    FOLLOWED = "followed"
    ASKED_AGAIN = "asked_again"


class Complaint(StrEnum):
    """What is wrong with an answer that did not help. missing: no text says what was asked."""

    OUTDATED = "outdated"
    OTHER_QUESTION = "other_question"
    UNCLEAR = "unclear"
    BROKEN_LINK = "broken_link"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Filters:
    """Keep only passages of these services and topics; an empty set keeps all."""

    services: frozenset[str] = frozenset()
    topics: frozenset[Topic] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.services or self.topics)


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it arrived, with what its channel knows. as_typed: correct and add nothing.
    lang: of the reply, `uk` or `en`; the question's where it is None. conversation: an id of the
    call or chat, no part of what is answered; the journal keeps its HMAC. draft: typed so far,
    answered but not counted or kept.
    """

    question: str
    top_k: int = 3
    channel: Channel = Channel.SITE
    filters: Filters = NO_FILTERS
    context: Context = NO_CONTEXT
    as_typed: bool = False
    lang: str | None = None
    conversation: str | None = None
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Correction:
    """One change made while reading the question, said back to the person."""

    kind: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Understood:
    """The question as the service reads it."""

    language: str
    reading: str
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """A passage with its score; `highlights` are [start, end) offsets into its characters."""

    passage: Passage
    score: float
    confidence: float
    highlights: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things that a message asks; `asked`: the words that ask it."""

    asked: str
    topic: Topic | None
    service: str | None
    passage_id: str | None
    confidence: float
    certainty: Certainty
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Choice:
    """A procedure to choose where several fit the question equally."""

    service: str
    title: str


@dataclass(frozen=True, slots=True)
class Handoff:
    """Where a person answers when the service does not."""

    phone: str
    site: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The ranked passages and the decision on them.

    `parts`: the things that were asked, in order; the passages begin with the best of each that has
    an answer. `empty_legs` are those that found nothing; `actions` what can be done about the best
    passage; `centres` what the question says of service centres; `reply` what to say where there is
    nothing to look up; `context` what the next question of the conversation is asked in.
    """

    answer_id: str
    question: str
    understood: Understood
    certainty: Certainty
    confidence: float
    reason: Reason | None
    passages: tuple[RankedPassage, ...]
    siblings: tuple[Passage, ...]
    choices: tuple[Choice, ...]
    related: tuple[str, ...]
    handoff: Handoff | None
    index_version: str
    degraded: tuple[str, ...]
    took_ms: float
    empty_legs: tuple[str, ...] = ()
    actions: tuple[Link, ...] = ()
    centres: CentreAnswer = NO_CENTRES
    reply: str | None = None
    parts: tuple[Part, ...] = ()
    context: Context = NO_CONTEXT

    @property
    def answerable(self) -> bool:
        """Whether anything was found that may answer."""
        return self.certainty is not Certainty.NONE
