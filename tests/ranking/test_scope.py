"""Two probabilities: that a question is in scope, and that the best passage answers it."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.ranking.features import Features
from qa_service.ranking.scope import ANSWER_FEATURES, SCOPE_FEATURES, AnswerModel, ScopeModel

NUMBERS = st.floats(-1e4, 1e4)
FEATURES = st.builds(
    Features,
    score=NUMBERS,
    top_softmax=st.floats(0, 1),
    dense_margin=st.none() | NUMBERS,
    lexical_margin=st.floats(-1, 1),
    class_odds=st.floats(-12, 12),
)
SCOPE = ScopeModel(
    -2.0,
    {
        "score": 0.5,
        "dense_margin": 2.0,
        "lexical_margin": 1.0,
        "class_odds": 0.5,
        "in_context": 1.5,
        "score_in_context": -0.25,
    },
)
ANSWER = AnswerModel(-3.0, {"score": 0.5, "top_softmax": 4.0, "in_context": -0.5})


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def test_the_scope_is_the_logistic_function_of_its_features() -> None:
    features = Features(
        score=6.0, top_softmax=0.9, dense_margin=-0.5, lexical_margin=-0.5, in_context=1.0
    )
    evidence = -2.0 + 0.5 * 6.0 + 2.0 * -0.5 - 1.0 * 0.5 + 1.5 - 0.25 * 6.0
    assert SCOPE.probability(features) == pytest.approx(_logistic(evidence))


def test_the_answer_is_the_logistic_function_of_score_softmax_share_and_context() -> None:
    features = Features(
        score=3.0, top_softmax=0.7, dense_margin=-9.0, lexical_margin=1.0, in_context=1.0
    )
    assert ANSWER.probability(features) == pytest.approx(
        _logistic(-3.0 + 0.5 * 3.0 + 4.0 * 0.7 - 0.5)
    )


def test_each_model_is_fitted_on_features_that_there_are() -> None:
    assert SCOPE.coefficients.keys() == set(SCOPE_FEATURES)
    assert ANSWER.coefficients.keys() == set(ANSWER_FEATURES)
    assert all(hasattr(Features(), name) for name in (*SCOPE_FEATURES, *ANSWER_FEATURES))


@given(FEATURES)
def test_every_question_is_in_scope_where_nothing_is_known_to_be_off_topic(
    features: Features,
) -> None:
    assert SCOPE.probability(replace(features, dense_margin=None)) == 1


def test_a_question_as_near_to_known_ones_as_to_off_topic_ones_is_weighed_all_the_same() -> None:
    features = Features(score=0.0, top_softmax=1.0, dense_margin=0.0)
    assert SCOPE.probability(features) == pytest.approx(_logistic(-2.0))


@given(FEATURES)
def test_whatever_the_features_the_probabilities_are_between_0_and_1(features: Features) -> None:
    assert 0 <= SCOPE.probability(features) <= 1
    assert 0 <= ANSWER.probability(features) <= 1


@given(
    FEATURES,
    st.sampled_from(["score", "dense_margin", "lexical_margin", "class_odds"]),
    st.floats(0, 100),
)
def test_no_gain_in_a_feature_that_speaks_for_a_question_takes_it_out_of_scope(
    features: Features, name: str, gain: float
) -> None:
    features = replace(features, dense_margin=features.dense_margin or 0.0)
    better = replace(features, **{name: getattr(features, name) + gain})
    assert SCOPE.probability(better) >= SCOPE.probability(features)


@given(FEATURES, st.sampled_from(["score", "top_softmax"]), st.floats(0, 100))
def test_no_gain_in_score_or_softmax_share_makes_an_answer_less_likely(
    features: Features, name: str, gain: float
) -> None:
    better = replace(features, **{name: getattr(features, name) + gain})
    assert ANSWER.probability(better) >= ANSWER.probability(features)
