"""Writing that survives a power cut."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Put a file's content, or a folder's list of names, on the disk. Raises OSError, for folders on some file systems, too."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
