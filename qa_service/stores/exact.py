"""Exact search with NumPy, which other vector stores are compared with."""

from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from qa_service.errors import SnapshotError
from qa_service.types import Rows, Scores, Vectors

FILE = "vectors.npy"


class ExactStore:
    """All inner products, sorted."""

    name: ClassVar[str] = "exact"

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

    def vectors(self, start: int, stop: int) -> Vectors:
        return self._vectors[start:stop]

    def search(self, queries: Vectors, k: int, among: Rows | None = None) -> tuple[Rows, Scores]:
        rows = np.arange(len(self)) if among is None else among
        products = queries @ self._vectors[rows].T
        best = np.argsort(-products, axis=1, kind="stable")[:, :k]
        scores = np.take_along_axis(products, best, axis=1)
        missing = ((0, 0), (0, k - best.shape[1]))
        return (
            np.pad(rows[best], missing, constant_values=-1),
            np.pad(scores, missing, constant_values=-np.inf),
        )
