"""From what a question and its ranking show to a probability that the best passage answers, and to
the decision. Pure.

Two logistic functions (Platt 1999), fitted on judged questions: is the question for this service at
all, and if so, does the best passage answer it? Their product is the confidence. A raw cosine is
none: E5's all lie between 0.75 and 0.95.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from qa_service.types import Channel, Reason

_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of a question once its candidates are ranked.

    score: the best candidate's, without what the conversation adds to it. share: its softmax share
    among them, see `top_share`. aside: how much nearer the question is to known questions than to
    ones that nothing answers, in standard deviations of unrelated pairs; None where the index knows
    none of those. wording: the same by words, -1 to 1, see `Wording.leaning`. context: 1 where the
    best candidate is of the service that the conversation is about, else 0.
    """

    score: float = 0.0
    share: float = 0.0
    aside: float | None = None
    wording: float = 0.0
    context: float = 0.0

    @property
    def familiar(self) -> float:
        """The score where the best candidate is of the conversation's service, else 0.

        What goes on about a service is short and vague: its score says less than that of a question
        that stands alone.
        """
        return self.score * self.context

    def ranked(self, scores: Sequence[float], owed: float) -> "Signs":
        """These signs with those of the candidates: their scores, best first, `owed` to the
        conversation of the best one's.
        """
        score = scores[0] - owed if scores else 0.0
        return replace(self, score=score, share=top_share(scores), context=float(owed > 0))


@dataclass(frozen=True, slots=True)
class Scope:
    """Coefficients of the probability that a question is for this service."""

    bias: float
    score: float
    aside: float
    wording: float
    context: float
    familiar: float

    def probability(self, signs: Signs) -> float:
        """1 where nothing is known to be off topic: then nothing speaks against a question."""
        if signs.aside is None:
            return 1.0
        nearness = (
            self.score * signs.score + self.aside * signs.aside + self.wording * signs.wording
        )
        return _logistic(
            self.bias + nearness + self.context * signs.context + self.familiar * signs.familiar
        )


@dataclass(frozen=True, slots=True)
class Answering:
    """Coefficients of the probability that the best passage answers a question that is for this
    service.
    """

    bias: float
    score: float
    share: float
    context: float

    def probability(self, signs: Signs) -> float:
        return _logistic(
            self.bias
            + self.score * signs.score
            + self.share * signs.share
            + self.context * signs.context
        )


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The least probabilities to answer with, by channel; two services tie where their best scores
    are at most `tie` apart.
    """

    scope: Mapping[Channel, float]
    confidence: Mapping[Channel, float]
    tie: float


@dataclass(frozen=True, slots=True)
class Judgement:
    answerable: bool
    confidence: float
    reason: Reason | None
    tied_services: tuple[str, ...] = ()
    """Services to choose between where the reason is ambiguous, best first."""


@dataclass(frozen=True, slots=True)
class Judge:
    """The fitted functions and the policy."""

    scope: Scope
    answering: Answering
    thresholds: Thresholds

    def __call__(
        self, signs: Signs, scores: Sequence[float], services: Sequence[str], channel: Channel
    ) -> Judgement:
        """Answer, or abstain with a reason. `scores` and `services` of the candidates, best
        first.
        """
        if not scores:
            return Judgement(False, 0.0, Reason.NO_MATCH)
        in_scope = self.scope.probability(signs)
        confidence = in_scope * self.answering.probability(signs)
        if in_scope < self.thresholds.scope[channel]:
            return Judgement(False, confidence, Reason.OFF_TOPIC)
        if confidence >= self.thresholds.confidence[channel]:
            return Judgement(True, confidence, None)
        tied = tied_services(scores, services, self.thresholds.tie)
        if len(tied) > 1:
            return Judgement(False, confidence, Reason.AMBIGUOUS, tied)
        return Judgement(False, confidence, Reason.LOW_CONFIDENCE)


def top_share(scores: Sequence[float]) -> float:
    """The best candidate's softmax share, 0 to 1: near 1 where it stands alone, small where many
    are as good; 0 without any.
    """
    return 1 / sum(math.exp(score - scores[0]) for score in scores) if scores else 0.0


def nearer(known: Sequence[float], off_topic: Sequence[float]) -> float | None:
    """By how much a question is nearer to its nearest known questions than to its nearest off-topic
    ones; None without either.
    """
    if not known or not off_topic:
        return None
    return fmean(known[:_NEAREST]) - fmean(off_topic[:_NEAREST])


def along_ranks(confidence: float, scores: Sequence[float]) -> list[float]:
    """The confidence of each rank: falls with its distance in score from the best, so that it never
    rises along the ranking.
    """
    return [confidence * math.exp(score - scores[0]) for score in scores]


def tied_services(scores: Sequence[float], services: Sequence[str], tie: float) -> tuple[str, ...]:
    """Services whose best passage is within `tie` of the best of all, best first."""
    return tuple(
        dict.fromkeys(
            service
            for score, service in zip(scores, services, strict=True)
            if scores[0] - score <= tie
        )
    )


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))
