"""Fit the confidence and the chatbot's thresholds: two logistic regressions, on what the ranking
and the nearest questions show.

Thresholds are policy, not fitted: they are probabilities, and each channel says how sure it wants
to be. The chatbot, whose users have nobody to ask, has bars to keep; its pair stays as far inside
of both as questions that the fit has not seen allow.

Needs the `build` extra (scikit-learn).
"""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qa_service.arrays import Rows
from qa_service.errors import QAServiceError
from qa_service.ranking.confidence import Answering, Scope, Signs

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

SCOPE_THRESHOLDS = {"site": 0.5, "operator": 0.3, "chatbot": 0.85}
CONFIDENCE_THRESHOLDS = {"site": 0.2, "operator": 0.1, "chatbot": 0.3}
"""The chatbot's are for where there are too few questions to hold some out."""
TIE = 1.0

FALSE_ANSWERS, ABSTAINED = 0.03, 0.06
"""The chatbot's bars: at most so many of the questions that nothing answers are answered, of the
others abstained from.
"""

_INVERSE_RIDGE = 10.0  # of 0.03 to 1000 the least log loss in ten-fold cross-validation on dev
_FOLDS, _REPEATS = 10, 10
_ALIKE = 1e-9
Matrix = npt.NDArray[np.float64]


class TrainingError(QAServiceError):
    """Whoever trains must give other questions."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the confidence is fitted on, a row a question: its signs, whether it has an answer,
    whether the best passage is it.
    """

    signs: list[Signs]
    answerable: npt.NDArray[np.bool_]
    right: npt.NDArray[np.bool_]
    importance: Matrix


def fit_confidence(found: Evidence) -> tuple[dict[str, float], dict[str, float]]:
    """Coefficients of `ranking.confidence.Scope`, from all questions, and `Answering`, from the
    answerable ones.
    """
    everything = np.arange(len(found.signs))
    models = {
        Scope: _scope_model(found, everything),
        Answering: _answering_model(found, everything),
    }
    scope, answering = (
        {
            name: round(float(value), 3)
            for name, value in zip(("bias", *_signs_of(kind)), _values(model), strict=True)
        }
        for kind, model in models.items()
    )
    return scope, answering


def chatbot_thresholds(found: Evidence) -> tuple[float, float]:
    """The least scope and the least confidence, in steps of 0.01 and 0.05, by probabilities of
    questions that were held out.

    The worse of its two shares, each divided by its bar, is the smallest; of pairs alike the one
    that wants the most.
    """
    in_scope, confidence = held_out(found)
    best, chosen = np.inf, (SCOPE_THRESHOLDS["chatbot"], CONFIDENCE_THRESHOLDS["chatbot"])
    for scope in np.arange(50, 100) / 100 if in_scope.size else ():
        for least in np.arange(4, 13) / 20:
            answered = ((in_scope >= scope) & (confidence >= least)).mean(axis=0)
            false, abstained = (
                answered[~found.answerable].mean(),
                1 - answered[found.answerable].mean(),
            )
            if (worse := max(false / FALSE_ANSWERS, abstained / ABSTAINED)) <= best + _ALIKE:
                best, chosen = min(worse, best), (float(scope), float(least))
    return chosen


def held_out(found: Evidence) -> tuple[Matrix, Matrix]:
    """Scope and confidence of every question by models that did not see it, shape (repeats,
    questions); none where too few.
    """
    from sklearn.model_selection import StratifiedKFold

    kinds = found.answerable * 1 + found.right * found.answerable
    folds = min(_FOLDS, *np.unique(kinds, return_counts=True)[1].tolist())
    repeats = _REPEATS if folds > 1 else 0
    in_scope, right = np.zeros((2, repeats, len(kinds)))
    for repeat in range(repeats):
        for seen, held in StratifiedKFold(folds, shuffle=True, random_state=repeat).split(
            kinds, kinds
        ):
            scope, answering = _scope_model(found, seen), _answering_model(found, seen)
            in_scope[repeat, held] = scope.predict_proba(_points(Scope, found, held))[:, 1]
            right[repeat, held] = answering.predict_proba(_points(Answering, found, held))[:, 1]
    return in_scope, in_scope * right


def _scope_model(found: Evidence, rows: Rows) -> "LogisticRegression":
    return _logistic(_points(Scope, found, rows), found.answerable[rows], found.importance[rows])


def _answering_model(found: Evidence, rows: Rows) -> "LogisticRegression":
    inside = rows[found.answerable[rows]]
    return _logistic(_points(Answering, found, inside), found.right[inside], np.ones(len(inside)))


def _logistic(
    points: Matrix, labels: npt.NDArray[np.bool_], weights: Matrix
) -> "LogisticRegression":
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=_INVERSE_RIDGE, max_iter=1000).fit(
        points, labels, sample_weight=weights
    )


def _values(model: "LogisticRegression") -> tuple[float, ...]:
    return (*model.intercept_, *model.coef_[0])


def _points(kind: type[Scope | Answering], found: Evidence, rows: Rows) -> Matrix:
    names = _signs_of(kind)
    return np.array([[getattr(found.signs[row], name) for name in names] for row in rows])


def _signs_of(kind: type[Scope | Answering]) -> list[str]:
    """The fields of `kind`, of which the first is the bias and the others are signs."""
    return [field.name for field in fields(kind)][1:]
