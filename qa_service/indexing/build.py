"""Corpus + encoder + weights -> a published version of the index.

It is published last: a build that fails or is killed leaves the served version as it was.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qa_service.documents import Corpus, ShippedFiles
from qa_service.encoders import Encoder
from qa_service.errors import SnapshotError
from qa_service.files import checksum
from qa_service.indexing.changes import CHANGES_FILE, ChangeLog, Step, changes
from qa_service.indexing.contents import Contents, Kinds
from qa_service.indexing.gate import GATE_FILE
from qa_service.indexing.kept import Kept
from qa_service.indexing.manifest import (
    FORMAT,
    MANIFEST_FILE,
    Manifest,
    read_manifest,
    read_published,
    verify_files,
    with_version,
    write_manifest,
)
from qa_service.indexing.mirror import WAITING_FILE, Mirror
from qa_service.indexing.parts import Version, link_or_copy, write_parts
from qa_service.indexing.shipped import ShippedClassifier
from qa_service.indexing.shipped_vectors import keep_shipped
from qa_service.indexing.snapshot import (
    read_records,
    weights_checksum,
    write_snapshot,
    write_weights,
)
from qa_service.indexing.texts import KeptTexts, leg_texts, lexical_texts
from qa_service.indexing.vectors import CachedEncoder, LegVectors
from qa_service.indexing.versions import current_folder, publish, staging
from qa_service.ranking.weights import WEIGHTS_FILE
from qa_service.retrieval import CLASSIFIER, PASSAGES, QUESTIONS
from qa_service.retrieval.fusion import UNSCALED, Background
from qa_service.retrieval.legs import evenly
from qa_service.stores import TermIndex, VectorStore
from qa_service.text.normalise import NORMALISER_VERSION
from qa_service.types import Passage, Progress, Vectors, no_progress

_BACKGROUND_SAMPLE = 256

Weights = Mapping[str, Any]
"""The content of `weights.json`: see `ranking.weights`."""

Judge = Callable[[Path, Encoder], None]
"""Looks at a finished version in its staging folder, which the encoder made, and may add a file to
it. Raises GateError where it must not be published.
"""


def build_index(
    corpus: Corpus,
    encoder: Encoder,
    index: Path,
    vector_store: type[VectorStore],
    term_index: type[TermIndex],
    weights: Weights,
    *,
    progress: Progress = no_progress,
    judge: Judge | None = None,
    anew: bool = False,
    mirror: Mirror | None = None,
    shipped: ShippedFiles | None = None,
) -> Manifest:
    """Build and publish a version under `index`. judge: None where every version may be published.
    anew: reuse nothing of earlier builds, nor of `shipped`, what came with the corpus.

    Raises SnapshotError if it cannot be written, GateError if `judge` refuses it, EngineError if
    `mirror` does not take it.
    """
    with staging(index) as folder, Kept.open(index, encoder.fingerprint) as kept:
        if anew:
            kept.forget_all()
        before, cached = _published(index), CachedEncoder(encoder, kept)
        reading = KeptTexts(kept)
        texts = leg_texts(corpus, reading.bare)
        classifier = None
        if shipped and not anew and keep_shipped(shipped.vectors, texts, encoder, kept):
            classifier = ShippedClassifier.read(shipped.classifier)
        contents = Contents(
            corpus=corpus,
            texts=texts,
            vectors=LegVectors(cached, texts, progress),
            words=lexical_texts(corpus),
            encoder=encoder.fingerprint,
            shipped=classifier,
        )
        made = contents.parts(Kinds(vector_store, term_index))
        parts = write_parts(folder, made, None if anew else before)
        write_snapshot(folder, corpus, reading.word_counts(contents.words), weights)
        _log(before, corpus.passages).save(folder)
        manifest = _manifest(contents, encoder, vector_store, parts)
        manifest = _publish(index, folder, manifest, cached, judge, mirror)
        if judge:  # else the vectors of its questions would go
            kept.forget_unused()
    return manifest


def reweigh_index(
    index: Path,
    encoder: Encoder,
    weights: Weights,
    *,
    judge: Judge | None = None,
    mirror: Mirror | None = None,
) -> Manifest:
    """Publish the current version once more, with other weights. Raises as `build_index` does."""
    with staging(index) as folder, Kept.open(index, encoder.fingerprint) as kept:
        current = current_folder(index)  # asked here, since another build may have ended meanwhile
        before = Version(current, read_manifest(current))
        shutil.copytree(current, folder, copy_function=link_or_copy, dirs_exist_ok=True)
        for name in (WEIGHTS_FILE, MANIFEST_FILE, CHANGES_FILE, GATE_FILE, WAITING_FILE):
            (folder / name).unlink(missing_ok=True)  # a linked file would change in both versions
        write_weights(folder, weights)
        _log(before, read_records(current)[0]).save(folder)
        return _publish(index, folder, before.manifest, CachedEncoder(encoder, kept), judge, mirror)


def _publish(
    index: Path,
    folder: Path,
    manifest: Manifest,
    encoder: Encoder,
    judge: Judge | None,
    mirror: Mirror | None,
) -> Manifest:
    """Judge and publish what is complete in `folder` but for its manifest's date and checksums."""
    write_manifest(folder, _dated(manifest, folder))
    if judge:
        judge(folder, encoder)
    (folder / MANIFEST_FILE).unlink()
    manifest = _dated(manifest, folder)  # the judge may have written a file
    write_manifest(folder, manifest)
    publish(index, folder, manifest.version, mirror)
    return manifest


def _published(index: Path) -> Version | None:
    """The version to go on from; None where there is none, or none that can be read."""
    try:
        folder = current_folder(index)
        return Version(folder, read_manifest(folder))
    except SnapshotError:
        return None


def _log(before: Version | None, passages: Sequence[Passage]) -> ChangeLog:
    """The log of the version before, and what `passages` change in it."""
    if before is None:
        return ChangeLog()
    try:
        old, log = read_records(before.folder)[0], ChangeLog.load(before.folder)
    except (OSError, ValueError, KeyError, TypeError):  # damaged: the log begins anew
        return ChangeLog()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    changed = tuple(changes(old, passages))
    return log.with_step(Step(before.manifest.version, before.manifest.created, now, changed))


def is_current(
    index: Path, corpus: Corpus, encoder: Encoder, vector_store: type[VectorStore]
) -> bool:
    """Whether the published version is whole, of this corpus, encoder and store; weights may
    differ.
    """
    try:
        folder = current_folder(index)
        manifest = read_published(folder)
        made_of = (
            manifest.corpus_fingerprint,
            manifest.encoder_fingerprint,
            manifest.normaliser_version,
            manifest.store,
        )
        if made_of != _inputs(corpus, encoder, vector_store):
            return False
        verify_files(folder, manifest)
    except SnapshotError:
        return False
    return True


def has_weights(manifest: Manifest, weights: Weights) -> bool:
    """Whether a version carries these very weights."""
    return manifest.checksums.get(WEIGHTS_FILE) == weights_checksum(weights)


def _sample(contents: Contents, leg: str) -> Vectors:
    return contents.vectors.of(leg, evenly(len(contents.texts[leg].texts), _BACKGROUND_SAMPLE))


def _inputs(
    corpus: Corpus, encoder: Encoder, vector_store: type[VectorStore]
) -> tuple[str, str, int, str]:
    return corpus.fingerprint, encoder.fingerprint, NORMALISER_VERSION, vector_store.name


def _manifest(
    contents: Contents,
    encoder: Encoder,
    vector_store: type[VectorStore],
    parts: dict[str, str],
) -> Manifest:
    """All but version, date and checksums."""
    corpus, texts = contents.corpus, contents.texts
    probes = _sample(contents, QUESTIONS if QUESTIONS in texts else PASSAGES)
    fingerprint, encoder_fingerprint, normaliser_version, store = _inputs(
        corpus, encoder, vector_store
    )
    return Manifest(
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
        questions=len(texts[QUESTIONS].texts) if QUESTIONS in texts else 0,
        background={leg: Background.of(probes @ _sample(contents, leg).T) for leg in texts}
        | {CLASSIFIER: UNSCALED},
        checksums={},
        parts=parts,
    )


def _dated(manifest: Manifest, folder: Path) -> Manifest:
    """The manifest as of now, for the files in `folder`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    checksums = {path.relative_to(folder).as_posix(): checksum(path) for path in files}
    now = datetime.now(UTC)
    created = now.isoformat(timespec="seconds")
    changed = replace(manifest, created=created, checksums=checksums)
    return with_version(changed, f"{now:%Y%m%dT%H%M%S%fZ}")
