"""The route of AI assistants, whose door is loaded when the first of them comes: the protocol's SDK
takes half a second and 23 MB, and most workers never meet one.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from anyio import Event, create_task_group, sleep_forever
from anyio.to_thread import run_sync
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from qa_service.service import QuestionService
from qa_service.web.problems import problem

if TYPE_CHECKING:
    from qa_service.web.v1.assistants.door import AssistantsDoor


logger = logging.getLogger(__name__)

_RETRY_S = 5
_CLOSED = f"AI assistants cannot be served now; ask again in {_RETRY_S} s"


class AssistantsRoute:
    """An ASGI application that serves while `running`; 503 where its door cannot be opened, which
    the next request tries again.
    """

    def __init__(self, service: QuestionService) -> None:
        self._service = service
        self._door: AssistantsDoor | None = None
        self._wanted, self._tried = Event(), Event()
        self.route = Route("/mcp", self, methods=["POST"], name="assistants")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._wanted, self._tried = Event(), Event()
        async with create_task_group() as group:
            group.start_soon(self._keep_open)
            yield
            group.cancel_scope.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self.route  # what the log and the metrics call it
        self._wanted.set()
        await self._tried.wait()
        door = self._door or problem(
            HTTPStatus.SERVICE_UNAVAILABLE, _CLOSED, {"Retry-After": str(_RETRY_S)}
        )
        await door(scope, receive, send)

    async def _keep_open(self) -> None:
        """The door opens and closes in one task, as its SDK asks; this one outlives its failures,
        for with it the application would end.
        """
        while True:
            await self._wanted.wait()
            try:
                await self._open()
            except Exception as error:
                logger.error("the door of AI assistants cannot be opened", exc_info=error)
            tried, self._wanted, self._tried = self._tried, Event(), Event()
            tried.set()

    async def _open(self) -> None:
        """Until the application ends."""
        door = await run_sync(load_door, self._service)
        try:
            async with door.running():
                self._door = door
                self._tried.set()
                await sleep_forever()
        finally:
            self._door = None


def load_door(service: QuestionService) -> "AssistantsDoor":
    from qa_service.web.v1.assistants.door import AssistantsDoor

    return AssistantsDoor(service)
