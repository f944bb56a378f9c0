"""A classifier of question vectors: which passage answers, or why none does. Pure.

Neighbours compare a question with each known one; the classifier weighs what all of them have in
common. It is fitted at build (`indexing/classes.py`), so that it always belongs to the index'
passages and encoder.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from qa_service.types import Hits, Reason, Rows, Vectors

SCALE = 20.0
"""Of the products, which are cosines at first."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """One residual layer moves a vector, then each class has its product with it.

    inner: shape (dimension, hidden); inner_bias: (hidden,); outer: (hidden, dimension);
    outer_bias: (dimension,); classes: (dimension, classes); classes_bias: (classes,).
    """

    inner: Vectors
    inner_bias: Vectors
    outer: Vectors
    outer_bias: Vectors
    classes: Vectors
    classes_bias: Vectors

    def logits(self, vector: Vectors) -> Vectors:
        """`vector`: shape (dimension,). Shape (classes,)."""
        hidden = np.maximum(vector * input_scale(len(vector)) @ self.inner + self.inner_bias, 0)
        moved = vector + hidden @ self.outer + self.outer_bias
        return np.asarray(SCALE * (moved @ self.classes) + self.classes_bias)


@dataclass(frozen=True, slots=True)
class ClassifierPrediction:
    """logs: the logarithm of each passage's probability, shape (passages,). odds: the logarithm of
    the odds that any passage answers; None where the classifier knows no other questions, or there
    is none. reason: the likeliest one for no answer. vague: the logarithm of the odds that the
    message leaves open which procedure is meant; None where another reason is likelier, or no such
    message is known.
    """

    logs: Vectors
    odds: float | None = None
    reason: Reason = Reason.OFF_TOPIC
    vague: float | None = None

    def hits(self, depth: int, among: Rows | None = None) -> Hits:
        """The `depth` likeliest passages; `among`: the only ones that may be found."""
        rows = np.arange(len(self.logs)) if among is None else among
        order = np.argsort(-self.logs[rows], kind="stable")[:depth]
        return Hits(rows[order], self.logs[rows[order]].astype(np.float32))


NO_PREDICTION = ClassifierPrediction(np.empty(0, np.float32))


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Classifier:
    """Its classes are the index' passages, then `reasons`, of which `AMBIGUOUS` is the last where
    it is one. shares: what to take off the logarithm of each other reason's probability before they
    are compared.
    """

    parameters: Parameters
    reasons: tuple[Reason, ...]
    shares: Vectors

    def predict(self, vector: Vectors) -> ClassifierPrediction:
        """`vector`: a question's, shape (dimension,)."""
        logs = log_softmax(self.parameters.logits(vector))
        passages = logs[: len(logs) - len(self.reasons)]
        reasons = logs[len(passages) : len(passages) + len(self.shares)]
        vague = None
        if len(self.shares) < len(self.reasons) and logs[-1] >= reasons.max(initial=-np.inf):
            vague = float(logs[-1] - _log_sum(logs[:-1]))
        if not len(reasons):
            return ClassifierPrediction(passages, vague=vague)
        odds = float(_log_sum(passages) - _log_sum(reasons))
        likeliest = self.reasons[int(np.argmax(reasons - self.shares))]
        return ClassifierPrediction(passages, odds, likeliest, vague)

    def save(self, path: Path, **beside: npt.NDArray[Any]) -> None:
        """`beside`: what else the file is to hold. Raises OSError."""
        arrays = {name: getattr(self.parameters, name) for name in Parameters.__slots__} | beside
        np.savez(path, reasons=np.array(self.reasons, dtype=str), shares=self.shares, **arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises OSError, ValueError, KeyError."""
        with np.load(path, allow_pickle=False) as arrays:
            parameters = Parameters(*(arrays[name] for name in Parameters.__slots__))
            reasons = tuple(map(Reason, arrays["reasons"].tolist()))
            return cls(parameters, reasons, arrays["shares"])


def input_scale(dimension: int) -> float:
    """Brings the numbers of a vector of unit length to a size that a layer learns from."""
    return float(np.sqrt(dimension)) / 4


def log_softmax(logits: Vectors) -> Vectors:
    """Along the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def _log_sum(logs: Vectors) -> float:
    return float(np.logaddexp.reduce(logs))
