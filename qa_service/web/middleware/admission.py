"""Admission: about as many questions at once as there are cores, a short queue, the newest first.

More at once would finish none sooner. Where more come than can be answered, whoever has waited
longest is refused: that person is the likeliest to have gone. A client that leaves while it waits
costs nothing. Health, metrics, suggestions and files never wait here.
"""

import asyncio
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.phrases.languages import language_of
from qa_service.web.problems import problem

PATIENCE_S = 0.5
"""How long a question may wait before it is refused."""

RETRY_AFTER_S = 1
_ASKS = ("/v1/ask", "/v1/ask/batch")
_ASKS_WITH_QUERY = "/"


class Admission:
    """ASGI middleware; stands inside `BodyLimit`, so that a slow body holds no place.

    slots: questions that are answered at once. waiting: how many may wait for one.
    """

    def __init__(
        self, app: ASGIApp, slots: int, waiting: int, patience_s: float = PATIENCE_S
    ) -> None:
        self._app, self._free, self._most_waiting = app, slots, waiting
        self._patience_s = patience_s
        self._waiting: list[asyncio.Future[bool]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _asks(scope):
            return await self._app(scope, receive, send)
        client = _Client(await receive(), receive)
        try:
            if not await self._admitted(client):
                if not client.has_left:
                    await _refuse(scope, client.receive, send)
                return None
            try:
                return await self._app(scope, client.receive, send)
            finally:
                self._leave()
        finally:
            client.close()

    async def _admitted(self, client: "_Client") -> bool:
        """Whether a slot is free before the client's patience or its place in the queue ends."""
        if client.has_left:
            return False
        if self._free:
            self._free -= 1
            return True
        if len(self._waiting) >= self._most_waiting:
            if not self._waiting:
                return False
            self._waiting.pop(0).set_result(False)
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            first = (turn, client.left)
            await asyncio.wait(first, timeout=self._patience_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)
        if not turn.done() or not turn.result():
            return False
        if client.has_left:
            self._leave()
            return False
        return True

    def _leave(self) -> None:
        """Give the slot to the newest who waits."""
        if self._waiting:
            self._waiting.pop().set_result(True)
        else:
            self._free += 1


class _Client:
    """What a client sent, and whether it has left meanwhile. `body`: its whole request body."""

    def __init__(self, body: Message, receive: Receive) -> None:
        self._body: Message | None = body
        self._receive = receive
        self.has_left = body["type"] == "http.disconnect"
        self._next: asyncio.Task[Message] | None = None

    @property
    def left(self) -> "asyncio.Task[Message]":
        """Done once the client has left."""
        if self._next is None:
            self._next = asyncio.ensure_future(self._watch())
        return self._next

    async def receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return body
        return await self.left

    def close(self) -> None:
        if self._next is not None:
            self._next.cancel()

    async def _watch(self) -> Message:
        while (message := await self._receive())["type"] != "http.disconnect":
            pass  # servers hand out an empty body once more where nobody read it before
        self.has_left = True
        return message


def _asks(scope: Scope) -> bool:
    """Whether a request has a question answered: the API's, or the search page's."""
    path = scope["path"].removeprefix(language_of(scope["path"]).prefix)
    return scope["path"] in _ASKS or (path == _ASKS_WITH_QUERY and bool(scope["query_string"]))


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    detail = f"too many questions at once; ask again in {RETRY_AFTER_S} s"
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    await problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers)(scope, receive, send)
