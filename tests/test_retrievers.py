"""QA_RETRIEVER: a version is published to the engine and searched there; this machine answers where
the engine is not to be had. Each test name is the rule.
"""

import logging
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pytest
from support.corpus import FEE_QUESTION, ROOT, tiny_index, tiny_settings
from support.milvus_world import LiteServer, lite_served
from typer.testing import CliRunner, Result

pytest.importorskip("pymilvus", reason="no pymilvus: run `make test`, which installs it")

from qa_service import retrievers
from qa_service.bootstrap import ServingLoader, build, open_mirror
from qa_service.cli import command_line
from qa_service.errors import EngineError, MissingExtraError, OverloadedError, SnapshotError
from qa_service.indexing.versions import (
    current_folder,
    current_version,
    make_current,
    prune,
    version_folders,
)
from qa_service.live import Live
from qa_service.monitoring.metrics import Metrics
from qa_service.retrieval import (
    LEXICAL,
    PASSAGES,
    QUESTIONS,
    SERVICES,
    VECTOR_LEGS,
    milvus_acceptance,
)
from qa_service.retrieval.legs import nearest
from qa_service.retrieval.milvus_client import Address, Milvus
from qa_service.settings import Settings, as_environment, described
from qa_service.types import Hits, Query
from qa_service.watching import Watcher

pytestmark = pytest.mark.slow

LEGS = {PASSAGES, QUESTIONS, SERVICES, LEXICAL}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiteServer]:
    with lite_served(tmp_path_factory.mktemp("milvus")) as served:
        yield served


@pytest.fixture
def nowhere() -> Iterator[str]:
    """The URL, with a password, of a port that refuses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"milvus://me:secret@127.0.0.1:{taken.getsockname()[1]}"


def _world(folder: Path, url: str) -> Settings:
    return tiny_index(folder, retriever=url)


def _collections(server: LiteServer) -> set[str]:
    """The versions that the engine holds in whole."""
    milvus = Milvus(Address.parse(server.url))
    names: list[str] = milvus.ask(
        monotonic() + 60, lambda client, seconds: client.list_collections(timeout=seconds)
    )
    versions = [name.removeprefix("qa_").partition(f"_{PASSAGES}")[0] for name in names]
    whole = {one for one in versions if {f"qa_{one}_{leg}" for leg in LEGS} <= set(names)}
    return {one.replace("Z_", "Z-") for one in whole}


def _failures(metrics: Metrics) -> dict[str, float]:
    return {
        sample.labels["leg"]: sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "qa_engine_failures_total"
    }


def _warnings(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [one for one in caplog.records if one.name == "qa_service.retrievers"]


# Published to the engine


def test_a_build_is_served_from_the_engine_before_it_is_published(
    tmp_path: Path, server: LiteServer, caplog: pytest.LogCaptureFixture
) -> None:
    settings = _world(tmp_path, server.url)
    manifest, _ = build(settings, force=True)
    assert manifest.version in _collections(server)
    metrics = Metrics()
    serving = ServingLoader(settings, metrics).load()
    answer = serving.engine.answer(Query(FEE_QUESTION))
    here = ServingLoader(tiny_settings(tmp_path)).load().engine.answer(Query(FEE_QUESTION))
    assert answer.answerable and not answer.degraded
    assert answer.passages == here.passages
    assert _failures(metrics) == {} and not _warnings(caplog)


def test_what_the_engine_does_not_take_is_not_published_and_goes_on_when_told(
    tmp_path: Path, server: LiteServer, nowhere: str
) -> None:
    broken = _world(tmp_path, nowhere)
    before = current_version(broken.index)
    with pytest.raises(EngineError, match=r"not published: Milvus .* cannot be reached") as raised:
        build(broken, force=True)
    waiting = version_folders(broken.index)[0].name
    assert current_version(broken.index) == before != waiting
    assert str(raised.value).endswith(f"run `qa-service engine publish {waiting}`")
    mended = tiny_settings(tmp_path, retriever=server.url)
    said = _run(mended, "publish", waiting)
    assert said.exit_code == 0 and f"{waiting} is published" in said.stdout
    assert current_version(mended.index) == waiting in _collections(server)


def test_going_back_searches_the_collections_of_the_version_before(
    tmp_path: Path, server: LiteServer
) -> None:
    settings, metrics = _world(tmp_path, server.url), Metrics()
    first, _ = build(settings, force=True)
    second, _ = build(settings, force=True)
    loader = ServingLoader(settings, metrics)
    live = Live(loader.load())
    make_current(settings.index, first.version)
    assert Watcher(live, settings.index, loader.load, metrics).check()
    answer = live.current.engine.answer(Query(FEE_QUESTION))
    assert answer.index_version == first.version and answer.answerable
    assert {first.version, second.version} <= _collections(server)
    assert _failures(metrics) == {}


def test_pruned_versions_are_dropped_from_the_engine(tmp_path: Path, server: LiteServer) -> None:
    settings = _world(tmp_path, server.url)
    old, _ = build(settings, force=True)
    new, _ = build(settings, force=True)
    prune(settings.index, 1, open_mirror(settings))
    assert old.version not in _collections(server) and new.version in _collections(server)


def test_what_cannot_be_dropped_stays_to_be_pruned_later(tmp_path: Path, nowhere: str) -> None:
    settings = _world(tmp_path, nowhere)
    build(tiny_settings(tmp_path), force=True)
    with pytest.raises(EngineError, match="cannot be reached"):
        prune(settings.index, 1, open_mirror(settings))
    assert len(version_folders(settings.index)) == 2


# Served without it


def test_an_engine_that_is_down_at_start_is_said_once_and_this_machine_answers(
    tmp_path: Path, nowhere: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings, metrics = _world(tmp_path, nowhere), Metrics()
    serving = ServingLoader(settings, metrics).load()
    answer = serving.engine.answer(Query(FEE_QUESTION))
    assert serving.probe.passed and answer.answerable and not answer.degraded
    assert _failures(metrics).keys() == LEGS
    [record] = _warnings(caplog)
    assert "cannot be reached: start it, or mend QA_RETRIEVER" in vars(record)["cause"]
    assert "secret" not in str([vars(one) for one in caplog.records])


def test_an_engine_that_has_other_versions_only_is_said_once_and_this_machine_answers(
    tmp_path: Path, server: LiteServer, caplog: pytest.LogCaptureFixture
) -> None:
    serving = ServingLoader(_world(tmp_path, server.url)).load()
    assert serving.engine.answer(Query(FEE_QUESTION)).answerable
    [record] = _warnings(caplog)
    assert "run `qa-service engine publish`" in vars(record)["cause"]


def _take_away_stores(settings: Settings) -> None:
    """As a replica is copied that leaves them to the engine."""
    folder = current_folder(settings.index)
    for path in (*folder.glob("*/vectors.faiss"), *folder.glob("lexical/*.npy")):
        path.unlink()


def test_a_machine_without_the_stores_answers_from_the_engine_and_is_refused_without_it(
    tmp_path: Path, server: LiteServer
) -> None:
    settings, metrics = _world(tmp_path, server.url), Metrics()
    build(settings, force=True)
    _take_away_stores(settings)
    serving = ServingLoader(settings, metrics).load()
    answer = serving.engine.answer(Query(FEE_QUESTION))
    assert serving.probe.passed and answer.answerable and not answer.degraded
    with pytest.raises(SnapshotError, match="is missing"):
        ServingLoader(tiny_settings(tmp_path)).load()


def test_without_stores_and_without_the_engine_it_starts_and_says_to_ask_again(
    tmp_path: Path, nowhere: str
) -> None:
    settings = _world(tmp_path, nowhere)
    _take_away_stores(settings)
    serving = ServingLoader(settings).load()
    assert not serving.probe.passed
    with pytest.raises(OverloadedError):
        serving.engine.answer(Query(FEE_QUESTION))


def test_whose_passages_are_missing_is_not_left_to_the_engine(
    tmp_path: Path, server: LiteServer
) -> None:
    settings = _world(tmp_path, server.url)
    shutil.rmtree(current_folder(settings.index) / QUESTIONS)
    with pytest.raises(SnapshotError, match="qa-service build"):
        ServingLoader(settings).load()


# The setting


def test_this_machine_alone_imports_nothing_of_the_engine(tmp_path: Path) -> None:
    settings = tiny_index(tmp_path)
    program = (
        "import sys; from qa_service.bootstrap import load_serving; import qa_service.server;"
        "from qa_service.settings import load_settings; load_serving(load_settings());"
        "print(sorted({'pymilvus', 'grpc', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**as_environment(settings), "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_without_the_extra_the_start_says_what_to_install(
    tmp_path: Path, nowhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrievers, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"\[milvus\]"):
        ServingLoader(_world(tmp_path, nowhere))


def test_the_settings_print_without_the_password(tmp_path: Path, nowhere: str) -> None:
    [printed] = [
        value
        for key, value, _ in described(tiny_settings(tmp_path, retriever=nowhere))
        if key == "QA_RETRIEVER"
    ]
    assert printed.startswith("milvus://me:***@127.0.0.1:")


# The command


def _run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(command_line(), ["engine", *arguments], env=as_environment(settings))


@pytest.mark.parametrize("command", ["publish", "check"])
def test_the_commands_need_an_engine(tmp_path: Path, command: str) -> None:
    done: Any = _run(tiny_index(tmp_path), command)
    assert "set QA_RETRIEVER to its address" in str(done.exception)


def test_a_check_tells_what_an_engine_does_and_leaves_nothing_behind(
    tmp_path: Path, server: LiteServer
) -> None:
    settings = tiny_index(tmp_path, retriever=server.url, answer_deadline_ms=60_000)
    before = _collections(server)
    done = _run(settings, "check")
    assert done.exit_code == 0, done.output
    said = done.stdout
    for check in ("server", "publish", "a question", *LEGS, "questions, filtered", "that is late"):
        assert check in said
    assert "FAIL" not in said and "recall@10 1.000" in said
    assert _collections(server) == before


def test_a_check_that_fails_says_where_and_exits_with_an_error(
    tmp_path: Path, server: LiteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nearest_and_lower(*arguments: Any) -> Hits:
        found = nearest(*arguments)
        return Hits(found.rows, found.scores - np.float32(0.01))

    monkeypatch.setattr(milvus_acceptance, "nearest", nearest_and_lower)
    done = _run(tiny_index(tmp_path, retriever=server.url, answer_deadline_ms=60_000), "check")
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert done.exit_code == 1
    assert [line.split()[1].rstrip(",") for line in failed] == [*VECTOR_LEGS] * 2
    assert all("scores differ by 1e-02" in line for line in failed)
