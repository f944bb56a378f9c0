"""Features: what is known of a question and its ranking, for the models of `scope.py`. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Self

_MOST_ODDS = 12.0
"""More says no more: a linear model would let it outweigh all else."""


@dataclass(frozen=True, slots=True)
class ScopeEvidence:
    """What a question alone says about whether it is in scope.

    dense_margin: how much nearer its vector is to known questions than to off-topic ones, in
    standard deviations of unrelated pairs; None where the index knows no off-topic question.
    lexical_margin: the same by words, -1 to 1, see `LexicalScope.margin`. class_odds: `odds`
    of `classifier.ClassifierPrediction`, 0 without them.
    """

    dense_margin: float | None = None
    lexical_margin: float = 0.0
    class_odds: float = 0.0


@dataclass(frozen=True, slots=True)
class Features:
    """The evidence of a question together with that of its ranking.

    score: of the best candidate, without what the conversation contributed to it. top_softmax: see
    `top_softmax`. in_context: 1 where the best candidate is of the service that the conversation is
    about, else 0; then `class_odds` is 0: a turn that leaves out its subject is like no known
    question alone. The other three: see `ScopeEvidence`.
    """

    score: float = 0.0
    top_softmax: float = 0.0
    dense_margin: float | None = None
    lexical_margin: float = 0.0
    class_odds: float = 0.0
    in_context: float = 0.0

    @classmethod
    def of(cls, evidence: ScopeEvidence, scores: Sequence[float], from_context: float) -> Self:
        """`scores`: best first; `from_context`: what the conversation added to the best one."""
        return cls(
            score=scores[0] - from_context if scores else 0.0,
            top_softmax=top_softmax(scores),
            dense_margin=evidence.dense_margin,
            lexical_margin=evidence.lexical_margin,
            class_odds=0.0 if from_context > 0 else clipped(evidence.class_odds),
            in_context=float(from_context > 0),
        )

    @property
    def score_in_context(self) -> float:
        """The interaction term of score and in_context.

        Follow-ups are short and vague, so the same score means less than it does for a
        self-contained question.
        """
        return self.score * self.in_context


def clipped(odds: float) -> float:
    """As far from even as a linear model may believe."""
    return max(-_MOST_ODDS, min(_MOST_ODDS, odds))


def top_softmax(scores: Sequence[float]) -> float:
    """The best candidate's softmax share: near 1 where it stands alone; 0 without any."""
    return 1 / sum(math.exp(score - scores[0]) for score in scores) if scores else 0.0


def nearest_margin(known: Sequence[float], off_topic: Sequence[float]) -> float | None:
    """Mean similarity of the nearest known questions less that of the off-topic ones."""
    return fmean(known) - fmean(off_topic) if known and off_topic else None
