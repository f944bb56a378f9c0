"""The policy: two probabilities and a channel's thresholds -> answer or abstain, and why. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Self

from qa_service.ranking.features import Features, clipped
from qa_service.ranking.logistic import logistic
from qa_service.ranking.scope import AnswerModel, ScopeModel
from qa_service.types import MOST_IN_CONTEXT, Certainty, Channel, Reason


class Missing(Enum):
    """What of the evidence is missing because a part of the search failed."""

    NOTHING = 0
    LEGS = 1
    """Legs that rank passages: the fitted thresholds do not hold, higher ones apply."""
    SCOPE = 2
    """What tells whether a question is in scope: only operators get an answer."""


_MAY_BE_ASKED = -0.5
"""The odds from which on a message alone is no small talk: «ну а яка у нього машина?»."""
_ONLY_LIVE = -3.0
"""The odds below which a message alone is for a register, a queue or a person, however near a text
is: of dev's such questions 12 more are told so, of 3,300 that passages answer 2 lose the right one.
"""
_MAY_ASK, _UNLIKE_TALK = 0.1, -3.0
"""Of a turn of a talk that looks like small talk: the least probability that it asks something, and
the odds below which it does not. Of the conversations of train and dev ten questions are saved by
them; thanks as probable as these have odds of -5 and less.
"""


_ODDS_IN_TALK = 0.1
"""What the odds of a message alone weigh beside those of its confidence; chosen on the
conversations of train and dev (docs/experiments/039).
"""


@dataclass(frozen=True, slots=True)
class Outside:
    """Why a question gets no answer where it is out of scope, and the logarithm of the odds that it
    is not, as the classifier sees both.
    """

    reason: Reason = Reason.OFF_TOPIC
    odds: float = 0.0

    def of_question(self) -> Reason:
        """Small talk only where the classifier hardly sees a question."""
        return self._unless_asked(self.odds > _MAY_BE_ASKED)

    def of_turn(self, in_scope: float) -> Reason:
        """The same for a turn of a talk. «і шо з тим робить» leaves out what it is about, and is
        like no known question.
        """
        return self._unless_asked(in_scope >= _MAY_ASK and self.odds > _UNLIKE_TALK)

    @property
    def is_surely_live(self) -> bool:
        return self.reason is Reason.LIVE_DATA and self.odds < _ONLY_LIVE

    def _unless_asked(self, may_ask: bool) -> Reason:
        is_talk = self.reason is Reason.SMALL_TALK
        return Reason.LOW_CONFIDENCE if is_talk and may_ask else self.reason


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The least probabilities to answer with, by channel; `sure` is of confidence, too.

    sure_in_talk: the least `confidence_in_talk` of a turn that names a subject: what nothing
    answers is nearer to the talk's procedure than to any text. degraded: the least confidence where
    legs are missing. tie: how far apart the best scores of two services may be to count as equal.
    guess: the least probability that a question is in scope to suggest the passages of the one
    procedure that it is about, whichever of them is best: «загубив права» asks for no fact.
    """

    scope: Mapping[Channel, float]
    confidence: Mapping[Channel, float]
    sure: Mapping[Channel, float]
    sure_in_talk: Mapping[Channel, float]
    degraded: Mapping[Channel, float]
    tie: float
    guess: float


@dataclass(frozen=True, slots=True)
class Decision:
    """`tied_services`: to choose between where the reason is ambiguous, best first."""

    certainty: Certainty
    confidence: float
    reason: Reason | None
    tied_services: tuple[str, ...] = ()

    @classmethod
    def none(cls, confidence: float, reason: Reason, tied: tuple[str, ...] = ()) -> Self:
        return cls(Certainty.NONE, confidence, reason, tied)

    def as_guess(self) -> Self:
        """The same, but never sure."""
        if self.certainty is not Certainty.SURE:
            return self
        return replace(self, certainty=Certainty.UNSURE)

    @property
    def answerable(self) -> bool:
        return self.certainty is not Certainty.NONE


@dataclass(frozen=True, slots=True)
class AnswerPolicy:
    """The fitted models and the thresholds."""

    scope: ScopeModel
    answer: AnswerModel
    thresholds: Thresholds

    def decide(
        self,
        features: Features,
        scores: Sequence[float],
        services: Sequence[str],
        channel: Channel,
        missing: Missing = Missing.NOTHING,
        outside: Outside = Outside(),
        in_talk: bool = False,
    ) -> Decision:
        """Answer, or abstain with a reason.

        `scores` and `services`: of the candidates, best first. `in_talk`: whether it is a turn of a
        talk that names a subject.
        """
        if not scores:
            is_whole = missing is Missing.NOTHING
            return Decision.none(0.0, Reason.NO_MATCH if is_whole else Reason.LOW_CONFIDENCE)
        in_scope = self.scope.probability(features)
        confidence = in_scope * self.answer.probability(features)
        if missing is Missing.SCOPE and channel is not Channel.OPERATOR:
            return Decision.none(confidence, Reason.LOW_CONFIDENCE)
        is_turn = in_talk or features.in_context > 0
        reason = outside.of_turn(in_scope) if is_turn else outside.of_question()
        is_live = outside.is_surely_live and not is_turn
        if is_live or in_scope < self.thresholds.scope[channel]:
            return Decision.none(confidence, reason)
        if confidence >= self._least(channel, missing):
            odds = outside.odds if in_talk else None
            return Decision(self._certainty(confidence, channel, odds), confidence, None)
        if features.class_odds < 0 and outside.reason is not Reason.OFF_TOPIC:
            return Decision.none(confidence, reason)
        tied = tied_services(scores, services, self.thresholds.tie)
        if len(tied) > 1:
            return Decision.none(confidence, Reason.AMBIGUOUS, tied)
        is_known = missing is Missing.NOTHING and features.dense_margin is not None
        if is_known and in_scope >= self.thresholds.guess:
            return Decision(Certainty.UNSURE, confidence, None)
        return Decision.none(confidence, Reason.LOW_CONFIDENCE)

    def _certainty(self, confidence: float, channel: Channel, odds: float | None) -> Certainty:
        """Of what is confident enough to be shown. odds: `Outside.odds` of a turn of a talk."""
        if odds is None:
            is_sure = confidence >= self.thresholds.sure[channel]
        else:
            is_sure = confidence_in_talk(confidence, odds) >= self.thresholds.sure_in_talk[channel]
        return Certainty.SURE if is_sure else Certainty.UNSURE

    def _least(self, channel: Channel, missing: Missing) -> float:
        least = self.thresholds.confidence[channel]
        if missing is Missing.NOTHING:
            return least
        return max(least, self.thresholds.degraded[channel])


def confidence_in_talk(confidence: float, odds: float) -> float:
    """By which a turn of a talk is sure: the talk lends confidence to what names its procedure, and
    the message alone, by its `odds` (see `Outside`), tells whether any passage is for it.
    """
    if not 0 < confidence < 1:
        return confidence
    return logistic(math.log(confidence / (1 - confidence)) + _ODDS_IN_TALK * clipped(odds))


def decayed_confidences(confidence: float, scores: Sequence[float]) -> list[float]:
    """The confidence of each rank, calibrated for the first only: it decays with the score."""
    return [confidence * math.exp(score - scores[0]) for score in scores]


def tied_services(scores: Sequence[float], services: Sequence[str], tie: float) -> tuple[str, ...]:
    """Services whose best passage is within `tie` of the best of all, best first; no more than a
    context remembers to choose from.
    """
    near = (
        service
        for score, service in zip(scores, services, strict=True)
        if service and scores[0] - score <= tie
    )
    return tuple(dict.fromkeys(near))[:MOST_IN_CONTEXT]
