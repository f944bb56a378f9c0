"""One builder at a time: who changes what is published waits for others."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qa_service.errors import SnapshotError
from qa_service.files import not_written

logger = logging.getLogger(__name__)

SETTINGS = "--index or QA_INDEX"
_LOCK_FILE = ".lock"


@contextmanager
def alone(index: Path) -> Iterator[bool]:
    """After waiting for others; whether nobody else builds now, False where that cannot be known.

    Raises SnapshotError where `index` cannot be written.
    """
    try:
        index.mkdir(parents=True, exist_ok=True)
        lock = os.open(index / _LOCK_FILE, os.O_RDONLY | os.O_CREAT, 0o644)
    except OSError as error:
        raise SnapshotError(f"cannot write to {index}: {not_written(error, SETTINGS)}") from error
    with os.fdopen(lock):
        yield _wait_for(lock, index)


def _wait_for(lock: int, index: Path) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        logger.warning("waiting for another build in %s%s", index, _by_process(lock))
        fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError:
        logger.warning("%s is on a file system without locks: build once at a time", index)
        return False
    return True


def _by_process(lock: int) -> str:
    """Who holds a lock, as a message goes on, where the system tells (`man 5 proc`)."""
    with suppress(OSError):
        for line in Path("/proc/locks").read_text("ascii").splitlines():
            _, kind, _, _, process, file, *_ = line.split()
            if kind == "FLOCK" and file.rpartition(":")[2] == str(os.fstat(lock).st_ino):
                return f", by process {process}"
    return ""
