"""From fused scores to a probability that a passage answers, and to the decision whether to answer. Pure.

The probability is a logistic function of the best score, of its share among the candidates and of the distance from
questions known to be off topic, fitted on judged questions, unanswerable ones among them (Platt 1999). A raw cosine is
no confidence: E5's all lie between 0.75 and 0.95.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa_service.types import Channel, Reason


@dataclass(frozen=True, slots=True)
class Calibration:
    """Coefficients of the logistic function."""

    bias: float
    score: float
    share: float
    aside: float = 0.0


@dataclass(frozen=True, slots=True)
class Judgement:
    answerable: bool
    confidence: float
    reason: Reason | None
    tied_services: tuple[str, ...] = ()
    """Services to choose between where the reason is ambiguous, best first."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The least confidence to answer with, by channel; below `off_topic` the question is not about these services at all."""

    answer: Mapping[Channel, float]
    off_topic: float
    tie: float
    """Two services tie where their best scores are at most this far apart."""


def top_confidence(scores: Sequence[float], calibration: Calibration, aside: float = 0.0) -> float:
    """Probability that the best of the candidates answers; 0 without candidates.

    `aside` is how much nearer the question is to a known one than to one that nothing answers.
    """
    if not scores:
        return 0.0
    evidence = calibration.score * scores[0] + calibration.share * top_share(scores) + calibration.aside * aside
    return _logistic(calibration.bias + evidence)


def top_share(scores: Sequence[float]) -> float:
    """The best candidate's softmax share, 0 to 1: near 1 where it stands alone, small where many are as good."""
    return 1 / sum(math.exp(score - scores[0]) for score in scores)


def along_ranks(confidence: float, scores: Sequence[float]) -> list[float]:
    """The confidence of each rank: falls with its distance in score from the best, so that it never rises along the ranking."""
    return [confidence * math.exp(score - scores[0]) for score in scores]


def judge(
    scores: Sequence[float],
    services: Sequence[str],
    calibration: Calibration,
    thresholds: Thresholds,
    channel: Channel,
    aside: float = 0.0,
) -> Judgement:
    """Answer, or abstain with a reason. `scores` and `services` of the candidates, best first."""
    if not scores:
        return Judgement(False, 0.0, Reason.NO_MATCH)
    confidence = top_confidence(scores, calibration, aside)
    if confidence >= thresholds.answer[channel]:
        return Judgement(True, confidence, None)
    if confidence < thresholds.off_topic:
        return Judgement(False, confidence, Reason.OFF_TOPIC)
    tied = tied_services(scores, services, thresholds.tie)
    if len(tied) > 1:
        return Judgement(False, confidence, Reason.AMBIGUOUS, tied)
    return Judgement(False, confidence, Reason.LOW_CONFIDENCE)


def tied_services(scores: Sequence[float], services: Sequence[str], tie: float) -> tuple[str, ...]:
    """Services whose best passage is within `tie` of the best of all, best first."""
    return tuple(dict.fromkeys(service for score, service in zip(scores, services, strict=True) if scores[0] - score <= tie))


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))
