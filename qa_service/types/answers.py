"""A question as it is asked and read, and the answer to it."""

from dataclasses import dataclass
from enum import StrEnum

from qa_service.types.centres import NO_CENTRES, CentreAnswer
from qa_service.types.corpus import Link, Passage, Topic


class Channel(StrEnum):
    """Who is asking on the citizen's behalf; each has its own threshold for an honest answer."""

    SITE = "site"
    OPERATOR = "operator"
    CHATBOT = "chatbot"


class Reason(StrEnum):
    """Why a question was not answered."""

    OFF_TOPIC = "off_topic"
    NO_MATCH = "no_match"
    LOW_CONFIDENCE = "low_confidence"
    AMBIGUOUS = "ambiguous"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    PERSONAL_DATA_ONLY = "personal_data_only"


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
    """A question as it arrived, with what its channel knows."""

    question: str
    top_k: int = 3
    channel: Channel = Channel.SITE
    filters: Filters = NO_FILTERS
    context_service: str | None = None


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

    `empty_legs` are those that found nothing; `actions` what can be done about the best passage;
    `centres` what the question says of service centres; `reply` what to say
    where something must be asked back.
    """

    answer_id: str
    question: str
    understood: Understood
    answerable: bool
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
