"""What a snapshot says of itself, and the checks that follow from it.

`manifest.json` is written last into a snapshot's folder, so a folder without one was never
finished.
"""

import hashlib
import json
from collections.abc import Container
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from qa_service.errors import SnapshotError
from qa_service.files import checksum
from qa_service.retrieval.fusion import Background
from qa_service.text.normalise import NORMALISER_VERSION

MANIFEST_FILE = "manifest.json"
FORMAT = 11
"""Raise when snapshots of older code can no longer be read."""

REBUILD = "run `qa-service build` to make the index again"


@dataclass(frozen=True, slots=True)
class Manifest:
    version: str
    created: str
    format: int
    normaliser_version: int
    encoder: str
    encoder_fingerprint: str
    dimension: int
    corpus_fingerprint: str
    store: str
    passages: int
    services: int
    questions: int
    background: dict[str, Background]
    checksums: dict[str, str]
    """Path relative to the snapshot's folder -> SHA-256."""
    parts: dict[str, str]
    """File or folder -> digest of all that it was made of: see `indexing.parts`."""


def write_manifest(folder: Path, manifest: Manifest) -> None:
    (folder / MANIFEST_FILE).write_text(
        json.dumps(asdict(manifest), indent=2, ensure_ascii=False) + "\n", "utf-8"
    )


def with_version(manifest: Manifest, time: str) -> Manifest:
    """`manifest` named after the time of its build and the hash of all that it says."""
    return replace(manifest, version=f"{time}-{_digest(manifest, time)}")


def _digest(manifest: Manifest, time: str) -> str:
    content = json.dumps(asdict(replace(manifest, version=time)), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def read_manifest(folder: Path) -> Manifest:
    """Raises SnapshotError where the folder holds no manifest that this code understands."""
    path = folder / MANIFEST_FILE
    try:
        values = json.loads(path.read_text("utf-8"))
        if values["format"] != FORMAT:
            raise SnapshotError(
                f"{folder} has index format {values['format']}, this version reads {FORMAT}: "
                f"{REBUILD}"
            )
        background = {
            leg: Background(**numbers) for leg, numbers in values.pop("background").items()
        }
        manifest = Manifest(**values, background=background)
        time, _, digest = manifest.version.rpartition("-")
        if digest != _digest(manifest, time):
            raise SnapshotError(
                f"{path} is damaged (its hash is not the one in its version): {REBUILD}"
            )
    except FileNotFoundError as error:
        raise SnapshotError(f"{folder} holds no {MANIFEST_FILE}: {REBUILD}") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SnapshotError(f"cannot read {path}: {REBUILD}") from error
    if not isinstance(manifest.checksums, dict):
        raise SnapshotError(f"cannot read {path}: {REBUILD}")
    return manifest


def read_published(folder: Path) -> Manifest:
    """The manifest of a folder that is named after its version, as each published one is; a copy by
    another name would be two versions in one. Raises SnapshotError.
    """
    manifest = read_manifest(folder)
    if manifest.version != folder.name:
        raise SnapshotError(
            f"{folder} holds version {manifest.version}: give the folder that name, or {REBUILD}"
        )
    return manifest


def verify_files(
    folder: Path, manifest: Manifest, part: str = "", elsewhere: Container[str] = ()
) -> frozenset[str]:
    """Compare each file, or those of one part, with its checksum. Raises SnapshotError naming the
    first that differs. elsewhere: parts of which files may be missing; returns those that lack one.
    """
    incomplete = set()
    for name, expected in manifest.checksums.items():
        its_part = name.partition("/")[0]
        if part not in ("", name, its_part):
            continue
        path = folder / name
        found = _checksum(path)
        if found is None and its_part in elsewhere:
            incomplete.add(its_part)
        elif found is None:
            raise SnapshotError(f"{path} is missing: {REBUILD}")
        elif found != expected:
            raise SnapshotError(
                f"{path} is damaged (its SHA-256 differs from the manifest's): {REBUILD}"
            )
    return frozenset(incomplete)


def _checksum(path: Path) -> str | None:
    """None where there is no such file."""
    try:
        return checksum(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise SnapshotError(f"cannot read {path}: {error.strerror}; {REBUILD}") from error


def verify_encoder(manifest: Manifest, name: str, fingerprint: str, dimension: int) -> None:
    """Raises SnapshotError for an index made by another model or normaliser."""
    if manifest.dimension != dimension:
        raise SnapshotError(
            f"the index holds vectors of {manifest.dimension} dimensions by {manifest.encoder}, "
            f"the model {name} makes {dimension}: {REBUILD}, or set QA_MODEL to the index's model"
        )
    if manifest.encoder_fingerprint != fingerprint:
        raise SnapshotError(
            f"the index was made with the model {manifest.encoder} "
            f"({manifest.encoder_fingerprint}), "
            f"not {name} ({fingerprint}): {REBUILD}, or set QA_MODEL to the index's model"
        )
    if manifest.normaliser_version != NORMALISER_VERSION:
        raise SnapshotError(
            f"the index was made with text rules {manifest.normaliser_version}, this version has "
            f"{NORMALISER_VERSION}: {REBUILD}"
        )
