"""Confidence is the product of two probabilities; the decision says why a question is not
answered.
"""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.ranking.features import Features
from qa_service.ranking.policy import (
    AnswerPolicy,
    Decision,
    Missing,
    Outside,
    Thresholds,
    confidence_in_talk,
    decayed_confidences,
    tied_services,
)
from qa_service.ranking.scope import AnswerModel, ScopeModel
from qa_service.types import Certainty, Channel, Reason

SCORES = st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=30).map(
    lambda scores: sorted(scores, reverse=True)
)
BY_MARGIN = ScopeModel(0.0, {"dense_margin": 1.0})
BY_SCORE = AnswerModel(0.0, {"score": 1.0})
THRESHOLDS = Thresholds(
    scope={Channel.SITE: 0.5, Channel.OPERATOR: 0.3, Channel.CHATBOT: 0.8},
    confidence={Channel.SITE: 0.4, Channel.OPERATOR: 0.2, Channel.CHATBOT: 0.6},
    sure={Channel.SITE: 0.6, Channel.OPERATOR: 0.3, Channel.CHATBOT: 0.7},
    sure_in_talk={Channel.SITE: 0.8, Channel.OPERATOR: 0.3, Channel.CHATBOT: 0.9},
    degraded={Channel.SITE: 0.7, Channel.OPERATOR: 0.1, Channel.CHATBOT: 0.9},
    tie=0.5,
    guess=0.95,
)
POLICY = AnswerPolicy(BY_MARGIN, BY_SCORE, THRESHOLDS)


def _features(in_scope: float, right: float) -> Features:
    """Features from which POLICY takes these two probabilities."""
    margin, score = (math.log(probability / (1 - probability)) for probability in (in_scope, right))
    return Features(score=score, top_softmax=1.0, dense_margin=margin)


def _decided(
    in_scope: float,
    right: float,
    behind: tuple[float, ...] = (0.0, 9.0),
    services: tuple[str, ...] = ("licence", "plates"),
    channel: Channel = Channel.SITE,
    missing: Missing = Missing.NOTHING,
) -> Decision:
    """POLICY on candidates that many points behind the best."""
    features = _features(in_scope, right)
    scores = [features.score - points for points in behind]
    return POLICY.decide(features, scores, services, channel, missing)


@pytest.mark.parametrize("channel", Channel)
def test_nothing_found_is_no_match_unless_a_part_of_the_search_failed(channel: Channel) -> None:
    reasons = {
        missing: POLICY.decide(_features(0.99, 0.99), [], [], channel, missing)
        for missing in Missing
    }
    assert reasons == {
        Missing.NOTHING: Decision.none(0.0, Reason.NO_MATCH),
        Missing.LEGS: Decision.none(0.0, Reason.LOW_CONFIDENCE),
        Missing.SCOPE: Decision.none(0.0, Reason.LOW_CONFIDENCE),
    }


@pytest.mark.parametrize("in_scope", [0.05, 0.6, 0.99])
@pytest.mark.parametrize("right", [0.05, 0.6, 0.99])
def test_the_confidence_is_the_product_of_both_probabilities(in_scope: float, right: float) -> None:
    assert _decided(in_scope, right).confidence == pytest.approx(in_scope * right)


@pytest.mark.parametrize(
    ("in_scope", "right", "channel", "reason"),
    [
        (0.9, 0.9, Channel.CHATBOT, None),
        (0.7, 0.9, Channel.CHATBOT, Reason.OFF_TOPIC),
        (0.7, 0.9, Channel.SITE, None),
        (0.4, 0.9, Channel.SITE, Reason.OFF_TOPIC),
        (0.4, 0.9, Channel.OPERATOR, None),
        (0.2, 0.9, Channel.OPERATOR, Reason.OFF_TOPIC),
        (0.9, 0.5, Channel.CHATBOT, Reason.LOW_CONFIDENCE),
        (0.9, 0.5, Channel.SITE, None),
        (0.9, 0.3, Channel.SITE, Reason.LOW_CONFIDENCE),
        (0.9, 0.3, Channel.OPERATOR, None),
        (0.9, 0.1, Channel.OPERATOR, Reason.LOW_CONFIDENCE),
    ],
)
def test_each_channel_answers_from_its_own_thresholds(
    in_scope: float, right: float, channel: Channel, reason: Reason | None
) -> None:
    decision = _decided(in_scope, right, channel=channel)
    assert (decision.answerable, decision.reason, decision.tied_services) == (
        reason is None,
        reason,
        (),
    )


def test_passages_of_one_procedure_are_suggested_whichever_is_best() -> None:
    """«загубив права» asks for no fact: no passage is likely, the procedure is."""
    decision = _decided(0.96, 0.1, services=("lost", "lost"), behind=(0.0, 0.1))
    assert (decision.certainty, decision.reason) == (Certainty.UNSURE, None)
    assert decision.confidence == pytest.approx(0.096)


def test_no_procedure_is_suggested_where_two_tie_or_a_part_of_the_search_failed() -> None:
    tied = _decided(0.96, 0.1, services=("lost", "exchange"), behind=(0.0, 0.1))
    assert tied.reason is Reason.AMBIGUOUS
    failed = _decided(0.96, 0.1, missing=Missing.LEGS)
    assert failed.reason is Reason.LOW_CONFIDENCE


def test_a_turn_of_a_talk_is_surely_answered_by_the_threshold_of_talks() -> None:
    features = _features(0.95, 0.8 / 0.95)
    args = (features, [features.score], ["licence"], Channel.CHATBOT)
    assert POLICY.decide(*args).certainty is Certainty.SURE
    assert POLICY.decide(*args, in_talk=True).certainty is Certainty.UNSURE


@pytest.mark.parametrize(
    ("odds", "certainty"),
    [(0.0, Certainty.UNSURE), (9.0, Certainty.SURE), (-9.0, Certainty.UNSURE)],
)
def test_a_turn_of_a_talk_is_surer_where_the_message_alone_is_like_what_passages_answer(
    odds: float, certainty: Certainty
) -> None:
    features = _features(0.95, 0.85 / 0.95)
    judged = (features, [features.score], ["licence"], Channel.CHATBOT)
    decided = POLICY.decide(*judged, outside=Outside(odds=odds), in_talk=True)
    assert decided.certainty is certainty and decided.confidence == pytest.approx(0.85)
    alone = POLICY.decide(*judged, outside=Outside(odds=odds))
    assert alone.certainty is Certainty.SURE, "outside a talk the confidence counts alone"


def test_what_the_odds_add_has_an_end_and_does_not_depend_on_certain_ones() -> None:
    assert confidence_in_talk(0.5, 0.0) == 0.5
    assert confidence_in_talk(0.5, 12.0) == confidence_in_talk(0.5, 99.0) > 0.7
    assert confidence_in_talk(0.5, -99.0) == pytest.approx(1 - confidence_in_talk(0.5, 99.0))
    assert confidence_in_talk(0.0, 5.0) == 0 and confidence_in_talk(1.0, -5.0) == 1


def test_a_question_exactly_at_both_thresholds_is_answered() -> None:
    at = Thresholds(
        scope=dict.fromkeys(Channel, 0.5),
        confidence=dict.fromkeys(Channel, 0.25),
        sure=dict.fromkeys(Channel, 0.25),
        sure_in_talk=dict.fromkeys(Channel, 0.25),
        degraded=dict.fromkeys(Channel, 0.25),
        tie=0.0,
        guess=1.0,
    )
    features = Features(score=0.0, top_softmax=1.0, dense_margin=0.0)
    policy = AnswerPolicy(BY_MARGIN, BY_SCORE, at)
    for missing in (Missing.NOTHING, Missing.LEGS):
        assert policy.decide(features, [0.0], ["licence"], Channel.SITE, missing).answerable


def test_without_known_off_topic_questions_the_answer_alone_decides() -> None:
    features = replace(_features(0.01, 0.7), dense_margin=None)
    decision = POLICY.decide(features, [0.0], ["licence"], Channel.CHATBOT)
    assert decision.answerable and decision.confidence == pytest.approx(0.7)


# Ties


def test_services_that_tie_are_offered_best_first() -> None:
    services = ("exchange", "exchange", "lost", "first", "plates")
    decision = _decided(0.9, 0.3, behind=(0.0, 0.1, 0.2, 0.3, 0.6), services=services)
    assert (decision.answerable, decision.reason) == (False, Reason.AMBIGUOUS)
    assert decision.tied_services == ("exchange", "lost", "first")


@pytest.mark.parametrize(
    ("in_scope", "right", "reason"), [(0.9, 0.7, None), (0.1, 0.3, Reason.OFF_TOPIC)]
)
def test_a_tie_above_the_threshold_is_answered_and_one_off_topic_is_not_offered(
    in_scope: float, right: float, reason: Reason | None
) -> None:
    decision = _decided(in_scope, right, behind=(0.0, 0.0), services=("exchange", "lost"))
    assert (decision.reason, decision.tied_services) == (reason, ())


def test_a_service_does_not_tie_with_itself() -> None:
    decision = _decided(0.9, 0.3, behind=(0.0, 0.0, 0.6), services=("exchange", "exchange", "lost"))
    assert (decision.reason, decision.tied_services) == (Reason.LOW_CONFIDENCE, ())


@given(SCORES)
def test_the_best_service_is_always_among_the_tied(scores: list[float]) -> None:
    services = [f"service-{number % 3}" for number in range(len(scores))]
    tied = tied_services(scores, services, 0.5)
    assert tied[0] == services[0]
    assert len(set(tied)) == len(tied)


def test_no_more_is_offered_than_a_context_remembers() -> None:
    services = [f"service-{number}" for number in range(9)]
    assert tied_services([1.0] * 9, services, 0.5) == tuple(services[:5])


# Where a part of the search failed


@pytest.mark.parametrize(
    ("right", "channel", "reason"),
    [
        (0.9, Channel.SITE, None),
        (0.6, Channel.SITE, Reason.LOW_CONFIDENCE),
        (0.97, Channel.CHATBOT, None),
        (0.9, Channel.CHATBOT, Reason.LOW_CONFIDENCE),
    ],
)
def test_without_some_legs_a_channel_asks_for_its_degraded_confidence(
    right: float, channel: Channel, reason: Reason | None
) -> None:
    assert _decided(0.95, right, channel=channel).answerable
    decision = _decided(0.95, right, channel=channel, missing=Missing.LEGS)
    assert (decision.answerable, decision.reason) == (reason is None, reason)
    assert decision.confidence == pytest.approx(0.95 * right)


def test_without_some_legs_no_channel_asks_for_less_than_with_all() -> None:
    """The operator's degraded confidence is the lower one here."""
    for missing in (Missing.NOTHING, Missing.LEGS):
        decision = _decided(0.9, 0.17, channel=Channel.OPERATOR, missing=missing)
        assert (decision.answerable, decision.reason) == (False, Reason.LOW_CONFIDENCE)


def test_without_some_legs_a_question_off_topic_is_so_and_services_that_tie_are_offered() -> None:
    assert _decided(0.4, 0.9, missing=Missing.LEGS).reason is Reason.OFF_TOPIC
    tied = _decided(0.9, 0.6, behind=(0.0, 0.0), missing=Missing.LEGS)
    assert (tied.reason, tied.tied_services) == (Reason.AMBIGUOUS, ("licence", "plates"))


@pytest.mark.parametrize("channel", [Channel.SITE, Channel.CHATBOT])
@pytest.mark.parametrize("in_scope", [0.1, 0.99])
def test_without_what_tells_the_scope_only_an_operator_may_answer(
    channel: Channel, in_scope: float
) -> None:
    decision = _decided(in_scope, 0.99, (0.0, 0.0), channel=channel, missing=Missing.SCOPE)
    assert (decision.answerable, decision.reason) == (False, Reason.LOW_CONFIDENCE)
    assert decision.tied_services == ()


@pytest.mark.parametrize(
    ("in_scope", "right", "reason"),
    [
        (0.9, 0.9, None),
        (0.9, 0.3, None),
        (0.9, 0.1, Reason.LOW_CONFIDENCE),
        (0.2, 0.9, Reason.OFF_TOPIC),
    ],
)
def test_without_what_tells_the_scope_an_operator_gets_what_is_found(
    in_scope: float, right: float, reason: Reason | None
) -> None:
    decision = _decided(in_scope, right, channel=Channel.OPERATOR, missing=Missing.SCOPE)
    assert (decision.answerable, decision.reason) == (reason is None, reason)


@given(
    in_scope=st.floats(0.01, 0.99),
    right=st.floats(0.01, 0.99),
    channel=st.sampled_from(list(Channel)),
    missing=st.sampled_from(list(Missing)),
)
def test_what_is_missing_never_makes_a_channel_answer_more(
    in_scope: float, right: float, channel: Channel, missing: Missing
) -> None:
    degraded = _decided(in_scope, right, channel=channel, missing=missing)
    assert _decided(in_scope, right, channel=channel).answerable or not degraded.answerable


# Along the ranking


@given(SCORES, st.floats(0, 1))
def test_a_confidence_never_rises_along_the_ranking(scores: list[float], confidence: float) -> None:
    ranks = decayed_confidences(confidence, scores)
    assert ranks[0] == confidence
    assert ranks == sorted(ranks, reverse=True)
    assert all(0 <= rank <= 1 for rank in ranks)


def test_without_candidates_no_rank_has_a_confidence() -> None:
    assert decayed_confidences(0.0, []) == []


@pytest.mark.parametrize(
    ("right", "certainty"),
    [(0.9, Certainty.SURE), (0.5, Certainty.UNSURE), (0.3, Certainty.NONE)],
)
def test_an_answer_is_sure_a_suggestion_or_none(right: float, certainty: Certainty) -> None:
    assert _decided(0.94, right).certainty is certainty


def test_a_search_in_which_a_part_failed_is_sure_only_of_what_it_would_show() -> None:
    decided = _decided(0.99, 0.65, missing=Missing.LEGS)
    assert decided.certainty is Certainty.NONE
    assert _decided(0.99, 0.75, missing=Missing.LEGS).certainty is Certainty.SURE


def test_out_of_scope_the_reason_is_the_one_that_was_found() -> None:
    features, channel = _features(0.1, 0.9), Channel.SITE
    decided = POLICY.decide(
        features, [1.0], ["a"], channel, Missing.NOTHING, Outside(Reason.LIVE_DATA)
    )
    assert decided.reason is Reason.LIVE_DATA


@pytest.mark.parametrize(
    ("in_scope", "odds", "reason"),
    [
        (0.2, -2.0, Reason.LOW_CONFIDENCE),
        (0.05, -2.0, Reason.SMALL_TALK),
        (0.2, -6.0, Reason.SMALL_TALK),
    ],
)
def test_a_turn_that_may_ask_something_is_no_small_talk(
    in_scope: float, odds: float, reason: Reason
) -> None:
    outside = Outside(Reason.SMALL_TALK, odds)
    assert outside.of_turn(in_scope) is reason
    assert Outside(Reason.LIVE_DATA, odds).of_turn(in_scope) is Reason.LIVE_DATA


@pytest.mark.parametrize(
    ("odds", "reason"), [(-0.4, Reason.LOW_CONFIDENCE), (-0.6, Reason.SMALL_TALK)]
)
def test_what_is_likelier_a_question_than_none_is_no_small_talk(
    odds: float, reason: Reason
) -> None:
    features, outside = _features(0.01, 0.9), Outside(Reason.SMALL_TALK, odds)
    decided = POLICY.decide(features, [1.0], ["a"], Channel.CHATBOT, outside=outside)
    assert decided.reason is reason


def test_outside_of_a_talk_small_talk_is_what_looks_like_it() -> None:
    features, outside = _features(0.3, 0.9), Outside(Reason.SMALL_TALK, -2.0)
    judged = (features, [1.0], ["a"], Channel.SITE, Missing.NOTHING, outside)
    assert POLICY.decide(*judged).reason is Reason.SMALL_TALK
    assert POLICY.decide(*judged, in_talk=True).reason is Reason.LOW_CONFIDENCE


@pytest.mark.parametrize(
    ("outside", "in_talk", "is_live"),
    [
        (Outside(Reason.LIVE_DATA, -4.0), False, True),
        (Outside(Reason.LIVE_DATA, -2.0), False, False),
        (Outside(Reason.NOT_COVERED, -4.0), False, False),
        (Outside(Reason.LIVE_DATA, -4.0), True, False),
    ],
)
def test_what_only_a_register_knows_is_not_answered_by_a_near_text_outside_of_a_talk(
    outside: Outside, in_talk: bool, is_live: bool
) -> None:
    decision = POLICY.decide(
        _features(0.99, 0.99), [1.0], ["a"], Channel.SITE, Missing.NOTHING, outside, in_talk
    )
    assert (decision.reason is Reason.LIVE_DATA) is is_live
    assert decision.answerable is not is_live
