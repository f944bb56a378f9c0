"""Fit the models of scope and answer, and the chatbot's thresholds, on judged questions.

Thresholds are policy, not fitted, but for the chatbot's, which has no human to fall back on: its
two are chosen on held-out questions, as far as possible below both error limits. Needs the `build`
extra (scikit-learn).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qa_service.ranking.features import Features
from qa_service.ranking.scope import ANSWER_FEATURES, SCOPE_FEATURES
from qa_service.types import Rows

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

SCOPE_THRESHOLDS = {"site": 0.5, "operator": 0.3, "chatbot": 0.85}
CONFIDENCE_THRESHOLDS = {"site": 0.2, "operator": 0.1, "chatbot": 0.3}
"""The chatbot's are used where there are too few questions to hold some out."""
DEGRADED_THRESHOLDS = {"site": 0.5, "operator": 0.1, "chatbot": 0.6}
"""The least confidence where legs that rank are missing."""
TIE = 1.0

MAX_FALSE_ANSWERS, MAX_ABSTAINED = 0.03, 0.06
"""Error limits for chatbots: shares of off-topic questions answered, of others abstained."""

_INVERSE_RIDGE = 10.0  # of 0.03 to 1000 the least log loss in ten-fold cross-validation on dev
_FOLDS, _REPEATS = 10, 10
_TOLERANCE = 1e-9
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CalibrationSet:
    """What the models are fitted on, a row a question.

    correct: whether the best passage answers. importance: how much the question counts.
    """

    features: list[Features]
    answerable: npt.NDArray[np.bool_]
    correct: npt.NDArray[np.bool_]
    importance: Matrix


def fit_models(calibration: CalibrationSet) -> tuple[dict[str, float], dict[str, float]]:
    """Coefficients of the scope model (all questions) and the answer model (answerable ones)."""
    rows = np.arange(len(calibration.features))
    return (
        _numbers(_scope_model(calibration, rows), SCOPE_FEATURES),
        _numbers(_answer_model(calibration, rows), ANSWER_FEATURES),
    )


def chatbot_thresholds(calibration: CalibrationSet) -> tuple[float, float]:
    """The least scope and the least confidence, in steps of 0.01 and 0.05, on held-out questions.

    Picks the pair that minimises max(false_answers / limit, abstained / limit); ties go to the
    stricter pair.
    """
    in_scope, confidence = held_out(calibration)
    best, chosen = np.inf, (SCOPE_THRESHOLDS["chatbot"], CONFIDENCE_THRESHOLDS["chatbot"])
    for scope in np.arange(50, 100) / 100 if in_scope.size else ():
        for least in np.arange(5, 13) / 20:  # stricter than the website
            answered = ((in_scope >= scope) & (confidence >= least)).mean(axis=0)
            false_answers = answered[~calibration.answerable].mean()
            abstained = 1 - answered[calibration.answerable].mean()
            worse = max(false_answers / MAX_FALSE_ANSWERS, abstained / MAX_ABSTAINED)
            if worse <= best + _TOLERANCE:
                best, chosen = min(worse, best), (float(scope), float(least))
    return chosen


def held_out(calibration: CalibrationSet) -> tuple[Matrix, Matrix]:
    """Scope and confidence of every question by models that did not see it, shape (repeats,
    questions).

    No repeats where there are too few questions.
    """
    from sklearn.model_selection import StratifiedKFold

    kinds = calibration.answerable * 1 + calibration.correct * calibration.answerable
    folds = min(_FOLDS, *np.unique(kinds, return_counts=True)[1].tolist())
    repeats = _REPEATS if folds > 1 else 0
    in_scope, correct = np.zeros((2, repeats, len(kinds)))
    for repeat in range(repeats):
        splitter = StratifiedKFold(folds, shuffle=True, random_state=repeat)
        for seen, held in splitter.split(kinds, kinds):
            scope, answer = _scope_model(calibration, seen), _answer_model(calibration, seen)
            scope_points = _points(SCOPE_FEATURES, calibration, held)
            answer_points = _points(ANSWER_FEATURES, calibration, held)
            in_scope[repeat, held] = scope.predict_proba(scope_points)[:, 1]
            correct[repeat, held] = answer.predict_proba(answer_points)[:, 1]
    return in_scope, in_scope * correct


def _scope_model(calibration: CalibrationSet, rows: Rows) -> "LogisticRegression":
    points = _points(SCOPE_FEATURES, calibration, rows)
    return _logistic(points, calibration.answerable[rows], calibration.importance[rows])


def _answer_model(calibration: CalibrationSet, rows: Rows) -> "LogisticRegression":
    answerable = rows[calibration.answerable[rows]]
    points = _points(ANSWER_FEATURES, calibration, answerable)
    return _logistic(points, calibration.correct[answerable], np.ones(len(answerable)))


def _logistic(
    points: Matrix, labels: npt.NDArray[np.bool_], weights: Matrix
) -> "LogisticRegression":
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_INVERSE_RIDGE, max_iter=1000)
    return model.fit(points, labels, sample_weight=weights)


def _numbers(model: "LogisticRegression", names: tuple[str, ...]) -> dict[str, float]:
    values = (*model.intercept_, *model.coef_[0])
    return {
        name: round(float(value), 3) for name, value in zip(("bias", *names), values, strict=True)
    }


def _points(names: tuple[str, ...], calibration: CalibrationSet, rows: Rows) -> Matrix:
    return np.array([[getattr(calibration.features[row], name) for name in names] for row in rows])
