"""Versions side by side: what CURRENT names is what is served, and a writer never disturbs a
reader.
"""

import os
from pathlib import Path

import pytest

from qa_service.errors import SnapshotError
from qa_service.indexing.versions import (
    CURRENT_FILE,
    current_folder,
    current_version,
    publish,
    staging,
)


def _publish(index: Path, version: str, content: str = "дані") -> Path:
    with staging(index) as folder:
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
    assert sorted(path.name for path in tmp_path.iterdir()) == [CURRENT_FILE, "v1"]


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
    assert list(tmp_path.iterdir()) == []


def test_two_writers_do_not_share_a_folder(tmp_path: Path) -> None:
    with staging(tmp_path) as one, staging(tmp_path) as other:
        assert one != other


@pytest.mark.parametrize(
    "content", ["", "\n", ".", "..", "../elsewhere", "a/b", "/etc", ".staging-x"]
)
def test_a_current_that_names_no_version_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / CURRENT_FILE).write_text(content, "utf-8")
    with pytest.raises(
        SnapshotError, match="CURRENT does not name a version of the index: run `qa-service build`"
    ):
        current_version(tmp_path)


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
            SnapshotError, match=r"cannot write to .*: Permission denied; choose another folder"
        ),
        staging(tmp_path),
    ):
        pytest.fail("there is nothing to write to")
