"""Vectors that come with a corpus, in a folder of numbered files.

Eight bits a number, a scale a vector, around the common mean of their file: a cosine of 0.99999 to
what was encoded. Files are only added while the model stays, so that new texts change none of
before. Whether a file's vectors are those of the encoder at hand is tried on some of its texts;
where they are not, or where it cannot be read, its texts are encoded. docs/decisions/046.
"""

import logging
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from qa_service.encoders import Encoder
from qa_service.indexing.kept import Kept
from qa_service.indexing.texts import LegTexts
from qa_service.indexing.vectors import key_of_text
from qa_service.retrieval import PASSAGES
from qa_service.types import Vectors

logger = logging.getLogger(__name__)

_TRIED = 32
_ALIKE = 0.999
"""The mean cosine of texts encoded on two kinds of processors is 0.9997; one of a model trained
anew is far below.
"""
UNREADABLE = (
    OSError, ValueError, KeyError, IndexError, EOFError, BadZipFile, zlib.error,
    NotImplementedError,
)  # fmt: skip
"""What NumPy raises for a damaged file, whichever byte is another."""


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

    @classmethod
    def read_all(cls, folder: Path) -> dict[Path, Self]:
        """Those that can be read, a line in the log for each other; empty without a folder."""
        found = {}
        for path in sorted(folder.glob("*.npz")):
            try:
                found[path] = cls.read(path)
            except UNREADABLE as error:
                said = {"path": str(path), "cause": str(error)}
                logger.warning("shipped vectors cannot be read", extra=said)
        return found

    def write(self, path: Path) -> None:
        """Raises OSError."""
        staged = path.with_suffix(".partial")
        arrays: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        with staged.open("wb") as file:
            np.savez_compressed(file, **arrays)
        staged.replace(path)

    def rows(self) -> dict[bytes, int]:
        return {key.tobytes(): row for row, key in enumerate(self.keys)}

    def vectors(self, rows: Sequence[int]) -> Vectors:
        """Unit vectors, shape (rows, dimension)."""
        found = self.steps[rows] * self.scales[rows][:, None] + self.mean
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found.astype(np.float32)


def write_vectors(folder: Path, vectors: Mapping[bytes, Vectors], anew: bool) -> None:
    """Add a file of those that no other holds, then remove what holds few of them, or others.

    Raises OSError.
    """
    folder.mkdir(exist_ok=True)
    shipped = {} if anew else ShippedVectors.read_all(folder)
    staying = {path: file for path, file in shipped.items() if _still_needed(file, vectors)}
    held = {key for file in staying.values() for key in file.rows()}
    missing = [key for key in vectors if key not in held]
    before = sorted(folder.glob("*.npz"))
    if missing:
        number = 1 + max((int(path.stem) for path in before if path.stem.isdigit()), default=0)
        file = ShippedVectors.of(missing, np.array([vectors[key] for key in missing]))
        file.write(folder / f"{number:03}.npz")
    for path in before:
        if path not in staying:
            path.unlink()


def _still_needed(file: ShippedVectors, vectors: Mapping[bytes, Vectors]) -> bool:
    """Whether at least half of a file's texts are still in the corpus, with these vectors."""
    rows = {key: row for key, row in file.rows().items() if key in vectors}
    if 2 * len(rows) < len(file.keys) or not rows:
        return False
    now = np.array([vectors[key] for key in rows])
    if now.shape[1] != len(file.mean):
        return False
    cosines = (file.vectors([*rows.values()]) * now).sum(axis=1)
    return float(cosines.mean()) >= _ALIKE


def keep_shipped(folder: Path, legs: Mapping[str, LegTexts], encoder: Encoder, kept: Kept) -> bool:
    """Put into `kept` those vectors in `folder` that it lacks, but for files of another encoder;
    whether there were any.
    """
    texts = {
        key_of_text(leg, text): (leg, text) for leg, found in legs.items() for text in found.texts
    }
    taken = False
    for path in sorted(folder.glob("*.npz")):
        try:
            taken |= _keep_file(path, texts, encoder, kept)
        except UNREADABLE as error:
            said = {"path": str(path), "cause": str(error)}
            logger.warning("shipped vectors cannot be read", extra=said)
    return taken


def _keep_file(
    path: Path, texts: Mapping[bytes, tuple[str, str]], encoder: Encoder, kept: Kept
) -> bool:
    """Raises one of UNREADABLE."""
    shipped = ShippedVectors.read(path)
    rows = shipped.rows()
    keys = kept.unknown([key for key in texts if key in rows])
    if not keys:
        return False
    vectors = dict(zip(keys, shipped.vectors([rows[key] for key in keys]), strict=True))
    tried = keys[:: max(1, len(keys) // _TRIED)]
    if not _are_of(encoder, {texts[key]: vectors[key] for key in tried}):
        logger.warning("shipped vectors are of another model", extra={"path": str(path)})
        return False
    for key, vector in vectors.items():
        kept.add(key, vector.tobytes())
    return True


def _are_of(encoder: Encoder, vectors: Mapping[tuple[str, str], Vectors]) -> bool:
    """Whether the encoder gives these vectors to texts; the key is leg and text."""
    cosines = []
    for (leg, text), vector in vectors.items():
        encode = encoder.encode_passages if leg == PASSAGES else encoder.encode_queries
        if len(vector) != encoder.dimension:
            return False
        cosines.append(float(encode([text])[0] @ vector))
    return float(np.mean(cosines)) >= _ALIKE
