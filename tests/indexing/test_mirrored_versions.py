"""Versions that a search engine beside this machine holds too: what it does not take is not served,
waits, and is forgotten in time. Each test name is the rule.
"""

from pathlib import Path

import pytest
from support.corpus import two_services

from qa_service.encoders.hashing import HashingEncoder
from qa_service.errors import EngineError, SnapshotError
from qa_service.indexing.build import build_index, reweigh_index
from qa_service.indexing.versions import (
    KEPT,
    current_version,
    make_current,
    publish_kept,
    version_folders,
)
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.exact import ExactStore


class Engine:
    """Holds versions by name; `works`: whether it takes any."""

    def __init__(self) -> None:
        self.held: list[str] = []
        self.works = True

    def publish(self, folder: Path) -> None:
        if not self.works:
            raise EngineError("the engine is down")
        self.held.append(folder.name)

    def drop(self, version: str) -> None:
        if version in self.held:
            self.held.remove(version)


@pytest.fixture
def engine() -> Engine:
    return Engine()


def _build(index: Path, engine: Engine) -> str:
    encoder, kinds = HashingEncoder(64), (ExactStore, Bm25Index)
    return build_index(two_services(), encoder, index, *kinds, {}, mirror=engine).version


def _refused(index: Path, engine: Engine, times: int = 1) -> str:
    """The newest version that the engine did not take."""
    engine.works = False
    for _ in range(times):
        with pytest.raises(EngineError, match="not published: the engine is down"):
            _build(index, engine)
    engine.works = True
    return version_folders(index)[0].name


def test_of_the_versions_that_were_refused_one_waits(tmp_path: Path, engine: Engine) -> None:
    served = _build(tmp_path, engine)
    waiting = _refused(tmp_path, engine, times=KEPT + 1)
    assert current_version(tmp_path) == served
    assert [folder.name for folder in version_folders(tmp_path)] == [waiting, served]


def test_refused_versions_do_not_push_out_those_that_were_served(
    tmp_path: Path, engine: Engine
) -> None:
    served = _build(tmp_path, engine)
    waiting = _refused(tmp_path, engine, times=KEPT)
    newest = _build(tmp_path, engine)
    assert current_version(tmp_path) == newest
    assert [folder.name for folder in version_folders(tmp_path)] == [newest, served]
    assert waiting not in engine.held and {served, newest} <= {*engine.held}


def test_going_back_passes_a_version_by_that_waits(tmp_path: Path, engine: Engine) -> None:
    older = _build(tmp_path, engine)
    served = _build(tmp_path, engine)
    waiting = _refused(tmp_path, engine)
    assert make_current(tmp_path, waiting) == waiting  # named, it is served: this machine searches
    assert make_current(tmp_path) == served
    assert make_current(tmp_path) == older
    with pytest.raises(SnapshotError, match="no older version"):
        make_current(tmp_path)


def test_a_version_that_waits_is_published_by_name_and_then_like_any_other(
    tmp_path: Path, engine: Engine
) -> None:
    _build(tmp_path, engine)
    waiting = _refused(tmp_path, engine)
    assert publish_kept(tmp_path, engine, waiting) == waiting == current_version(tmp_path)
    newest = _build(tmp_path, engine)
    assert make_current(tmp_path) == waiting != newest


def test_other_weights_for_a_version_that_waited_do_not_wait(
    tmp_path: Path, engine: Engine
) -> None:
    _build(tmp_path, engine)
    make_current(tmp_path, _refused(tmp_path, engine))
    newest = reweigh_index(tmp_path, HashingEncoder(64), {"other": 1}).version
    assert current_version(tmp_path) == newest
    _build(tmp_path, engine)
    assert make_current(tmp_path) == newest


def test_what_is_published_once_more_is_the_served_version(tmp_path: Path, engine: Engine) -> None:
    _build(tmp_path, engine)
    served = _build(tmp_path, engine)
    _refused(tmp_path, engine)
    assert publish_kept(tmp_path, engine) == served == current_version(tmp_path)
    assert engine.held.count(served) == 2
