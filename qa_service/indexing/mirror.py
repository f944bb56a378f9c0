"""A search engine beside this machine holds the versions of the index too."""

from pathlib import Path
from typing import Protocol

from qa_service.errors import EngineError, SnapshotError

WAITING_FILE = ".waiting"


class Mirror(Protocol):
    """Where versions are held beside their folders."""

    def publish(self, folder: Path) -> None:
        """Returns once the whole version in `folder` is found there. Raises EngineError,
        SnapshotError where it cannot be read.
        """

    def drop(self, version: str) -> None:
        """Forget a version, where it is known. Raises EngineError."""


def publish_to(mirror: Mirror, folder: Path) -> None:
    """The version in `folder` waits until the mirror holds it. Raises EngineError that says how to
    go on, OSError.
    """
    (folder / WAITING_FILE).touch()
    try:
        mirror.publish(folder)
    except (EngineError, SnapshotError) as error:
        raise EngineError(
            f"not published: {error}; then run `qa-service engine publish {folder.name}`"
        ) from error
    (folder / WAITING_FILE).unlink()


def is_waiting(folder: Path) -> bool:
    """Whether the mirror did not take the version in `folder` yet."""
    return (folder / WAITING_FILE).exists()
