"""Token vectors of passages, for late interaction: each token of a question looks for its best counterpart in a passage.

Khattab and Zaharia, "ColBERT: Efficient and Effective Passage Search via Contextualized Late Interaction over BERT", SIGIR
2020. Kept as int8 with a scale a token, 400 bytes each, and mapped from disk, so that workers share the memory.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from qa_service.errors import SnapshotError
from qa_service.types import Rows, Scores, Vectors

VECTORS_FILE, SCALES_FILE, STARTS_FILE = "tokens.npy", "scales.npy", "starts.npy"
_LARGEST = 127

Quantised = tuple[npt.NDArray[np.int8], Scores]
"""Vectors in whole numbers, shape (tokens, dimension), and what one is worth in each vector, shape (tokens,)."""


class TokenStore:
    """Passage `i` has the tokens `starts[i]:starts[i + 1]`. Immutable; safe to read from several threads."""

    def __init__(self, tokens: npt.NDArray[np.int8], scales: Scores, starts: Rows) -> None:
        self._tokens, self._scales, self._starts = tokens, scales, starts

    @classmethod
    def build(cls, passages: Iterable[Quantised]) -> Self:
        """From the token vectors of each passage, at least one passage and one token each."""
        tokens, scales = zip(*passages, strict=True)
        starts = np.cumsum([0, *map(len, scales)]).astype(np.int64)
        return cls(np.concatenate(tokens), np.concatenate(scales), starts)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises SnapshotError where a file is missing or unreadable."""
        try:
            tokens = np.load(folder / VECTORS_FILE, mmap_mode="r", allow_pickle=False)
            scales, starts = (np.load(folder / name, allow_pickle=False) for name in (SCALES_FILE, STARTS_FILE))
            return cls(tokens, scales, starts)
        except (OSError, ValueError, EOFError) as error:
            raise SnapshotError(
                f"cannot read the token vectors in {folder}: run `qa-service build` to make them again"
            ) from error

    def save(self, folder: Path) -> None:
        """Write to an existing folder."""
        for name, array in ((VECTORS_FILE, self._tokens), (SCALES_FILE, self._scales), (STARTS_FILE, self._starts)):
            np.save(folder / name, array, allow_pickle=False)

    def __len__(self) -> int:
        """Number of passages."""
        return len(self._starts) - 1

    def scores(self, question: Vectors, rows: Rows) -> Scores:
        """For each passage of `rows`, at least one, the mean over the question's tokens of the best cosine among the passage's.

        `question` has the shape (tokens, dimension).
        """
        spans = [slice(self._starts[row], self._starts[row + 1]) for row in rows]
        tokens = np.concatenate([self._tokens[span] for span in spans]).astype(np.float32)
        scales = np.concatenate([self._scales[span] for span in spans])
        starts = np.cumsum([0, *(span.stop - span.start for span in spans[:-1])])
        best = np.maximum.reduceat(question @ tokens.T * scales, starts, axis=1)
        return np.asarray(best.mean(axis=0), np.float32)


def quantise(vectors: Vectors) -> Quantised:
    """Token vectors, shape (tokens, dimension), in whole numbers from -127 to 127."""
    scales = np.maximum(np.abs(vectors).max(axis=1) / _LARGEST, np.finfo(np.float32).tiny).astype(np.float32)
    return np.rint(vectors / scales[:, None]).astype(np.int8), scales
