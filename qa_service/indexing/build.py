"""Corpus + encoder -> a published version of the index.

Built aside and published last; a build that fails or is killed leaves the served version as it was.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

import numpy as np

from qa_service.encoders import Encoder
from qa_service.errors import SnapshotError
from qa_service.indexing.legs import LEXICAL, PASSAGES, QUESTIONS, TOKENS, VectorLeg
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
from qa_service.indexing.texts import Texts, lexical_text, off_topic_texts, passage_texts, question_texts, service_texts
from qa_service.indexing.versions import current_folder, publish, staging
from qa_service.ranking.fuse import Background
from qa_service.stores import TermIndex, VectorStore
from qa_service.stores.tokens import TokenStore, quantise
from qa_service.text.normalise import NORMALISER_VERSION
from qa_service.text.tokens import grams
from qa_service.text.vocabulary import Vocabulary
from qa_service.types import Corpus, Rows, Vectors

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""

_BATCH = 16
_BACKGROUND_SAMPLE, _TOKENS_SAMPLE = 256, 64

LATE_INTERACTION_UP_TO = 20_000
"""Passages. Their tokens' vectors take some 40 kB each, so a larger index goes without."""


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
        passages, questions = passage_texts(corpus), question_texts(corpus)
        others = [texts for texts in (questions, service_texts(corpus), off_topic_texts(corpus)) if texts.texts]
        passage_vectors, tokens = _encode_passages(encoder, passages, progress)
        vectors = {PASSAGES: passage_vectors} | {texts.leg: _encode(encoder, texts, progress) for texts in others}
        for texts in (passages, *others):
            save_vector_leg(_vector_leg(vector_store, texts, vectors[texts.leg]), folder / texts.leg)
        words = [lexical_text(corpus, passage) for passage in corpus.passages]
        (folder / LEXICAL).mkdir()
        term_index.build([grams(text) for text in words]).save(folder / LEXICAL)
        (folder / VOCABULARY_FILE).write_text(json.dumps(Vocabulary.of(words).counts, ensure_ascii=False), "utf-8")
        write_records(folder, corpus.passages, corpus.services)
        probes = vectors.get(QUESTIONS, vectors[PASSAGES])
        background = {leg: _background(_sample(probes) @ _sample(matrix).T) for leg, matrix in vectors.items()}
        if tokens:
            (folder / TOKENS).mkdir()
            tokens.save(folder / TOKENS)
            background[TOKENS] = _tokens_background(encoder, questions.texts or passages.texts, tokens)
        manifest = _manifest(corpus, encoder, vector_store, len(questions.texts), background, folder)
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


def _encode(encoder: Encoder, texts: Texts, progress: Progress) -> Vectors:
    batches = []
    for start in range(0, len(texts.texts), _BATCH):
        progress(texts.leg, start, len(texts.texts))
        batches.append(encoder.encode_queries(texts.texts[start : start + _BATCH]))
    progress(texts.leg, len(texts.texts), len(texts.texts))
    return np.concatenate(batches)


def _encode_passages(encoder: Encoder, texts: Texts, progress: Progress) -> tuple[Vectors, TokenStore | None]:
    """The passages' vectors and, of a corpus that is not too large, those of their tokens."""
    vectors, tokens = [], []
    for number, text in enumerate(texts.texts):
        if number % _BATCH == 0:
            progress(texts.leg, number, len(texts.texts))
        embedding = encoder.embed_passage(text)
        vectors.append(embedding.vector)
        if len(texts.texts) <= LATE_INTERACTION_UP_TO:
            tokens.append(quantise(embedding.tokens))
    progress(texts.leg, len(texts.texts), len(texts.texts))
    return np.stack(vectors), TokenStore.build(tokens) if tokens else None


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


def _tokens_background(encoder: Encoder, questions: list[str], tokens: TokenStore) -> Background:
    rows = _evenly(len(tokens), _TOKENS_SAMPLE)
    asked = [encoder.embed_query(questions[number]).tokens for number in _evenly(len(questions), _TOKENS_SAMPLE)]
    return _background(np.stack([tokens.scores(question, rows) for question in asked]))


def _sample(vectors: Vectors) -> Vectors:
    return vectors[_evenly(len(vectors), _BACKGROUND_SAMPLE)]


def _evenly(count: int, most: int) -> Rows:
    """At most `most` of the numbers below `count`, evenly spread."""
    return np.linspace(0, count - 1, min(count, most), dtype=np.int64)


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
