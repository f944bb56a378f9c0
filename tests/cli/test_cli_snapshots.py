"""`qa-service snapshots`: each test name is the rule."""

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from support.corpus import tiny_index
from support.waiting import until
from typer.testing import CliRunner

from qa_service.bootstrap import build
from qa_service.cli import command_line
from qa_service.errors import SnapshotError
from qa_service.indexing.versions import CURRENT_FILE, current_version, make_current, staging
from qa_service.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Three versions, the newest one published."""
    settings = tiny_index(tmp_path)
    for _ in range(2):
        build(settings, force=True)
    return settings


def run(settings: Settings, *arguments: str) -> str:
    result = CliRunner().invoke(
        command_line(),
        ["snapshots", *arguments, "--index", str(settings.index)],
        catch_exceptions=False,
    )
    assert result.exit_code == 0, result.output
    return result.stdout


def names(settings: Settings) -> list[str]:
    return [row["version"] for row in json.loads(run(settings, "list", "--json"))]


def test_versions_are_listed_the_newest_first_with_a_mark_at_the_served_one(
    settings: Settings,
) -> None:
    rows = json.loads(run(settings, "list", "--json"))
    assert len(rows) == 3 and [row["current"] for row in rows] == [True, False, False]
    assert [row["version"] for row in rows] == sorted(names(settings), reverse=True)
    first, *others = run(settings, "list").splitlines()
    assert first.startswith("* ") and all(line.startswith("  ") for line in others)
    assert "passages" in first


def test_a_version_that_this_code_cannot_read_is_listed_with_the_reason(settings: Settings) -> None:
    oldest = settings.index / names(settings)[-1]
    (oldest / "manifest.json").write_text("{}", "utf-8")
    *_, row = json.loads(run(settings, "list", "--json"))
    assert row["problem"] and "qa-service build" in row["problem"]
    assert row["problem"] in run(settings, "list")


def test_going_back_serves_the_version_before_and_then_the_one_before_that(
    settings: Settings,
) -> None:
    newest, middle, oldest = names(settings)
    assert current_version(settings.index) == newest
    run(settings, "rollback")
    assert current_version(settings.index) == middle
    run(settings, "rollback")
    assert current_version(settings.index) == oldest
    with pytest.raises(SnapshotError, match="no older version"):
        run(settings, "rollback")
    run(settings, "rollback", newest)
    assert current_version(settings.index) == newest


def test_a_version_that_is_not_there_or_damaged_is_not_served(settings: Settings) -> None:
    newest, middle, _ = names(settings)
    with pytest.raises(SnapshotError, match=f"there is no version nope .*{middle}"):
        run(settings, "rollback", "nope")
    (settings.index / middle / "vocabulary.json").write_text("{}", "utf-8")
    with pytest.raises(SnapshotError):
        run(settings, "rollback", middle)
    assert current_version(settings.index) == newest


def test_a_copy_under_another_name_is_listed_with_the_reason_and_not_served(
    settings: Settings,
) -> None:
    newest, *_ = names(settings)
    shutil.copytree(settings.index / newest, settings.index / "copy")
    assert [row["problem"] is None for row in json.loads(run(settings, "list", "--json"))] == [
        False,
        True,
        True,
        True,
    ]
    with pytest.raises(SnapshotError, match=f"copy holds version {newest}: give the folder that"):
        run(settings, "rollback", "copy")
    assert current_version(settings.index) == newest


def _removed(version: Path) -> None:
    shutil.rmtree(version)


def _damaged(version: Path) -> None:
    (version / "vocabulary.json").write_text("{}", "utf-8")


@pytest.mark.parametrize("becomes", [_removed, _damaged])
def test_a_version_that_a_build_removes_or_damages_meanwhile_is_not_served(
    settings: Settings, caplog: pytest.LogCaptureFixture, becomes: Callable[[Path], None]
) -> None:
    newest, _, oldest = names(settings)
    with ThreadPoolExecutor(1) as pool:
        with staging(settings.index):
            going_back = pool.submit(make_current, settings.index, oldest)
            until(lambda: "waiting for another build" in caplog.text)
            becomes(settings.index / oldest)
        with pytest.raises(SnapshotError, match=oldest):
            going_back.result()
    assert current_version(settings.index) == newest


def test_the_version_before_is_the_one_before_what_a_build_published_meanwhile(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    _, middle, oldest = names(settings)
    with ThreadPoolExecutor(1) as pool:
        with staging(settings.index):
            going_back = pool.submit(make_current, settings.index)
            until(lambda: "waiting for another build" in caplog.text)
            (settings.index / CURRENT_FILE).write_text(f"{middle}\n", "utf-8")
        assert going_back.result() == current_version(settings.index) == oldest


def test_old_versions_and_what_killed_builds_left_are_removed_but_not_the_served_one(
    settings: Settings,
) -> None:
    newest, _, oldest = names(settings)
    run(settings, "rollback", oldest)
    (settings.index / ".staging-dead").mkdir()
    assert run(settings, "prune", "--keep", "1") == "1 versions removed\n"
    assert names(settings) == [newest, oldest]
    assert not (settings.index / ".staging-dead").exists()


def test_versions_that_cannot_be_removed_are_not_said_to_be(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest, middle, _ = names(settings)
    remove = shutil.rmtree

    def rmtree(path: Path, *arguments: Any, **options: Any) -> None:
        if path.name == middle:
            raise OSError(30, "Read-only file system", str(path))
        remove(path, *arguments, **options)

    monkeypatch.setattr(shutil, "rmtree", rmtree)
    with pytest.raises(
        SnapshotError, match=r"cannot remove 1 of 2 old .*: Read-only file system; let qa-service"
    ):
        run(settings, "prune", "--keep", "1")
    assert names(settings) == [newest, middle]
