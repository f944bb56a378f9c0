"""A new version is taken while the service runs, and a bad one is refused. Each test name is the
rule.
"""

import gc
import itertools
import json
import logging
import os
import shutil
import sys
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event, active_count
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.app import api, client, problem_of, token_of
from support.corpus import FEE_QUESTION, tiny_index
from support.fakes import CountingEncoder
from support.waiting import until

from qa_service import watching
from qa_service.access.keys import Role
from qa_service.bootstrap import ServingLoader, build, web_dependencies
from qa_service.errors import SnapshotError
from qa_service.indexing.manifest import MANIFEST_FILE
from qa_service.indexing.versions import CURRENT_FILE, current_folder, current_version, make_current
from qa_service.live import AnswerCache, Live, Probe, Serving
from qa_service.monitoring.metrics import Metrics
from qa_service.settings import Settings
from qa_service.types import Query
from qa_service.watching import Watcher, making_way
from qa_service.web.app import create_app


class World:
    """A served index that new versions are published of."""

    def __init__(self, folder: Path) -> None:
        self.settings: Settings = tiny_index(folder)
        self.loader = ServingLoader(self.settings)
        self.live, self.metrics = Live(self.loader.load()), Metrics()
        self.watcher = self.watching()

    def watching(self, every_s: float | None = 0.01) -> Watcher:
        return Watcher(self.live, self.settings.index, self.loader.load, self.metrics, every_s)

    def publish(self) -> str:
        manifest, _ = build(self.settings, force=True)
        return manifest.version

    @property
    def served(self) -> str:
        return self.live.current.version

    def swaps(self, outcome: str) -> float:
        value: float = self.metrics.index_swaps.labels(outcome)._value.get()
        return value


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_the_version_that_is_served_is_not_loaded_again(world: World) -> None:
    before = world.live.current
    assert not world.watcher.check() and world.live.current is before


def test_a_published_version_is_taken(world: World) -> None:
    version = world.publish()
    assert world.watcher.check() and world.served == version
    assert world.swaps("taken") == 1
    answer = world.live.current.engine.answer(Query(FEE_QUESTION))
    assert answer.index_version == version and answer.answerable


def test_it_is_taken_by_itself_and_no_more_once_stopped(world: World) -> None:
    world.watcher.start()
    version = world.publish()
    until(lambda: world.served == version)
    world.watcher.stop()
    until(lambda: not world.watcher._thread or not world.watcher._thread.is_alive())
    world.publish()
    assert world.served == version


def test_without_a_clock_it_is_taken_when_woken(world: World) -> None:
    watcher = world.watching(every_s=None)
    watcher.start()
    version = world.publish()
    assert world.served != version
    watcher.wake()
    until(lambda: world.served == version)
    watcher.stop()


def test_the_encoder_stays_while_versions_are_made_with_it(world: World) -> None:
    before = world.live.current.engine._encoder
    world.publish()
    world.watcher.check()
    assert world.live.current.engine._encoder is before


def test_going_back_is_taken_like_going_on(world: World) -> None:
    first = world.served
    world.publish()
    world.watcher.check()
    make_current(world.settings.index, first)
    assert world.watcher.check() and world.served == first


def test_what_was_asked_last_is_answered_before_a_version_is_served(world: World) -> None:
    world.live.current.answers.answer(Query(FEE_QUESTION))
    version = world.publish()
    world.watcher.check()
    answer, was_cached = world.live.current.answers.answer(Query(FEE_QUESTION))
    assert was_cached and answer.index_version == version


def test_another_version_of_the_same_encoder_embeds_no_question_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = CountingEncoder(256)
    monkeypatch.setattr("qa_service.bootstrap.load_encoder", lambda settings: encoder)
    world = World(tmp_path)
    world.live.current.answers.answer(Query(FEE_QUESTION))
    world.publish()
    encoder.encoded.clear()
    assert world.watcher.check()
    assert encoder.encoded == []
    world.live.current.answers.answer(Query("питання, якого ще не було"))
    assert len(encoder.encoded) == 1


def test_what_warms_a_version_up_takes_no_rests(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would be for as long as the answers take."""
    profilers: list[object] = []
    monkeypatch.setattr(AnswerCache, "warm", lambda *given: profilers.append(sys.getprofile()))
    world.publish()
    before = sys.getprofile()
    assert world.watcher.check() and profilers == [before]


@pytest.mark.parametrize("works", [True, False])
def test_loading_makes_way_and_leaves_the_interpreter_as_it_was(world: World, works: bool) -> None:
    seen: list[tuple[bool, float]] = []
    before = (gc.isenabled(), sys.getswitchinterval())

    def load() -> Serving:
        seen.append((gc.isenabled(), sys.getswitchinterval()))
        if not works:
            raise SnapshotError("damaged")
        return world.loader.load()

    world.publish()
    Watcher(world.live, world.settings.index, load, world.metrics).check()
    [(collects, interval)] = seen
    assert not collects and interval < before[1]
    assert (gc.isenabled(), sys.getswitchinterval()) == before


# What is refused


def _truncated(folder: Path) -> None:
    file = folder / "passages.jsonl"
    file.write_bytes(file.read_bytes()[:-20])


def _of_another_model(folder: Path) -> None:
    _changed(folder, encoder_fingerprint="another")


def _of_other_text_rules(folder: Path) -> None:
    _changed(folder, normaliser_version=0)


def _of_another_format(folder: Path) -> None:
    _changed(folder, format=0)


def _of_another_store(folder: Path) -> None:
    _changed(folder, store="exact")


def _without_a_file(folder: Path) -> None:
    (folder / "vocabulary.json").unlink()


def _without_a_manifest(folder: Path) -> None:
    (folder / MANIFEST_FILE).unlink()


def _gone(folder: Path) -> None:
    shutil.rmtree(folder)


def _changed(folder: Path, **values: object) -> None:
    file = folder / MANIFEST_FILE
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | values), "utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        _truncated,
        _of_another_model,
        _of_other_text_rules,
        _of_another_format,
        _of_another_store,
        _without_a_file,
        _without_a_manifest,
        _gone,
    ],
)
def test_a_version_that_does_not_fit_is_refused_once_and_the_one_before_serves_on(
    world: World, caplog: pytest.LogCaptureFixture, damage: Any
) -> None:
    before = world.live.current
    version = world.publish()
    damage(world.settings.index / version)
    caplog.set_level(logging.INFO)
    for _ in range(3):
        assert not world.watcher.check()
    assert world.live.current is before and world.swaps("refused") == 1
    refusals = [one for one in caplog.records if "refused" in one.message]
    assert len(refusals) == 1 and refusals[0].index_version == version  # type: ignore[attr-defined]
    assert before.engine.answer(Query(FEE_QUESTION)).answerable


def test_a_version_that_answers_nothing_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = world.live.current
    load = world.loader.load
    silent = Probe(lambda: False)
    monkeypatch.setattr(world.loader, "load", lambda: replace(load(), probe=silent))
    world.publish()
    assert not world.watching().check() and world.live.current is before


@pytest.mark.parametrize("error", [PermissionError("no access"), MemoryError(), KeyError("x")])
def test_whatever_a_version_fails_by_it_is_refused_once_and_the_next_one_is_taken(
    world: World, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    before, failing = world.live.current, [error]

    def load() -> Serving:
        if failing:
            raise failing.pop()
        return world.loader.load()

    world.publish()
    watcher = Watcher(world.live, world.settings.index, load, world.metrics)
    for _ in range(3):
        assert not watcher.check()
    (refusal,) = (one for one in caplog.records if "refused" in one.message)
    assert refusal.cause == repr(error)  # type: ignore[attr-defined]
    assert world.live.current is before and world.swaps("refused") == 1
    version = world.publish()
    assert watcher.check() and world.served == version


def test_the_next_version_after_a_refused_one_is_taken(world: World) -> None:
    _truncated(world.settings.index / world.publish())
    world.watcher.check()
    version = world.publish()
    assert world.watcher.check() and world.served == version


def test_a_refused_version_that_was_mended_is_taken_once_it_is_published_again(
    world: World,
) -> None:
    version = world.publish()
    file = world.settings.index / version / "passages.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    world.watcher.check()
    file.write_bytes(whole)
    os.utime(world.settings.index / CURRENT_FILE, ns=(1, 1))
    assert world.watcher.check() and world.served == version


def test_a_copy_of_a_version_under_another_name_is_refused_once_and_its_own_name_is_taken(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    before, version = world.live.current, world.publish()
    shutil.copytree(world.settings.index / version, world.settings.index / "copy")
    (world.settings.index / CURRENT_FILE).write_text("copy\n", "utf-8")
    for _ in range(3):
        assert not world.watcher.check()
    assert world.live.current is before and world.swaps("refused") == 1
    (refusal,) = (one for one in caplog.records if "refused" in one.message)
    assert f"holds version {version}: give the folder that name" in refusal.cause  # type: ignore[attr-defined]
    make_current(world.settings.index, version)
    assert world.watcher.check() and world.served == version


@pytest.mark.parametrize("content", ["", "\n", ".", "../index", "../../etc", "x" * 5_000, "\0"])
def test_a_damaged_current_is_refused_once_and_again_when_it_changes(
    world: World, caplog: pytest.LogCaptureFixture, content: str
) -> None:
    before = world.live.current
    current = world.settings.index / CURRENT_FILE
    for times in (1, 2):
        current.write_text(content, "utf-8")
        os.utime(current, ns=(times, times))
        for _ in range(3):
            assert not world.watcher.check()
        assert world.swaps("refused") == times
        assert [one.message for one in caplog.records if "refused" in one.message] == [
            "a version is refused, the one before serves on"
        ] * times
    assert world.live.current is before


def test_a_current_that_cannot_be_read_is_refused_once(world: World) -> None:
    current = world.settings.index / CURRENT_FILE
    current.unlink()
    current.mkdir()
    for _ in range(3):
        assert not world.watcher.check()
    assert world.swaps("refused") == 1


def test_a_version_published_after_a_damaged_current_is_taken(world: World) -> None:
    (world.settings.index / CURRENT_FILE).write_text("..", "utf-8")
    world.watcher.check()
    version = world.publish()
    assert world.watcher.check() and world.served == version


def test_an_index_that_is_removed_changes_nothing(world: World) -> None:
    before = world.live.current
    shutil.rmtree(world.settings.index)
    assert not world.watcher.check() and world.live.current is before
    assert before.engine.answer(Query(FEE_QUESTION)).answerable


# While questions are asked


def test_no_answer_mixes_versions_and_none_fails_while_versions_change(world: World) -> None:
    done = Event()

    def asking() -> Iterator[tuple[str, bool]]:
        while not done.is_set():
            serving = world.live.current
            answer = serving.engine.answer(Query(FEE_QUESTION))
            yield answer.index_version, answer.index_version == serving.version

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(lambda: list(asking())) for _ in range(4)]
        published = [world.served]
        for _ in range(5):
            published.append(world.publish())
            assert world.watcher.check()
        done.set()
    seen = [one for future in asked for one in future.result()]
    assert all(is_one for _, is_one in seen)
    assert {version for version, _ in seen} <= set(published)


def test_nothing_of_an_old_version_stays_behind(world: World) -> None:
    old = weakref.ref(world.live.current.engine)
    world.live.current.engine.answer(Query(FEE_QUESTION))
    threads = active_count()
    for _ in range(3):
        world.publish()
        world.watcher.check()
        world.live.current.engine.answer(Query(FEE_QUESTION))
    gc.collect()
    assert old() is None and active_count() <= threads


# The application


def test_the_application_takes_versions_by_itself(tmp_path: Path) -> None:
    settings = tiny_index(tmp_path)
    deps = web_dependencies(settings)
    with TestClient(create_app(deps)) as browser:
        manifest, _ = build(settings, force=True)
        until(lambda: browser.get("/readyz").json()["index_version"] == manifest.version)
        answer = browser.post("/v1/ask", json={"question": FEE_QUESTION}).json()
    assert answer["index_version"] == manifest.version


def test_an_administrator_has_it_looked_for_now(tmp_path: Path) -> None:
    settings = tiny_index(tmp_path, reload="signal")
    token = token_of(tmp_path, Role.ADMIN)
    browser = client(create_app(web_dependencies(settings)), headers={"X-API-Key": token})
    manifest, _ = build(settings, force=True)
    first = browser.post("/v1/admin/reload").json()
    assert first == {"index_version": manifest.version, "taken": True}
    assert not browser.post("/v1/admin/reload").json()["taken"]


def test_nobody_else_has(tmp_path: Path) -> None:
    problem_of(client(api(tmp_path)).post("/v1/admin/reload"), 401)


def test_where_it_is_switched_off_nothing_is_looked_for(tmp_path: Path) -> None:
    settings = tiny_index(tmp_path, reload="off")
    deps = web_dependencies(settings)
    assert deps.watcher is None
    problem_of(client(create_app(deps)).post("/v1/admin/reload"), 404)


def test_a_version_named_in_current_must_be_there(tmp_path: Path) -> None:
    settings = tiny_index(tmp_path)
    assert current_version(settings.index) == current_folder(settings.index).name
    (settings.index / CURRENT_FILE).write_text("gone\n", "utf-8")
    with pytest.raises(SnapshotError):
        current_folder(settings.index)


def test_a_thread_that_loads_rests_after_each_millisecond_of_python(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The clock goes on by a quarter of a millisecond with each look at it."""
    clock, rests = itertools.count(step=0.00025), list[float]()
    monkeypatch.setattr(watching, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(watching, "sleep", rests.append)
    with making_way():
        for _ in range(400):
            watching._SWITCH_S.is_integer()
    assert len(rests) >= 100 and set(rests) == {watching._PAUSE_S}


def test_a_thread_that_has_loaded_rests_no_more_and_has_its_own_profiler_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def profiler(*event: object) -> None:
        pass

    monkeypatch.setattr(watching, "sleep", lambda seconds: None)
    sys.setprofile(profiler)
    try:
        with making_way():
            assert sys.getprofile() is not profiler
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(None)
