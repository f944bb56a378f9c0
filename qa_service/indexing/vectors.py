"""Texts -> vectors, each text once: those of earlier builds are kept.

A build that was killed goes on where it was, and an editor's change embeds what it changed. The
vectors are those that the encoder gave, bit for bit, so that a build with them equals one without.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from qa_service.encoders import Encoder
from qa_service.files import usable_cores
from qa_service.indexing.kept import Kept, key_of
from qa_service.indexing.texts import LegTexts
from qa_service.retrieval import PASSAGES
from qa_service.types import Progress, Vectors

_BATCH = 16

Encode = Callable[[Sequence[str]], Vectors]


def _unseen(done: int) -> None:
    """Progress that nobody follows."""


class CachedEncoder:
    """An encoder that looks first at what was kept of it. Of one thread.

    progress: is told how many of the texts are done.
    """

    def __init__(self, encoder: Encoder, kept: Kept) -> None:
        self._encoder, self._kept = encoder, kept
        self.name, self.fingerprint = encoder.name, encoder.fingerprint
        self.dimension = encoder.dimension

    def encode_queries(
        self, texts: Sequence[str], progress: Callable[[int], None] = _unseen
    ) -> Vectors:
        return self._vectors("query", texts, self._encoder.encode_queries, progress)

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] = _unseen
    ) -> Vectors:
        return self._vectors("passage", texts, self._encoder.encode_passages, progress)

    def _vectors(
        self, kind: str, texts: Sequence[str], encode: Encode, progress: Callable[[int], None]
    ) -> Vectors:
        keys = [key_of(kind, text) for text in texts]
        known = self._kept.find(keys)
        vectors = np.empty((len(texts), self.dimension), np.float32)
        missing = []
        for row, key in enumerate(keys):
            if key in known:
                vectors[row] = np.frombuffer(known[key], np.float32)
            else:
                missing.append(row)
        done = len(texts) - len(missing)
        progress(done)
        for rows, encoded in _encoded(encode, texts, missing):
            vectors[rows] = encoded
            for row in rows:
                self._kept.add(keys[row], vectors[row].tobytes())
            done += len(rows)
            progress(done)
        return vectors


def embed(encoder: CachedEncoder, texts: LegTexts, progress: Progress) -> Vectors:
    """The vectors of a leg's texts, shape (texts, dimension)."""
    encode = encoder.encode_passages if texts.leg == PASSAGES else encoder.encode_queries
    count = len(texts.texts)
    return encode(texts.texts, lambda done: progress(texts.leg, done, count))


def _encoded(
    encode: Encode, texts: Sequence[str], rows: Sequence[int]
) -> Iterator[tuple[Sequence[int], Vectors]]:
    """Some rows at a time with the vectors of their texts, a batch on each core."""
    if not rows:
        return
    batches = [rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH)]
    with ThreadPoolExecutor(usable_cores()) as pool:
        found = pool.map(lambda batch: encode([texts[row] for row in batch]), batches)
        yield from zip(batches, found, strict=True)
