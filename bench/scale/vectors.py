"""Vectors for a made-up corpus: the real encoder's for the base rows, those with noise for others.

The noise has the covariance of what the real encoder says about a sample: the vector of a text that
varies another, less the vector of that other. So clusters are as wide, and in the same directions,
as the encoder would make them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from bench.scale.texts import BASE
from qa_service.encoders import Encoder
from qa_service.types import Vectors

SAMPLE = 1_000
_BATCH = 16

Encode = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class Expanded:
    """Vectors of rows. A row that varies a base row has `share` of what tells that one from the
    `middle` of all, and noise.

    base: shape (BASE, dimension). middle: the mean of base, shape (dimension,). spread: shape
    (dimension, dimension), turns independent noise into that of the sample.
    """

    base: Vectors
    middle: Vectors
    share: float
    spread: Vectors

    @classmethod
    def measured(cls, encode: Encode, text: Callable[[int], str]) -> Self:
        """With the vectors that `encode` makes of the base texts and of a sample of the others."""
        base = _in_batches(encode, [text(row) for row in range(BASE)])
        return cls.fitted(base, _in_batches(encode, [text(BASE + row) for row in range(SAMPLE)]))

    @classmethod
    def fitted(cls, base: Vectors, varied: Vectors) -> Self:
        """`varied`: vectors of rows BASE and up, shape (sample, dimension)."""
        middle = base.mean(axis=0)
        old, new = base[: len(varied)] - middle, varied - middle
        share = float(np.sum(old * new) / np.sum(old * old))
        variances, directions = np.linalg.eigh(np.cov(new - share * old, rowvar=False))
        spread = (directions * np.sqrt(np.maximum(variances, 0))).T
        return cls(base, middle, share, spread.astype(np.float32))

    def save(self, file: Path) -> None:
        arrays = {name: getattr(self, name) for name in self.__slots__}
        np.savez(file, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, file: Path) -> Self:
        with np.load(file) as arrays:
            return cls(**{name: arrays[name] for name in cls.__slots__})

    def of(self, rows: Sequence[int]) -> Vectors:
        """Shape (rows, dimension); a row's vector does not depend on the others."""
        vectors = self.base[[row % BASE for row in rows]]
        varied = [place for place, row in enumerate(rows) if row >= BASE]
        if varied:
            drawn = np.array([_noise(rows[place], vectors.shape[1]) for place in varied])
            vectors[varied] = self.middle + self.share * (vectors[varied] - self.middle)
            vectors[varied] += drawn @ self.spread
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


class ExpandedEncoder:
    """The real encoder, but for the texts of a made-up corpus beyond the base."""

    def __init__(
        self,
        encoder: Encoder,
        passages: tuple[Mapping[str, int], Expanded],
        questions: tuple[Mapping[str, int], Expanded],
    ) -> None:
        self._encoder, self._passages, self._questions = encoder, passages, questions
        self.name, self.fingerprint = f"{encoder.name}-expanded", f"{encoder.fingerprint}e"
        self.dimension = encoder.dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return _looked_up(texts, *self._questions, self._encoder.encode_queries)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return _looked_up(texts, *self._passages, self._encoder.encode_passages)


def _looked_up(
    texts: Sequence[str],
    rows: Mapping[str, int],
    expanded: Expanded,
    encode: Encode,
) -> Vectors:
    if all(text in rows for text in texts):
        return expanded.of([rows[text] for text in texts])
    return encode(texts)


def _noise(row: int, dimension: int) -> Vectors:
    return np.random.default_rng(row).standard_normal(dimension, np.float32)


def _in_batches(encode: Encode, texts: Sequence[str]) -> Vectors:
    starts = range(0, len(texts), _BATCH)
    return np.concatenate([encode(texts[start : start + _BATCH]) for start in starts])
