"""Admission: about as many questions at once as there are cores, and a short queue.

More at once would finish none sooner. A short queue is first come, first served; in a long one the
newest are next, since whoever has waited longest is the likeliest to have gone (adaptive LIFO:
Maurer, "Fail at Scale", ACM Queue 2015). A burst may fill the queue; once it has stood for a while
there is half the room, since of those who wait then as many more would be refused in the end.
What finds it full is refused at once, before anything is done for it. A client that leaves while it
waits costs nothing. Health, metrics, suggestions and files never wait here.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from time import monotonic

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.errors import OverloadedError
from qa_service.phrases.languages import without_language
from qa_service.web.problems import problem

PATIENCE_S = 0.5
"""How long a question may wait before it is refused."""

STANDS_S = 1.0
"""How long a queue must not have been empty to be more than a burst."""

RETRY_AFTER_S = 1
ADVICE = f"too many questions at once; ask again in {RETRY_AFTER_S} s"
_ASKS, _METHODS = ("/v1/ask", "/v1/ask/batch"), ("GET", "POST")
_ASKS_WITH_QUERY = ("/", "/operator")
_MAY_ASK = "/mcp"


class Client:
    """What a client sent, and whether it has left meanwhile. body: its whole request body."""

    def __init__(self, body: Message, receive: Receive) -> None:
        self._body: Message | None = body
        self._receive = receive
        self._watching: asyncio.Task[Message] | None = None
        self.has_left = body["type"] == "http.disconnect"

    @property
    def left(self) -> "asyncio.Task[Message]":
        """Done once the client has left; made where somebody waits for it."""
        self._watching = self._watching or asyncio.ensure_future(self._watch())
        return self._watching

    async def receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return body
        return await self.left

    def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()

    async def _watch(self) -> Message:
        """Servers hand out the empty body of a GET once more."""
        while (message := await self._receive())["type"] != "http.disconnect":
            pass
        self.has_left = True
        return message


class Gate:
    """Slots, and those who wait for one. Of one event loop.

    slots: questions that are answered at once. waiting: how many may wait. on_refused: is called
    with the method of each request that `refuses` turns away.
    """

    def __init__(
        self,
        slots: int,
        waiting: int,
        patience_s: float = PATIENCE_S,
        on_refused: Callable[[str], None] = lambda method: None,
    ) -> None:
        self._free, self._most_waiting, self._patience_s = slots, waiting, patience_s
        self._on_refused = on_refused
        self._waiting: list[asyncio.Future[None]] = []
        self._began = 0.0
        """When the queue last became one, in seconds of `monotonic`."""

    @property
    def is_full(self) -> bool:
        return not self._free and len(self._waiting) >= self._room

    @property
    def _room(self) -> int:
        stands = bool(self._waiting) and monotonic() - self._began > STANDS_S
        return (self._most_waiting + 1) // 2 if stands else self._most_waiting

    def refuses(self, method: str, path: str) -> bool:
        """Whether a program's question would be refused: for the edge of HTTP, before it becomes
        work. A person gets a page, which is made inside; a preflight asks nothing.
        """
        if not self.is_full or method not in _METHODS or path not in _ASKS:
            return False
        self._on_refused(method)
        return True

    async def enter(self, client: Client) -> bool:
        """Take a slot, or wait for one; whether there was one before the client left."""
        if client.has_left:
            return False
        if self._free:
            self._free -= 1
            return True
        if self.is_full:
            return False
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not self._waiting:
            self._began = monotonic()
        self._waiting.append(turn)
        try:
            first = (turn, client.left)
            await asyncio.wait(first, timeout=self._patience_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)
        if turn.done() and client.has_left:
            self.leave()
        return turn.done() and not client.has_left

    @asynccontextmanager
    async def place(self, client: Client) -> AsyncIterator[None]:
        """A slot for as long as it takes. Raises OverloadedError where there is none in time."""
        if not await self.enter(client):
            raise OverloadedError(ADVICE, RETRY_AFTER_S)
        try:
            yield
        finally:
            self.leave()

    def leave(self) -> None:
        """Give the slot on: to the first in a short queue, to the newest in a long one."""
        if self._waiting:
            is_long = 2 * len(self._waiting) > self._room
            self._waiting.pop(-1 if is_long else 0).set_result(None)
        else:
            self._free += 1


class Admission:
    """ASGI middleware; stands inside `BodyLimit`, so that a slow body holds no place.

    Where only its body says whether a request asks, the route enters the `place` that it leaves in
    the request's state.
    """

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app, self._gate = app, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_plain = scope["type"] != "http" or not (
            scope["path"] == _MAY_ASK or asks(scope["path"], scope["query_string"])
        )
        if is_plain:
            return await self._app(scope, receive, send)
        client = Client(await receive(), receive)
        try:
            if scope["path"] == _MAY_ASK:
                scope.setdefault("state", {})["place"] = partial(self._gate.place, client)
                return await self._app(scope, client.receive, send)
            if not await self._gate.enter(client):
                if not client.has_left:
                    await _refuse(scope, client.receive, send)
                return None
            try:
                return await self._app(scope, client.receive, send)
            finally:
                self._gate.leave()
        finally:
            client.close()


def asks(path: str, query: bytes) -> bool:
    """Whether a request has a question answered: the API's, or that of a page that searches."""
    page = without_language(path)
    return path in _ASKS or (page in _ASKS_WITH_QUERY and bool(query))


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    await problem(HTTPStatus.SERVICE_UNAVAILABLE, ADVICE, headers)(scope, receive, send)
