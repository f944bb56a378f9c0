"""The parts of a version that take long to make; those whose inputs did not change are taken from
the version before.

A part is a file or folder, and its digest stands for all that it is made of: texts, encoder, store.
A part of the same digest is linked instead of made, once its checksums have been compared, so that
a build with the parts of another equals one without.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from qa_service.errors import SnapshotError
from qa_service.indexing.manifest import Manifest, verify_files

_AT_ONCE = 2
"""Parts: each holds vectors or words of its own in memory."""


@dataclass(frozen=True, slots=True)
class Part:
    """`make` writes the part to a path where nothing is yet, beside others. Raises OSError."""

    name: str
    digest: str
    make: Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Version:
    """A version on disk."""

    folder: Path
    manifest: Manifest


def digest(*inputs: object) -> str:
    """A short hash of what JSON can say."""
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()[:16]


def write_parts(folder: Path, parts: Iterable[Part], before: Version | None) -> dict[str, str]:
    """Link or make each part in `folder`; their digests by name. Raises OSError.

    A graph takes a core while Python counts words on another.
    """
    digests, making = {}, []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for part in parts:
            if before is None or not _is_whole(before, part):
                making.append(pool.submit(part.make, folder / part.name))
            else:
                _link(before.folder / part.name, folder / part.name)
            digests[part.name] = part.digest
        for made in making:
            made.result()
    return digests


def link_or_copy(source: str | Path, target: str | Path) -> None:
    """Not every file system has links. Raises OSError."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _is_whole(version: Version, part: Part) -> bool:
    """Whether a version has this very part, undamaged."""
    if version.manifest.parts.get(part.name) != part.digest:
        return False
    try:
        verify_files(version.folder, version.manifest, part.name)
    except SnapshotError:
        return False
    return True


def _link(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, copy_function=link_or_copy)
    else:
        link_or_copy(source, target)
