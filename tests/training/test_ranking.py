"""Fitting: what the judged questions say is what the weights become."""

import numpy as np
import pytest

from qa_service.training.ranking import LEGS, UNANSWERABLE_SHARE, Example, fit_calibration, fit_weights, importance

USELESS, USEFUL = LEGS.index("services"), LEGS.index("lexical")


def _example(generator: np.random.Generator, answerable: bool = True) -> Example:
    """Twenty candidates with random scores; the one that answers has a high score in one leg only."""
    features = generator.standard_normal((20, len(LEGS)))
    answers = np.zeros(20, np.bool_)
    if answerable:
        features[3, USEFUL] += 4
        answers[3] = True
    return Example(features, answers, answerable)


@pytest.fixture
def judged() -> list[Example]:
    generator = np.random.default_rng(1)
    return [_example(generator) for _ in range(150)] + [_example(generator, answerable=False) for _ in range(50)]


def test_the_leg_that_finds_the_answers_gets_the_weight(judged: list[Example]) -> None:
    weights = fit_weights(judged)
    assert weights[USEFUL] > 1
    assert weights[USEFUL] > 5 * weights[USELESS]


def test_no_weight_is_below_zero(judged: list[Example]) -> None:
    misleading = [Example(-example.features, example.answers, example.answerable) for example in judged]
    assert fit_weights(misleading).min() >= 0


def test_a_clear_winner_is_more_likely_right_than_a_close_one(judged: list[Example]) -> None:
    calibration = fit_calibration(judged, fit_weights(judged), depth=20)
    assert calibration["share"] > 0


def test_unanswerable_questions_weigh_the_share_that_is_real_however_many_there_are() -> None:
    generator = np.random.default_rng(2)
    many = [_example(generator) for _ in range(10)] + [_example(generator, answerable=False) for _ in range(90)]
    weights = importance(many)
    assert sum(weights[10:]) / sum(weights) == pytest.approx(UNANSWERABLE_SHARE)
    assert weights[:10] == [1.0] * 10
