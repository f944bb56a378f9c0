"""What searching exchanges: vectors, rows and scores; and how long work says how far it is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total) while something long goes on."""

Vectors = npt.NDArray[np.float32]
"""Embeddings, shape (count, dimension), each row of length 1."""

Rows = npt.NDArray[np.int64]
"""Row numbers into the list that an index was built from; -1 pads a short result."""
Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hits:
    """Rows of passages, each once, best first, with their scores: shapes (hits,)."""

    rows: Rows
    scores: Scores


def no_progress(stage: str, done: int, total: int) -> None:
    """A Progress for callers that show none."""
