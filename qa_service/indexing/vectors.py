"""Texts -> vectors, each text once: those of earlier builds are kept.

A build that was killed goes on where it was, and an editor's change embeds what it changed. The
vectors are those that the encoder gave, bit for bit, so that a build with them equals one without;
or those that came with the corpus, see `shipped_vectors.py`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock

import numpy as np

from qa_service.encoders import Encoder
from qa_service.indexing.kept import Kept, key_of
from qa_service.indexing.texts import LegTexts
from qa_service.machine import usable_cores
from qa_service.retrieval import PASSAGES
from qa_service.types import Progress, Rows, Vectors

_BATCH = 16
_AT_ONCE = 8_192
"""Texts whose kept vectors are read together."""
_QUERY, _PASSAGE = "query", "passage"

Encode = Callable[[Sequence[str]], Vectors]


def key_of_text(leg: str, text: str) -> bytes:
    """The key of a text's vector; questions of all legs are encoded alike."""
    return key_of(_PASSAGE if leg == PASSAGES else _QUERY, text)


def _unseen(done: int) -> None:
    """Progress that nobody follows."""


def _told(progress: Callable[[int], None], before: int, done: int) -> None:
    """So many more than `before` are done."""
    progress(before + done)


class CachedEncoder:
    """An encoder that looks first at what was kept of it. Of one thread at a time.

    progress: is told how many of the texts are done.
    """

    def __init__(self, encoder: Encoder, kept: Kept) -> None:
        self._encoder, self._kept = encoder, kept
        self.name, self.fingerprint = encoder.name, encoder.fingerprint
        self.dimension = encoder.dimension

    def encode_queries(
        self, texts: Sequence[str], progress: Callable[[int], None] = _unseen
    ) -> Vectors:
        return self._vectors(_QUERY, texts, self._encoder.encode_queries, progress)

    def encode_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] = _unseen
    ) -> Vectors:
        return self._vectors(_PASSAGE, texts, self._encoder.encode_passages, progress)

    def knows_queries(self, texts: Sequence[str]) -> bool:
        """Whether nothing is to be encoded of these questions."""
        return not self._kept.unknown([key_of(_QUERY, text) for text in texts])

    def knows_passages(self, texts: Sequence[str]) -> bool:
        """Whether nothing is to be encoded of these passages."""
        return not self._kept.unknown([key_of(_PASSAGE, text) for text in texts])

    def _vectors(
        self, kind: str, texts: Sequence[str], encode: Encode, progress: Callable[[int], None]
    ) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            self._fill(vectors[some], kind, texts[some], encode, partial(_told, progress, start))
        return vectors

    def _fill(
        self,
        vectors: Vectors,
        kind: str,
        texts: Sequence[str],
        encode: Encode,
        progress: Callable[[int], None],
    ) -> None:
        keys = [key_of(kind, text) for text in texts]
        known = self._kept.find(keys)
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


class LegVectors(Mapping[str, Vectors]):
    """The vectors of each leg's texts, shape (texts, dimension).

    What must be encoded is encoded at once. The others are read when somebody asks for them: a leg
    of which nothing changed is linked from the version before. Thread-safe.
    """

    def __init__(
        self, encoder: CachedEncoder, legs: Mapping[str, LegTexts], progress: Progress
    ) -> None:
        self._encoder, self._legs, self._progress = encoder, legs, progress
        self._made: dict[str, Vectors] = {}
        self._lock = Lock()
        for leg, found in legs.items():
            knows = encoder.knows_passages if leg == PASSAGES else encoder.knows_queries
            if knows(found.texts):
                progress(leg, len(found.texts), len(found.texts))
            else:
                self._made[leg] = self._of_all(leg)

    def __getitem__(self, leg: str) -> Vectors:
        with self._lock:
            if leg not in self._made:
                self._made[leg] = self._of_all(leg)
            return self._made[leg]

    def __iter__(self) -> Iterator[str]:
        return iter(self._legs)

    def __len__(self) -> int:
        return len(self._legs)

    def of(self, leg: str, rows: Rows) -> Vectors:
        """The vectors of some texts of a leg, shape (rows, dimension)."""
        with self._lock:
            if leg in self._made:
                return self._made[leg][rows]
            return self._encode(leg)([self._legs[leg].texts[row] for row in rows])

    def _of_all(self, leg: str) -> Vectors:
        texts = self._legs[leg].texts
        return self._encode(leg)(texts, lambda done: self._progress(leg, done, len(texts)))

    def _encode(self, leg: str) -> Callable[..., Vectors]:
        return self._encoder.encode_passages if leg == PASSAGES else self._encoder.encode_queries


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
