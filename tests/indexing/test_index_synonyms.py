"""An index carries the editors' synonyms, and answers say which of them a question was read
with.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from support.corpus import WEIGHTS, tiny_settings, two_services, with_file, write_corpus

from qa_service.bootstrap import build, load_serving
from qa_service.documents.yaml_files import SYNONYMS_FILE as CORPUS_FILE
from qa_service.encoders.hashing import HashingEncoder
from qa_service.engine import QAEngine
from qa_service.errors import SnapshotError
from qa_service.evaluation.run import search
from qa_service.indexing.build import build_index
from qa_service.indexing.snapshot import Snapshot, load_snapshot
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.exact import ExactStore
from qa_service.types import Correction, Query

VOCABULARY_FILE, SYNONYMS_FILE = "vocabulary.json", "synonyms.json"
SYNONYMS = {"права": "посвідчення водія", "корочки": "посвідчення водія"}


def _built(index: Path, synonyms: dict[str, str]) -> Path:
    """The folder of a version."""
    corpus = replace(two_services(), synonyms=synonyms)
    manifest = build_index(corpus, HashingEncoder(64), index, ExactStore, Bm25Index, WEIGHTS)
    return index / manifest.version


def _load(folder: Path) -> Snapshot:
    return load_snapshot(folder, ExactStore, Bm25Index)


@pytest.mark.parametrize("synonyms", [SYNONYMS, {}])
def test_synonyms_come_back_as_they_were(tmp_path: Path, synonyms: dict[str, str]) -> None:
    assert _load(_built(tmp_path, synonyms)).synonyms.terms == synonyms


def test_an_index_reads_a_question_with_its_synonyms(tmp_path: Path) -> None:
    assert (
        _load(_built(tmp_path, SYNONYMS)).understand("корочки").reading
        == "корочки (посвідчення водія)"
    )


@pytest.mark.parametrize("name", [VOCABULARY_FILE, SYNONYMS_FILE])
def test_a_missing_or_damaged_file_of_words_is_named(tmp_path: Path, name: str) -> None:
    folder = _built(tmp_path, SYNONYMS)
    path = folder / name
    path.write_text("{}", "utf-8")
    with pytest.raises(SnapshotError, match=f"{path} is damaged.*run `qa-service build`"):
        _load(folder)
    path.unlink()
    with pytest.raises(SnapshotError, match=f"{path} is missing.*run `qa-service build`"):
        _load(folder)


@pytest.mark.parametrize("name", [VOCABULARY_FILE, SYNONYMS_FILE])
@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff"])
def test_an_index_whose_manifest_knows_no_better_is_refused_too(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    folder = with_file(_built(tmp_path, SYNONYMS), name, content)
    with pytest.raises(
        SnapshotError, match=f"cannot read the index in {folder}: run `qa-service build`"
    ):
        _load(folder)


@pytest.fixture
def engine(tmp_path: Path) -> QAEngine:
    """Over the tiny corpus with one synonym, which no text of it holds."""
    corpus = write_corpus(tmp_path)
    (corpus / CORPUS_FILE).write_text(
        "- say: [корочки]\n  means: обмін посвідчення водія\n", "utf-8"
    )
    settings = tiny_settings(tmp_path)
    build(settings)
    return load_serving(settings).engine


def test_an_answer_says_which_term_was_put_to_a_saying(engine: QAEngine) -> None:
    understood = engine.answer(Query("Корочки")).understood
    assert understood.reading == "корочки (обмін посвідчення водія)"
    assert understood.corrections == (Correction("synonym", "корочки", "обмін посвідчення водія"),)


def test_a_saying_that_no_text_holds_finds_what_its_term_finds(engine: QAEngine) -> None:
    assert engine.answer(Query("корочки")).passages[0].passage.service == "licence-exchange"
    assert search(engine, "корочки", 1) == search(engine, "корочки (обмін посвідчення водія)", 1)


def test_a_long_question_is_answered_as_it_was_asked(engine: QAEngine) -> None:
    assert engine.answer(Query("де мені взяти корочки")).understood.corrections == ()
