"""Building: what a version holds, and that a build which fails or is killed leaves the served
version as it was.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from worlds import (
    ROOT,
    Broken,
    FailingEncoder,
    StoreOnFullDisk,
    StoreThatCannotBuild,
    StoreThatCannotSave,
    TermsThatCannotBuild,
    TermsThatCannotSave,
    make_corpus,
    make_passage,
    make_service,
    two_services,
)

from qa_service.encoders import Encoder
from qa_service.encoders.hashing import HashingEncoder
from qa_service.errors import SnapshotError
from qa_service.indexing.build import build_index, is_current
from qa_service.indexing.manifest import FORMAT, MANIFEST_FILE, Manifest
from qa_service.indexing.search_index import SearchIndex, load_index
from qa_service.indexing.texts import passage_texts, question_texts, service_texts
from qa_service.indexing.versions import CURRENT_FILE, current_folder, current_version
from qa_service.retrieval.legs import PASSAGES, QUESTIONS, SERVICES
from qa_service.stores import TermIndex, VectorStore
from qa_service.stores.bm25 import LexicalIndex
from qa_service.stores.exact import ExactStore
from qa_service.stores.faiss import FaissStore
from qa_service.text.tokens import grams
from qa_service.types import Corpus

NEW = two_services("Обмін посвідчення водія коштує 2000 грн.", "corpus-2")


def build(
    index: Path,
    corpus: Corpus | None = None,
    encoder: Encoder | None = None,
    store: type[VectorStore] = ExactStore,
    terms: type[TermIndex] = LexicalIndex,
) -> Manifest:
    return build_index(corpus or two_services(), encoder or HashingEncoder(), index, store, terms)


def load(index: Path, store: type[VectorStore] = ExactStore) -> SearchIndex:
    return load_index(current_folder(index), store, LexicalIndex)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.mark.parametrize("store", [ExactStore, FaissStore])
def test_what_was_built_is_served(index: Path, store: type[VectorStore]) -> None:
    corpus = two_services()
    manifest = build(index, corpus, store=store)
    loaded = load(index, store)
    assert loaded.manifest == manifest
    assert (loaded.passages, loaded.services) == (corpus.passages, corpus.services)
    assert current_version(index) == manifest.version
    assert sorted(path.name for path in index.iterdir()) == sorted([CURRENT_FILE, manifest.version])


def test_the_manifest_counts_and_names_what_the_version_was_made_of(index: Path) -> None:
    manifest, encoder = build(index), HashingEncoder()
    assert (manifest.passages, manifest.services, manifest.questions) == (5, 2, 11)
    assert (manifest.encoder, manifest.encoder_fingerprint, manifest.dimension) == (
        "hashing",
        encoder.fingerprint,
        256,
    )
    assert (manifest.corpus_fingerprint, manifest.store) == ("corpus-1", "ExactStore")
    files = {
        path.relative_to(index / manifest.version).as_posix()
        for path in (index / manifest.version).rglob("*.*")
    }
    assert manifest.checksums.keys() == files - {MANIFEST_FILE}
    assert manifest.background.keys() == {PASSAGES, QUESTIONS, SERVICES}
    assert all(background.deviation > 0 for background in manifest.background.values())


def test_every_leg_finds_the_passage_that_a_question_was_written_for(index: Path) -> None:
    build(index)
    loaded, encoder = load(index), HashingEncoder()
    for row, passage in enumerate(loaded.passages):
        by_text = loaded.vector_legs[PASSAGES].search(
            encoder.encode_passages([f"{passage.title}. {passage.text}"]), 3
        )
        by_question = loaded.vector_legs[QUESTIONS].search(
            encoder.encode_queries([passage.questions[0]]), 3
        )
        by_name = loaded.vector_legs[SERVICES].search(
            encoder.encode_queries([passage.service_title]), 1
        )
        assert by_text.rows[0] == by_question.rows[0] == row
        assert by_text.scores[0] == pytest.approx(1, abs=1e-5)
        assert row in by_name.rows
        assert row in loaded.term_leg.search(grams(passage.questions[0]), 3).rows


def test_a_corpus_without_services_and_questions_has_the_legs_it_can_have(index: Path) -> None:
    passages = (
        make_passage("a.fee", "Ціна 5 грн.", title=""),
        make_passage("b.fee", "Ціна 6 грн.", title=""),
    )
    build(index, Corpus(passages, (), "jsonl"))
    loaded = load(index)
    assert loaded.vector_legs.keys() == {PASSAGES}
    assert loaded.passages == passages


def test_a_corpus_of_one_passage_can_be_built(index: Path) -> None:
    build(index, make_corpus(make_service("a", make_passage("a.fee", "Ціна 5 грн."))))
    assert len(load(index).passages) == 1


def test_a_question_of_two_passages_is_one_text_with_two_owners() -> None:
    one, other = (
        make_passage("a.fee", "Ціна.", "Скільки?"),
        make_passage("b.fee", "Плата.", "скільки???"),
    )
    corpus = make_corpus(make_service("a", one), make_service("b", other))
    texts = question_texts(corpus)
    assert dict(zip(texts.texts, texts.owners, strict=True))["скільки?"] == [0, 1]


def test_expansions_are_questions_of_their_passage() -> None:
    corpus = replace(two_services(), expansions={"plates.fee": ("почому блатні",)})
    texts = question_texts(corpus)
    assert texts.owners[texts.texts.index("почому блатні")] == [2]


def test_a_services_names_stand_for_all_its_passages() -> None:
    texts = service_texts(two_services())
    assert dict(zip(texts.texts, texts.owners, strict=True)) == {
        "послуга licence": [0, 1],
        "як люди кажуть про licence": [0, 1],
        "послуга plates": [2, 3, 4],
        "як люди кажуть про plates": [2, 3, 4],
    }


def test_a_passage_is_encoded_with_its_title() -> None:
    untitled = make_corpus(make_service("a", make_passage("a.fee", "Ціна.", title="")))
    assert passage_texts(untitled).texts == ["Ціна."]
    assert (
        passage_texts(two_services()).texts[1]
        == "term у послузі licence. Посвідчення видають у день звернення."
    )


def test_progress_goes_from_nothing_to_all_in_each_stage(index: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    build_index(
        two_services(),
        HashingEncoder(),
        index,
        ExactStore,
        LexicalIndex,
        lambda *step: steps.append(step),
    )
    assert [step for step in steps if step[0] == PASSAGES] == [(PASSAGES, 0, 5), (PASSAGES, 5, 5)]
    assert {stage for stage, done, total in steps if done == total} == {
        PASSAGES,
        QUESTIONS,
        SERVICES,
    }


def test_building_again_of_the_same_makes_the_same_files(index: Path) -> None:
    first, second = build(index, store=FaissStore), build(index, store=FaissStore)
    assert first.checksums == second.checksums
    assert first.background == second.background
    assert first.version != second.version


def test_the_last_of_two_builds_is_served_and_the_first_is_kept(index: Path) -> None:
    first, second = build(index), build(index, NEW)
    assert second.version > first.version
    assert load(index).passages == NEW.passages
    assert (
        load_index(index / first.version, ExactStore, LexicalIndex).passages
        == two_services().passages
    )


@pytest.mark.parametrize(
    ("encoder", "store", "terms"),
    [
        pytest.param(0, ExactStore, LexicalIndex, id="encoding passages"),
        pytest.param(1, ExactStore, LexicalIndex, id="encoding questions"),
        pytest.param(2, ExactStore, LexicalIndex, id="encoding names"),
        pytest.param(99, StoreThatCannotBuild, LexicalIndex, id="building vectors"),
        pytest.param(99, StoreThatCannotSave, LexicalIndex, id="saving vectors"),
        pytest.param(99, ExactStore, TermsThatCannotBuild, id="building terms"),
        pytest.param(99, ExactStore, TermsThatCannotSave, id="saving terms"),
    ],
)
def test_a_build_that_breaks_leaves_the_served_version_and_no_litter(
    index: Path, encoder: int, store: type[VectorStore], terms: type[TermIndex]
) -> None:
    manifest = build(index)
    before = sorted(index.iterdir())
    with pytest.raises(Broken):
        build(index, NEW, FailingEncoder(encoder), store, terms)
    assert sorted(index.iterdir()) == before
    assert load(index).manifest == manifest


def test_a_full_disk_says_that_the_served_version_is_unchanged(index: Path) -> None:
    manifest = build(index)
    with pytest.raises(
        SnapshotError, match=r"No space left on device; the served version is unchanged"
    ):
        build(index, NEW, store=StoreOnFullDisk)
    assert load(index).manifest == manifest


def _fail_at(monkeypatch: pytest.MonkeyPatch, name: str, count: int) -> None:
    """Let `os.<name>` break at its call number `count`, as a failing disk does."""
    original, calls = getattr(os, name), iter(range(1_000))

    def failing(*arguments: object, **options: object) -> object:
        if next(calls) == count:
            raise OSError(5, "Input/output error")
        return original(*arguments, **options)

    monkeypatch.setattr(os, name, failing)


def test_a_disk_that_fails_at_any_step_of_publishing_leaves_a_whole_version_and_a_true_message(
    index: Path,
) -> None:
    failures = 0
    for name in ("fsync", "replace", "rename"):
        for count in range(100):
            served = build(index, two_services(fingerprint=f"before {name} {count}"))
            with pytest.MonkeyPatch.context() as patched:
                _fail_at(patched, name, count)
                try:
                    build(index, NEW)
                except SnapshotError as error:
                    message = str(error)
                else:
                    break
            failures += 1
            assert message.endswith("Input/output error; the served version is unchanged")
            assert load(index).manifest == served, f"{name} {count}: {message}"
    assert failures >= 10


def test_an_interrupted_build_cleans_up_after_itself(index: Path) -> None:
    manifest = build(index)

    def interrupt(stage: str, done: int, total: int) -> None:
        if stage == QUESTIONS:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_index(NEW, HashingEncoder(), index, ExactStore, LexicalIndex, interrupt)
    assert sorted(path.name for path in index.iterdir()) == sorted([CURRENT_FILE, manifest.version])


BUILD_FOREVER = """
import sys
from pathlib import Path
from qa_service.encoders.hashing import HashingEncoder
from qa_service.indexing.build import build_index
from qa_service.stores.faiss import FaissStore
from qa_service.stores.bm25 import LexicalIndex
from worlds import two_services
for number in range(1_000_000):
    corpus = two_services(f"Обмін коштує {number} грн.", f"corpus-{number}")
    manifest = build_index(corpus, HashingEncoder(), Path(sys.argv[1]), FaissStore, LexicalIndex)
    print(manifest.version, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_killed_build_leaves_a_whole_version_and_does_not_hinder_the_next(
    index: Path, seed: int
) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    command = [sys.executable, "-c", BUILD_FOREVER, str(index)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as builder:
        assert builder.stdout
        seen = [builder.stdout.readline().strip()]
        time.sleep(random.Random(seed).uniform(0, 0.1))
        builder.send_signal(signal.SIGKILL)
        seen += builder.stdout.read().split()
    assert builder.returncode == -signal.SIGKILL
    served = load(index, FaissStore)
    assert served.manifest.version >= seen[-1]
    assert (
        served.passages[0].text
        == f"Обмін коштує {served.manifest.corpus_fingerprint.removeprefix('corpus-')} грн."
    )
    manifest = build(index, NEW, store=FaissStore)
    assert load(index, FaissStore).manifest == manifest


def test_a_version_is_current_until_an_input_changes(index: Path) -> None:
    corpus, encoder = two_services(), HashingEncoder()
    assert not is_current(index, corpus, encoder, ExactStore)
    build(index, corpus)
    assert is_current(index, corpus, encoder, ExactStore)
    assert not is_current(index, NEW, encoder, ExactStore)
    assert not is_current(index, corpus, HashingEncoder(64), ExactStore)
    assert not is_current(index, corpus, encoder, FaissStore)


def test_other_text_rules_make_a_version_out_of_date(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, encoder = two_services(), HashingEncoder()
    build(index, corpus)
    monkeypatch.setattr("qa_service.indexing.build.NORMALISER_VERSION", 999)
    assert not is_current(index, corpus, encoder, ExactStore)


def _damage_current(index: Path) -> None:
    (index / CURRENT_FILE).write_bytes(b"\xff\xfe")


def _empty_current(index: Path) -> None:
    (index / CURRENT_FILE).write_text("", "utf-8")


def _remove_version(index: Path) -> None:
    (index / CURRENT_FILE).write_text("20200101T000000000000Z-00000000\n", "utf-8")


def _damage_manifest(index: Path) -> None:
    (current_folder(index) / MANIFEST_FILE).write_text("{", "utf-8")


def _older_format(index: Path) -> None:
    path = current_folder(index) / MANIFEST_FILE
    path.write_text(path.read_text("utf-8").replace(f'"format": {FORMAT}', '"format": 0'), "utf-8")


def _damage_vectors(index: Path) -> None:
    path = current_folder(index) / PASSAGES / "vectors.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def _remove_file(index: Path) -> None:
    (current_folder(index) / "passages.jsonl").unlink()


@pytest.mark.parametrize(
    "damage",
    [
        _damage_current,
        _empty_current,
        _remove_version,
        _damage_manifest,
        _older_format,
        _damage_vectors,
        _remove_file,
    ],
)
def test_a_damaged_version_is_not_current_so_that_a_build_mends_it(
    index: Path, damage: Callable[[Path], None]
) -> None:
    """Every message about a damaged index says `run qa-service build`: that must help."""
    corpus = two_services()
    build(index, corpus)
    damage(index)
    assert not is_current(index, corpus, HashingEncoder(), ExactStore)
    build(index, corpus)
    assert load(index).passages == corpus.passages
