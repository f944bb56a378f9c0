"""An index carries what editors say of suggestions; a part of it that is lost or damaged is
named.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from support.corpus import WEIGHTS, tiny_settings, two_services, with_file, write_corpus

from qa_service.bootstrap import build, load_serving
from qa_service.documents.yaml_files import SUGGESTIONS_FILE as CORPUS_FILE
from qa_service.encoders.hashing import HashingEncoder
from qa_service.errors import SnapshotError
from qa_service.indexing.build import build_index
from qa_service.indexing.snapshot import Snapshot, load_snapshot
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.exact import ExactStore
from qa_service.suggest import Suggester

SUGGESTIONS_FILE = "suggestions.json"
POPULAR, DENIED = ("Скільки коштує обмін?", "Де скласти «іспит»?"), ("хабар", "взятка")


def _built(
    index: Path, popular: tuple[str, ...] = POPULAR, denied: tuple[str, ...] = DENIED
) -> Path:
    """The folder of a version."""
    corpus = replace(two_services(), popular=popular, denied=denied)
    manifest = build_index(corpus, HashingEncoder(64), index, ExactStore, Bm25Index, WEIGHTS)
    return index / manifest.version


def _load(folder: Path) -> Snapshot:
    return load_snapshot(folder, ExactStore, Bm25Index)


@pytest.mark.parametrize(
    ("popular", "denied"), [(POPULAR, DENIED), ((), DENIED), (POPULAR, ()), ((), ())]
)
def test_suggestions_come_back_as_they_were(
    tmp_path: Path, popular: tuple[str, ...], denied: tuple[str, ...]
) -> None:
    snapshot = _load(_built(tmp_path, popular, denied))
    assert (snapshot.popular, snapshot.denied) == (popular, denied)


def test_a_missing_or_damaged_file_is_named(tmp_path: Path) -> None:
    folder = _built(tmp_path)
    path = folder / SUGGESTIONS_FILE
    path.write_text("{}", "utf-8")
    with pytest.raises(SnapshotError, match=f"{path} is damaged.*run `qa-service build`"):
        _load(folder)
    path.unlink()
    with pytest.raises(SnapshotError, match=f"{path} is missing.*run `qa-service build`"):
        _load(folder)


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"{}",
        b'{"popular": []}',
        b'{"popular": [], "denied": null}',
    ],
)
def test_an_index_whose_manifest_knows_no_better_is_refused_too(
    tmp_path: Path, content: bytes | None
) -> None:
    folder = with_file(_built(tmp_path), SUGGESTIONS_FILE, content)
    with pytest.raises(
        SnapshotError, match=f"cannot read the index in {folder}: run `qa-service build`"
    ):
        _load(folder)


def test_an_edit_of_the_editors_file_reaches_what_is_suggested_with_the_next_build(
    tmp_path: Path,
) -> None:
    corpus = write_corpus(tmp_path)
    settings = tiny_settings(tmp_path)
    for popular in ("Скільки коштує обмін?", "Де скласти іспит?"):
        (corpus / CORPUS_FILE).write_text(f"popular:\n  - {popular}\n", "utf-8")
        build(settings)
        serving = load_serving(settings)
        for suggester in (serving.suggester, Suggester(serving.engine.snapshot)):
            assert [suggestion.text for suggestion in suggester.suggest("", 8)] == [popular]
