"""A version shares with another what was read from the same files. Each test name is the rule."""

import gc
import weakref
from dataclasses import replace
from pathlib import Path

import pytest
from support.corpus import WEIGHTS, two_services

from qa_service.documents import Corpus
from qa_service.encoders.hashing import HashingEncoder
from qa_service.errors import SnapshotError
from qa_service.indexing.build import build_index
from qa_service.indexing.shared import SharedParts
from qa_service.indexing.snapshot import Snapshot, load_snapshot
from qa_service.retrieval import PASSAGES, QUESTIONS, SERVICES
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.faiss import FILE, FaissStore

CORPUS = replace(two_services(), off_topic=("яка погода", "котра година"))


def _build(index: Path, corpus: Corpus) -> Path:
    encoder = HashingEncoder(64)
    manifest = build_index(corpus, encoder, index, FaissStore, Bm25Index, WEIGHTS)
    return index / manifest.version


def _with_text(corpus: Corpus) -> Corpus:
    first, *others = corpus.passages
    changed = replace(first, text="Обмін посвідчення водія коштує 2000 грн.")
    return replace(corpus, passages=(changed, *others))


def _load(folder: Path, shared: SharedParts) -> Snapshot:
    return load_snapshot(folder, FaissStore, Bm25Index, shared)


def test_what_an_edit_left_is_in_memory_once_and_the_rest_is_read(tmp_path: Path) -> None:
    shared = SharedParts()
    old = _load(_build(tmp_path, CORPUS), shared)
    new = _load(_build(tmp_path, _with_text(CORPUS)), shared)
    for leg in (QUESTIONS, SERVICES):
        assert new.stores.legs[leg].store is old.stores.legs[leg].store
    assert new.stores.off_topic is old.stores.off_topic
    assert new.stores.lexical_scope and old.stores.lexical_scope
    assert new.stores.lexical_scope.index is old.stores.lexical_scope.index
    assert new.synonyms is old.synonyms
    assert new.centres is old.centres
    assert new.classifier and new.classifier is old.classifier
    assert new.stores.legs[PASSAGES].store is not old.stores.legs[PASSAGES].store
    assert new.stores.terms is not old.stores.terms
    assert new.vocabulary is not old.vocabulary
    assert new.passages[0].text != old.passages[0].text


def test_a_version_with_shared_parts_equals_one_that_was_read(tmp_path: Path) -> None:
    shared = SharedParts()
    served = _load(_build(tmp_path, CORPUS), shared)
    folder = _build(tmp_path, _with_text(CORPUS))
    sharing, alone = _load(folder, shared), load_snapshot(folder, FaissStore, Bm25Index)
    assert sharing.passages == alone.passages and served.manifest != sharing.manifest
    assert sharing.vocabulary.counts == alone.vocabulary.counts
    asked = HashingEncoder(64).encode_queries(["скільки коштує обмін"])
    for leg, found in alone.stores.legs.items():
        rows, scores = sharing.stores.legs[leg].store.search(asked, 3)
        assert [rows.tolist(), scores.tolist()] == [
            one.tolist() for one in found.store.search(asked, 3)
        ]


def test_a_damaged_file_is_refused_though_its_part_is_in_memory(tmp_path: Path) -> None:
    shared = SharedParts()
    served = _load(_build(tmp_path, CORPUS), shared)
    folder = _build(tmp_path, _with_text(CORPUS))
    path = folder / QUESTIONS / FILE
    content = path.read_bytes()
    path.unlink()  # it is a link: the version that is served keeps its own
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(SnapshotError, match="damaged"):
        _load(folder, shared)
    assert served.stores.legs[QUESTIONS].store


def test_a_part_goes_with_the_last_version_that_uses_it(tmp_path: Path) -> None:
    shared = SharedParts()
    folder = _build(tmp_path, CORPUS)
    first, second = _load(folder, shared), _load(folder, shared)
    part = weakref.ref(first.stores.legs[QUESTIONS].store)
    gc.disable()
    try:
        del first
        assert part() is second.stores.legs[QUESTIONS].store
        del second
        assert part() is None
    finally:
        gc.enable()
