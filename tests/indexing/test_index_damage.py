"""A damaged or foreign index is refused with the name of the file and what to do, never served."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.corpus import WEIGHTS, two_services, with_file

from qa_service.encoders.hashing import HashingEncoder
from qa_service.errors import SnapshotError
from qa_service.indexing.build import build_index
from qa_service.indexing.manifest import (
    FORMAT,
    MANIFEST_FILE,
    Manifest,
    read_manifest,
    verify_encoder,
    verify_files,
    with_version,
    write_manifest,
)
from qa_service.indexing.snapshot import load_snapshot
from qa_service.ranking.weights import WEIGHTS_FILE
from qa_service.retrieval import LEXICAL, PASSAGES, QUESTIONS, SERVICES
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.exact import ExactStore
from qa_service.stores.faiss import FaissStore
from qa_service.text.normalise import NORMALISER_VERSION

Damage = Callable[[bytes], bytes | None]


@pytest.fixture
def version(tmp_path: Path) -> Path:
    """The folder of a whole version."""
    corpus, encoder = two_services(), HashingEncoder(64)
    manifest = build_index(corpus, encoder, tmp_path, FaissStore, Bm25Index, WEIGHTS)
    return tmp_path / manifest.version


def _load(folder: Path) -> object:
    return load_snapshot(folder, FaissStore, Bm25Index)


def _files(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST_FILE
    )


def _flip(position: float) -> Damage:
    def flip(content: bytes) -> bytes:
        place = min(int(position * len(content)), len(content) - 1)
        return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]

    return flip


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(_flip(0), "is damaged", id="first byte flipped"),
        pytest.param(_flip(0.5), "is damaged", id="middle byte flipped"),
        pytest.param(_flip(1), "is damaged", id="last byte flipped"),
        pytest.param(lambda content: content[:-1], "is damaged", id="cut off by a byte"),
        pytest.param(lambda content: b"", "is damaged", id="emptied"),
        pytest.param(lambda content: content + b"\n", "is damaged", id="lengthened"),
        pytest.param(lambda content: None, "is missing", id="removed"),
    ],
)
def test_every_damaged_file_is_named(version: Path, damage: Damage, message: str) -> None:
    files = _files(version)
    assert {path.parent.name for path in files} == {
        version.name,
        PASSAGES,
        QUESTIONS,
        SERVICES,
        LEXICAL,
    }
    assert {path.name for path in files if path.parent == version} == {
        "centres.json",
        "changes.json",
        "classifier.npz",
        "passages.jsonl",
        "services.jsonl",
        "suggestions.json",
        "synonyms.json",
        "vocabulary.json",
        "weights.json",
    }
    for path in files:
        whole = path.read_bytes()
        damaged = damage(whole)
        path.unlink() if damaged is None else path.write_bytes(damaged)
        with pytest.raises(SnapshotError, match=f"{path} {message}.*run `qa-service build`"):
            _load(version)
        path.write_bytes(whole)
    _load(version)


def test_a_file_that_the_system_does_not_open_is_named(version: Path) -> None:
    """A folder of other rights fails alike, but not for who runs tests as root."""
    name = "x" * 300
    manifest = replace(_manifest(version), checksums={name: ""})
    with pytest.raises(SnapshotError, match=f"cannot read .*/{name}: .*; run `qa-service build`"):
        verify_files(version, manifest)


def test_a_flipped_byte_anywhere_in_the_manifest_is_noticed(version: Path) -> None:
    path = version / MANIFEST_FILE
    whole = path.read_bytes()
    accepted = []
    for position in range(0, len(whole) - 1, 3):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        try:
            verify_encoder(read_manifest(version), "hashing", HashingEncoder(64).fingerprint, 64)
            _load(version)
        except SnapshotError:
            continue
        accepted.append(re.findall(r'"(\w+)": ', whole[:position].decode())[-1])
    assert sorted(set(accepted)) == [], (
        f"{len(accepted)} changes of these keys' values went unnoticed"
    )


def _change(folder: Path, **changes: Any) -> None:
    path = folder / MANIFEST_FILE
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        f'{{"format": {FORMAT}}}'.encode(),
        f'{{"format": {FORMAT}, "background": {{}}}}'.encode(),
    ],
)
def test_a_manifest_that_cannot_be_read_is_named(version: Path, content: bytes) -> None:
    (version / MANIFEST_FILE).write_bytes(content)
    with pytest.raises(
        SnapshotError, match=f"cannot read .*{MANIFEST_FILE}: run `qa-service build`"
    ):
        _load(version)


@pytest.mark.parametrize("key", ["background", "checksums"])
@pytest.mark.parametrize("value", [None, [], 5, {"passages": None}])
def test_a_manifest_of_another_shape_is_refused(version: Path, key: str, value: object) -> None:
    _change(version, **{key: value})
    with pytest.raises(SnapshotError):
        _load(version)


def test_a_folder_without_a_manifest_was_never_finished(version: Path) -> None:
    (version / MANIFEST_FILE).unlink()
    with pytest.raises(SnapshotError, match=f"holds no {MANIFEST_FILE}: run `qa-service build`"):
        _load(version)


def test_another_format_is_refused_with_both_numbers(version: Path) -> None:
    _change(version, format=99)
    with pytest.raises(
        SnapshotError, match=r"has index format 99, this version reads \d+: run `qa-service build`"
    ):
        _load(version)


def test_another_kind_of_store_is_refused_with_both_names(version: Path) -> None:
    with pytest.raises(
        SnapshotError,
        match="built for the store 'faiss', QA_STORE asks for 'exact': run `qa-service build`",
    ):
        load_snapshot(version, ExactStore, Bm25Index)


def test_parts_of_different_versions_are_not_mixed(version: Path) -> None:
    manifest = with_version(replace(_manifest(version), passages=4), "20261125T000000000000Z")
    folder = version.rename(version.parent / manifest.version)
    write_manifest(folder, manifest)
    with pytest.raises(SnapshotError, match="hold different numbers of passages"):
        _load(folder)


def _manifest(version: Path) -> Manifest:
    return read_manifest(version)


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        json.dumps({**WEIGHTS, "legs": None}).encode(),
        json.dumps({**WEIGHTS, "english_lexical": "half"}).encode(),
        json.dumps({**WEIGHTS, "scope": {"score": 1.0}}).encode(),
        json.dumps({**WEIGHTS, "thresholds": {"tie": 1.0}}).encode(),
    ],
)
def test_weights_that_are_not_the_numbers_that_ranking_needs_are_refused(
    version: Path, content: bytes | None
) -> None:
    folder = with_file(version, WEIGHTS_FILE, content)
    with pytest.raises(
        SnapshotError, match=f"cannot read the index in {folder}: run `qa-service build`"
    ):
        _load(folder)


def test_the_model_that_made_an_index_may_use_it(version: Path) -> None:
    encoder = HashingEncoder(64)
    verify_encoder(_manifest(version), encoder.name, encoder.fingerprint, encoder.dimension)


def test_another_models_index_is_refused_with_both_names(version: Path) -> None:
    expected = (
        rf"made with the model hashing \(hashing-64-{NORMALISER_VERSION}\), not e5 \(abc\): run "
        r"`qa-service build`.*QA_MODEL"
    )
    with pytest.raises(SnapshotError, match=expected):
        verify_encoder(_manifest(version), "e5", "abc", 64)


def test_an_index_of_another_dimension_is_refused_with_both_numbers(version: Path) -> None:
    with pytest.raises(
        SnapshotError,
        match=r"vectors of 64 dimensions by hashing, the model e5 makes 384: .*QA_MODEL",
    ):
        verify_encoder(_manifest(version), "e5", "abc", 384)


def test_an_index_of_other_text_rules_is_refused_with_both_numbers(version: Path) -> None:
    encoder = HashingEncoder(64)
    manifest = replace(_manifest(version), normaliser_version=0)
    with pytest.raises(
        SnapshotError,
        match=f"made with text rules 0, this version has {NORMALISER_VERSION}: run `qa-service",
    ):
        verify_encoder(manifest, encoder.name, encoder.fingerprint, encoder.dimension)


def test_a_manifest_is_read_as_it_was_written(version: Path, tmp_path: Path) -> None:
    manifest = _manifest(version)
    folder = tmp_path / "copy" / version.name
    folder.mkdir(parents=True)
    write_manifest(folder, manifest)
    assert read_manifest(folder) == manifest
