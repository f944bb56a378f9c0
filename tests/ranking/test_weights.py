"""The fitted numbers that ship with the package."""

import math
from dataclasses import astuple

import pytest

from qa_service.ranking.weights import fitted_weights
from qa_service.retrieval.legs import CONTEXT, LEXICAL, LEXICAL_EN, PASSAGES, QUESTIONS, SERVICES
from qa_service.types import Channel


def test_every_leg_has_a_weight_that_rewards_its_score() -> None:
    legs = fitted_weights().legs
    assert legs.keys() == {PASSAGES, QUESTIONS, SERVICES, LEXICAL, LEXICAL_EN, CONTEXT}
    assert all(weight > 0 and math.isfinite(weight) for weight in legs.values())


def test_every_coefficient_of_the_confidence_is_finite() -> None:
    judge = fitted_weights().judge
    assert all(map(math.isfinite, (*astuple(judge.scope), *astuple(judge.answering))))


def test_a_good_score_and_nearness_to_known_questions_speak_for_the_scope() -> None:
    scope = fitted_weights().judge.scope
    assert min(scope.score, scope.aside, scope.wording) > 0


def test_a_good_score_far_ahead_of_the_others_speaks_for_the_answer() -> None:
    answering = fitted_weights().judge.answering
    assert min(answering.score, answering.share) > 0


@pytest.mark.parametrize("channel", Channel)
def test_every_channel_has_thresholds_that_are_probabilities(channel: Channel) -> None:
    thresholds = fitted_weights().judge.thresholds
    assert 0 < thresholds.scope[channel] < 1
    assert 0 < thresholds.confidence[channel] < 1
    assert thresholds.tie >= 0


def test_a_machine_that_talks_alone_needs_more_certainty_than_an_operator() -> None:
    thresholds = fitted_weights().judge.thresholds
    for least in (thresholds.scope, thresholds.confidence):
        assert least[Channel.OPERATOR] <= least[Channel.SITE] <= least[Channel.CHATBOT]
