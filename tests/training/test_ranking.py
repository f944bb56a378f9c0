"""Fitting: what the judged questions say is what the weights become."""

import json
from pathlib import Path

import numpy as np
import pytest
from tiny import FEE_QUESTION, PASSAGES, tiny_engine

from qa_service.documents.questions import JudgedQuestion, Style
from qa_service.engine import RERANKED
from qa_service.ranking.weights import WEIGHTS_FILE
from qa_service.training.ranking import (
    FINDERS,
    LEGS,
    UNANSWERABLE_SHARE,
    Example,
    examples,
    fit_calibration,
    fit_ranking,
    fit_weights,
    importance,
    reranked,
)

USELESS, USEFUL, COMPARED = LEGS.index("services"), LEGS.index("lexical"), LEGS.index("tokens")


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


def _judged(question: str, *passages: str) -> JudgedQuestion:
    services = frozenset(passage.partition(".")[0] for passage in passages)
    return JudgedQuestion(question, question, Style.FORMAL, services, frozenset(passages), None, bool(passages))


QUESTIONS = [
    _judged(FEE_QUESTION, "licence-exchange.fee"),
    _judged("що робити, якщо вкрали номери", "plates-lost.steps"),
    _judged("яка погода на завтра"),
]


def test_an_example_holds_every_passage_with_a_score_from_every_leg(tmp_path: Path) -> None:
    fee, _, weather = examples(tiny_engine(tmp_path), QUESTIONS)
    assert fee.features.shape == (len(PASSAGES), len(LEGS)) and np.isfinite(fee.features).all()
    assert fee.answers.sum() == 1 and (fee.features[fee.answers] == fee.features.max(axis=0)).all()
    assert fee.answerable and not weather.answerable and not weather.answers.any()


def test_only_the_best_candidates_keep_their_late_interaction_and_the_others_have_the_lowest_of_theirs() -> None:
    generator = np.random.default_rng(3)
    count = RERANKED + 8
    features = generator.standard_normal((count, len(LEGS)))
    features[:, COMPARED] = generator.permutation(count)
    finders = np.array([1.0, 2.0, 0.5, 0.0])
    given = features.copy()
    seen = reranked(Example(features, np.zeros(count, np.bool_), answerable=False), finders).features

    order = np.argsort(-(given[:, : len(FINDERS)] @ finders))
    best, others = order[:RERANKED], order[RERANKED:]
    np.testing.assert_array_equal(seen[best], given[best])
    np.testing.assert_array_equal(seen[others, COMPARED], given[best, COMPARED].min())
    np.testing.assert_array_equal(seen[:, : len(FINDERS)], given[:, : len(FINDERS)])
    np.testing.assert_array_equal(features, given)


def test_with_few_candidates_all_keep_their_late_interaction(judged: list[Example]) -> None:
    np.testing.assert_array_equal(reranked(judged[0], np.ones(len(FINDERS))).features, judged[0].features)


def test_what_is_fitted_has_the_shape_of_the_file_that_ships(tmp_path: Path) -> None:
    fitted = json.loads(json.dumps(fit_ranking(tiny_engine(tmp_path), QUESTIONS, depth=100)))
    shipped = json.loads(WEIGHTS_FILE.read_text("utf-8"))
    assert {part: numbers.keys() for part, numbers in fitted.items()} == {
        part: numbers.keys() for part, numbers in shipped.items()
    }
    assert fitted["legs"].keys() - fitted["candidates"].keys() == {"tokens"}
