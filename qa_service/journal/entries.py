"""What the journal takes: each kind masks personal data when it is made, so that no caller can
forget to. Times are in UTC.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from qa_service.text.normalise import normalise
from qa_service.text.personal import LONGEST_NUMBER, mask, mask_normalised
from qa_service.types import (
    Answer,
    Certainty,
    Channel,
    Complaint,
    Part,
    Query,
    Reason,
    Topic,
    Use,
)

MAX_COMMENT_CHARS = MAX_QUESTION_CHARS = 1_000
ASKED_AGAIN_WITHIN = timedelta(seconds=60)
UNANSWERED = frozenset(
    {Reason.OFF_TOPIC, Reason.NOT_COVERED, Reason.NO_MATCH, Reason.LOW_CONFIDENCE}
)
"""Why a question is left without the answer that it wants, as far as one can tell."""

_OURS = re.compile(r"(\b\d{8}T\d{12}Z-[0-9a-f]{12}\b|#\d{1,8}\b|\bkey,? [a-z2-7]{8}\b)", re.ASCII)
"""A version of the index, a row's number, a key's id after that word."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person says of an answer: whether it, or one passage of it, helped, or why not."""

    answer_id: str
    helpful: bool
    passage_id: str | None = None
    comment: str | None = None
    complaint: Complaint | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer.

    service, topic, passage_id: of the first passage. shown: ids of passages, in the order shown.
    parts: a single one with the words of the question; several without any where it holds personal
    data, which may be cut in two.
    conversation: an HMAC of the client's id of the call or chat. goes_on: whether it was asked in
    the context of an earlier answer.
    """

    at: datetime
    answer_id: str
    channel: Channel
    question: str
    language: str
    certainty: Certainty
    reason: Reason | None
    confidence: float
    service: str | None
    topic: Topic | None
    passage_id: str | None
    shown: tuple[str, ...]
    parts: tuple[Part, ...]
    index_version: str
    took_ms: float
    conversation: str | None = None
    goes_on: bool = False

    def __post_init__(self) -> None:
        question = _masked(self.question)
        object.__setattr__(self, "question", question)
        object.__setattr__(self, "parts", tuple(_masked_parts(self.parts, question)))

    @classmethod
    def of(cls, at: datetime, query: Query, answer: Answer, conversation: str | None) -> Self:
        best = answer.passages[0].passage if answer.passages else None
        return cls(
            at=at,
            answer_id=answer.answer_id,
            channel=query.channel,
            question=query.question,
            language=answer.understood.language,
            certainty=answer.certainty,
            reason=answer.reason,
            confidence=answer.confidence,
            service=best.service if best else None,
            topic=best.topic if best else None,
            passage_id=best.id if best else None,
            shown=tuple(ranked.passage.id for ranked in answer.passages),
            parts=answer.parts,
            index_version=answer.index_version,
            took_ms=answer.took_ms,
            conversation=conversation,
            goes_on=bool(query.context.service or query.context.choices),
        )

    @property
    def same_as(self) -> str:
        """Alike for questions that are asked alike, by which they are counted."""
        return normalise(self.question)

    def asks_again(
        self, at: datetime, same_as: str, passage_id: str | None, reason: str | None
    ) -> bool:
        """Whether the same is asked within a minute after the question before it, which had these:
        in its words, with its first passage, or after no answer. Not where a clock was set back.
        """
        is_soon = timedelta(0) <= self.at - at <= ASKED_AGAIN_WITHIN
        is_same = self.same_as == same_as or (passage_id and self.passage_id == passage_id)
        return is_soon and bool(is_same or reason in UNANSWERED)


@dataclass(frozen=True, slots=True)
class Event:
    """What was done with an answer; kept once, however often it is told."""

    at: datetime
    answer_id: str
    use: Use


@dataclass(frozen=True, slots=True)
class Vote:
    """Feedback and its moment. What helped has no complaint."""

    at: datetime
    feedback: Feedback

    def __post_init__(self) -> None:
        feedback = self.feedback
        if feedback.helpful and feedback.complaint:
            feedback = replace(feedback, complaint=None)
        if feedback.comment:
            # Cut after masking: half a number would not be recognised.
            feedback = replace(feedback, comment=mask(feedback.comment)[:MAX_COMMENT_CHARS])
        object.__setattr__(self, "feedback", feedback)


@dataclass(frozen=True, slots=True)
class AuditLine:
    """What somebody of the staff did. actor, role: of the key or the person. detail: masked, but
    for versions of the index, numbers of our own rows and ids of keys, which are nobody's.
    """

    at: datetime
    actor: str
    role: str
    action: str
    detail: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", mask_detail(self.detail))


def mask_detail(detail: str) -> str:
    """What people wrote without personal data; versions, rows and keys are named as they are."""
    parts = _OURS.split(detail)
    return "".join(part if place % 2 else mask(part) for place, part in enumerate(parts))


Entry = Exchange | Event | Vote | AuditLine


@dataclass(frozen=True, slots=True)
class Asked:
    """What a vote is about, as the journal kept it; ids are those of the best passage."""

    question: str
    channel: Channel
    service: str | None
    passage_id: str | None
    confidence: float
    reason: Reason | None
    index_version: str


@dataclass(frozen=True, slots=True)
class KeptVote:
    """A vote as the journal has it; `about` is None where the question is not kept (any more)."""

    at: datetime
    feedback: Feedback
    about: Asked | None


def _masked(question: str) -> str:
    """The beginning of a question, masked.

    Half a number at the cut would not be recognised: what may be one is cut off after masking.
    """
    if len(question) <= MAX_QUESTION_CHARS:
        return mask(question)
    masked = mask(question[: MAX_QUESTION_CHARS + LONGEST_NUMBER])
    return masked[: min(MAX_QUESTION_CHARS, len(masked) - LONGEST_NUMBER)]


def _masked_parts(parts: Sequence[Part], question: str) -> Iterator[Part]:
    """question: masked."""
    for part in parts:
        if len(parts) == 1:
            asked = question
        elif "[" in question:  # with which every token begins
            asked = ""
        else:
            asked = mask_normalised(part.asked)
        yield replace(part, asked=asked)
