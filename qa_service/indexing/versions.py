"""Versions of the index side by side, and the `CURRENT` file that names the one to serve.

A version is written into a staging folder, synced, renamed into place, and only then named in
`CURRENT`: a reader sees the old version or the new one, whenever the machine stops.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from qa_service.errors import EngineError, SnapshotError
from qa_service.files import not_written, replace_file, sync
from qa_service.indexing.builders import SETTINGS, alone
from qa_service.indexing.manifest import MANIFEST_FILE, REBUILD, read_published, verify_files
from qa_service.indexing.mirror import Mirror, is_waiting, publish_to

CURRENT_FILE = "CURRENT"
KEPT = 3
"""Versions to keep, the current one among them: to go back to, and for those still reading."""

_VERSION = re.compile(r"[^./\\\s][^/\\\s]*")
_LONGEST_NAME = 200  # bytes
_STAGING = ".staging-"


def current_version(index: Path) -> str | None:
    """The published version's name, or None. Raises SnapshotError where CURRENT is damaged."""
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
    if not _VERSION.fullmatch(version) or len(version.encode()) > _LONGEST_NAME:
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


def version_folders(index: Path) -> list[Path]:
    """The folders of the versions that can be served, the newest first. Raises SnapshotError."""
    try:
        found = [folder for folder in index.iterdir() if (folder / MANIFEST_FILE).is_file()]
    except OSError as error:
        raise SnapshotError(f"cannot read {index}: {_reason(error)}") from error
    return sorted((one for one in found if not one.name.startswith(_STAGING)), reverse=True)


def version_folder(index: Path, version: str | None = None) -> Path:
    """That of a version, by default the published one, else the newest. Raises SnapshotError."""
    names = [folder.name for folder in version_folders(index)]
    return index / _known(index, version or current_version(index) or next(iter(names), ""), names)


def make_current(index: Path, version: str | None = None) -> str:
    """Name another version in `CURRENT`, by default the one before; its name. Raises SnapshotError.

    It is looked for after waiting for others, which may remove it.
    """
    with alone(index), _writing(index):
        folders = version_folders(index)
        served = [folder.name for folder in folders if not is_waiting(folder)]
        chosen = version or _before(served, current_version(index))
        return _serve(index / _known(index, chosen, [folder.name for folder in folders]))


def publish_kept(index: Path, mirror: Mirror, version: str | None = None) -> str:
    """Have the mirror hold a version, by default `version_folder`'s, then serve it; its name.

    Others that build wait meanwhile. Raises SnapshotError, EngineError.
    """
    with alone(index), _writing(index):
        folder = version_folder(index, version)
        publish_to(mirror, folder)
        return _serve(folder)


def _serve(folder: Path) -> str:
    verify_files(folder, read_published(folder))
    replace_file(folder.parent / CURRENT_FILE, folder.name + "\n")
    sync(folder.parent)
    return folder.name


def prune(index: Path, kept: int, mirror: Mirror | None = None) -> list[str]:
    """Remove all but the newest `kept` versions; never the current one. Their names. Raises
    SnapshotError where one stays, EngineError where one stays in the mirror.
    """
    with alone(index) as is_alone, _writing(index):
        if is_alone:
            _remove_leftovers(index)
        return _prune(index, kept, mirror)


@contextmanager
def staging(index: Path) -> Iterator[Path]:
    """A folder to build in, removed again unless `publish` moved it away.

    One builder at a time: a second one waits. Raises SnapshotError where `index` cannot be written.
    """
    with alone(index) as is_alone:
        folder = None
        try:
            with _writing(index):
                if is_alone:
                    _remove_leftovers(index)
                folder = Path(tempfile.mkdtemp(dir=index, prefix=_STAGING))
                yield folder
        finally:
            if folder:
                shutil.rmtree(folder, ignore_errors=True)


def publish(index: Path, staged: Path, version: str, mirror: Mirror | None = None) -> Path:
    """Make a finished staging folder the current version; returns its new folder.

    Raises EngineError where the mirror does not take it: it stays there, to be published later.
    """
    for path in sorted(staged.rglob("*")):
        sync(path)
    sync(staged)
    folder = index / version
    staged.chmod(0o755)  # mkdtemp made it private; the service may run as another user
    staged.replace(folder)
    try:
        if mirror:
            publish_to(mirror, folder)
        replace_file(index / CURRENT_FILE, version + "\n")
        with suppress(OSError):  # published already; should the disk forget it, the old one serves
            sync(index)
    finally:
        # the next build removes what this one could not
        with suppress(OSError, SnapshotError, EngineError):
            _prune(index, KEPT, mirror)
    return folder


@contextmanager
def _writing(index: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SnapshotError(
            f"cannot write the index to {index}: {not_written(error, SETTINGS)}; the served "
            "version is unchanged"
        ) from error


def _remove_leftovers(index: Path) -> None:
    """Remove what killed builds left; no other builder runs now."""
    for folder in index.glob(f"{_STAGING}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _prune(index: Path, kept: int, mirror: Mirror | None) -> list[str]:
    """Remove all but the newest versions, whose names sort by time; never the current one. Of those
    that wait for the mirror the newest stays, where it is newer than the current one. Raises
    SnapshotError where one stays, EngineError where one stays in the mirror.
    """
    current = current_version(index)
    folders = version_folders(index)
    waiting = [folder for folder in folders if is_waiting(folder)]
    taken = [folder for folder in folders if folder not in waiting]
    stay = (current, *(folder.name for folder in waiting[:1] if folder.name > (current or "")))
    old = [folder for folder in (*taken[kept:], *waiting) if folder.name not in stay]
    removed, failed = [], []
    for folder in old:
        if mirror:  # first, so that the next run finds what this one cannot drop
            mirror.drop(folder.name)
        try:
            shutil.rmtree(folder)
            removed.append(folder.name)
        except OSError as error:
            failed.append(error)
    if failed:
        raise SnapshotError(
            f"cannot remove {len(failed)} of {len(old)} old versions in {index}: "
            f"{_reason(failed[0])}; let qa-service write there"
        )
    return removed


def _known(index: Path, version: str, names: Sequence[str]) -> str:
    """Raises SnapshotError for a version that is not there."""
    if version not in names:
        known = ", ".join(names) or "none"
        raise SnapshotError(f"there is no version {version} in {index}; there are {known}")
    return version


def _before(names: Sequence[str], current: str | None) -> str:
    """The newest version that is older than the served one. Raises SnapshotError."""
    older = [name for name in names if current is None or name < current]
    if not older:
        raise SnapshotError(
            "there is no older version to go back to: see `qa-service snapshots list`"
        )
    return older[0]


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
