"""Building: what a version holds, and that a build which fails or is killed leaves the served
version as it was.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import faiss
import pytest
from support.corpus import (
    ROOT,
    WEIGHTS,
    make_corpus,
    make_passage,
    make_service,
    tiny_index,
    two_services,
)
from support.fakes import (
    Broken,
    FailingEncoder,
    StoreThatCannotBuild,
    StoreThatCannotSave,
    TermsThatCannotBuild,
    TermsThatCannotSave,
)
from support.waiting import MOST_S, until

from qa_service import bootstrap, models
from qa_service.documents import Corpus, weights_file
from qa_service.encoders import Encoder
from qa_service.encoders.hashing import HashingEncoder
from qa_service.errors import SnapshotError
from qa_service.indexing import contents, versions
from qa_service.indexing.build import (
    Weights,
    build_index,
    has_weights,
    is_current,
    reweigh_index,
)
from qa_service.indexing.changes import CHANGES_FILE
from qa_service.indexing.manifest import FORMAT, MANIFEST_FILE, Manifest
from qa_service.indexing.snapshot import Snapshot, load_snapshot
from qa_service.indexing.texts import (
    OPENING_CHARS,
    lexical_texts,
    passage_texts,
    question_texts,
    service_texts,
)
from qa_service.indexing.versions import CURRENT_FILE, current_folder, current_version
from qa_service.ranking.weights import WEIGHTS_FILE, parse_weights
from qa_service.retrieval import CLASSIFIER, LEXICAL_SCOPE, OFF_TOPIC, PASSAGES, QUESTIONS, SERVICES
from qa_service.stores import TermIndex, VectorStore
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.exact import ExactStore
from qa_service.stores.faiss import FaissStore
from qa_service.text.tokens import grams
from qa_service.types import Vectors

NEW = two_services("Обмін посвідчення водія коштує 2000 грн.", "corpus-2")
OTHER_WEIGHTS = WEIGHTS | {"english_lexical": 0.75, "legs": WEIGHTS["legs"] | {"passages": 9.0}}


def build(
    index: Path,
    corpus: Corpus | None = None,
    encoder: Encoder | None = None,
    store: type[VectorStore] = ExactStore,
    terms: type[TermIndex] = Bm25Index,
    weights: Weights = WEIGHTS,
    anew: bool = False,
) -> Manifest:
    corpus, encoder = corpus or two_services(), encoder or HashingEncoder()
    return build_index(corpus, encoder, index, store, terms, weights, anew=anew)


def _but_for_changes(manifest: Manifest) -> dict[str, str]:
    """The checksums, without the one of the file that names the version before."""
    return {name: one for name, one in manifest.checksums.items() if name != CHANGES_FILE}


def load(index: Path, store: type[VectorStore] = ExactStore) -> Snapshot:
    return load_snapshot(current_folder(index), store, Bm25Index)


def _names(index: Path) -> list[str]:
    """All but what is kept for the next build."""
    names = (path.name for path in index.iterdir())
    return sorted(name for name in names if not name.startswith(".kept-"))


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
    assert _names(index) == sorted([".lock", CURRENT_FILE, manifest.version])


def test_the_manifest_counts_and_names_what_the_version_was_made_of(index: Path) -> None:
    manifest, encoder = build(index), HashingEncoder()
    assert (manifest.passages, manifest.services, manifest.questions) == (5, 2, 11)
    assert (manifest.encoder, manifest.encoder_fingerprint, manifest.dimension) == (
        "hashing",
        encoder.fingerprint,
        256,
    )
    assert (manifest.corpus_fingerprint, manifest.store) == ("corpus-1", "exact")
    files = {
        path.relative_to(index / manifest.version).as_posix()
        for path in (index / manifest.version).rglob("*.*")
    }
    assert manifest.checksums.keys() == files - {MANIFEST_FILE}
    assert manifest.background.keys() == {PASSAGES, QUESTIONS, SERVICES, CLASSIFIER}
    assert all(background.deviation > 0 for background in manifest.background.values())


def test_every_leg_finds_the_passage_that_a_question_was_written_for(index: Path) -> None:
    build(index)
    loaded, encoder = load(index), HashingEncoder()
    legs, terms = loaded.stores.legs, loaded.stores.terms
    for row, passage in enumerate(loaded.passages):
        by_text = legs[PASSAGES].search(
            encoder.encode_passages([f"{passage.title}. {passage.text}"])[0], 3
        )
        by_question = legs[QUESTIONS].search(encoder.encode_queries([passage.questions[0]])[0], 3)
        by_name = legs[SERVICES].search(encoder.encode_queries([passage.service_title])[0], 1)
        assert by_text.rows[0] == by_question.rows[0] == row
        assert by_text.scores[0] == pytest.approx(1, abs=1e-5)
        assert row in by_name.rows
        assert row in terms.search(grams(passage.questions[0]), 3)[0]


def test_a_corpus_without_services_and_questions_has_the_legs_it_can_have(index: Path) -> None:
    passages = (
        make_passage("a.fee", "Ціна 5 грн.", title=""),
        make_passage("b.fee", "Ціна 6 грн.", title=""),
    )
    build(index, Corpus(passages, (), "jsonl"))
    loaded = load(index)
    assert loaded.stores.legs.keys() == {PASSAGES}
    assert loaded.stores.off_topic is None and loaded.stores.lexical_scope is None
    assert loaded.passages == passages


def test_a_corpus_with_off_topic_questions_has_what_tells_them_from_known_ones(index: Path) -> None:
    build(index, replace(two_services(), off_topic=("яка погода", "котра година")))
    loaded, encoder = load(index), HashingEncoder()
    off_topic, lexical_scope = loaded.stores.off_topic, loaded.stores.lexical_scope
    assert off_topic and lexical_scope
    rows, scores = off_topic.search(encoder.encode_queries(["котра година"]), 1)
    assert (rows[0, 0], scores[0, 0]) == (1, pytest.approx(1, abs=1e-5))
    assert lexical_scope.in_scope == loaded.manifest.questions
    assert lexical_scope.margin(grams("яка погода")) < 0 < lexical_scope.margin(grams("номерами"))
    folders = {path.name for path in current_folder(index).iterdir() if path.is_dir()}
    assert {OFF_TOPIC, LEXICAL_SCOPE} == folders & {"off_topic", "lexical_scope", "wording"}


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


def test_a_later_part_is_encoded_with_its_documents_opening() -> None:
    long = " ".join(["Купівля авто без", "довгих черг"] * 8)
    texts = passage_texts(_cut_in_two(long, "Далі.", title="")).texts
    opening, _, rest = texts[1].partition(". ")
    assert (texts[0], rest) == (long, "Далі.")
    assert long.startswith(f"{opening} ")
    assert len(opening) <= OPENING_CHARS < len(opening) + len(" довгих")


def test_a_part_of_a_titled_document_is_encoded_with_the_title_alone() -> None:
    assert passage_texts(_cut_in_two("Перше.", "Друге.", title="Продаж")).texts == [
        "Продаж. Перше.",
        "Продаж. Друге.",
    ]


def test_words_of_a_part_are_those_of_its_whole_document() -> None:
    first, second = lexical_texts(_cut_in_two("Перше.", "Друге.", title=""))
    assert first.split() == second.split() == ["Перше.", "Друге."]


def _cut_in_two(first: str, second: str, title: str) -> Corpus:
    parts = [
        make_passage(f"a.{topic}", text, title=title, document="whole")
        for topic, text in (("fee", first), ("term", second))
    ]
    return make_corpus(make_service("a", *parts))


def test_a_version_of_many_passages_has_no_classifier(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passages = len(two_services().passages)
    monkeypatch.setattr(contents, "CLASSES_BELOW", passages + 1)
    build(index)
    assert load(index).classifier is not None
    monkeypatch.setattr(contents, "CLASSES_BELOW", passages)
    build(index, anew=True)
    assert load(index).classifier is None


def test_progress_goes_from_nothing_to_all_in_each_stage(index: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    build_index(
        two_services(),
        HashingEncoder(),
        index,
        ExactStore,
        Bm25Index,
        WEIGHTS,
        progress=lambda *step: steps.append(step),
    )
    assert [step for step in steps if step[0] == PASSAGES] == [(PASSAGES, 0, 5), (PASSAGES, 5, 5)]
    assert {stage for stage, done, total in steps if done == total} == {
        PASSAGES,
        QUESTIONS,
        SERVICES,
    }


def test_building_again_of_the_same_makes_the_same_files(index: Path) -> None:
    first, second = build(index, store=FaissStore), build(index, store=FaissStore, anew=True)
    assert _but_for_changes(first) == _but_for_changes(second)
    assert first.background == second.background
    assert first.version != second.version


def test_the_last_of_two_builds_is_served_and_the_first_is_kept(index: Path) -> None:
    first, second = build(index), build(index, NEW)
    assert second.version > first.version
    assert load(index).passages == NEW.passages
    assert (
        load_snapshot(index / first.version, ExactStore, Bm25Index).passages
        == two_services().passages
    )


@pytest.mark.parametrize(
    ("encoder", "store", "terms"),
    [
        pytest.param(0, ExactStore, Bm25Index, id="encoding passages"),
        pytest.param(1, ExactStore, Bm25Index, id="encoding questions"),
        pytest.param(2, ExactStore, Bm25Index, id="encoding names"),
        pytest.param(99, StoreThatCannotBuild, Bm25Index, id="building vectors"),
        pytest.param(99, StoreThatCannotSave, Bm25Index, id="saving vectors"),
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
        build(index, NEW, FailingEncoder(encoder), store, terms, anew=True)
    assert sorted(index.iterdir()) == before
    assert load(index).manifest == manifest


ELSEWHERE = "choose another folder with --index or QA_INDEX; the served version is unchanged"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "No space left on device; free some space or "),
        (OSError(122, "Disk quota exceeded"), "Disk quota exceeded; free some space or "),
        (OSError(27, "File too large"), "File too large; allow larger files or "),
        (OSError(30, "Read-only file system"), "Read-only file system; let qa-service write there"),
        (OSError(13, "Permission denied"), "Permission denied; let qa-service write there or "),
        (OSError(5, "Input/output error"), "Input/output error; choose another"),
        (
            OSError("68388 requested and 34784 written"),
            "a file was not written in full; free some space, allow larger files or ",
        ),
    ],
)
def test_what_cannot_be_written_says_why_and_what_to_do_in_one_line(
    index: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, said: str
) -> None:
    def failing(store: ExactStore, folder: Path) -> None:
        raise error

    manifest = build(index)
    monkeypatch.setattr(ExactStore, "save", failing)
    with pytest.raises(SnapshotError) as caught:
        build(index, NEW)
    message = str(caught.value)
    assert message.startswith(f"cannot write the index to {index}: {said}")
    assert message.endswith(ELSEWHERE) and "\n" not in message
    assert load(index).manifest == manifest


def test_a_disk_that_fills_while_faiss_writes_is_one_line_and_the_served_version_stays(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(vectors: object, path: str) -> None:
        Path(path).write_bytes(b"half of it")
        raise RuntimeError(f"Error in void faiss::write_index\nwrite error in {path}")

    manifest = build(index, store=FaissStore)
    before = _names(index)
    monkeypatch.setattr(faiss, "write_index", full)
    with pytest.raises(SnapshotError) as caught:
        build(index, NEW, store=FaissStore)
    message = str(caught.value)
    assert "\n" not in message and message.startswith(f"cannot write the index to {index}: ")
    assert "free some space" in message and message.endswith(ELSEWHERE)
    assert _names(index) == before
    assert load(index, FaissStore).manifest == manifest


def _fail_at(monkeypatch: pytest.MonkeyPatch, name: str, count: int) -> None:
    """Let `os.<name>` break at its call number `count`, as a failing disk does."""
    original, calls = getattr(os, name), iter(range(1_000))

    def failing(*arguments: object, **options: object) -> object:
        if next(calls) == count:
            raise OSError(5, "Input/output error")
        return original(*arguments, **options)

    monkeypatch.setattr(os, name, failing)


@pytest.mark.parametrize(
    ("name", "fewest"), [("fsync", 10), ("replace", 2), ("rename", 0), ("scandir", 1)]
)
def test_a_disk_that_fails_at_any_step_of_publishing_leaves_a_whole_version_and_a_true_message(
    index: Path, name: str, fewest: int
) -> None:
    failures = 0
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
        assert message.endswith(f"Input/output error; {ELSEWHERE}")
        assert load(index).manifest == served, f"{name} {count}: {message}"
    assert failures >= fewest


def test_a_disk_that_fails_once_a_version_is_published_does_not_say_that_it_is_not(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(index: Path, kept: int, mirror: object) -> list[str]:
        raise OSError(5, "Input/output error")

    build(index)
    monkeypatch.setattr(versions, "_prune", failing)
    manifest = build(index, NEW)
    assert load(index).manifest == manifest


def test_an_interrupted_build_cleans_up_after_itself(index: Path) -> None:
    manifest = build(index)

    def interrupt(stage: str, done: int, total: int) -> None:
        if stage == QUESTIONS:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_index(
            NEW, HashingEncoder(), index, ExactStore, Bm25Index, WEIGHTS, progress=interrupt
        )
    assert _names(index) == sorted([".lock", CURRENT_FILE, manifest.version])


BUILD_FOREVER = """
import sys
from pathlib import Path
from qa_service.encoders.hashing import HashingEncoder
from qa_service.indexing.build import build_index
from qa_service.stores.faiss import FaissStore
from qa_service.stores.bm25 import Bm25Index
from support.corpus import WEIGHTS, two_services
for number in range(1_000_000):
    corpus, index = two_services(f"Обмін коштує {number} грн.", f"corpus-{number}"), sys.argv[1]
    manifest = build_index(
        corpus, HashingEncoder(), Path(index), FaissStore, Bm25Index, WEIGHTS
    )
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
    assert not [name for name in _names(index) if name.startswith(".staging")]


# Weights


def _bytes(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("weights", [WEIGHTS, OTHER_WEIGHTS])
def test_weights_travel_in_the_version(index: Path, weights: Weights) -> None:
    manifest = build(index, weights=weights)
    assert load(index).weights == parse_weights(weights)
    assert WEIGHTS_FILE in manifest.checksums
    assert [has_weights(manifest, these) for these in (WEIGHTS, OTHER_WEIGHTS)] == [
        weights == WEIGHTS,
        weights == OTHER_WEIGHTS,
    ]


def test_other_weights_do_not_make_a_version_out_of_date(index: Path) -> None:
    corpus, encoder = two_services(), HashingEncoder()
    build(index, corpus, encoder, weights=OTHER_WEIGHTS)
    assert is_current(index, corpus, encoder, ExactStore)


def test_reweighing_publishes_a_version_that_differs_in_its_weights_only(index: Path) -> None:
    first, before = build(index), load(index)
    second = reweigh_index(index, HashingEncoder(), OTHER_WEIGHTS)
    after = load(index)
    assert second == after.manifest and second.version > first.version
    assert after.weights == parse_weights(OTHER_WEIGHTS) != before.weights
    assert (after.passages, after.services) == (before.passages, before.services)
    changed = {
        path for path, checksum in second.checksums.items() if checksum != first.checksums[path]
    }
    assert (
        changed == {WEIGHTS_FILE, CHANGES_FILE}
        and second.checksums.keys() == first.checksums.keys()
    )
    named_alike = replace(second, version=first.version, created=first.created)
    assert replace(named_alike, checksums=first.checksums) == first


@pytest.mark.parametrize("has_links", [True, False])
def test_reweighing_leaves_the_files_of_the_old_version_unchanged(
    index: Path, has_links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(source: str, target: str) -> None:
        raise OSError(95, "Operation not supported")

    if not has_links:
        monkeypatch.setattr(os, "link", no_links)
    first = build(index)
    before = _bytes(index / first.version)
    second = reweigh_index(index, HashingEncoder(), OTHER_WEIGHTS)
    assert _bytes(index / first.version) == before
    old = load_snapshot(index / first.version, ExactStore, Bm25Index)
    assert old.manifest == first and old.weights == parse_weights(WEIGHTS)
    assert _names(index) == sorted([".lock", CURRENT_FILE, first.version, second.version])


class CountingEncoder(HashingEncoder):
    """Counts the texts that it encodes."""

    texts = 0

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        CountingEncoder.texts += len(texts)
        return super().encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        CountingEncoder.texts += len(texts)
        return super().encode_passages(texts)


def test_a_build_with_nothing_but_other_weights_encodes_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tiny_index(tmp_path)
    first = current_version(settings.index)
    monkeypatch.setattr(models, "HashingEncoder", CountingEncoder)
    monkeypatch.setattr(CountingEncoder, "texts", 0)
    assert bootstrap.build(settings)[1] is False
    weights_file(settings.corpus).write_text(json.dumps(OTHER_WEIGHTS), "utf-8")
    manifest, is_new = bootstrap.build(settings)
    assert is_new and first != manifest.version == current_version(settings.index)
    assert load(settings.index, FaissStore).weights == parse_weights(OTHER_WEIGHTS)
    assert bootstrap.build(settings) == (manifest, False)
    assert CountingEncoder.texts == 0
    bootstrap.build(settings, force=True)
    assert CountingEncoder.texts == 0
    bootstrap.build(settings, anew=True)
    assert CountingEncoder.texts > 0


def test_a_damaged_version_is_not_reweighed_but_built_anew(tmp_path: Path) -> None:
    settings = tiny_index(tmp_path)
    _damage(current_folder(settings.index) / PASSAGES / "vectors.faiss")
    weights_file(settings.corpus).write_text(json.dumps(OTHER_WEIGHTS), "utf-8")
    manifest, _ = bootstrap.build(settings)
    loaded = load(settings.index, FaissStore)
    assert loaded.manifest == manifest and loaded.weights == parse_weights(OTHER_WEIGHTS)


def test_reweighing_that_breaks_leaves_the_served_version_and_no_litter(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = build(index)
    before = _names(index)
    _fail_at(monkeypatch, "fsync", 3)
    with pytest.raises(SnapshotError, match=f"Input/output error; {ELSEWHERE}"):
        reweigh_index(index, HashingEncoder(), OTHER_WEIGHTS)
    assert _names(index) == before and load(index).manifest == manifest


def test_where_there_is_no_index_there_is_nothing_to_reweigh(index: Path) -> None:
    with pytest.raises(SnapshotError, match=r"there is no index in .*: run `qa-service build`"):
        reweigh_index(index, HashingEncoder(), OTHER_WEIGHTS)


def test_reweighing_beside_a_build_reweighs_what_was_built(
    index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    build(index)
    reached, may_go_on = Event(), Event()

    def slowly(stage: str, done: int, total: int) -> None:
        reached.set()
        may_go_on.wait(MOST_S)

    with ThreadPoolExecutor(2) as pool:
        made_of = (NEW, HashingEncoder(), index, ExactStore, Bm25Index, WEIGHTS)
        builder = pool.submit(build_index, *made_of, progress=slowly)
        assert reached.wait(MOST_S)
        weigher = pool.submit(reweigh_index, index, HashingEncoder(), OTHER_WEIGHTS)
        try:
            until(lambda: "waiting for another build" in caplog.text)
        finally:
            may_go_on.set()
        assert builder.result().version < weigher.result().version
    loaded = load(index)
    assert (loaded.passages, loaded.weights) == (NEW.passages, parse_weights(OTHER_WEIGHTS))


# What is current


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


def _endless_current(index: Path) -> None:
    (index / CURRENT_FILE).write_text("a" * 5_000, "utf-8")


def _remove_version(index: Path) -> None:
    (index / CURRENT_FILE).write_text("20200101T000000000000Z-00000000\n", "utf-8")


def _rename_version(index: Path) -> None:
    current_folder(index).rename(index / "renamed")
    (index / CURRENT_FILE).write_text("renamed\n", "utf-8")


def _damage_manifest(index: Path) -> None:
    (current_folder(index) / MANIFEST_FILE).write_text("{", "utf-8")


def _older_format(index: Path) -> None:
    path = current_folder(index) / MANIFEST_FILE
    path.write_text(path.read_text("utf-8").replace(f'"format": {FORMAT}', '"format": 0'), "utf-8")


def _damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def _damage_vectors(index: Path) -> None:
    _damage(current_folder(index) / PASSAGES / "vectors.npy")


def _damage_weights(index: Path) -> None:
    _damage(current_folder(index) / WEIGHTS_FILE)


def _remove_file(index: Path) -> None:
    (current_folder(index) / "passages.jsonl").unlink()


@pytest.mark.parametrize(
    "damage",
    [
        _damage_current,
        _empty_current,
        _endless_current,
        _remove_version,
        _rename_version,
        _damage_manifest,
        _older_format,
        _damage_vectors,
        _damage_weights,
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
