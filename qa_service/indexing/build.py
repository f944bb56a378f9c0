"""Corpus + encoder + weights -> a published version of the index.

It is published last: a build that fails or is killed leaves the served version as it was.
"""

import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from qa_service.documents import Corpus
from qa_service.encoders import Encoder
from qa_service.errors import SnapshotError
from qa_service.files import checksum, usable_cores
from qa_service.indexing.classes import fit_classifier
from qa_service.indexing.manifest import (
    FORMAT,
    MANIFEST_FILE,
    Manifest,
    read_manifest,
    verify_files,
    with_version,
    write_manifest,
)
from qa_service.indexing.snapshot import weights_checksum, write_snapshot, write_weights
from qa_service.indexing.texts import LegTexts, leg_texts, lexical_text
from qa_service.indexing.versions import current_folder, publish, staging
from qa_service.ranking.classifier import Classifier
from qa_service.ranking.weights import WEIGHTS_FILE
from qa_service.retrieval import CLASSIFIER, OFF_TOPIC, PASSAGES, QUESTIONS, VECTOR_LEGS
from qa_service.retrieval.fusion import UNSCALED, Background
from qa_service.retrieval.legs import LexicalScope, VectorLeg
from qa_service.retrieval.local import LocalStores
from qa_service.stores import TermIndex, VectorStore
from qa_service.text.normalise import NORMALISER_VERSION
from qa_service.text.tokens import grams
from qa_service.types import Progress, Rows, Vectors, no_progress

_BATCH = 16
_BACKGROUND_SAMPLE = 256

Weights = Mapping[str, Any]
"""The content of `weights.json`: see `ranking.weights`."""


def build_index(
    corpus: Corpus,
    encoder: Encoder,
    index: Path,
    vector_store: type[VectorStore],
    term_index: type[TermIndex],
    weights: Weights,
    progress: Progress = no_progress,
) -> Manifest:
    """Build and publish a version under `index`. Raises SnapshotError if it cannot be written."""
    with staging(index) as folder:
        per_leg = leg_texts(corpus)
        vectors = {leg: _encode(encoder, texts, progress) for leg, texts in per_leg.items()}
        words = [lexical_text(corpus, passage) for passage in corpus.passages]
        stores = _stores(per_leg, vectors, words, vector_store, term_index)
        classifier = _classifier(corpus, per_leg, vectors)
        write_snapshot(folder, corpus, stores, words, weights, classifier)
        manifest = _manifest(corpus, encoder, vector_store, vectors, folder)
        write_manifest(folder, manifest)
        publish(index, folder, manifest.version)
    return manifest


def reweigh_index(index: Path, weights: Weights) -> Manifest:
    """Publish the current version once more, with other weights. Raises SnapshotError."""
    with staging(index) as folder:
        current = current_folder(index)  # asked here, since another build may have ended meanwhile
        shutil.copytree(current, folder, copy_function=_link_or_copy, dirs_exist_ok=True)
        for name in (WEIGHTS_FILE, MANIFEST_FILE):
            (folder / name).unlink()  # a linked file would change in both versions
        write_weights(folder, weights)
        manifest = _dated(read_manifest(current), folder)
        write_manifest(folder, manifest)
        publish(index, folder, manifest.version)
    return manifest


def is_current(
    index: Path, corpus: Corpus, encoder: Encoder, vector_store: type[VectorStore]
) -> bool:
    """Whether the published version is whole, of this corpus, encoder and store; weights may
    differ.
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


def has_weights(manifest: Manifest, weights: Weights) -> bool:
    """Whether a version carries these very weights."""
    return manifest.checksums.get(WEIGHTS_FILE) == weights_checksum(weights)


def _link_or_copy(source: str, target: str) -> None:
    """Not every file system has links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _encode(encoder: Encoder, texts: LegTexts, progress: Progress) -> Vectors:
    """Vectors of the texts, a batch on each core at a time."""
    encode = encoder.encode_passages if texts.leg == PASSAGES else encoder.encode_queries
    count = len(texts.texts)
    vectors = np.empty((count, encoder.dimension), np.float32)
    starts = range(0, count, _BATCH)
    progress(texts.leg, 0, count)
    with ThreadPoolExecutor(usable_cores()) as pool:
        batches = pool.map(encode, (texts.texts[start : start + _BATCH] for start in starts))
        for start, batch in zip(starts, batches, strict=True):
            vectors[start : start + _BATCH] = batch
            progress(texts.leg, start + len(batch), count)
    return vectors


def _stores(
    per_leg: Mapping[str, LegTexts],
    vectors: Mapping[str, Vectors],
    words: list[str],
    vector_store: type[VectorStore],
    term_index: type[TermIndex],
) -> LocalStores:
    """The stores of every leg; `words`: what the lexical leg holds of each passage."""
    legs = {
        leg: _vector_leg(vector_store, per_leg[leg], vectors[leg])
        for leg in VECTOR_LEGS
        if leg in per_leg
    }
    off_topic = lexical_scope = None
    if OFF_TOPIC in per_leg and QUESTIONS in per_leg:
        off_topic = vector_store.build(vectors[OFF_TOPIC])
        in_scope = per_leg[QUESTIONS].texts
        lexical_scope = LexicalScope.of(in_scope, per_leg[OFF_TOPIC].texts, term_index)
    terms = term_index.build([grams(text) for text in words])
    return LocalStores(legs, terms, off_topic, lexical_scope)


def _classifier(
    corpus: Corpus, per_leg: Mapping[str, LegTexts], vectors: Mapping[str, Vectors]
) -> Classifier | None:
    if QUESTIONS not in per_leg:
        return None
    reasons = [corpus.kinds.get(question) for question in corpus.off_topic]
    known, outside = vectors[QUESTIONS], vectors.get(OFF_TOPIC, vectors[QUESTIONS][:0])
    return fit_classifier(known, per_leg[QUESTIONS].owners, outside, reasons, len(corpus.passages))


def _vector_leg(vector_store: type[VectorStore], texts: LegTexts, vectors: Vectors) -> VectorLeg:
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
    return corpus.fingerprint, encoder.fingerprint, NORMALISER_VERSION, vector_store.name


def _manifest(
    corpus: Corpus,
    encoder: Encoder,
    vector_store: type[VectorStore],
    vectors: Mapping[str, Vectors],
    folder: Path,
) -> Manifest:
    probes = _sample(vectors.get(QUESTIONS, vectors[PASSAGES]))
    fingerprint, encoder_fingerprint, normaliser_version, store = _inputs(
        corpus, encoder, vector_store
    )
    manifest = Manifest(
        version="",
        created="",
        format=FORMAT,
        normaliser_version=normaliser_version,
        encoder=encoder.name,
        encoder_fingerprint=encoder_fingerprint,
        dimension=encoder.dimension,
        corpus_fingerprint=fingerprint,
        store=store,
        passages=len(corpus.passages),
        services=len(corpus.services),
        questions=len(vectors.get(QUESTIONS, ())),
        background={leg: _background(probes @ _sample(found).T) for leg, found in vectors.items()}
        | {CLASSIFIER: UNSCALED},
        checksums={},
    )
    return _dated(manifest, folder)


def _dated(manifest: Manifest, folder: Path) -> Manifest:
    """The manifest as of now, for the files in `folder`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    checksums = {path.relative_to(folder).as_posix(): checksum(path) for path in files}
    now = datetime.now(UTC)
    created = now.isoformat(timespec="seconds")
    changed = replace(manifest, created=created, checksums=checksums)
    return with_version(changed, f"{now:%Y%m%dT%H%M%S%fZ}")
