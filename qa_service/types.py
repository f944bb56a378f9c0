"""The vocabulary of the package: frozen, typed values that its parts exchange. No I/O."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total) while something long goes on."""

Vectors = npt.NDArray[np.float32]
"""Embeddings, shape (count, dimension), each row of length 1."""

Rows = npt.NDArray[np.int64]
"""Row numbers into the list that an index was built from; -1 pads a short result."""
Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hits:
    """Rows of passages, each once, best first, with their scores: shapes (hits,)."""

    rows: Rows
    scores: Scores


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
class Source:
    title: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of an answer: one fact of one service, complete by itself.

    `document` is what relevance judgements name: the passage itself in a corpus of services, the
    whole text that a chunk was cut from in any other corpus.
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
    sources: tuple[Source, ...] = ()
    questions: tuple[str, ...] = ()
    url: str | None = None

    @property
    def anchor(self) -> str:
        """The part of the id after the service: the heading's anchor on the service's page."""
        return self.id.partition(".")[2] or self.id


@dataclass(frozen=True, slots=True)
class Service:
    """One procedure of the service centres with its passages, in the order of its file."""

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

    @property
    def url(self) -> str:
        """Path of the service's page."""
        return f"/services/{self.slug}"


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
    """The ranked passages and the decision on them; `empty_legs` are those that found nothing."""

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


def no_progress(stage: str, done: int, total: int) -> None:
    """A Progress for callers that show none."""
