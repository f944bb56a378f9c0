"""A bot that only listens: what the simulators themselves are tried on."""

from dataclasses import dataclass, field
from time import sleep

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass
class ListeningBot:
    """Answers GET with its challenge and POST with the next of `statuses`, at last with 200.

    `says` is the body of every answer, `takes_s` the seconds before it.
    """

    statuses: list[int] = field(default_factory=list)
    says: bytes = b""
    takes_s: float = 0.0
    verify_token: str = ""
    heard: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = Starlette(routes=[Route("/hook", self._hears, methods=["GET", "POST"])])

    async def _hears(self, request: Request) -> Response:
        if request.method == "GET":
            right = request.query_params.get("hub.verify_token") == self.verify_token
            return Response(request.query_params["hub.challenge"], 200 if right else 403)
        self.heard.append(await request.body())
        self.headers.append(dict(request.headers))
        await run_in_threadpool(sleep, self.takes_s)
        return Response(self.says, self.statuses.pop(0) if self.statuses else 200)
