"""A build takes from the version before what is made of the same, and equals one that takes
nothing. Each test name is the rule.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from support.corpus import WEIGHTS, make_passage, make_service, two_services

from qa_service.documents import Corpus
from qa_service.encoders import Encoder
from qa_service.encoders.hashing import HashingEncoder
from qa_service.indexing import build as building
from qa_service.indexing.build import Judge, build_index
from qa_service.indexing.changes import CHANGES_FILE
from qa_service.indexing.kept import Kept, key_of
from qa_service.indexing.manifest import Manifest
from qa_service.indexing.snapshot import CLASSIFIER_FILE, load_snapshot
from qa_service.indexing.texts import leg_texts
from qa_service.retrieval import LEXICAL, LEXICAL_SCOPE, OFF_TOPIC, PASSAGES, QUESTIONS, SERVICES
from qa_service.stores import VectorStore
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.exact import ExactStore
from qa_service.stores.faiss import FaissStore
from qa_service.types import Reason, Vectors

CORPUS = replace(two_services(), off_topic=("яка погода", "котра година"))
PARTS = {PASSAGES, QUESTIONS, SERVICES, LEXICAL, OFF_TOPIC, LEXICAL_SCOPE, CLASSIFIER_FILE}


VECTOR_KINDS = {PASSAGES: "passage", QUESTIONS: "query", SERVICES: "query", OFF_TOPIC: "query"}
"""By leg, what its texts are encoded as."""


def _build(
    index: Path,
    corpus: Corpus,
    anew: bool = False,
    store: type[VectorStore] = ExactStore,
    encoder: HashingEncoder | None = None,
) -> Manifest:
    encoder = encoder or HashingEncoder(64)
    return build_index(corpus, encoder, index, store, Bm25Index, WEIGHTS, anew=anew)


def _linked(index: Path, first: Manifest, second: Manifest) -> set[str]:
    """The parts of the second version that are files of the first."""
    inodes = {path.stat().st_ino for path in (index / first.version).rglob("*") if path.is_file()}
    return {
        path.relative_to(index / second.version).parts[0]
        for path in (index / second.version).rglob("*")
        if path.is_file() and path.stat().st_ino in inodes
    }


def _with_text(corpus: Corpus) -> Corpus:
    passages = list(corpus.passages)
    passages[0] = replace(passages[0], text="Обмін посвідчення водія коштує 2000 грн.")
    return replace(corpus, passages=tuple(passages))


def _with_question(corpus: Corpus) -> Corpus:
    passages = list(corpus.passages)
    passages[0] = replace(passages[0], questions=(*passages[0].questions, "почім обмін"))
    return replace(corpus, passages=tuple(passages))


def _with_owner(corpus: Corpus) -> Corpus:
    """A known question belongs to one passage more; the texts stay."""
    passages = list(corpus.passages)
    passages[1] = replace(passages[1], questions=(*passages[1].questions, "ціна обміну прав"))
    return replace(corpus, passages=tuple(passages))


def _with_passage(corpus: Corpus) -> Corpus:
    added = make_service("new", make_passage("new.fee", "Довідка коштує 70 грн.", "Ціна довідки?"))
    passages = (*corpus.passages, *added.passages)
    return replace(corpus, passages=passages, services=(*corpus.services, added))


def _with_off_topic(corpus: Corpus) -> Corpus:
    return replace(corpus, off_topic=(*corpus.off_topic, "рецепт борщу"))


def _with_reason(corpus: Corpus) -> Corpus:
    return replace(corpus, kinds={"яка погода": Reason.LIVE_DATA})


CHANGES: list[tuple[Callable[[Corpus], Corpus], set[str]]] = [
    (lambda corpus: corpus, PARTS),
    (_with_text, PARTS - {PASSAGES, LEXICAL}),
    (_with_question, {PASSAGES, SERVICES, OFF_TOPIC}),
    (_with_owner, PARTS - {QUESTIONS, LEXICAL, CLASSIFIER_FILE}),
    (_with_passage, {OFF_TOPIC}),
    (_with_off_topic, {PASSAGES, QUESTIONS, SERVICES, LEXICAL}),
    (_with_reason, PARTS - {CLASSIFIER_FILE}),
]


@pytest.mark.parametrize(("change", "kept"), CHANGES)
def test_a_part_is_taken_where_nothing_that_it_is_made_of_changed(
    tmp_path: Path, change: Callable[[Corpus], Corpus], kept: set[str]
) -> None:
    first, second = _build(tmp_path, CORPUS), _build(tmp_path, change(CORPUS))
    assert _linked(tmp_path, first, second) == kept


@pytest.mark.parametrize(("change", "kept"), CHANGES)
def test_a_version_with_parts_of_another_equals_one_without(
    tmp_path: Path, change: Callable[[Corpus], Corpus], kept: set[str]
) -> None:
    _build(tmp_path / "reusing", CORPUS)
    reusing = _build(tmp_path / "reusing", change(CORPUS))
    anew = _build(tmp_path / "anew", change(CORPUS), anew=True)
    ignoring = {CHANGES_FILE: ""}
    assert reusing.checksums | ignoring == anew.checksums | ignoring
    assert (reusing.background, reusing.parts) == (anew.background, anew.parts)


@pytest.mark.parametrize(
    ("store", "encoder"), [(FaissStore, HashingEncoder(64)), (ExactStore, HashingEncoder(32))]
)
def test_another_store_or_encoder_takes_no_vectors(
    tmp_path: Path, store: type[VectorStore], encoder: HashingEncoder
) -> None:
    first = _build(tmp_path, CORPUS)
    second = _build(tmp_path, CORPUS, store=store, encoder=encoder)
    linked = _linked(tmp_path, first, second)
    assert not linked & {PASSAGES, QUESTIONS, SERVICES, OFF_TOPIC}
    assert linked >= {LEXICAL, LEXICAL_SCOPE}


def test_only_the_vectors_of_what_is_made_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _build(tmp_path, CORPUS)
    read: list[bytes] = []
    find = Kept.find

    def noting(kept: Kept, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        read.extend(keys)
        return find(kept, keys)

    monkeypatch.setattr(Kept, "find", noting)
    monkeypatch.setattr(building, "_BACKGROUND_SAMPLE", 1)
    changed = _with_text(CORPUS)
    _build(tmp_path, changed)
    legs = leg_texts(changed)
    passages, questions, services, off_topic = (
        {key_of(kind, text) for text in legs[leg].texts} & {*read}
        for leg, kind in VECTOR_KINDS.items()
    )
    assert len(passages) == len(legs[PASSAGES].texts)
    assert {len(questions), len(services), len(off_topic)} == {1}


def test_a_damaged_part_is_made_again_and_the_rest_is_taken(tmp_path: Path) -> None:
    first = _build(tmp_path, CORPUS)
    path = tmp_path / first.version / QUESTIONS / "vectors.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    second = _build(tmp_path, CORPUS)
    assert _linked(tmp_path, first, second) == PARTS - {QUESTIONS}
    assert load_snapshot(tmp_path / second.version, ExactStore, Bm25Index).manifest == second


def test_a_build_anew_takes_nothing(tmp_path: Path) -> None:
    first, second = _build(tmp_path, CORPUS), _build(tmp_path, CORPUS, anew=True)
    assert _linked(tmp_path, first, second) == set()


def test_a_build_without_a_gate_keeps_the_vectors_of_its_questions(tmp_path: Path) -> None:
    encoded: list[str] = []

    class Noting(HashingEncoder):
        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            encoded.extend(texts)
            return super().encode_queries(texts)

    def judge(folder: Path, encoder: Encoder) -> None:
        encoder.encode_queries(["питання для порівняння"])

    def build(corpus: Corpus, judge: Judge | None) -> None:
        encoder = Noting(64)
        build_index(corpus, encoder, tmp_path, ExactStore, Bm25Index, WEIGHTS, judge=judge)

    build(CORPUS, judge)
    build(_with_text(CORPUS), None)
    encoded.clear()
    build(CORPUS, judge)
    assert encoded == []
