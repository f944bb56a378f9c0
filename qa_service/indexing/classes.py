"""Fit the classifier of a version: its known questions -> their passages, the off-topic ones -> why
they are not answered. Pure.

Stochastic gradient descent (Adam: Kingma and Ba, ICLR 2015) on the likelihood of the right classes
together, with noise on the vectors and dropout (Srivastava et al., JMLR 2014): of many words for
one thing the train questions know only some. Logit adjustment (Menon et al., ICLR 2021) keeps the
commonest reason from drawing the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from qa_service.ranking.classifier import (
    SCALE,
    Classifier,
    Parameters,
    input_scale,
    log_softmax,
)
from qa_service.types import Reason, Vectors

_HIDDEN, _EPOCHS, _BATCH = 512, 10, 256
_NOISE, _DROPPED = 0.4, 0.2
_RATE, _MEAN, _SPREAD, _LEAST = 3e-3, 0.9, 0.999, 1e-8
"""Adam's learning rate, which falls to nothing, and its usual constants."""
_SEED = 1
_EVENED = 0.75
"""How far reasons are made alike that stand beside many and few questions of train: of what people
send, they are other shares. Of 0, 0.5, 0.75 and 1 the one that tells both the rare reasons and the
common one right in more than 8 of 10 questions of dev.
"""

_VAGUE_COUNTS = 4
"""How often each message to ask back counts: there are few of them, and of many kinds."""

_NONE = np.empty((0, 0), np.float32)

Gradients = Mapping[str, Vectors]


def fit_classifier(
    known: Vectors,
    owners: Sequence[Sequence[int]],
    outside: Vectors,
    reasons: Sequence[Reason | None],
    passages: int,
    vague: Vectors = _NONE,
) -> Classifier | None:
    """`known`, shape (questions, dimension), with the passages that answer each; `outside`, the
    same for questions that none answers, with the reason where it is known; all are off topic where
    none is; `vague`, of messages to ask back. None without known questions.
    """
    if not len(known):
        return None
    told = reasons if any(reasons) else [Reason.OFF_TOPIC] * len(reasons)
    names = tuple(sorted({reason for reason in told if reason}))
    some = range(passages, passages + len(names))
    right = [*owners, *([passages + names.index(one)] if one else some for one in told)]
    counts = np.array([told.count(name) for name in names], np.float32)
    shares = _EVENED * np.log(counts / counts.sum())
    if len(vague):
        names = (*names, Reason.AMBIGUOUS)
        right += [[passages + len(names) - 1]] * (_VAGUE_COUNTS * len(vague))
    every = (known, outside, *[vague] * _VAGUE_COUNTS)
    vectors = np.concatenate([found for found in every if len(found)])
    return Classifier(_fitted(vectors, right, passages + len(names)), names, shares)


def _fitted(vectors: Vectors, right: Sequence[Sequence[int]], classes: int) -> Parameters:
    generator = np.random.default_rng(_SEED)
    found = _start(vectors, right, classes, generator)
    moments = {name: (np.zeros_like(array), np.zeros_like(array)) for name, array in found.items()}
    step = 0
    for epoch in range(_EPOCHS):
        rate = _RATE * (1 - epoch / _EPOCHS)
        order = generator.permutation(len(vectors))
        for start in range(0, len(order), _BATCH):
            step, batch = step + 1, order[start : start + _BATCH]
            is_right = _marked([right[row] for row in batch], classes)
            gradients = _gradients(Parameters(**found), vectors[batch], is_right, generator)
            for name, gradient in gradients.items():
                mean, spread = moments[name]
                mean += (1 - _MEAN) * (gradient - mean)
                spread += (1 - _SPREAD) * (gradient**2 - spread)
                size = np.sqrt(spread / (1 - _SPREAD**step)) + _LEAST
                found[name] -= rate / (1 - _MEAN**step) * mean / size
    return Parameters(**found)


def _start(
    vectors: Vectors,
    right: Sequence[Sequence[int]],
    classes: int,
    generator: np.random.Generator,
) -> dict[str, Vectors]:
    """Each class begins as the direction of its vectors, and the layer moves none of them."""
    dimension = vectors.shape[1]
    sums = np.zeros((classes, dimension), np.float32)
    for rows, vector in zip(right, vectors, strict=True):
        sums[list(rows)] += vector
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    bound = 1 / np.sqrt(dimension)
    drawn = generator.uniform(-bound, bound, (dimension + 1, _HIDDEN)).astype(np.float32)
    return asdict(
        Parameters(
            inner=drawn[:-1].copy(),
            inner_bias=drawn[-1].copy(),
            outer=np.zeros((_HIDDEN, dimension), np.float32),
            outer_bias=np.zeros(dimension, np.float32),
            classes=(sums / np.maximum(lengths, 1e-6)).T.copy(),
            classes_bias=np.zeros(classes, np.float32),
        )
    )


def _marked(right: Sequence[Sequence[int]], classes: int) -> np.ndarray:
    """Which classes are right, shape (questions, classes)."""
    marked = np.zeros((len(right), classes), np.bool_)
    for row, found in enumerate(right):
        marked[row, list(found)] = True
    return marked


def _gradients(
    parameters: Parameters, vectors: Vectors, right: np.ndarray, generator: np.random.Generator
) -> Gradients:
    """Of the mean negative logarithm of the right classes' probability together."""
    count, dimension = vectors.shape
    noise = generator.standard_normal(vectors.shape, np.float32) / np.sqrt(np.float32(dimension))
    asked = vectors + np.float32(_NOISE) * noise
    scaled = asked * np.float32(input_scale(dimension))
    kept = generator.random((count, _HIDDEN), np.float32) >= _DROPPED
    before = scaled @ parameters.inner + parameters.inner_bias
    passing = (before > 0) * kept / np.float32(1 - _DROPPED)
    hidden = before * passing
    moved = asked + hidden @ parameters.outer + parameters.outer_bias
    logs = log_softmax(SCALE * (moved @ parameters.classes) + parameters.classes_bias)
    shares = np.exp(logs)
    wanted = np.exp(log_softmax(np.where(right, logs, -np.inf)))
    by_logit = (shares - wanted) / count
    by_moved = SCALE * (by_logit @ parameters.classes.T)
    by_before = (by_moved @ parameters.outer.T) * passing
    return {
        "inner": scaled.T @ by_before,
        "inner_bias": by_before.sum(axis=0),
        "outer": hidden.T @ by_moved,
        "outer_bias": by_moved.sum(axis=0),
        "classes": SCALE * (moved.T @ by_logit),
        "classes_bias": by_logit.sum(axis=0),
    }
