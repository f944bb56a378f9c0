"""How many connections a process may hold, and which of them wait for their clients."""

from collections import OrderedDict
from typing import Any
from weakref import WeakKeyDictionary

from uvicorn.server import ServerState

MOST_CONNECTIONS = 1_000

_WAITING: WeakKeyDictionary[ServerState, OrderedDict[Any, None]] = WeakKeyDictionary()


def waiting_of(server: ServerState) -> OrderedDict[Any, None]:
    """The connections of a server whose clients are to send or to read something; whoever has
    waited longest is first.
    """
    return _WAITING.setdefault(server, OrderedDict())
