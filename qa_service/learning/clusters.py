"""Questions of one meaning, by their vectors: average linkage on what tells them apart.

docs/experiments/032-clusters-of-unanswered-questions.md has what else was tried.
"""

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from qa_service.errors import MissingExtraError
from qa_service.types import Vectors

MOST_DISTANT = 0.55
"""Mean cosine distance up to which two clusters become one."""

MOST_AT_ONCE = 5_000
"""Questions that are compared each with each, which takes 8 bytes a pair, twice."""

_DIMENSIONS = 64


def check_library() -> None:
    """Raises MissingExtraError without scikit-learn."""
    if find_spec("sklearn") is None:
        raise MissingExtraError("finding gaps", "insights")


@dataclass(frozen=True, slots=True)
class Clusters:
    """background: unit vectors of this service's usual texts, shape (texts, dimension). What all of
    them have in common tells nothing; a few questions alone would not show what that is.
    """

    background: Vectors
    most_at_once: int = MOST_AT_ONCE

    def __call__(self, vectors: Vectors) -> NDArray[np.int64]:
        """The number of each one's cluster, shape (texts,). Those beyond the first `most_at_once`
        join the cluster that average linkage would take them into, or stay alone.
        """
        from sklearn.cluster import AgglomerativeClustering

        points = self._reduced(vectors)
        first, rest = points[: self.most_at_once], points[self.most_at_once :]
        if len(first) < 2:
            return np.arange(len(points))
        linkage = AgglomerativeClustering(
            n_clusters=None, distance_threshold=MOST_DISTANT, linkage="average", metric="cosine"
        )
        labels = np.asarray(linkage.fit_predict(first), np.int64)
        return np.concatenate([labels, _placed(rest, first, labels)])

    def _reduced(self, vectors: Vectors) -> NDArray[np.float64]:
        """Unit vectors in the directions in which texts differ most, shape (texts, 64 or less)."""
        from sklearn.decomposition import PCA

        known = np.concatenate([self.background, vectors]).astype(np.float64)
        components = min(_DIMENSIONS, *known.shape)
        fitted = PCA(components, svd_solver="covariance_eigh").fit(known)
        points = np.asarray(fitted.transform(vectors), np.float64)
        lengths = np.linalg.norm(points, axis=1, keepdims=True)
        return points / np.where(lengths > 0, lengths, 1)


def _placed(
    rest: NDArray[np.float64], first: NDArray[np.float64], labels: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Mean distance to a cluster's members is distance to their mean, for vectors of length 1."""
    clusters = int(labels.max()) + 1
    means = np.zeros((clusters, first.shape[1]))
    np.add.at(means, labels, first)
    means /= np.bincount(labels)[:, None]
    placed = np.arange(clusters, clusters + len(rest))
    for start in range(0, len(rest), 1_000):  # no matrix of all with all
        near = rest[start : start + 1_000] @ means.T
        is_near = near.max(axis=1) >= 1 - MOST_DISTANT
        part = placed[start : start + 1_000]
        part[is_near] = near.argmax(axis=1)[is_near]
    return placed
