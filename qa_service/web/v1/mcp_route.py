"""The route of AI assistants, whose door is loaded when the first of them comes: the protocol's SDK
takes half a second and 23 MB, and most workers never meet one.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from anyio import Event, create_task_group, sleep_forever
from anyio.to_thread import run_sync
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from qa_service.service import QuestionService

if TYPE_CHECKING:
    from qa_service.web.v1.assistants.door import AssistantsDoor


class AssistantsRoute:
    """An ASGI application that serves while `running`."""

    def __init__(self, service: QuestionService) -> None:
        self._service = service
        self._door: AssistantsDoor | None = None
        self._wanted, self._open = Event(), Event()
        self.route = Route("/mcp", self, methods=["POST"], name="assistants")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._wanted, self._open = Event(), Event()
        async with create_task_group() as group:
            group.start_soon(self._keep_open)
            yield
            group.cancel_scope.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self.route  # what the log and the metrics call it
        if self._door is None:
            self._door = await run_sync(_load, self._service)
        self._wanted.set()
        await self._open.wait()
        await self._door(scope, receive, send)

    async def _keep_open(self) -> None:
        """The door opens and closes in one task, as its SDK asks."""
        await self._wanted.wait()
        if self._door:
            async with self._door.running():
                self._open.set()
                await sleep_forever()


def _load(service: QuestionService) -> "AssistantsDoor":
    from qa_service.web.v1.assistants.door import AssistantsDoor

    return AssistantsDoor(service)
