"""Fit the legs' weights and the confidence on judged questions: what `qa-service train` does.

Weights minimise the softmax loss of the passages that answer (ListNet's top-one loss: Cao et al., ICML 2007), none below
zero. The confidence is two logistic regressions, on what the ranking and the nearest known questions show. Thresholds are
policy, not fitted: they are probabilities, and each channel says how sure it wants to be; the chatbot's pair is the one with
the fewest false answers of those that abstain from at most 5 in 100 of dev's questions in scope, in steps of 0.05.

Needs the `build` extra (SciPy, scikit-learn).
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from qa_service.documents.questions import JudgedQuestion
from qa_service.engine import NOTHING_FOUND, QAEngine
from qa_service.errors import QAServiceError
from qa_service.indexing.legs import CONTEXT, LEXICAL, PASSAGES, QUESTIONS, SERVICES
from qa_service.ranking.confidence import Answering, Scope, Signs
from qa_service.ranking.fuse import fuse

LEGS = (PASSAGES, QUESTIONS, SERVICES, LEXICAL)
WEIGHED = (*LEGS, CONTEXT)
THRESHOLDS = {
    "scope": {"site": 0.5, "operator": 0.3, "chatbot": 0.85},
    "confidence": {"site": 0.2, "operator": 0.1, "chatbot": 0.3},
    "tie": 1.0,
}

CONTEXT_WEIGHT = 10.0
"""Where no question to fit on was asked in a conversation."""

UNANSWERABLE_SHARE = 0.22
"""Of the questions that the confidence is calibrated for: about one in five that reach a contact centre is not for it."""

_CONTEXT = WEIGHED.index(CONTEXT)
_RIDGE = 1e-3
_INVERSE_RIDGE = 10.0  # of 0.03 to 1000 the least log loss in ten-fold cross-validation on dev
Matrix = npt.NDArray[np.float64]


class TrainingError(QAServiceError):
    """Whoever trains must give other questions."""


@dataclass(frozen=True, slots=True)
class Example:
    """One question's candidates: features of shape (candidates, weighed), and which of them answer."""

    features: Matrix
    answers: npt.NDArray[np.bool_]
    answerable: bool
    signs: Signs
    """Those that do not depend on the weights; its score, share and context are not yet known."""


def fit_ranking(engine: QAEngine, questions: list[JudgedQuestion], depth: int) -> dict[str, object]:
    """The content of `qa_service/ranking/weights.json` for this index and these questions."""
    judged = examples(engine, questions)
    weights = fit_weights(judged)
    scope, answering = fit_confidence(judged, weights, depth)
    return {
        "legs": {leg: round(float(weight), 3) for leg, weight in zip(WEIGHED, weights, strict=True)},
        "scope": scope,
        "answering": answering,
        "thresholds": THRESHOLDS,
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
        found.append(Example(features, np.array(answers), question.answerable, engine.signs(reading, hits, NOTHING_FOUND)))
    return found


def fit_weights(judged: list[Example]) -> Matrix:
    """The weights, shape (weighed,), from the examples with a passage that answers among the candidates."""
    from scipy.optimize import minimize

    useful = [example for example in judged if example.answers.any()]
    ridge = np.full(len(WEIGHED), _RIDGE)
    ridge[_CONTEXT] = 0  # a context is 0 or 1: its weight has another scale

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        total, gradient = float(ridge @ weights**2), 2 * ridge * weights
        for example in useful:
            probabilities = _softmax(example.features @ weights)
            right = probabilities * example.answers
            total -= float(np.log(right.sum())) / len(useful)
            gradient -= example.features.T @ (right / right.sum() - probabilities) / len(useful)
        return total, gradient

    start = np.ones(len(WEIGHED))
    bounds: list[tuple[float, float | None]] = [(0.0, None)] * len(WEIGHED)
    if not any(example.features[:, _CONTEXT].any() for example in useful):
        start[_CONTEXT], bounds[_CONTEXT] = CONTEXT_WEIGHT, (CONTEXT_WEIGHT, CONTEXT_WEIGHT)
    fitted: Matrix = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    return fitted


def fit_confidence(judged: list[Example], weights: Matrix, depth: int) -> tuple[dict[str, float], dict[str, float]]:
    """Coefficients of `ranking.confidence.Scope`, from all questions, and `Answering`, from the answerable ones."""
    signs, right = [], []
    for example in judged:
        scores = example.features @ weights
        order = np.argsort(-scores, kind="stable")[:depth]
        owed = float(example.features[order[0], _CONTEXT] * weights[_CONTEXT])
        signs.append(example.signs.ranked(scores[order].tolist(), owed))
        right.append(bool(example.answers[order[0]]))
    answerable = [example.answerable for example in judged]
    scope = _logistic(Scope, signs, answerable, importance(judged))
    inside = [number for number, answerable_ in enumerate(answerable) if answerable_]
    answering = _logistic(Answering, [signs[number] for number in inside], [right[number] for number in inside])
    return scope, answering


def _logistic(
    kind: type[Scope | Answering], signs: list[Signs], labels: list[bool], weights: list[float] | None = None
) -> dict[str, float]:
    """Coefficients by name: the fields of `kind`, of which the first is the bias and the others are signs."""
    from sklearn.linear_model import LogisticRegression

    _, *names = (field.name for field in fields(kind))
    if len(set(labels)) < 2 or any(sign.aside is None for sign in signs):
        raise TrainingError(
            "the confidence needs questions that are answered, ones that are not, and an index with off-topic train questions"
        )
    points = [[getattr(sign, name) for name in names] for sign in signs]
    model = LogisticRegression(C=_INVERSE_RIDGE, max_iter=1000).fit(points, labels, sample_weight=weights)
    values = (*model.intercept_, *model.coef_[0])
    return {name: round(float(value), 3) for name, value in zip(("bias", *names), values, strict=True)}


def importance(judged: list[Example]) -> list[float]:
    """Weights under which `UNANSWERABLE_SHARE` of the questions is unanswerable, however many there are in the files."""
    unanswerable = sum(not example.answerable for example in judged)
    answerable = len(judged) - unanswerable
    weight = UNANSWERABLE_SHARE / (1 - UNANSWERABLE_SHARE) * answerable / max(unanswerable, 1)
    return [1.0 if example.answerable else weight for example in judged]


def _softmax(scores: Matrix) -> Matrix:
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum())
