"""How a process stops: told to by SIGTERM, it says at once that it is not ready and serves on for a
while, so that whatever shares out the requests sees it. Then the server takes no new connection,
and what is under way may end.

The server does the latter when it gets the signal; here the signal is kept back for a while.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STOP_S = 9.0
"""From the signal to the end of the process."""

DRAIN_S = 8
"""Of these, until what is under way is cut off; the rest is for what the journal must still keep,
feedback among it.
"""


class Stopping:
    """Whether the process was told to stop. `linger_s`: how long it then serves on."""

    def __init__(self, linger_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._linger_s, self._clock = linger_s, clock
        self._began: float | None = None

    @property
    def is_on(self) -> bool:
        return self._began is not None

    @property
    def left_s(self) -> float:
        """Of the time that a process may take to end."""
        return STOP_S if self._began is None else max(0.0, self._began + STOP_S - self._clock())

    @property
    def left_for_chats_s(self) -> float:
        """The same for what is still to be sent, and then kept: without the journal's share."""
        return max(0.0, self.left_s - (STOP_S - DRAIN_S))

    @contextmanager
    def of_running_server(self) -> Iterator[None]:
        """Keep SIGTERM back from the server, which has set its handler: asked in its event loop.

        Only a process' main thread gets signals; a server in another is stopped by other means.
        """
        if current_thread() is not main_thread():
            yield
            return
        stop, loop = signal.getsignal(signal.SIGTERM), asyncio.get_running_loop()

        def told(number: int, frame: FrameType | None) -> None:
            if not self.begin() or not callable(stop):  # twice: by the system and by its parent
                return
            loop.call_soon_threadsafe(loop.call_later, self._linger_s, stop, number, None)

        signal.signal(signal.SIGTERM, told)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, stop)

    def begin(self) -> bool:
        """Be stopping from now on; whether this is news."""
        is_news = self._began is None
        if is_news:
            self._began = self._clock()
        return is_news


class CloseWhenStopping:
    """ASGI middleware: the last response of each connection says so, since a request that is sent
    into a closing connection is lost.
    """

    def __init__(self, app: ASGIApp, stopping: Stopping) -> None:
        self._app, self._stopping = app, stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start" and self._stopping.is_on:
                MutableHeaders(raw=message["headers"])["Connection"] = "close"
            await send(message)

        return await self._app(scope, receive, closing)
