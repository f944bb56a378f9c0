"""What comes with a corpus, so that a first build encodes only what is new and need not fit:
vectors (`shipped_vectors.py`), and a classifier, which is taken where vectors were and where it was
fitted on the very questions of the corpus. docs/decisions/046.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Self

import numpy as np

from qa_service.documents import Corpus, ShippedFiles
from qa_service.encoders import Encoder
from qa_service.errors import SnapshotError
from qa_service.files import not_written
from qa_service.indexing.kept import Kept
from qa_service.indexing.parts import digest
from qa_service.indexing.shipped_vectors import UNREADABLE, write_vectors
from qa_service.indexing.snapshot import CLASSIFIER_FILE
from qa_service.indexing.texts import LegTexts, leg_texts
from qa_service.indexing.vectors import CachedEncoder, LegVectors, key_of_text
from qa_service.indexing.versions import current_folder
from qa_service.ranking.classifier import Classifier
from qa_service.retrieval import OFF_TOPIC, QUESTIONS, VAGUE
from qa_service.types import no_progress

logger = logging.getLogger(__name__)

_MADE_OF = "made_of"


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
        except UNREADABLE as error:
            said = {"path": str(path), "cause": str(error)}
            logger.warning("shipped classifier cannot be read", extra=said)
            return None

    def write(self, path: Path) -> None:
        """Raises OSError."""
        staged = path.with_suffix(".partial.npz")
        self.classifier.save(staged, **{_MADE_OF: np.array(self.made_of)})
        staged.replace(path)


def ship(
    corpus: Corpus, encoder: Encoder, index: Path, files: ShippedFiles, anew: bool = False
) -> None:
    """Write the vectors of the corpus' texts that no shipped file holds, as they are kept in
    `index`, and the classifier of its current version, which must be of this corpus and encoder;
    none where that has none. anew: write all vectors, into one file.

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
        write_vectors(files.vectors, found, anew)
        if fitted.is_file():
            classifier = ShippedClassifier(fitted_on(corpus, legs), Classifier.load(fitted))
            classifier.write(files.classifier)
    except OSError as error:
        folder, said = files.vectors.parent, not_written(error, "QA_CORPUS")
        raise SnapshotError(f"cannot write vectors and classifier to {folder}: {said}") from error
