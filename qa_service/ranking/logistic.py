"""A logistic model: named features of some evidence -> a probability. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

Evidence = TypeVar("Evidence")

_SATURATED = 60.0


@dataclass(frozen=True, slots=True)
class LogisticModel(Generic[Evidence]):
    """`coefficients`: by name of a feature."""

    bias: float
    coefficients: Mapping[str, float]

    def probability(self, evidence: Evidence) -> float:
        """Of whatever the model was fitted for, 0 to 1."""
        weighted = (weight * getattr(evidence, name) for name, weight in self.coefficients.items())
        return logistic(self.bias + sum(weighted))


def logistic(value: float) -> float:
    """The logistic function, for values of any size."""
    return 1 / (1 + math.exp(-max(-_SATURATED, min(_SATURATED, value))))
