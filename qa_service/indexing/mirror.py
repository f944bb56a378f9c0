"""A search engine beside this machine holds the versions of the index too."""

from pathlib import Path
from typing import Protocol

from qa_service.errors import EngineError


class Mirror(Protocol):
    """Where versions are held beside their folders."""

    def publish(self, folder: Path) -> None:
        """Returns once the whole version in `folder` is found there. Raises EngineError."""

    def drop(self, version: str) -> None:
        """Forget a version, where it is known. Raises EngineError."""


def publish_to(mirror: Mirror, folder: Path) -> None:
    """Raises EngineError that says how to go on, since the version stays in its folder."""
    try:
        mirror.publish(folder)
    except EngineError as error:
        raise EngineError(
            f"not published: {error}; then run `qa-service engine publish {folder.name}`"
        ) from error
