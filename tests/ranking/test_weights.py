"""The fitted numbers that ship with the package."""

import math

import pytest

from qa_service.indexing.legs import CONTEXT, LEXICAL, PASSAGES, QUESTIONS, SERVICES
from qa_service.ranking.weights import fitted_weights
from qa_service.types import Channel


def test_every_leg_has_a_weight_that_rewards_its_score() -> None:
    legs = fitted_weights().legs
    assert legs.keys() == {PASSAGES, QUESTIONS, SERVICES, LEXICAL, CONTEXT}
    assert all(weight > 0 and math.isfinite(weight) for weight in legs.values())


def test_more_evidence_never_makes_less_confident() -> None:
    calibration = fitted_weights().calibration
    assert calibration.score >= 0
    assert calibration.share >= 0
    assert math.isfinite(calibration.bias)


@pytest.mark.parametrize("channel", Channel)
def test_every_channel_answers_from_a_probability_above_off_topic(channel: Channel) -> None:
    thresholds = fitted_weights().thresholds
    assert 0 <= thresholds.off_topic < thresholds.answer[channel] <= 1
    assert thresholds.tie >= 0


def test_a_machine_that_talks_alone_needs_more_certainty_than_an_operator() -> None:
    answer = fitted_weights().thresholds.answer
    assert answer[Channel.OPERATOR] <= answer[Channel.SITE] <= answer[Channel.CHATBOT]
