"""Vectors and a classifier that come with a corpus, so that a first build encodes only what they
lack and need not fit.

Vectors have eight bits a number, a scale a vector, around their common mean: a cosine of 0.99999 to
what was encoded. Whether they are those of the encoder at hand is tried on some of their texts;
where they are not, or where the file cannot be read, everything is encoded. The classifier is taken
where the vectors were and where it was fitted on the very questions of the corpus.
docs/decisions/046.
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

from qa_service.documents import Corpus, ShippedFiles
from qa_service.encoders import Encoder
from qa_service.errors import SnapshotError
from qa_service.files import not_written
from qa_service.indexing.kept import Kept
from qa_service.indexing.parts import digest
from qa_service.indexing.snapshot import CLASSIFIER_FILE
from qa_service.indexing.texts import LegTexts, leg_texts
from qa_service.indexing.vectors import CachedEncoder, LegVectors, key_of_text
from qa_service.indexing.versions import current_folder
from qa_service.ranking.classifier import Classifier
from qa_service.retrieval import OFF_TOPIC, PASSAGES, QUESTIONS, VAGUE
from qa_service.types import Vectors, no_progress

logger = logging.getLogger(__name__)

_MADE_OF = "made_of"
_TRIED = 32
_ALIKE = 0.999
"""The mean cosine of texts encoded on two kinds of processors is 0.9997; one of a model trained
anew is far below.
"""
_UNREADABLE = (
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


def fitted_on(corpus: Corpus, legs: Mapping[str, LegTexts]) -> str:
    """A digest of the questions that the classifier of a corpus is fitted on, and of their classes.

    legs: its texts, known questions among them.
    """
    known = legs[QUESTIONS]
    outside, vague = (legs[leg].texts if leg in legs else [] for leg in (OFF_TOPIC, VAGUE))
    return digest(known.texts, known.owners, outside, corpus.reasons, len(corpus.passages), vague)


@dataclass(frozen=True, slots=True)
class ShippedClassifier:
    """made_of: see `fitted_on`."""

    made_of: str
    classifier: Classifier

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """None where there is none, with a line in the log where it cannot be read."""
        if not path.is_file():
            return None
        try:
            with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
                made_of = str(arrays[_MADE_OF])
            return cls(made_of, Classifier.load(path))
        except _UNREADABLE as error:
            said = {"path": str(path), "cause": str(error)}
            logger.warning("shipped classifier cannot be read", extra=said)
            return None

    def write(self, path: Path) -> None:
        """Raises OSError."""
        staged = path.with_suffix(".partial.npz")
        self.classifier.save(staged, **{_MADE_OF: np.array(self.made_of)})
        staged.replace(path)


def ship(corpus: Corpus, encoder: Encoder, index: Path, files: ShippedFiles) -> None:
    """Write the vectors of the corpus' texts, as they are kept in `index`, and the classifier of
    its current version, which must be of this corpus and encoder; none where that has none.

    Raises SnapshotError if they cannot be written.
    """
    legs = leg_texts(corpus)
    with Kept.open(index, encoder.fingerprint) as kept:
        vectors = LegVectors(CachedEncoder(encoder, kept), legs, no_progress)
        found = {
            key_of_text(leg, text): vector
            for leg in legs
            for text, vector in zip(legs[leg].texts, vectors[leg], strict=True)
        }
    fitted = current_folder(index) / CLASSIFIER_FILE
    try:
        ShippedVectors.of([*found], np.array([*found.values()])).write(files.vectors)
        if fitted.is_file():
            classifier = ShippedClassifier(fitted_on(corpus, legs), Classifier.load(fitted))
            classifier.write(files.classifier)
    except OSError as error:
        folder, said = files.vectors.parent, not_written(error, "QA_CORPUS")
        raise SnapshotError(f"cannot write vectors and classifier to {folder}: {said}") from error


def keep_shipped(path: Path, legs: Mapping[str, LegTexts], encoder: Encoder, kept: Kept) -> bool:
    """Put into `kept` those vectors at `path` that it lacks, unless they are of another encoder;
    whether it did.
    """
    if not path.is_file():
        return False
    texts = {
        key_of_text(leg, text): (leg, text) for leg, found in legs.items() for text in found.texts
    }
    try:
        shipped = ShippedVectors.read(path)
        rows = shipped.rows()
        keys = kept.unknown([key for key in texts if key in rows])
        if not keys:
            return False
        tried = keys[:: max(1, len(keys) // _TRIED)]
        vectors = dict(zip(keys, shipped.vectors([rows[key] for key in keys]), strict=True))
        if not _are_of(encoder, {texts[key]: vectors[key] for key in tried}):
            logger.warning("shipped vectors are of another model", extra={"path": str(path)})
            return False
    except _UNREADABLE as error:
        said = {"path": str(path), "cause": str(error)}
        logger.warning("shipped vectors cannot be read", extra=said)
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
