"""Vectors that come with a corpus, so that a first build encodes only what they lack.

Eight bits a number, a scale a vector, around their common mean: a cosine of 0.99999 to what was
encoded. Whether they are those of the encoder at hand is tried on some of their texts; where they
are not, or where the file cannot be read, everything is encoded. docs/decisions/046.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from qa_service.documents import Corpus
from qa_service.encoders import Encoder
from qa_service.errors import SnapshotError
from qa_service.files import not_written
from qa_service.indexing.kept import Kept
from qa_service.indexing.texts import LegTexts, leg_texts
from qa_service.indexing.vectors import CachedEncoder, LegVectors, key_of_text
from qa_service.retrieval import PASSAGES
from qa_service.types import Vectors, no_progress

logger = logging.getLogger(__name__)

_TRIED = 32
_ALIKE = 0.999
"""The mean cosine of texts encoded on two kinds of processors is 0.9997; one of a model trained
anew is far below.
"""
_UNREADABLE = (OSError, ValueError, KeyError, IndexError, EOFError, BadZipFile)


@dataclass(frozen=True, slots=True)
class ShippedVectors:
    """keys: (texts, 16), see `key_of_text`. steps: (texts, dimension), whole numbers of `scales`
    (texts,) away from `mean` (dimension,).
    """

    keys: npt.NDArray[np.uint8]
    steps: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float32]
    mean: npt.NDArray[np.float32]

    @classmethod
    def of(cls, keys: Sequence[bytes], vectors: Vectors) -> Self:
        """vectors: of the keys' texts, at least one."""
        order = sorted(range(len(keys)), key=keys.__getitem__)
        mean = vectors.mean(axis=0)
        away = vectors[order] - mean
        scales = np.maximum(np.abs(away).max(axis=1) / 127, np.finfo(np.float32).tiny)
        steps = np.rint(away / scales[:, None]).astype(np.int8)
        packed = np.frombuffer(b"".join(keys[row] for row in order), np.uint8)
        return cls(packed.reshape(len(keys), -1), steps, scales, mean)

    @classmethod
    def read(cls, path: Path) -> Self:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            return cls(*(arrays[name] for name in cls.__slots__))

    def write(self, path: Path) -> None:
        """Raises OSError."""
        staged = path.with_suffix(".partial.npz")
        arrays: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        np.savez_compressed(staged, **arrays)
        staged.replace(path)

    def rows(self) -> dict[bytes, int]:
        return {key.tobytes(): row for row, key in enumerate(self.keys)}

    def vectors(self, rows: Sequence[int]) -> Vectors:
        """Unit vectors, shape (rows, dimension)."""
        found = self.steps[rows] * self.scales[rows][:, None] + self.mean
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found.astype(np.float32)


def ship(corpus: Corpus, encoder: Encoder, index: Path, path: Path) -> None:
    """Write the vectors of the corpus' texts, as they are kept in `index`, to `path`.

    Raises SnapshotError if it cannot be written.
    """
    legs = leg_texts(corpus)
    with Kept.open(index, encoder.fingerprint) as kept:
        vectors = LegVectors(CachedEncoder(encoder, kept), legs, no_progress)
        found = {
            key_of_text(leg, text): vector
            for leg in legs
            for text, vector in zip(legs[leg].texts, vectors[leg], strict=True)
        }
    try:
        ShippedVectors.of([*found], np.array([*found.values()])).write(path)
    except OSError as error:
        said = not_written(error, "QA_CORPUS")
        raise SnapshotError(f"cannot write the vectors to {path}: {said}") from error


def keep_shipped(
    path: Path | None, legs: Mapping[str, LegTexts], encoder: Encoder, kept: Kept
) -> None:
    """Put into `kept` the vectors at `path`, unless it has some already or they are of another
    encoder.
    """
    if path is None or not path.is_file():
        return
    texts = {
        key_of_text(leg, text): (leg, text) for leg, found in legs.items() for text in found.texts
    }
    try:
        shipped = ShippedVectors.read(path)
        rows = shipped.rows()
        keys = [key for key in texts if key in rows]
        tried = keys[:: max(1, len(keys) // _TRIED)]
        if not keys or kept.has(tried):
            return
        vectors = dict(zip(keys, shipped.vectors([rows[key] for key in keys]), strict=True))
        if not _are_of(encoder, {texts[key]: vectors[key] for key in tried}):
            logger.warning("shipped vectors are of another model", extra={"path": str(path)})
            return
    except _UNREADABLE as error:
        said = {"path": str(path), "cause": str(error)}
        logger.warning("shipped vectors cannot be read", extra=said)
        return
    for key, vector in vectors.items():
        kept.add(key, vector.tobytes())


def _are_of(encoder: Encoder, vectors: Mapping[tuple[str, str], Vectors]) -> bool:
    """Whether the encoder gives these vectors to texts; the key is leg and text."""
    cosines = []
    for (leg, text), vector in vectors.items():
        encode = encoder.encode_passages if leg == PASSAGES else encoder.encode_queries
        if len(vector) != encoder.dimension:
            return False
        cosines.append(float(encode([text])[0] @ vector))
    return float(np.mean(cosines)) >= _ALIKE
