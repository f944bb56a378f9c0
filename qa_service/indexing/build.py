"""Corpus + encoder -> a published version of the index.

Built aside and published last; a build that fails or is killed leaves the served version as it was.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

import numpy as np

from qa_service.arrays import Rows, Vectors
from qa_service.encoders import Encoder
from qa_service.errors import SnapshotError
from qa_service.files import checksum, usable_cores
from qa_service.indexing.manifest import (
    FORMAT,
    Manifest,
    read_manifest,
    verify_files,
    with_version,
    write_manifest,
)
from qa_service.indexing.records import write_records
from qa_service.indexing.search_index import (
    SUGGESTIONS_FILE,
    SYNONYMS_FILE,
    VOCABULARY_FILE,
    WORDING,
    save_vector_leg,
)
from qa_service.indexing.texts import (
    Texts,
    lexical_text,
    off_topic_texts,
    passage_texts,
    question_texts,
    service_texts,
)
from qa_service.indexing.versions import current_folder, publish, staging
from qa_service.retrieval.fusion import Background
from qa_service.retrieval.legs import LEXICAL, OFF_TOPIC, PASSAGES, QUESTIONS, VectorLeg
from qa_service.retrieval.lexical_scope import Wording
from qa_service.stores import TermIndex, VectorStore
from qa_service.text.normalise import NORMALISER_VERSION
from qa_service.text.tokens import grams
from qa_service.text.vocabulary import Vocabulary
from qa_service.types import Corpus

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""

_BATCH = 16
_BACKGROUND_SAMPLE = 256


def build_index(
    corpus: Corpus,
    encoder: Encoder,
    index: Path,
    vector_store: type[VectorStore],
    term_index: type[TermIndex],
    progress: Progress = lambda stage, done, total: None,
) -> Manifest:
    """Build and publish a version under `index`. Raises SnapshotError where the folder cannot be
    written.
    """
    with staging(index) as folder:
        every = (
            passage_texts(corpus),
            question_texts(corpus),
            service_texts(corpus),
            off_topic_texts(corpus),
        )
        legs = [texts for texts in every if texts.texts]
        vectors = {texts.leg: _encode(encoder, texts, progress) for texts in legs}
        for texts in legs:
            save_vector_leg(
                _vector_leg(vector_store, texts, vectors[texts.leg]), folder / texts.leg
            )
        words = [lexical_text(corpus, passage) for passage in corpus.passages]
        _save_terms(term_index.build([grams(text) for text in words]), folder / LEXICAL)
        texts_of = {texts.leg: texts.texts for texts in legs}
        if QUESTIONS in texts_of and OFF_TOPIC in texts_of:
            _save_terms(
                Wording.of(texts_of[QUESTIONS], texts_of[OFF_TOPIC], term_index).index,
                folder / WORDING,
            )
        _write_json(folder / VOCABULARY_FILE, Vocabulary.of(words).counts)
        _write_json(folder / SYNONYMS_FILE, corpus.synonyms)
        _write_json(folder / SUGGESTIONS_FILE, {"popular": corpus.popular, "denied": corpus.denied})
        write_records(folder, corpus.passages, corpus.services)
        probes = vectors.get(QUESTIONS, vectors[PASSAGES])
        background = {
            leg: _background(_sample(probes) @ _sample(matrix).T) for leg, matrix in vectors.items()
        }
        manifest = _manifest(
            corpus, encoder, vector_store, len(vectors.get(QUESTIONS, ())), background, folder
        )
        write_manifest(folder, manifest)
        publish(index, folder, manifest.version)
    return manifest


def is_current(
    index: Path, corpus: Corpus, encoder: Encoder, vector_store: type[VectorStore]
) -> bool:
    """Whether the published version is whole and made of this very corpus by this very encoder, for
    this kind of store.
    """
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


def _save_terms(index: TermIndex, folder: Path) -> None:
    folder.mkdir()
    index.save(folder)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")


def _encode(encoder: Encoder, texts: Texts, progress: Progress) -> Vectors:
    """Vectors of the texts, a batch on each core at a time."""
    encode = encoder.encode_passages if texts.leg == PASSAGES else encoder.encode_queries
    every = texts.texts
    vectors = np.empty((len(every), encoder.dimension), np.float32)
    starts = range(0, len(every), _BATCH)
    progress(texts.leg, 0, len(every))
    with ThreadPoolExecutor(usable_cores()) as pool:
        batches = pool.map(encode, (every[start : start + _BATCH] for start in starts))
        for start, batch in zip(starts, batches, strict=True):
            vectors[start : start + _BATCH] = batch
            progress(texts.leg, start + len(batch), len(every))
    return vectors


def _vector_leg(vector_store: type[VectorStore], texts: Texts, vectors: Vectors) -> VectorLeg:
    starts = np.fromiter(accumulate((len(rows) for rows in texts.owners), initial=0), np.int64)
    owners = np.fromiter((row for rows in texts.owners for row in rows), np.int64)
    return VectorLeg(vector_store.build(vectors), starts, owners)


def _background(products: Vectors) -> Background:
    """Scores of pairs drawn from all over the corpus: nearly all of them are unrelated."""
    unequal = products[products < 1 - 1e-4]  # a text with itself says nothing
    if not len(unequal):
        return Background(0.0, 1.0)
    return Background(round(float(unequal.mean()), 6), round(float(max(unequal.std(), 1e-3)), 6))


def _sample(vectors: Vectors) -> Vectors:
    return vectors[_evenly(len(vectors), _BACKGROUND_SAMPLE)]


def _evenly(count: int, most: int) -> Rows:
    """At most `most` of the numbers below `count`, evenly spread."""
    return np.linspace(0, count - 1, min(count, most), dtype=np.int64)


def _inputs(
    corpus: Corpus, encoder: Encoder, vector_store: type[VectorStore]
) -> tuple[str, str, int, str]:
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
    checksums = {path.relative_to(folder).as_posix(): checksum(path) for path in files}
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
