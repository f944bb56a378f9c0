"""What the models decide by, from a question's evidence and its candidates' scores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.ranking.features import Features, ScopeEvidence, nearest_margin, top_softmax

SCORES = st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=30).map(
    lambda scores: sorted(scores, reverse=True)
)
EVIDENCE = ScopeEvidence(dense_margin=-0.5, lexical_margin=0.25)


def test_features_are_the_evidence_with_the_best_score_and_its_softmax_share() -> None:
    features = Features.of(EVIDENCE, [6.0, 6.0], 0.0)
    assert features == Features(
        score=6.0, top_softmax=0.5, dense_margin=-0.5, lexical_margin=0.25, in_context=0.0
    )


def test_a_score_is_without_what_the_conversation_contributed_which_puts_it_in_context() -> None:
    features = Features.of(EVIDENCE, [10.0, 4.0], 7.5)
    assert (features.score, features.in_context) == (2.5, 1.0)
    assert features.top_softmax == top_softmax([10.0, 4.0])


def test_without_candidates_only_the_evidence_is_known() -> None:
    assert Features.of(EVIDENCE, [], 0.0) == Features(dense_margin=-0.5, lexical_margin=0.25)


def test_a_score_is_in_context_where_the_best_candidate_is_of_the_conversations_service() -> None:
    features = [Features(score=6.0, in_context=in_context) for in_context in (0.0, 1.0)]
    assert [one.score_in_context for one in features] == [0.0, 6.0]


# Softmax share


@given(SCORES)
def test_a_share_is_1_alone_and_smaller_with_every_rival(scores: list[float]) -> None:
    assert top_softmax(scores[:1]) == 1
    assert 1 / len(scores) <= top_softmax(scores) * (1 + 1e-9)
    assert top_softmax([*scores, scores[-1]]) <= top_softmax(scores) <= 1


def test_equals_share_alike() -> None:
    assert top_softmax([2.0, 2.0, 2.0, 2.0]) == pytest.approx(0.25)


def test_without_candidates_there_is_no_share() -> None:
    assert top_softmax([]) == 0


# Margin


@pytest.mark.parametrize(
    ("known", "off_topic", "expected"),
    [
        pytest.param([0.9, 0.8, 0.7], [0.6, 0.5, 0.4], 0.3, id="three of each"),
        pytest.param([0.9], [0.6, 0.5, 0.4], 0.4, id="one known"),
        pytest.param([0.5, 0.5, 0.5], [0.9, 0.7], -0.3, id="nearer to off-topic ones"),
        pytest.param([0.5], [0.5], 0.0, id="as near to both"),
    ],
)
def test_a_margin_compares_the_means_of_the_nearest(
    known: list[float], off_topic: list[float], expected: float
) -> None:
    assert nearest_margin(known, off_topic) == pytest.approx(expected)
    assert nearest_margin(off_topic, known) == pytest.approx(-expected)


@pytest.mark.parametrize(("known", "off_topic"), [([], [0.5]), ([0.5], []), ([], [])])
def test_without_questions_of_either_kind_there_is_no_margin(
    known: list[float], off_topic: list[float]
) -> None:
    assert nearest_margin(known, off_topic) is None
