"""Confidence is the product of two probabilities; the judgement says why a question is not
answered.
"""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.ranking.confidence import (
    Answering,
    Judge,
    Judgement,
    Scope,
    Signs,
    Thresholds,
    along_ranks,
    nearer,
    tied_services,
    top_share,
)
from qa_service.types import Channel, Reason

SCORES = st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=30).map(
    lambda scores: sorted(scores, reverse=True)
)
NUMBERS = st.floats(-1e4, 1e4)
SIGNS = st.builds(
    Signs, score=NUMBERS, share=st.floats(0, 1), aside=st.none() | NUMBERS, wording=st.floats(-1, 1)
)
SCOPE = Scope(bias=-2.0, score=0.5, aside=2.0, wording=1.0, context=1.5, familiar=-0.25)
ANSWERING = Answering(bias=-3.0, score=0.5, share=4.0, context=-0.5)
BY_ASIDE = Scope(bias=0.0, score=0.0, aside=1.0, wording=0.0, context=0.0, familiar=0.0)
BY_SCORE = Answering(bias=0.0, score=1.0, share=0.0, context=0.0)
THRESHOLDS = Thresholds(
    scope={Channel.SITE: 0.5, Channel.OPERATOR: 0.3, Channel.CHATBOT: 0.8},
    confidence={Channel.SITE: 0.4, Channel.OPERATOR: 0.2, Channel.CHATBOT: 0.6},
    tie=0.5,
)
JUDGE = Judge(BY_ASIDE, BY_SCORE, THRESHOLDS)


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def _signs(in_scope: float, right: float) -> Signs:
    """Signs from which JUDGE takes these two probabilities."""
    aside, score = (math.log(probability / (1 - probability)) for probability in (in_scope, right))
    return Signs(score=score, share=1.0, aside=aside)


def _judged(
    in_scope: float,
    right: float,
    behind: tuple[float, ...] = (0.0, 9.0),
    services: tuple[str, ...] = ("licence", "plates"),
    channel: Channel = Channel.SITE,
) -> Judgement:
    """JUDGE on candidates that many points behind the best."""
    signs = _signs(in_scope, right)
    return JUDGE(signs, [signs.score - points for points in behind], services, channel)


# The two probabilities


def test_a_score_is_familiar_where_the_best_candidate_is_of_the_conversations_service() -> None:
    assert [Signs(score=6.0, context=context).familiar for context in (0.0, 1.0)] == [0.0, 6.0]


def test_the_scope_is_the_logistic_function_of_its_signs() -> None:
    signs = Signs(score=6.0, share=0.9, aside=-0.5, wording=-0.5, context=1.0)
    evidence = -2.0 + 0.5 * 6.0 + 2.0 * -0.5 - 1.0 * 0.5 + 1.5 - 0.25 * 6.0
    assert SCOPE.probability(signs) == pytest.approx(_logistic(evidence))


def test_answering_is_the_logistic_function_of_score_share_and_context() -> None:
    signs = Signs(score=3.0, share=0.7, aside=-9.0, wording=1.0, context=1.0)
    assert ANSWERING.probability(signs) == pytest.approx(
        _logistic(-3.0 + 0.5 * 3.0 + 4.0 * 0.7 - 0.5)
    )


@given(SIGNS)
def test_every_question_is_in_scope_where_nothing_is_known_to_be_off_topic(signs: Signs) -> None:
    assert SCOPE.probability(replace(signs, aside=None)) == 1


def test_a_question_as_near_to_known_ones_as_to_off_topic_ones_is_weighed_all_the_same() -> None:
    assert SCOPE.probability(Signs(score=0.0, share=1.0, aside=0.0)) == pytest.approx(
        _logistic(-2.0)
    )


@given(SIGNS)
def test_whatever_the_signs_the_probabilities_are_between_0_and_1(signs: Signs) -> None:
    assert 0 <= SCOPE.probability(signs) <= 1
    assert 0 <= ANSWERING.probability(signs) <= 1


@given(SIGNS, st.sampled_from(["score", "aside", "wording"]), st.floats(0, 100))
def test_no_gain_in_a_sign_that_speaks_for_a_question_takes_it_out_of_scope(
    signs: Signs, sign: str, gain: float
) -> None:
    signs = replace(signs, aside=signs.aside or 0.0)
    better = replace(signs, **{sign: getattr(signs, sign) + gain})
    assert SCOPE.probability(better) >= SCOPE.probability(signs)


@given(SIGNS, st.sampled_from(["score", "share"]), st.floats(0, 100))
def test_no_gain_in_score_or_share_makes_an_answer_less_likely(
    signs: Signs, sign: str, gain: float
) -> None:
    better = replace(signs, **{sign: getattr(signs, sign) + gain})
    assert ANSWERING.probability(better) >= ANSWERING.probability(signs)


# Signs


@given(SCORES)
def test_a_share_is_1_alone_and_smaller_with_every_rival(scores: list[float]) -> None:
    assert top_share(scores[:1]) == 1
    assert 1 / len(scores) <= top_share(scores) * (1 + 1e-9)
    assert top_share([*scores, scores[-1]]) <= top_share(scores) <= 1


def test_equals_share_alike() -> None:
    assert top_share([2.0, 2.0, 2.0, 2.0]) == pytest.approx(0.25)


def test_without_candidates_there_is_no_share() -> None:
    assert top_share([]) == 0


@pytest.mark.parametrize(
    ("known", "off_topic", "expected"),
    [
        pytest.param([0.9, 0.8, 0.7], [0.6, 0.5, 0.4], 0.3, id="three of each"),
        pytest.param(
            [0.9, 0.8, 0.7, 0.0], [0.6, 0.5, 0.4, -1.0], 0.3, id="a fourth counts nothing"
        ),
        pytest.param([0.9], [0.6, 0.5, 0.4], 0.4, id="one known"),
        pytest.param([0.5, 0.5, 0.5], [0.9, 0.7], -0.3, id="nearer to off-topic ones"),
        pytest.param([0.5], [0.5], 0.0, id="as near to both"),
    ],
)
def test_nearness_compares_the_means_of_the_three_nearest(
    known: list[float], off_topic: list[float], expected: float
) -> None:
    assert nearer(known, off_topic) == pytest.approx(expected)
    assert nearer(off_topic, known) == pytest.approx(-expected)


@pytest.mark.parametrize(("known", "off_topic"), [([], [0.5]), ([0.5], []), ([], [])])
def test_without_questions_of_either_kind_there_is_no_nearness(
    known: list[float], off_topic: list[float]
) -> None:
    assert nearer(known, off_topic) is None


# Along the ranking


@given(SCORES, st.floats(0, 1))
def test_a_confidence_never_rises_along_the_ranking(scores: list[float], confidence: float) -> None:
    ranks = along_ranks(confidence, scores)
    assert ranks[0] == confidence
    assert ranks == sorted(ranks, reverse=True)
    assert all(0 <= rank <= 1 for rank in ranks)


def test_without_candidates_no_rank_has_a_confidence() -> None:
    assert along_ranks(0.0, []) == []


# The judgement


@pytest.mark.parametrize("channel", Channel)
def test_nothing_found_is_no_match(channel: Channel) -> None:
    assert JUDGE(_signs(0.99, 0.99), [], [], channel) == Judgement(False, 0.0, Reason.NO_MATCH)


@pytest.mark.parametrize("in_scope", [0.05, 0.6, 0.99])
@pytest.mark.parametrize("right", [0.05, 0.6, 0.99])
def test_the_confidence_is_the_product_of_both_probabilities(in_scope: float, right: float) -> None:
    assert _judged(in_scope, right).confidence == pytest.approx(in_scope * right)


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
    judgement = _judged(in_scope, right, channel=channel)
    assert (judgement.answerable, judgement.reason, judgement.tied_services) == (
        reason is None,
        reason,
        (),
    )


def test_a_question_exactly_at_both_thresholds_is_answered() -> None:
    at = Thresholds(
        scope=dict.fromkeys(Channel, 0.5), confidence=dict.fromkeys(Channel, 0.25), tie=0.0
    )
    assert Judge(BY_ASIDE, BY_SCORE, at)(
        Signs(score=0.0, share=1.0, aside=0.0), [0.0], ["licence"], Channel.SITE
    ).answerable


def test_without_known_off_topic_questions_the_answer_alone_decides() -> None:
    judgement = JUDGE(replace(_signs(0.01, 0.7), aside=None), [0.0], ["licence"], Channel.CHATBOT)
    assert judgement.answerable and judgement.confidence == pytest.approx(0.7)


def test_services_that_tie_are_offered_best_first() -> None:
    services = ("exchange", "exchange", "lost", "first", "plates")
    judgement = _judged(0.9, 0.3, behind=(0.0, 0.1, 0.2, 0.3, 0.6), services=services)
    assert (judgement.answerable, judgement.reason) == (False, Reason.AMBIGUOUS)
    assert judgement.tied_services == ("exchange", "lost", "first")


@pytest.mark.parametrize(
    ("in_scope", "right", "reason"), [(0.9, 0.7, None), (0.1, 0.3, Reason.OFF_TOPIC)]
)
def test_a_tie_above_the_threshold_is_answered_and_one_off_topic_is_not_offered(
    in_scope: float, right: float, reason: Reason | None
) -> None:
    judgement = _judged(in_scope, right, behind=(0.0, 0.0), services=("exchange", "lost"))
    assert (judgement.reason, judgement.tied_services) == (reason, ())


def test_a_service_does_not_tie_with_itself() -> None:
    judgement = _judged(0.9, 0.3, behind=(0.0, 0.0, 0.6), services=("exchange", "exchange", "lost"))
    assert (judgement.reason, judgement.tied_services) == (Reason.LOW_CONFIDENCE, ())


@given(SCORES)
def test_the_best_service_is_always_among_the_tied(scores: list[float]) -> None:
    services = [f"service-{number % 3}" for number in range(len(scores))]
    tied = tied_services(scores, services, 0.5)
    assert tied[0] == services[0]
    assert len(set(tied)) == len(tied)
