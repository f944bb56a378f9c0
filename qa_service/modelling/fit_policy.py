"""Fit the models of scope and answer, and the thresholds, on judged questions.

Each channel has two limits: how many of the questions that nothing answers may get a sure answer,
and how many of the others may get none. Its thresholds are chosen on held-out questions. Needs the
`build` extra (scikit-learn).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qa_service.ranking.features import Features
from qa_service.ranking.scope import ANSWER_FEATURES, SCOPE_FEATURES
from qa_service.types import Rows

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

SCOPE_THRESHOLDS = {"site": 0.3, "operator": 0.15, "chatbot": 0.4}
"""Policy, not fitted: below, a question is out of scope, however good its best passage."""
CONFIDENCE_THRESHOLDS = {"site": 0.2, "operator": 0.1, "chatbot": 0.3}
SURE_THRESHOLDS = {"site": 0.5, "operator": 0.4, "chatbot": 0.6}
"""Where there are too few questions to hold some out."""
DEGRADED_THRESHOLDS = {"site": 0.5, "operator": 0.3, "chatbot": 0.6}
"""The least confidence where legs that rank are missing."""
TIE = 1.0
GUESS = 0.65
"""Of dev's questions refused with more in scope all had an answer, of those with less hardly any.
"""

MAX_FALSE_ANSWERS = {"site": 0.035, "operator": 0.08, "chatbot": 0.018}
MAX_REFUSED = {"site": 0.02, "operator": 0.012, "chatbot": 0.025}
"""Limits by channel: sure answers to questions that nothing answers, refusals of the others."""

_INVERSE_RIDGE = 10.0  # of 0.03 to 1000 the least log loss in ten-fold cross-validation on dev
_FOLDS, _REPEATS = 10, 10
_STEPS = np.arange(2, 99) / 100
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


def fit_thresholds(calibration: CalibrationSet) -> tuple[dict[str, float], dict[str, float]]:
    """The least confidence to suggest with and to be sure with, by channel, in steps of 0.01: the
    lowest that keep within the limits of false answers, the highest within those of refusals.
    """
    in_scope, confidence = held_out(calibration)
    if not in_scope.size:
        return CONFIDENCE_THRESHOLDS, SURE_THRESHOLDS
    hints, sure = {}, {}
    for channel, scope in SCOPE_THRESHOLDS.items():
        shown = np.where(in_scope >= scope, confidence, 0.0)
        false = {step: _share(shown[:, ~calibration.answerable] >= step) for step in _STEPS}
        refused = {step: _share(shown[:, calibration.answerable] < step) for step in _STEPS}
        sure[channel] = _first(_STEPS, false, MAX_FALSE_ANSWERS[channel])
        hint = _first(_STEPS[::-1], refused, MAX_REFUSED[channel])
        hints[channel] = min(hint, sure[channel])
    return hints, sure


def _first(steps: Matrix, share: Mapping[float, float], limit: float) -> float:
    """The first step within a limit, else the last."""
    return float(next((step for step in steps if share[step] <= limit), steps[-1]))


def _share(values: npt.NDArray[np.bool_]) -> float:
    return float(values.mean())


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
