"""A snapshot in memory: the passages, the services and the legs that search them. Immutable."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qa_service.arrays import Hits, Vectors
from qa_service.errors import SnapshotError
from qa_service.indexing.manifest import REBUILD, Manifest, read_manifest, verify_files
from qa_service.indexing.records import read_records
from qa_service.retrieval.legs import (
    KNOWN,
    LEXICAL,
    LEXICAL_EN,
    NEIGHBOURS,
    OFF_TOPIC,
    QUESTIONS,
    VECTOR_LEGS,
    TermLeg,
    VectorLeg,
    nearest,
)
from qa_service.retrieval.lexical_scope import Wording
from qa_service.stores import TermIndex, VectorStore
from qa_service.text.synonyms import Synonyms
from qa_service.text.tokens import grams
from qa_service.text.understand import is_latin, understand
from qa_service.text.vocabulary import Vocabulary
from qa_service.types import Passage, Service, Understood

OWNERS_FILE = "owners.npz"
WORDING = "wording"
VOCABULARY_FILE, SYNONYMS_FILE, SUGGESTIONS_FILE = (
    "vocabulary.json",
    "synonyms.json",
    "suggestions.json",
)


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """Row `i` of every leg is `passages[i]`. A leg without vectors is absent from `vector_legs`."""

    manifest: Manifest
    passages: tuple[Passage, ...]
    services: tuple[Service, ...]
    vector_legs: dict[str, VectorLeg]
    term_leg: TermLeg
    vocabulary: Vocabulary
    synonyms: Synonyms
    off_topic: VectorStore | None = None
    wording: Wording | None = None
    popular: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()

    def understand(self, question: str) -> Understood:
        """A question as this corpus' words let it be read."""
        return understand(question, self.vocabulary, self.synonyms)

    def search(self, question: Vectors, reading: str, depth: int) -> dict[str, Hits]:
        """What each leg finds for a question's vector, shape (dimension,), and its words, and the
        nearest known questions.
        """
        query = question[None]
        found = {
            name: nearest(leg.store, query, depth * leg.neighbours)
            for name, leg in self.vector_legs.items()
        }
        hits = {name: self.vector_legs[name].owned(vectors) for name, vectors in found.items()}
        hits[LEXICAL_EN if is_latin(reading) else LEXICAL] = self.term_leg.search(
            grams(reading), depth
        )
        if QUESTIONS in found and self.off_topic is not None:
            hits |= {
                KNOWN: found[QUESTIONS],
                OFF_TOPIC: nearest(self.off_topic, query, NEIGHBOURS[QUESTIONS]),
            }
        return hits


def load_index(
    folder: Path, vector_store: type[VectorStore], term_index: type[TermIndex]
) -> SearchIndex:
    """Verify a snapshot's checksums, then load it. Raises SnapshotError where anything is missing,
    damaged or inconsistent.
    """
    manifest = read_manifest(folder)
    if manifest.store != vector_store.__name__:
        raise SnapshotError(
            f"the index was built for {manifest.store}, QA_STORE asks for {vector_store.__name__}: "
            f"{REBUILD}"
        )
    verify_files(folder, manifest)
    try:
        passages, services = read_records(folder)
        legs = {
            leg: _load_vector_leg(folder / leg, vector_store)
            for leg in VECTOR_LEGS
            if (folder / leg).is_dir()
        }
        off_topic = (
            _load_vector_leg(folder / OFF_TOPIC, vector_store).store
            if (folder / OFF_TOPIC).is_dir()
            else None
        )
        wording = (
            Wording(term_index.load(folder / WORDING), manifest.questions)
            if (folder / WORDING).is_dir()
            else None
        )
        vocabulary = Vocabulary(_read_json(folder / VOCABULARY_FILE))
        synonyms = Synonyms(_read_json(folder / SYNONYMS_FILE))
        suggestions = _read_json(folder / SUGGESTIONS_FILE)
        popular, denied = tuple(suggestions["popular"]), tuple(suggestions["denied"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SnapshotError(f"cannot read the index in {folder}: {REBUILD}") from error
    terms = term_index.load(folder / LEXICAL)
    if not len(passages) == manifest.passages == len(terms):
        raise SnapshotError(
            f"the parts of the index in {folder} hold different numbers of passages: {REBUILD}"
        )
    term_leg = TermLeg(terms)
    return SearchIndex(
        manifest,
        passages,
        services,
        legs,
        term_leg,
        vocabulary,
        synonyms,
        off_topic,
        wording,
        popular,
        denied,
    )


def save_vector_leg(leg: VectorLeg, folder: Path) -> None:
    folder.mkdir()
    leg.store.save(folder)
    np.savez(folder / OWNERS_FILE, starts=leg.starts, owners=leg.owners)


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _load_vector_leg(folder: Path, vector_store: type[VectorStore]) -> VectorLeg:
    with np.load(folder / OWNERS_FILE, allow_pickle=False) as owners:
        return VectorLeg(
            vector_store.load(folder),
            owners["starts"],
            owners["owners"],
            NEIGHBOURS.get(folder.name, 1),
        )
