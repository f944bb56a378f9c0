"""Corpus + encoder -> a published version of the index.

Built aside and published last; a build that fails or is killed leaves the served version as it was.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

import numpy as np

from qa_service.encoders import Encoder
from qa_service.errors import SnapshotError
from qa_service.indexing.legs import LEXICAL, OFF_TOPIC, PASSAGES, QUESTIONS, SERVICES, VectorLeg
from qa_service.indexing.manifest import (
    FORMAT,
    Manifest,
    file_checksum,
    read_manifest,
    verify_files,
    with_version,
    write_manifest,
)
from qa_service.indexing.records import write_records
from qa_service.indexing.search_index import VOCABULARY_FILE, save_vector_leg
from qa_service.indexing.versions import current_folder, publish, staging
from qa_service.ranking.fuse import Background
from qa_service.stores import TermIndex, VectorStore
from qa_service.text.normalise import NORMALISER_VERSION, normalise
from qa_service.text.tokens import terms
from qa_service.text.vocabulary import Vocabulary
from qa_service.types import Corpus, Passage, Vectors

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""

_BATCH = 16
_BACKGROUND_SAMPLE = 256


@dataclass(frozen=True, slots=True)
class Texts:
    """What one vector leg encodes: `owners[i]` are the rows of the passages that text `i` stands for."""

    leg: str
    texts: list[str]
    owners: list[list[int]]


def build_index(
    corpus: Corpus,
    encoder: Encoder,
    index: Path,
    vector_store: type[VectorStore],
    term_index: type[TermIndex],
    progress: Progress = lambda stage, done, total: None,
) -> Manifest:
    """Build and publish a version under `index`. Raises SnapshotError where the folder cannot be written."""
    with staging(index) as folder:
        every = (passage_texts(corpus), question_texts(corpus), service_texts(corpus), off_topic_texts(corpus))
        legs = [texts for texts in every if texts.texts]
        vectors = {texts.leg: _encode(encoder, texts, progress) for texts in legs}
        for texts in legs:
            save_vector_leg(_vector_leg(vector_store, texts, vectors[texts.leg]), folder / texts.leg)
        words = [lexical_text(corpus, passage) for passage in corpus.passages]
        (folder / LEXICAL).mkdir()
        term_index.build([terms(text) for text in words]).save(folder / LEXICAL)
        (folder / VOCABULARY_FILE).write_text(json.dumps(Vocabulary.of(words).counts, ensure_ascii=False), "utf-8")
        write_records(folder, corpus.passages, corpus.services)
        probes = vectors.get(QUESTIONS, vectors[PASSAGES])
        background = {leg: _background(probes, matrix) for leg, matrix in vectors.items()}
        questions = len(vectors.get(QUESTIONS, ()))
        manifest = _manifest(corpus, encoder, vector_store, questions, background, folder)
        write_manifest(folder, manifest)
        publish(index, folder, manifest.version)
    return manifest


def is_current(index: Path, corpus: Corpus, encoder: Encoder, vector_store: type[VectorStore]) -> bool:
    """Whether the published version is whole and made of this very corpus by this very encoder, for this kind of store."""
    try:
        folder = current_folder(index)
        manifest = read_manifest(folder)
        verify_files(folder, manifest)
    except SnapshotError:
        return False
    return _inputs(corpus, encoder, vector_store) == (
        manifest.corpus_fingerprint,
        manifest.encoder_fingerprint,
        manifest.normaliser_version,
        manifest.store,
    )


def passage_texts(corpus: Corpus) -> Texts:
    """Title and text of each passage, in their own case: E5 ranks a little better so."""
    texts = [f"{passage.title}. {passage.text}" if passage.title else passage.text for passage in corpus.passages]
    return Texts(PASSAGES, texts, [[row] for row in range(len(texts))])


def question_texts(corpus: Corpus) -> Texts:
    """Everything known to be asked about each passage: its heading, its sample questions, its expansions."""
    texts: dict[str, list[int]] = {}
    for row, passage in enumerate(corpus.passages):
        for question in known_questions(corpus, passage):
            if question:
                texts.setdefault(normalise(question), []).append(row)
    return Texts(QUESTIONS, list(texts), list(texts.values()))


def service_texts(corpus: Corpus) -> Texts:
    """The names of each service; a name stands for all passages of its service."""
    rows: dict[str, list[int]] = {}
    for row, passage in enumerate(corpus.passages):
        rows.setdefault(passage.service, []).append(row)
    names = [
        (normalise(name), rows[service.slug])
        for service in corpus.services
        for name in (service.title, *service.aliases)
        if service.slug in rows
    ]
    return Texts(SERVICES, [name for name, _ in names], [owners for _, owners in names])


def off_topic_texts(corpus: Corpus) -> Texts:
    """What nothing here answers; owned by no passage."""
    return Texts(OFF_TOPIC, [normalise(question) for question in corpus.off_topic], [[] for _ in corpus.off_topic])


def lexical_text(corpus: Corpus, passage: Passage) -> str:
    """What BM25 sees of a passage: its words and those of its questions."""
    title, *questions = known_questions(corpus, passage)
    return " ".join((title, passage.text, *questions))


def known_questions(corpus: Corpus, passage: Passage) -> tuple[str, ...]:
    """The heading, the sample questions, the expansions; the heading may be empty."""
    return (passage.title, *passage.questions, *corpus.expansions.get(passage.id, ()))


def _encode(encoder: Encoder, texts: Texts, progress: Progress) -> Vectors:
    encode = encoder.encode_passages if texts.leg == PASSAGES else encoder.encode_queries
    batches = []
    for start in range(0, len(texts.texts), _BATCH):
        progress(texts.leg, start, len(texts.texts))
        batches.append(encode(texts.texts[start : start + _BATCH]))
    progress(texts.leg, len(texts.texts), len(texts.texts))
    return np.concatenate(batches)


def _vector_leg(vector_store: type[VectorStore], texts: Texts, vectors: Vectors) -> VectorLeg:
    starts = np.fromiter(accumulate((len(rows) for rows in texts.owners), initial=0), np.int64)
    owners = np.fromiter((row for rows in texts.owners for row in rows), np.int64)
    return VectorLeg(vector_store.build(vectors), starts, owners)


def _background(probes: Vectors, vectors: Vectors) -> Background:
    """Scores of pairs drawn from all over the corpus: nearly all of them are unrelated."""
    products = _sample(probes) @ _sample(vectors).T
    unequal = products[products < 1 - 1e-4]  # a text with itself says nothing
    if not len(unequal):
        return Background(0.0, 1.0)
    return Background(round(float(unequal.mean()), 6), round(float(max(unequal.std(), 1e-3)), 6))


def _sample(vectors: Vectors) -> Vectors:
    return vectors[np.linspace(0, len(vectors) - 1, min(len(vectors), _BACKGROUND_SAMPLE), dtype=np.int64)]


def _inputs(corpus: Corpus, encoder: Encoder, vector_store: type[VectorStore]) -> tuple[str, str, int, str]:
    return corpus.fingerprint, encoder.fingerprint, NORMALISER_VERSION, vector_store.__name__


def _manifest(
    corpus: Corpus,
    encoder: Encoder,
    vector_store: type[VectorStore],
    questions: int,
    background: dict[str, Background],
    folder: Path,
) -> Manifest:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    checksums = {path.relative_to(folder).as_posix(): file_checksum(path) for path in files}
    now = datetime.now(UTC)
    manifest = Manifest(
        version="",
        created=now.isoformat(timespec="seconds"),
        format=FORMAT,
        normaliser_version=NORMALISER_VERSION,
        encoder=encoder.name,
        encoder_fingerprint=encoder.fingerprint,
        dimension=encoder.dimension,
        corpus_fingerprint=corpus.fingerprint,
        store=vector_store.__name__,
        passages=len(corpus.passages),
        services=len(corpus.services),
        questions=questions,
        background=background,
        checksums=checksums,
    )
    return with_version(manifest, f"{now:%Y%m%dT%H%M%S%fZ}")
