"""Exact search with NumPy: the oracle that other vector stores are compared with, and quick enough
for small corpora.
"""

from pathlib import Path
from typing import Self

import numpy as np

from qa_service.arrays import Rows, Scores, Vectors
from qa_service.errors import SnapshotError

FILE = "vectors.npy"


class ExactStore:
    """All inner products, sorted."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    @classmethod
    def build(cls, vectors: Vectors) -> Self:
        return cls(np.ascontiguousarray(vectors, np.float32))

    @classmethod
    def load(cls, folder: Path) -> Self:
        try:
            return cls(np.load(folder / FILE, allow_pickle=False))
        except (OSError, ValueError, EOFError) as error:
            raise SnapshotError(
                f"cannot read {folder / FILE}: run `qa-service build` to make the index again"
            ) from error

    def save(self, folder: Path) -> None:
        np.save(folder / FILE, self._vectors, allow_pickle=False)

    def __len__(self) -> int:
        return len(self._vectors)

    def search(self, queries: Vectors, k: int) -> tuple[Rows, Scores]:
        products = queries @ self._vectors.T
        best = np.argsort(-products, axis=1, kind="stable")[:, :k]
        scores = np.take_along_axis(products, best, axis=1)
        missing = ((0, 0), (0, k - best.shape[1]))
        return np.pad(best, missing, constant_values=-1), np.pad(
            scores, missing, constant_values=-np.inf
        )
