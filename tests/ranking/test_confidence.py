"""Confidence is a probability; the decision says why a question is not answered."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.ranking.confidence import (
    Calibration,
    Thresholds,
    along_ranks,
    judge,
    tied_services,
    top_confidence,
    top_share,
)
from qa_service.types import Channel, Reason

SCORES = st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=30).map(lambda scores: sorted(scores, reverse=True))
CALIBRATION = Calibration(bias=-2.0, score=0.5, share=1.0)
BY_SCORE = Calibration(bias=0.0, score=1.0, share=0.0)
THRESHOLDS = Thresholds(answer={Channel.SITE: 0.6, Channel.OPERATOR: 0.3, Channel.CHATBOT: 0.8}, off_topic=0.1, tie=0.5)


def _score(confidence: float) -> float:
    """The score that BY_SCORE gives this confidence."""
    return math.log(confidence / (1 - confidence))


def test_the_probability_is_the_logistic_function_of_score_and_share() -> None:
    share = 1 / (1 + math.exp(-1))
    expected = 1 / (1 + math.exp(-(-2.0 + 0.5 * 3.0 + 1.0 * share)))
    assert top_confidence([3.0, 2.0], CALIBRATION) == pytest.approx(expected)


@given(SCORES)
def test_a_confidence_is_a_probability_that_never_rises_along_the_ranking(scores: list[float]) -> None:
    top = top_confidence(scores, CALIBRATION)
    ranks = along_ranks(top, scores)
    assert ranks[0] == top
    assert ranks == sorted(ranks, reverse=True)
    assert all(0 <= confidence <= 1 for confidence in ranks)


@given(SCORES, st.floats(0.01, 100))
def test_a_better_best_score_makes_no_less_confident(scores: list[float], gain: float) -> None:
    better = [scores[0] + gain, *scores[1:]]
    assert top_confidence(better, CALIBRATION) >= top_confidence(scores, CALIBRATION)


@given(SCORES)
def test_a_share_is_1_alone_and_smaller_with_every_rival(scores: list[float]) -> None:
    assert top_share(scores[:1]) == 1
    assert 1 / len(scores) <= top_share(scores) * (1 + 1e-9)
    assert top_share([*scores, scores[-1]]) <= top_share(scores) <= 1


def test_equals_share_alike() -> None:
    assert top_share([2.0, 2.0, 2.0, 2.0]) == pytest.approx(0.25)


def test_without_candidates_there_is_no_confidence() -> None:
    assert top_confidence([], CALIBRATION) == 0
    assert along_ranks(0.0, []) == []


@pytest.mark.parametrize("channel", Channel)
def test_nothing_found_is_no_match(channel: Channel) -> None:
    judgement = judge([], [], BY_SCORE, THRESHOLDS, channel)
    assert (judgement.answerable, judgement.confidence, judgement.reason) == (False, 0.0, Reason.NO_MATCH)


@pytest.mark.parametrize(
    ("confidence", "channel", "reason"),
    [
        (0.9, Channel.CHATBOT, None),
        (0.7, Channel.CHATBOT, Reason.LOW_CONFIDENCE),
        (0.7, Channel.SITE, None),
        (0.5, Channel.SITE, Reason.LOW_CONFIDENCE),
        (0.5, Channel.OPERATOR, None),
        (0.2, Channel.OPERATOR, Reason.LOW_CONFIDENCE),
        (0.05, Channel.OPERATOR, Reason.OFF_TOPIC),
        (0.05, Channel.SITE, Reason.OFF_TOPIC),
    ],
)
def test_each_channel_answers_from_its_own_threshold(confidence: float, channel: Channel, reason: Reason | None) -> None:
    judgement = judge([_score(confidence), -9.0], ["licence", "plates"], BY_SCORE, THRESHOLDS, channel)
    assert judgement.confidence == pytest.approx(confidence)
    assert (judgement.answerable, judgement.reason) == (reason is None, reason)
    assert judgement.tied_services == ()


def test_two_services_that_tie_are_offered_best_first() -> None:
    top = _score(0.5)
    scores, services = [top, top - 0.1, top - 0.2, top - 0.3, top - 0.6], ["exchange", "exchange", "lost", "first", "plates"]
    judgement = judge(scores, services, BY_SCORE, THRESHOLDS, Channel.SITE)
    assert (judgement.answerable, judgement.reason) == (False, Reason.AMBIGUOUS)
    assert judgement.tied_services == ("exchange", "lost", "first")


def test_a_tie_above_the_threshold_is_answered_and_one_off_topic_is_not_offered() -> None:
    for confidence, reason in ((0.7, None), (0.05, Reason.OFF_TOPIC)):
        top = _score(confidence)
        judgement = judge([top, top], ["exchange", "lost"], BY_SCORE, THRESHOLDS, Channel.SITE)
        assert (judgement.reason, judgement.tied_services) == (reason, ())


def test_a_service_does_not_tie_with_itself() -> None:
    top = _score(0.5)
    judgement = judge([top, top, top - 0.6], ["exchange", "exchange", "lost"], BY_SCORE, THRESHOLDS, Channel.SITE)
    assert judgement.reason is Reason.LOW_CONFIDENCE


@given(SCORES)
def test_the_best_service_is_always_among_the_tied(scores: list[float]) -> None:
    services = [f"service-{number % 3}" for number in range(len(scores))]
    tied = tied_services(scores, services, 0.5)
    assert tied[0] == services[0]
    assert len(set(tied)) == len(tied)


def test_a_question_near_to_an_off_topic_one_is_less_likely_answered() -> None:
    calibration = Calibration(bias=-4, score=0.1, share=4, aside=0.5)
    near, far = (top_confidence([10.0, 3.0], calibration, aside) for aside in (-2.0, 2.0))
    assert near < top_confidence([10.0, 3.0], calibration) < far
