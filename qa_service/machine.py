"""What the machine, or the container, lets this process have: cores, memory."""

import ctypes
import os
import re
from contextlib import suppress
from pathlib import Path

_CPU_TIME = Path("/sys/fs/cgroup/cpu.max")
_MEMORY_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Of control groups, versions 2 and 1."""

_M_ARENA_MAX = -8
"""malloc.h of the GNU C library."""


def share_one_heap() -> None:
    """Have all threads allocate from one heap, where the C library can do that: what one thread
    frees another takes, 5 MB after some thousand questions. Each keeps small pieces for itself.
    """
    _call("mallopt", _M_ARENA_MAX, 1)


def give_back_memory() -> None:
    """What was freed goes back to the system, where the C library can do that."""
    _call("malloc_trim", 0)


def _call(function: str, *numbers: int) -> None:
    """A function of the C library; nothing happens where it has none of this name."""
    found = getattr(ctypes.CDLL(None), function, None)
    if found is not None:
        found(*numbers)


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
