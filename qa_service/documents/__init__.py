"""Documents: a folder of services or one JSONL file -> Corpus of passages."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from qa_service.types import NO_DIRECTORY, Centres, Passage, Reason, Service

if TYPE_CHECKING:
    from qa_service.documents.questions import Read


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything that an index is built from. `services` is empty for a corpus that is not ours.

    expansions: more questions by passage id, never shown. off_topic: questions out of scope.
    synonyms: official term by saying. popular: questions to suggest for an empty text. denied:
    words that no suggestion may hold. centres: the directory of service centres. wrappers: courtesy
    around a question, `{q}`, to train with. kinds: why an off-topic question is not answered, where
    that is known. vague: messages that leave open which procedure is meant.
    """

    passages: tuple[Passage, ...]
    services: tuple[Service, ...]
    fingerprint: str
    expansions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    off_topic: tuple[str, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)
    popular: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    centres: Centres = NO_DIRECTORY
    wrappers: tuple[str, ...] = ()
    kinds: Mapping[str, Reason] = field(default_factory=dict)
    vague: tuple[str, ...] = ()

    @property
    def reasons(self) -> list[Reason | None]:
        """Why each off-topic question is not answered, where that is known."""
        return [self.kinds.get(question) for question in self.off_topic]


def weights_file(path: Path) -> Path:
    """Where the ranking weights of the corpus at `path` stand, if it has its own."""
    return path.with_suffix(".weights.json") if path.suffix == ".jsonl" else path / "weights.json"


@dataclass(frozen=True, slots=True)
class ShippedFiles:
    """What may come with a corpus, so that a first build need not make it: a folder of vectors and
    a classifier, see `indexing/shipped.py`.
    """

    vectors: Path
    classifier: Path


def shipped_files(path: Path) -> ShippedFiles:
    """Where they stand for the corpus at `path`, if it has them."""
    if path.suffix == ".jsonl":
        return ShippedFiles(path.with_suffix(".vectors"), path.with_suffix(".classifier.npz"))
    return ShippedFiles(path / "vectors", path / "classifier.npz")


def load_corpus(path: Path, read: "Read | None" = None) -> Corpus:
    """Read a folder with `services/*.md` or a `.jsonl` file. Raises CorpusError.

    read: what reads misspelt questions, where not `questions.as_read`.
    """
    if path.suffix == ".jsonl":
        from qa_service.documents.jsonl import load_jsonl

        return load_jsonl(path)
    from qa_service.documents.questions import as_read
    from qa_service.documents.services import load_services

    with _collecting_later():
        return load_services(path, read or as_read)


@contextmanager
def _collecting_later() -> Iterator[None]:
    """No collector of cycles walks over what is read again and again while it grows."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
