"""From fused scores to a probability that a passage answers, and to the decision whether to answer. Pure.

The probability is a logistic function of the best score and its lead over the best passage of another service, fitted
on judged questions, unanswerable ones among them (Platt 1999). Raw cosines are no confidence: E5's all lie between 0.75 and 0.95.
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
    lead: float


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
    """Two services tie where the lead of the first is below this score."""


def confidences(scores: Sequence[float], services: Sequence[str], calibration: Calibration) -> list[float]:
    """Probability that each passage answers. Never rises along the ranking."""
    if not scores:
        return []
    top = _logistic(calibration.bias + calibration.score * scores[0] + calibration.lead * lead(scores, services))
    return [top * math.exp(score - scores[0]) for score in scores]


def lead(scores: Sequence[float], services: Sequence[str]) -> float:
    """How far the best score is above the best one of another service; 0 where there is no other."""
    others = (score for score, service in zip(scores, services, strict=True) if service != services[0])
    return scores[0] - next(others, scores[0])


def judge(
    scores: Sequence[float], services: Sequence[str], calibration: Calibration, thresholds: Thresholds, channel: Channel
) -> Judgement:
    """Answer, or abstain with a reason. `scores` and `services` of the candidates, best first."""
    if not scores:
        return Judgement(False, 0.0, Reason.NO_MATCH)
    confidence = confidences(scores, services, calibration)[0]
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
