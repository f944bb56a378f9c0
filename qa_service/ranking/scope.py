"""Two calibrated models: is a question in scope, and does the best passage answer it? Pure.

Both are logistic functions of features (Platt 1999), fitted on judged questions. Their product is
the confidence. A raw cosine is none: E5's all lie between 0.75 and 0.95.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from qa_service.ranking.features import Features

SCOPE_FEATURES = (
    "score", "dense_margin", "lexical_margin", "class_odds", "in_context", "score_in_context",
)  # fmt: skip
ANSWER_FEATURES = ("score", "top_softmax", "in_context")

_SATURATED = 60.0


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """`coefficients`: by name of a feature."""

    bias: float
    coefficients: Mapping[str, float]

    def probability(self, features: Features) -> float:
        """Of whatever the model was fitted for, 0 to 1."""
        weighted = (weight * getattr(features, name) for name, weight in self.coefficients.items())
        return logistic(self.bias + sum(weighted))


@dataclass(frozen=True, slots=True)
class ScopeModel(LogisticModel):
    """That a question is for this service at all."""

    def probability(self, features: Features) -> float:
        """1 where the index knows no off-topic question: nothing speaks against this one."""
        if features.dense_margin is None:
            return 1.0
        return LogisticModel.probability(self, features)


@dataclass(frozen=True, slots=True)
class AnswerModel(LogisticModel):
    """That the best passage answers a question which is in scope."""


def logistic(value: float) -> float:
    """The logistic function, for values of any size."""
    return 1 / (1 + math.exp(-max(-_SATURATED, min(_SATURATED, value))))
