"""An encoder without a model: hashed character trigrams, for tests and trials."""

import zlib
from collections.abc import Sequence

import numpy as np

from qa_service.text.normalise import NORMALISER_VERSION, normalise
from qa_service.types import Vectors


class HashingEncoder:
    """Texts that share many trigrams get near vectors. Knows nothing of meaning."""

    name = "hashing"

    def __init__(self, dimension: int = 256) -> None:
        self.dimension = dimension
        self.fingerprint = f"hashing-{dimension}-{NORMALISER_VERSION}"

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            padded = f" {normalise(text)} "
            for start in range(len(padded) - 2):
                vectors[row, zlib.crc32(padded[start : start + 3].encode()) % self.dimension] += 1
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors[lengths[:, 0] == 0, 0] = 1  # a text without trigrams still is a unit vector
        vectors /= np.maximum(lengths, np.float32(1))
        return vectors
