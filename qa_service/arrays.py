"""The arrays that cross the borders between parts: embeddings, row numbers, scores, and hits made
of them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""Embeddings, shape (count, dimension), each row of length 1."""

Rows = npt.NDArray[np.int64]
"""Row numbers into the list that an index was built from; -1 pads where there were fewer hits than
asked for.
"""
Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hits:
    """Rows of passages, each once, best first, with their scores: shapes (hits,)."""

    rows: Rows
    scores: Scores
