"""Whom a full service meets first: questions are turned away before HTTP is set up for them.

More than can be answered comes on a connection for each question, and to set up HTTP for one costs
several times what its refusal does. A question whose head comes whole and whose body is empty is
refused here; everything else is handed to `EdgeProtocol` as it came, and so is every connection
while there is room.
"""

import asyncio
from typing import Any, ClassVar

from uvicorn.server import ServerState

from qa_service.web.edges import HEAD_BYTES, TOO_MANY_QUESTIONS, EdgeProtocol

WAITS_S = 0.05
"""How long a connection may say nothing until it is handed on, to be timed there."""

_METHOD, _PATH = "GET", "/v1/ask"
_QUESTIONS = tuple(f"{_METHOD} {_PATH}{after}".encode() for after in "? ")
_END = b"\r\n\r\n"
_BODY = (b"\ncontent-length:", b"\ntransfer-encoding:")


class Doorkeeper(asyncio.Protocol):
    """One connection, until it is refused or handed on. uvicorn makes it as it would `behind`."""

    behind: ClassVar[type[EdgeProtocol]] = EdgeProtocol

    def __init__(self, server_state: ServerState, **others: Any) -> None:
        self._server_state, self._others = server_state, others
        self._connections: set[Any] = server_state.connections
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        gate, held = self.behind.gate, len(self._connections)
        if gate is None or not gate.is_full or held >= self.behind.most_connections:
            self._hand_on()
            return
        self._connections.add(self)
        self._timer = asyncio.get_running_loop().call_later(WAITS_S, self._hand_on)

    def data_received(self, data: bytes) -> None:
        gate = self.behind.gate
        if gate and _is_whole_question(data) and gate.refuses(_METHOD, _PATH):
            self._leave()
            self._transport.write(TOO_MANY_QUESTIONS)
            self._transport.close()
        else:
            self._hand_on().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()

    def shutdown(self) -> None:
        """The server is stopping; called of what is among its connections."""
        self._hand_on().shutdown()

    def _hand_on(self) -> EdgeProtocol:
        self._leave()
        protocol = self.behind(server_state=self._server_state, **self._others)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        return protocol

    def _leave(self) -> None:
        self._connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _is_whole_question(data: bytes) -> bool:
    """Whether these first bytes of a connection are one request that asks and has no body."""
    if not data.startswith(_QUESTIONS) or len(data) > HEAD_BYTES:
        return False
    if data.find(_END) != len(data) - len(_END):
        return False
    head = data.lower()
    return not any(name in head for name in _BODY)
