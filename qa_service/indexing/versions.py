"""Versions of the index side by side, and the `CURRENT` file that names the one to serve.

A version is written into a staging folder, synced, renamed into place and only then named by
replacing `CURRENT`: a reader sees the old version or the new one, whenever the machine stops.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qa_service.errors import SnapshotError
from qa_service.files import sync
from qa_service.indexing.manifest import REBUILD

CURRENT_FILE = "CURRENT"


def current_version(index: Path) -> str | None:
    """The published version's name, or None where nothing was published yet. Raises SnapshotError
    where CURRENT is damaged.
    """
    try:
        version = (index / CURRENT_FILE).read_text("utf-8").strip()
    except FileNotFoundError:
        return None
    except NotADirectoryError as error:
        raise SnapshotError(
            f"cannot use {index}: it is not a folder; choose another with --index or QA_INDEX"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SnapshotError(f"cannot read {index / CURRENT_FILE}: {REBUILD}") from error
    if not version or "/" in version or version.startswith("."):
        raise SnapshotError(
            f"{index / CURRENT_FILE} does not name a version of the index: {REBUILD}"
        )
    return version


def current_folder(index: Path) -> Path:
    """The published version's folder. Raises SnapshotError where there is none."""
    version = current_version(index)
    if version is None:
        raise SnapshotError(f"there is no index in {index} yet: run `qa-service build`")
    folder = index / version
    if not folder.is_dir():
        raise SnapshotError(
            f"{index / CURRENT_FILE} names {version}, but {folder} does not exist: {REBUILD}"
        )
    return folder


@contextmanager
def staging(index: Path) -> Iterator[Path]:
    """A folder to build in, removed again unless `publish` moved it away."""
    try:
        index.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=index, prefix=".staging-"))
    except OSError as error:
        raise SnapshotError(
            f"cannot write to {index}: {error.strerror}; choose another folder with --index or "
            "QA_INDEX"
        ) from error
    try:
        yield folder
    except OSError as error:
        raise SnapshotError(
            f"cannot write the index to {index}: {error.strerror}; the served version is unchanged"
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(index: Path, staged: Path, version: str) -> Path:
    """Make a finished staging folder the current version; returns its new folder."""
    for path in sorted(staged.rglob("*")):
        sync(path)
    sync(staged)
    folder = index / version
    staged.chmod(0o755)  # mkdtemp made it private; the service may run as another user
    staged.replace(folder)
    pointer = index / f".{CURRENT_FILE}.{os.getpid()}"
    pointer.write_text(version + "\n", "utf-8")
    sync(pointer)
    pointer.replace(index / CURRENT_FILE)
    with suppress(
        OSError
    ):  # published already; should the disk forget it, the old version is served
        sync(index)
    return folder
