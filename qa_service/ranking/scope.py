"""Two calibrated models: is a question in scope, and does the best passage answer it? Pure.

Both are logistic functions of features (Platt 1999), fitted on judged questions. Their product is
the confidence. A raw cosine is none: E5's all lie between 0.75 and 0.95.
"""

from dataclasses import dataclass

from qa_service.ranking.features import Features
from qa_service.ranking.logistic import LogisticModel

SCOPE_FEATURES = (
    "score", "dense_margin", "lexical_margin", "class_odds", "in_context", "score_in_context",
)  # fmt: skip
ANSWER_FEATURES = ("score", "top_softmax", "in_context")


@dataclass(frozen=True, slots=True)
class ScopeModel(LogisticModel[Features]):
    """That a question is for this service at all."""

    def probability(self, evidence: Features) -> float:
        """1 where the index knows no off-topic question: nothing speaks against this one."""
        if evidence.dense_margin is None:
            return 1.0
        return LogisticModel.probability(self, evidence)


@dataclass(frozen=True, slots=True)
class AnswerModel(LogisticModel[Features]):
    """That the best passage answers a question which is in scope."""
