"""A classifier learns which passage answers and why none does, and is the same after loading."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qa_service.indexing.classes import fit_classifier
from qa_service.ranking.classifier import Classifier
from qa_service.types import Reason

QUESTIONS = 40
LIVE, OTHER = Reason.LIVE_DATA, Reason.OFF_TOPIC


def _vectors(seed: int, directions: range) -> np.ndarray:
    """Some vectors around each of these axes."""
    generator = np.random.default_rng(seed)
    centres = np.repeat(np.eye(8)[list(directions)], QUESTIONS, axis=0)
    vectors = centres + generator.normal(0, 0.15, centres.shape)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(unit, np.float32)


def _fitted(
    reasons: tuple[Reason | None, Reason | None] = (LIVE, OTHER), vague: range = range(0)
) -> Classifier:
    """Three passages, two kinds of questions that none answers, messages to ask back."""
    owners = np.repeat(np.arange(3), QUESTIONS)[:, None].tolist()
    whys = [reason for reason in reasons for _ in range(QUESTIONS)]
    known, outside = _vectors(1, range(3)), _vectors(2, range(3, 5))
    found = fit_classifier(known, owners, outside, whys, 3, _vectors(5, vague))
    assert found is not None
    return found


def test_it_tells_apart_passages_that_answer_questions_it_has_not_seen() -> None:
    classifier = _fitted()
    best = [int(classifier.predict(one).hits(1).rows[0]) for one in _vectors(3, range(3))]
    assert np.mean(np.array(best) == np.repeat(np.arange(3), QUESTIONS)) > 0.9


def test_its_odds_tell_what_any_passage_answers_and_its_reason_why_none_does() -> None:
    classifier = _fitted()
    known = [classifier.predict(one).odds for one in _vectors(3, range(3))]
    outside = [classifier.predict(one) for one in _vectors(4, range(3, 5))]
    assert np.mean([odds is not None and odds > 0 for odds in known]) > 0.9
    assert np.mean([one.odds is not None and one.odds < 0 for one in outside]) > 0.9
    right = [LIVE] * QUESTIONS + [OTHER] * QUESTIONS
    assert np.mean([one.reason is why for one, why in zip(outside, right, strict=True)]) > 0.9


def test_questions_without_a_reason_count_against_all_passages() -> None:
    classifier = _fitted((None, LIVE))
    odds = [classifier.predict(one).odds for one in _vectors(4, range(3, 4))]
    assert np.mean([one is not None and one < 0 for one in odds]) > 0.9


def test_questions_without_any_reason_are_off_topic() -> None:
    classifier = _fitted((None, None))
    assert classifier.reasons == (OTHER,)
    odds = [classifier.predict(one).odds for one in _vectors(4, range(3, 5))]
    assert np.mean([one is not None and one < 0 for one in odds]) > 0.9


def test_a_common_reason_does_not_draw_a_rare_one() -> None:
    """Between both, the rare one is told: what people send has other shares than train."""
    near = _vectors(2, range(3, 5))
    outside = np.concatenate([near[:2], *[near[QUESTIONS:]] * 5])
    whys = [LIVE] * 2 + [OTHER] * (len(outside) - 2)
    owners = np.repeat(np.arange(3), QUESTIONS)[:, None].tolist()
    found = fit_classifier(_vectors(1, range(3)), owners, outside, whys, 3)
    assert found is not None
    between = near[:QUESTIONS] + 0.7 * near[QUESTIONS:]
    between /= np.linalg.norm(between, axis=1, keepdims=True)
    told = [found.predict(one).reason is LIVE for one in between]
    even = replace(found, shares=np.zeros_like(found.shares))
    assert sum(told) > sum(even.predict(one).reason is LIVE for one in between)


def test_it_tells_messages_that_leave_open_what_they_are_about() -> None:
    classifier = _fitted(vague=range(5, 6))
    asked_back = [classifier.predict(one).vague for one in _vectors(6, range(5, 6))]
    assert np.mean([odds is not None and odds > 0 for odds in asked_back]) > 0.9
    others = [classifier.predict(one) for one in _vectors(3, range(5))]
    assert np.mean([one.vague is None or one.vague < 0 for one in others]) > 0.9
    assert Reason.AMBIGUOUS not in {one.reason for one in others}


def test_it_asks_nobody_back_where_another_reason_is_likelier() -> None:
    found = [_fitted(vague=range(5, 6)).predict(one).vague for one in _vectors(4, range(3, 5))]
    assert found.count(None) > 0.9 * len(found)


def test_what_leaves_open_what_it_is_about_counts_neither_for_nor_against_the_scope() -> None:
    prediction = _fitted(vague=range(5, 6)).predict(_vectors(3, range(1))[0])
    assert prediction.odds is not None and prediction.vague is not None
    inside = np.exp(prediction.logs).sum()
    outside = inside / np.exp(prediction.odds)
    assert (inside + outside) * (1 + np.exp(prediction.vague)) == pytest.approx(1, abs=1e-5)


def test_the_probabilities_of_passages_and_reasons_sum_to_one() -> None:
    prediction = _fitted().predict(_vectors(3, range(1))[0])
    assert prediction.odds is not None
    inside = np.exp(prediction.logs).sum()
    assert inside + inside / np.exp(prediction.odds) == pytest.approx(1, abs=1e-5)


def test_only_passages_that_may_be_found_are() -> None:
    prediction = _fitted().predict(_vectors(3, range(1))[0])
    hits = prediction.hits(5, np.array([1, 2]))
    assert sorted(hits.rows.tolist()) == [1, 2]
    assert hits.scores[0] >= hits.scores[1]


def test_without_off_topic_questions_it_says_nothing_of_the_scope() -> None:
    nothing = np.empty((0, 8), np.float32)
    found = fit_classifier(_vectors(1, range(2)), [[0]] * 40 + [[1]] * 40, nothing, [], 2)
    assert found is not None
    assert found.predict(_vectors(3, range(1))[0]).odds is None


def test_without_known_questions_there_is_nothing_to_learn() -> None:
    nothing = np.empty((0, 8), np.float32)
    assert fit_classifier(nothing, [], nothing, [], 2) is None


def test_a_passage_without_questions_is_never_the_likeliest() -> None:
    vectors, nothing = _vectors(1, range(2)), np.empty((0, 8), np.float32)
    found = fit_classifier(vectors, [[0]] * 40 + [[2]] * 40, nothing, [], 3)
    assert found is not None
    assert 1 not in {int(found.predict(one).hits(1).rows[0]) for one in vectors}


def test_it_is_the_same_after_loading_and_when_fitted_again(tmp_path: Path) -> None:
    classifier, vector = _fitted(), _vectors(3, range(1))[0]
    classifier.save(tmp_path / "classifier.npz")
    loaded = Classifier.load(tmp_path / "classifier.npz")
    assert loaded.reasons == classifier.reasons
    for other in (loaded, _fitted()):
        assert np.array_equal(other.predict(vector).logs, classifier.predict(vector).logs)
