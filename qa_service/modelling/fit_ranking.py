"""Fit the legs' weights and the confidence on judged questions: what `qa-service train` does.

Weights minimise the softmax loss of the passages that answer (ListNet's top-one loss: Cao et al.,
ICML 2007), none below zero; the conversation's weight is fitted once more, on turns and on bare
follow-ups.

Needs the `build` extra (SciPy, scikit-learn).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa_service.documents.questions import JudgedQuestion
from qa_service.engine import NOTHING_FOUND, QAEngine
from qa_service.modelling.fit_policy import (
    CONFIDENCE_THRESHOLDS,
    SCOPE_THRESHOLDS,
    TIE,
    Evidence,
    Matrix,
    TrainingError,
    chatbot_thresholds,
    fit_confidence,
)
from qa_service.modelling.follow_ups import bare_follow_ups
from qa_service.ranking.confidence import Signs
from qa_service.retrieval.fusion import fuse
from qa_service.retrieval.legs import CONTEXT, LEXICAL, LEXICAL_EN, PASSAGES, QUESTIONS, SERVICES

LEGS = (PASSAGES, QUESTIONS, SERVICES, LEXICAL)
WEIGHED = (*LEGS, LEXICAL_EN, CONTEXT)
CONTEXT_WEIGHT = 10.0
"""Where no question to fit on was asked in a conversation."""

UNANSWERABLE_SHARE = 0.22
"""Of the questions that the confidence is calibrated for: about one in five that reach a contact
centre is not for it.
"""

_CONTEXT, _LEXICAL, _LEXICAL_EN = map(WEIGHED.index, (CONTEXT, LEXICAL, LEXICAL_EN))
_RIDGE = 1e-3
_HEAVIEST = 50.0


@dataclass(frozen=True, slots=True)
class Example:
    """One question's candidates: features of shape (candidates, weighed), and which of them
    answer.
    """

    features: Matrix
    answers: npt.NDArray[np.bool_]
    answerable: bool
    signs: Signs
    """Those that do not depend on the weights; its score, share and context are not yet known."""


def fit_ranking(engine: QAEngine, questions: list[JudgedQuestion], depth: int) -> dict[str, object]:
    """The content of `qa_service/ranking/weights.json` for this index and these questions."""
    judged = examples(engine, questions)
    weights = fit_weights(judged)
    if turns := [
        example
        for example in judged
        if example.answers.any() and example.features[:, _CONTEXT].any()
    ]:
        weights[_CONTEXT] = fit_context(
            weights, turns, examples(engine, bare_follow_ups(engine.index.passages))
        )
    found = evidence(judged, weights, depth)
    scope, answering = fit_confidence(found)
    scope_threshold, confidence_threshold = chatbot_thresholds(found)
    return {
        "legs": {
            leg: round(float(weight), 3) for leg, weight in zip(WEIGHED, weights, strict=True)
        },
        "scope": scope,
        "answering": answering,
        "thresholds": {
            "scope": SCOPE_THRESHOLDS | {"chatbot": scope_threshold},
            "confidence": CONFIDENCE_THRESHOLDS | {"chatbot": confidence_threshold},
            "tie": TIE,
        },
    }


def examples(engine: QAEngine, questions: list[JudgedQuestion]) -> list[Example]:
    unit = dict.fromkeys(WEIGHED, 1.0)
    found = []
    for question in questions:
        reading = engine.index.understand(question.question).reading
        hits = engine.retrieve(reading, context_service=question.context)
        candidates = fuse(hits, engine.index.manifest.background, unit, len(engine.index.passages))
        features = np.zeros((len(candidates.rows), len(WEIGHED)))
        for column, leg in enumerate(candidates.legs):
            features[:, WEIGHED.index(leg)] = candidates.features[:, column]
        answers = [engine.index.passages[row].id in question.passages for row in candidates.rows]
        found.append(
            Example(
                features,
                np.array(answers),
                question.answerable,
                engine.signs(reading, hits, NOTHING_FOUND),
            )
        )
    return found


def fit_weights(judged: list[Example]) -> Matrix:
    """The weights, shape (weighed,), from the examples with a passage that answers among the
    candidates.
    """
    from scipy.optimize import minimize

    useful = [example for example in judged if example.answers.any()]
    ridge = np.full(len(WEIGHED), _RIDGE)
    ridge[_CONTEXT] = 0  # a context is 0 or 1: its weight has another scale

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        mean, gradient = _mean_loss(useful, weights)
        return mean + float(ridge @ weights**2), gradient + 2 * ridge * weights

    start = np.ones(len(WEIGHED))
    bounds: list[tuple[float, float | None]] = [(0.0, None)] * len(WEIGHED)
    if not _any_in(_CONTEXT, useful):
        start[_CONTEXT], bounds[_CONTEXT] = CONTEXT_WEIGHT, (CONTEXT_WEIGHT, CONTEXT_WEIGHT)
    fitted: Matrix = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    if not _any_in(_LEXICAL_EN, useful):
        fitted[_LEXICAL_EN] = fitted[_LEXICAL]
    return fitted


def fit_context(weights: Matrix, turns: list[Example], bare: list[Example]) -> float:
    """The conversation's weight beside the other `weights`, by judged turns and bare follow-ups,
    each kind counting half.
    """
    from scipy.optimize import minimize_scalar

    def loss(weight: float) -> float:
        tried = weights.copy()
        tried[_CONTEXT] = weight
        return sum(_mean_loss(kind, tried)[0] for kind in (turns, bare) if kind)

    return float(minimize_scalar(loss, bounds=(0, _HEAVIEST), method="bounded").x)


def _mean_loss(judged: list[Example], weights: Matrix) -> tuple[float, Matrix]:
    """The softmax loss of the passages that answer, over examples that have one, and its
    gradient.
    """
    total, gradient = 0.0, np.zeros_like(weights)
    for example in judged:
        probabilities = _softmax(example.features @ weights)
        right = probabilities * example.answers
        total -= float(np.log(right.sum())) / len(judged)
        gradient -= example.features.T @ (right / right.sum() - probabilities) / len(judged)
    return total, gradient


def _any_in(column: int, judged: list[Example]) -> bool:
    return any(example.features[:, column].any() for example in judged)


def evidence(judged: list[Example], weights: Matrix, depth: int) -> Evidence:
    """The examples as these weights rank them, `depth` candidates each. Raises TrainingError where
    a kind of them is missing.
    """
    signs, right = [], []
    for example in judged:
        scores = example.features @ weights
        order = np.argsort(-scores, kind="stable")[:depth]
        owed = float(example.features[order[0], _CONTEXT] * weights[_CONTEXT])
        signs.append(example.signs.ranked(scores[order].tolist(), owed))
        right.append(bool(example.answers[order[0]]))
    answerable = np.array([example.answerable for example in judged])
    found = Evidence(signs, answerable, np.array(right), np.array(importance(judged)))
    if (
        answerable.all()
        or len(set(found.right[answerable])) < 2
        or any(sign.aside is None for sign in signs)
    ):
        raise TrainingError(
            "the confidence needs questions that are answered, ones that are not, and an index "
            "with off-topic train questions"
        )
    return found


def importance(judged: list[Example]) -> list[float]:
    """Weights under which `UNANSWERABLE_SHARE` of the questions is unanswerable, however many there
    are in the files.
    """
    unanswerable = sum(not example.answerable for example in judged)
    answerable = len(judged) - unanswerable
    weight = UNANSWERABLE_SHARE / (1 - UNANSWERABLE_SHARE) * answerable / max(unanswerable, 1)
    return [1.0 if example.answerable else weight for example in judged]


def _softmax(scores: Matrix) -> Matrix:
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum())
