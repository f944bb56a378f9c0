"""How many connections a process may hold, and which of them wait for their clients."""

import logging
import resource
from collections import OrderedDict
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from uvicorn.server import ServerState

MOST_CONNECTIONS = 1_000

_OTHER_FILES = 64
"""Descriptors of what is no connection: listeners, databases, indexes, logs."""

logger = logging.getLogger(__name__)

_WAITING: WeakKeyDictionary[ServerState, OrderedDict[Any, None]] = WeakKeyDictionary()


def waiting_of(server: ServerState) -> OrderedDict[Any, None]:
    """The connections of a server whose clients are to send or to read something; whoever has
    waited longest is first.
    """
    return _WAITING.setdefault(server, OrderedDict())


def raise_limit_of_files() -> None:
    """As many descriptors as the system allows this process; says so where they are few."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # some systems count an endless limit as too high
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if (room := room_for_connections()) < MOST_CONNECTIONS:
        logger.warning(
            "few connections, raise the limit of open files",
            extra={"connections": room, "wanted": MOST_CONNECTIONS + _OTHER_FILES},
        )


def room_for_connections() -> int:
    """As many as there are descriptors for, at most `MOST_CONNECTIONS`."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return min(MOST_CONNECTIONS, max(1, files - _OTHER_FILES))
