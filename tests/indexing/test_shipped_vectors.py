"""Vectors and a classifier that come with a corpus save a first build the encoding and the fit, and
are used only where they are those of the encoder at hand. Each test name is the rule.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.corpus import ROOT, our_corpus, two_services
from support.fakes import CountingEncoder

from qa_service.documents import Corpus, ShippedFiles, shipped_files
from qa_service.encoders import Encoder
from qa_service.encoders.hashing import HashingEncoder
from qa_service.encoders.onnx import OnnxEncoder
from qa_service.errors import SnapshotError
from qa_service.indexing.build import build_index
from qa_service.indexing.classes import fit_classifier
from qa_service.indexing.manifest import Manifest
from qa_service.indexing.shipped import ShippedClassifier, fitted_on, ship
from qa_service.indexing.shipped_vectors import ShippedVectors
from qa_service.indexing.snapshot import CLASSIFIER_FILE
from qa_service.indexing.texts import leg_texts
from qa_service.indexing.vectors import key_of_text
from qa_service.indexing.versions import current_folder
from qa_service.ranking.classifier import Classifier
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.exact import ExactStore
from qa_service.types import Vectors

CORPUS = replace(two_services(), off_topic=("яка погода завтра", "рецепт борщу"))


class Turned(CountingEncoder):
    """Another model: the same texts, other vectors."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return super().encode_queries(texts)[:, ::-1]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return super().encode_passages(texts)[:, ::-1]


def _build(
    folder: Path,
    encoder: Encoder,
    shipped: ShippedFiles,
    corpus: Corpus = CORPUS,
    anew: bool = False,
) -> Manifest:
    return build_index(
        corpus, encoder, folder, ExactStore, Bm25Index, {}, anew=anew, shipped=shipped
    )


def _texts(corpus: Corpus = CORPUS) -> list[str]:
    return sorted(text for leg in leg_texts(corpus).values() for text in leg.texts)


@pytest.fixture
def shipped(tmp_path: Path) -> ShippedFiles:
    """What a first build need not make, written where the corpus was built."""
    files, encoder = shipped_files(tmp_path), HashingEncoder(64)
    _build(tmp_path / "elsewhere", encoder, files)
    ship(CORPUS, encoder, tmp_path / "elsewhere", files)
    return files


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many questions each classifier was fitted on."""
    fitted = list[int]()

    def noted(known: Vectors, *arguments: Any) -> Classifier | None:
        fitted.append(len(known))
        return fit_classifier(known, *arguments)

    monkeypatch.setattr("qa_service.indexing.contents.fit_classifier", noted)
    return fitted


def test_eight_bits_keep_a_vector() -> None:
    vectors = np.random.default_rng(0).normal(0.3, 1, (50, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    keys = [f"{row:016}".encode() for row in range(50)][::-1]
    found = ShippedVectors.of(keys, vectors)
    rows = found.rows()
    unpacked = found.vectors([rows[key] for key in keys])
    assert unpacked.shape == (50, 384)
    assert [str(one.dtype) for one in (unpacked, found.steps)] == ["float32", "int8"]
    np.testing.assert_allclose(np.linalg.norm(unpacked, axis=1), 1, atol=1e-6)
    assert (unpacked * vectors).sum(axis=1).min() > 0.9999


def test_a_first_build_encodes_a_few_texts_to_try_them_and_what_is_new(
    tmp_path: Path, shipped: ShippedFiles
) -> None:
    many = replace(CORPUS, off_topic=tuple(f"щось інше {number}" for number in range(300)))
    ship_from = tmp_path / "many"
    _build(ship_from, HashingEncoder(64), shipped, many)
    ship(many, HashingEncoder(64), ship_from, shipped)
    encoder = CountingEncoder()
    more = replace(many, off_topic=(*many.off_topic, "зовсім нове"))
    _build(tmp_path / "here", encoder, shipped, more)
    assert "зовсім нове" in encoder.encoded
    assert len(encoder.encoded) < 70 < len(_texts(more))


def _only_file(files: ShippedFiles) -> Path:
    [path] = files.vectors.iterdir()
    return path


def test_the_vectors_of_the_index_are_those_shipped(tmp_path: Path, shipped: ShippedFiles) -> None:
    _build(tmp_path / "here", HashingEncoder(64), shipped)
    again = shipped_files(tmp_path / "again.jsonl")
    ship(CORPUS, HashingEncoder(64), tmp_path / "here", again)
    one, other = (ShippedVectors.read(_only_file(files)) for files in (shipped, again))
    keys = [
        key_of_text(leg, text) for leg, found in leg_texts(CORPUS).items() for text in found.texts
    ]
    first, second = ([found.rows()[key] for key in keys] for found in (one, other))
    np.testing.assert_allclose(one.vectors(first), other.vectors(second), atol=2e-3)


def test_a_later_build_does_not_look_at_them(tmp_path: Path, shipped: ShippedFiles) -> None:
    _build(tmp_path / "here", HashingEncoder(64), shipped)
    _only_file(shipped).write_bytes(b"no longer needed")
    encoder = CountingEncoder()
    _build(tmp_path / "here", encoder, shipped)
    assert encoder.encoded == []


def test_a_later_build_takes_what_it_lacks_and_keeps_what_was_encoded(
    tmp_path: Path, shipped: ShippedFiles
) -> None:
    """As after a new version of the corpus and of its vectors was fetched."""
    encoder, few = CountingEncoder(), replace(CORPUS, off_topic=())
    _build(tmp_path / "here", encoder, shipped_files(tmp_path / "none"), few)
    encoder.encoded.clear()
    _build(tmp_path / "here", encoder, shipped)
    assert sorted(encoder.encoded) == sorted(CORPUS.off_topic)  # once, to try them


def test_a_build_anew_encodes_everything(tmp_path: Path, shipped: ShippedFiles) -> None:
    encoder = CountingEncoder()
    _build(tmp_path / "here", encoder, shipped, anew=True)
    assert sorted(encoder.encoded) == _texts()


@pytest.mark.parametrize("encoder", [Turned(), CountingEncoder(32)], ids=["turned", "shorter"])
def test_vectors_of_another_model_are_passed_by(
    tmp_path: Path,
    shipped: ShippedFiles,
    encoder: CountingEncoder,
    caplog: pytest.LogCaptureFixture,
) -> None:
    _build(tmp_path / "here", encoder, shipped)
    assert set(_texts()) == set(encoder.encoded)
    assert [record.message for record in caplog.records] == ["shipped vectors are of another model"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"cut", b"flipped"])
def test_a_file_that_cannot_be_read_costs_the_encoding_and_a_line(
    tmp_path: Path, shipped: ShippedFiles, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = _only_file(shipped)
    if content == b"cut":
        content = path.read_bytes()[:-200]
    elif content == b"flipped":  # in the middle of what is packed
        whole = bytearray(path.read_bytes())
        whole[len(whole) // 3] ^= 0xFF
        content = bytes(whole)
    path.write_bytes(content)
    encoder = CountingEncoder()
    _build(tmp_path / "here", encoder, shipped)
    assert sorted(encoder.encoded) == _texts()
    assert [record.message for record in caplog.records] == ["shipped vectors cannot be read"]


# What a later corpus adds


def _ship_again(index: Path, files: ShippedFiles, corpus: Corpus, encoder: Encoder) -> None:
    _build(index, encoder, files, corpus)
    ship(corpus, encoder, index, files)


def test_new_texts_get_a_file_of_their_own_and_change_no_other(
    tmp_path: Path, shipped: ShippedFiles
) -> None:
    before = _only_file(shipped).read_bytes()
    more = replace(CORPUS, off_topic=(*CORPUS.off_topic, "зовсім нове", "ще новіше"))
    _ship_again(tmp_path / "elsewhere", shipped, more, HashingEncoder(64))
    first, second = sorted(shipped.vectors.iterdir())
    assert [first.name, second.name] == ["001.npz", "002.npz"]
    assert first.read_bytes() == before and len(ShippedVectors.read(second).keys) == 2
    _ship_again(tmp_path / "elsewhere", shipped, more, HashingEncoder(64))
    assert sorted(shipped.vectors.iterdir()) == [first, second]
    encoder = CountingEncoder()
    _build(tmp_path / "here", encoder, shipped, more)
    assert sorted(encoder.encoded) == _texts(more)  # once, to try them: a few texts each


@pytest.mark.parametrize(
    ("corpus", "encoder"),
    [
        (replace(two_services(), off_topic=tuple(map(str, range(30)))), HashingEncoder(64)),
        (CORPUS, Turned()),
        (CORPUS, HashingEncoder(32)),
    ],
    ids=["few of its texts are left", "another model", "another dimension"],
)
def test_a_file_that_is_hardly_needed_is_replaced(
    tmp_path: Path, shipped: ShippedFiles, corpus: Corpus, encoder: Encoder
) -> None:
    old = replace(CORPUS, off_topic=tuple(f"давнє {number}" for number in range(30)))
    _ship_again(tmp_path / "old", shipped, old, HashingEncoder(64))
    _ship_again(tmp_path / "new", shipped, corpus, encoder)
    held = [file.rows() for file in ShippedVectors.read_all(shipped.vectors).values()]
    keys = {key_of_text(leg, text) for leg, of in leg_texts(corpus).items() for text in of.texts}
    assert keys <= {key for rows in held for key in rows}
    assert sum(map(len, held)) < len(keys) + len(old.off_topic)


def test_all_are_written_into_one_file_on_demand(tmp_path: Path, shipped: ShippedFiles) -> None:
    more = replace(CORPUS, off_topic=(*CORPUS.off_topic, "зовсім нове"))
    _ship_again(tmp_path / "elsewhere", shipped, more, HashingEncoder(64))
    ship(more, HashingEncoder(64), tmp_path / "elsewhere", shipped, anew=True)
    assert len(ShippedVectors.read(_only_file(shipped)).keys) == len(_texts(more))


# The classifier


def _fitted(index: Path) -> bytes:
    return (current_folder(index) / CLASSIFIER_FILE).read_bytes()


def test_a_first_build_takes_the_classifier_as_it_was_fitted(
    tmp_path: Path, shipped: ShippedFiles, fits: list[int]
) -> None:
    _build(tmp_path / "here", HashingEncoder(64), shipped)
    assert fits == [] and _fitted(tmp_path / "here") == _fitted(tmp_path / "elsewhere")


def test_one_of_other_questions_is_fitted_anew(
    tmp_path: Path, shipped: ShippedFiles, fits: list[int]
) -> None:
    more = replace(CORPUS, off_topic=(*CORPUS.off_topic, "зовсім нове"))
    _build(tmp_path / "here", HashingEncoder(64), shipped, more)
    assert len(fits) == 1


def test_so_is_one_of_another_model_or_where_nothing_is_to_be_reused(
    tmp_path: Path, shipped: ShippedFiles, fits: list[int]
) -> None:
    _build(tmp_path / "another", Turned(), shipped)
    _build(tmp_path / "anew", HashingEncoder(64), shipped, anew=True)
    assert len(fits) == 2


@pytest.mark.parametrize("said", [["shipped classifier cannot be read"], []])
def test_a_damaged_or_missing_one_costs_the_fit_and_a_damaged_one_a_line(
    tmp_path: Path,
    shipped: ShippedFiles,
    fits: list[int],
    said: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    if said:
        shipped.classifier.write_bytes(shipped.classifier.read_bytes()[:-300])
    else:
        shipped.classifier.unlink()
    _build(tmp_path / "here", HashingEncoder(64), shipped)
    assert len(fits) == 1 and [record.message for record in caplog.records] == said


# What can go wrong where they are written, and those of our corpus


def test_where_they_cannot_be_written_the_folder_is_named(
    tmp_path: Path, shipped: ShippedFiles
) -> None:
    nowhere = tmp_path / "nowhere"
    with pytest.raises(SnapshotError, match=f"vectors and classifier to {nowhere}: No such"):
        ship(CORPUS, HashingEncoder(64), tmp_path / "elsewhere", shipped_files(nowhere))


def test_a_corpus_in_one_file_has_them_beside_it() -> None:
    assert shipped_files(Path("data/other.jsonl")) == ShippedFiles(
        Path("data/other.vectors"), Path("data/other.classifier.npz")
    )
    assert shipped_files(Path("corpus")).vectors == Path("corpus/vectors")


@pytest.mark.model
@pytest.mark.slow
def test_those_of_our_corpus_hold_nearly_all_texts_as_the_default_model_encodes_them(
    model_folder: Path,
) -> None:
    """Else run `qa-service build --write-vectors`: a first build takes minutes without them."""
    files = ShippedVectors.read_all(shipped_files(ROOT / "corpus").vectors)
    encoder, legs = OnnxEncoder.load(model_folder), leg_texts(our_corpus())
    texts = {key_of_text(leg, text): (leg, text) for leg in legs for text in legs[leg].texts}
    number_known = 0
    for path, file in files.items():
        rows = {key: row for key, row in file.rows().items() if key in texts}
        number_known += len(rows)
        tried = [key for key in [*rows][:: 1 + len(rows) // 40] if texts[key][0] != "passages"]
        vectors = file.vectors([rows[key] for key in tried])
        encoded = encoder.encode_queries([texts[key][1] for key in tried])
        assert float((vectors * encoded).sum(axis=1).mean()) >= 0.999, path
    assert number_known >= 0.9 * len(texts)


@pytest.mark.nightly
def test_that_of_our_corpus_is_fitted_on_its_questions() -> None:
    """Else run `qa-service build --write-vectors`: a first build takes half a minute more."""
    found, corpus = ShippedClassifier.read(shipped_files(ROOT / "corpus").classifier), our_corpus()
    assert found and found.made_of == fitted_on(corpus, leg_texts(corpus))
