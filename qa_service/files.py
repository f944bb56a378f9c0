"""What the operating system gives: writing that survives a power cut, checksums."""

import errno
import hashlib
import os
from pathlib import Path

_REMEDIES: dict[int | None, str] = {
    errno.ENOSPC: "free some space or ",
    errno.EDQUOT: "free some space or ",
    errno.EFBIG: "allow larger files or ",
    errno.EROFS: "let qa-service write there or ",
    errno.EACCES: "let qa-service write there or ",
    errno.EPERM: "let qa-service write there or ",
    None: "free some space, allow larger files or ",
}
"""NumPy and FAISS give no number where they could not write all that they meant to."""


def not_written(error: OSError, settings: str) -> str:
    """What is wrong with writing, and what to do; `settings` name another folder."""
    said = "a file was not written in full" if error.errno is None else error.strerror
    return f"{said}; {_REMEDIES.get(error.errno, '')}choose another folder with {settings}"


def sync(path: Path) -> None:
    """Flush a file, or a folder's list of names, to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old content or the new one. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, "utf-8")
        sync(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def checksum(path: Path) -> str:
    """SHA-256 of a file's content, as hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
