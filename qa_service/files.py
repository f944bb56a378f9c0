"""What the operating system gives: writing that survives a power cut, checksums, cores, memory."""

import ctypes
import errno
import hashlib
import os
import re
from contextlib import suppress
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

_CPU_TIME = Path("/sys/fs/cgroup/cpu.max")
_MEMORY_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Of control groups, versions 2 and 1."""

_M_ARENA_MAX = -8
"""malloc.h of the GNU C library."""


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


def share_one_heap() -> None:
    """Have all threads allocate from one heap, where the C library can do that: what one thread
    frees another takes, 5 MB after some thousand questions. Each keeps small pieces for itself.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)


def usable_cores() -> int:
    """Cores this process may use: a container or `taskset` may allow fewer than there are, or a
    share of their time (`cpu.max` of cgroup v2).
    """
    has_affinity = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    try:
        allowed, period = _CPU_TIME.read_text().split()
        return min(cores, max(1, round(int(allowed) / int(period))))
    except (OSError, ValueError):  # none is set: `max`
        return cores


def memory_bytes() -> int:
    """Of this process, what the system cannot take back; 0 where it does not say so."""
    try:
        said = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return 0
    found = re.search(r"^RssAnon:\s+(\d+) kB", said, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def memory_limit_bytes() -> int:
    """What all processes of this container may take; without a limit, what the machine has."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for limit in _MEMORY_LIMITS:
        with suppress(OSError, ValueError):  # absent, or `max`
            return min(machine, int(limit.read_text("ascii")))
    return machine
