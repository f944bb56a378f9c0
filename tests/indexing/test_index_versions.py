"""Versions side by side: what CURRENT names is what is served, and a writer never disturbs a
reader.
"""

import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.waiting import until

from qa_service.errors import SnapshotError
from qa_service.indexing.manifest import MANIFEST_FILE
from qa_service.indexing.versions import (
    CURRENT_FILE,
    KEPT,
    current_folder,
    current_version,
    publish,
    staging,
)


def _publish(index: Path, version: str, content: str = "дані", manifest: bool = False) -> Path:
    with staging(index) as folder:
        if manifest:
            (folder / MANIFEST_FILE).write_text("{}", "utf-8")
        (folder / "part").mkdir()
        (folder / "part" / "data").write_text(content, "utf-8")
        return publish(index, folder, version)


def test_before_the_first_version_there_is_none(tmp_path: Path) -> None:
    assert current_version(tmp_path / "nowhere") is None
    with pytest.raises(SnapshotError, match=r"there is no index in .*: run `qa-service build`"):
        current_folder(tmp_path)


def test_publishing_moves_the_staged_folder_and_names_it(tmp_path: Path) -> None:
    folder = _publish(tmp_path, "v1")
    assert folder == current_folder(tmp_path) == tmp_path / "v1"
    assert current_version(tmp_path) == "v1"
    assert (folder / "part" / "data").read_text("utf-8") == "дані"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", CURRENT_FILE, "v1"]


def test_a_reader_of_the_old_version_keeps_its_files(tmp_path: Path) -> None:
    old = _publish(tmp_path, "v1")
    new = _publish(tmp_path, "v2", "нові")
    assert current_folder(tmp_path) == new
    assert (old / "part" / "data").read_text("utf-8") == "дані"


def test_flipping_current_back_serves_the_old_version(tmp_path: Path) -> None:
    _publish(tmp_path, "v1")
    _publish(tmp_path, "v2")
    (tmp_path / CURRENT_FILE).write_text("v1\n", "utf-8")
    assert current_folder(tmp_path) == tmp_path / "v1"


def test_another_user_may_read_a_version(tmp_path: Path) -> None:
    assert _publish(tmp_path, "v1").stat().st_mode & 0o055 == 0o055


def test_a_staged_folder_that_is_not_published_disappears(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), staging(tmp_path) as folder:
        (folder / "data").write_text("x", "utf-8")
        raise ZeroDivisionError
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_second_writer_says_that_it_waits_and_begins_when_the_first_is_done(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    steps: list[str] = []

    def second() -> None:
        with staging(tmp_path) as folder:
            steps.append("second begins")
            assert [path for path in tmp_path.iterdir() if path.is_dir()] == [folder]

    with ThreadPoolExecutor(1) as pool:
        with staging(tmp_path) as folder:
            waiting = pool.submit(second)
            until(lambda: f"waiting for another build in {tmp_path}" in caplog.text)
            if Path("/proc/locks").exists():
                assert f"{tmp_path}, by process {os.getpid()}" in caplog.text
            assert folder.is_dir()
            steps.append("first ends")
        waiting.result()
    assert steps == ["first ends", "second begins"]


def test_a_writer_that_is_alone_waits_for_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for version in ("v1", "v2"):
        _publish(tmp_path, version)
    assert caplog.text == ""


def test_where_a_file_system_has_no_locks_a_writer_says_so_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_locks(lock: int, how: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    assert _publish(tmp_path, "v1") == current_folder(tmp_path)
    assert "without locks: build once at a time" in caplog.text


def test_what_a_killed_writer_left_behind_is_removed_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / ".staging-of-a-killed-build"
    left.mkdir()
    (left / "data").write_text("x", "utf-8")
    _publish(tmp_path, "v1")
    assert not left.exists()


# Old versions


def _names(index: Path) -> list[str]:
    return sorted(path.name for path in index.iterdir() if path.is_dir())


def test_the_newest_versions_are_kept_to_go_back_to(tmp_path: Path) -> None:
    for number in range(KEPT + 2):
        _publish(tmp_path, f"v{number}", manifest=True)
    assert KEPT == 3
    assert _names(tmp_path) == ["v2", "v3", "v4"]


def test_what_is_no_version_is_never_removed(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("читай", "utf-8")
    (tmp_path / "a-folder-of-ours").mkdir()
    for number in range(KEPT + 2):
        _publish(tmp_path, f"v{number}", manifest=True)
    assert (tmp_path / "README.md").is_file()
    assert _names(tmp_path) == ["a-folder-of-ours", "v2", "v3", "v4"]


def test_the_current_version_is_kept_though_newer_ones_stand_beside_it(tmp_path: Path) -> None:
    for number in range(KEPT):
        _publish(tmp_path, f"v{number + 5}", manifest=True)
    _publish(tmp_path, "v1", manifest=True)
    assert current_folder(tmp_path).is_dir()
    assert _names(tmp_path) == ["v1", "v5", "v6", "v7"]


# CURRENT


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n",
        ".",
        "..",
        "../elsewhere",
        "a/b",
        "/etc",
        ".staging-x",
        "v1\nv2",
        "v1 v2",
        "a\\b",
        "a" * 5_000,
        "ї" * 5_000,
    ],
)
def test_a_current_that_names_no_version_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / CURRENT_FILE).write_text(content, "utf-8")
    with pytest.raises(
        SnapshotError, match="CURRENT does not name a version of the index: run `qa-service build`"
    ) as caught:
        current_version(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["a" * 200, "ї" * 200, "v7\0"])
def test_whatever_current_names_there_is_a_version_or_one_line_that_says_what_to_do(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / CURRENT_FILE).write_text(content, "utf-8")
    with pytest.raises(SnapshotError, match="run `qa-service build`") as caught:
        current_folder(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_current_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / CURRENT_FILE).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SnapshotError, match=r"cannot read .*CURRENT: run `qa-service build`"):
        current_version(tmp_path)


def test_a_version_that_is_gone_is_named(tmp_path: Path) -> None:
    (tmp_path / CURRENT_FILE).write_text("v7\n", "utf-8")
    with pytest.raises(
        SnapshotError, match=r"CURRENT names v7, but .*v7 does not exist: run `qa-service build`"
    ):
        current_folder(tmp_path)


def test_a_flipped_byte_in_current_serves_no_other_version(tmp_path: Path) -> None:
    _publish(tmp_path, "20261125T001834979385Z-48938387")
    path = tmp_path / CURRENT_FILE
    whole = path.read_bytes()
    for position in range(len(whole) - 1):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        with pytest.raises(SnapshotError, match=CURRENT_FILE):
            current_folder(tmp_path)


def test_a_place_that_cannot_be_written_says_what_to_choose(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    for place in (tmp_path / "file", tmp_path / "file" / "index"):
        with (
            pytest.raises(
                SnapshotError,
                match=r"cannot write to .*; choose another folder with --index or QA_INDEX",
            ),
            staging(place),
        ):
            pytest.fail("there is nothing to write to")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_of_another_user_says_what_to_choose(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with (
        pytest.raises(
            SnapshotError, match=r"cannot write to .*: Permission denied; let qa-service write"
        ),
        staging(tmp_path),
    ):
        pytest.fail("there is nothing to write to")
