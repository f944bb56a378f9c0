"""`POST /mcp`: AI assistants over HTTP. Each request stands alone and gets one response of JSON.

Names, origins, keys, rates and sizes are checked by the middleware that stands before every route.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import INVALID_REQUEST, PARSE_ERROR
from mcp_types.jsonrpc import jsonrpc_message_adapter
from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from qa_service.service import QuestionService
from qa_service.web.problems import problem
from qa_service.web.v1.assistants.server import assistants_server


class AssistantsDoor:
    """An ASGI application that serves while `running`. The SDK's manager runs once only, so each
    run has its own.
    """

    def __init__(self, service: QuestionService) -> None:
        self._server = assistants_server(service)
        self._manager = self._new_manager()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._manager = self._new_manager()
        async with self._manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = await receive()  # the whole body, which `BodyLimit` has read
        if refusal := _refusal(Headers(scope=scope), sent.get("body", b"")):
            return await refusal(scope, receive, send)
        return await self._manager.handle_request(scope, _again(sent, receive), send)

    def _new_manager(self) -> StreamableHTTPSessionManager:
        return StreamableHTTPSessionManager(self._server, json_response=True, stateless=True)


def _refusal(headers: Headers, body: bytes) -> Response | None:
    """For what is no message of JSON-RPC; the SDK would tell of its own inside."""
    if not headers.get("content-type", "").lower().startswith("application/json"):
        advice = "send the body as JSON with the header Content-Type: application/json"
        return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, advice)
    try:
        jsonrpc_message_adapter.validate_json(body, by_name=False)
    except ValidationError as error:
        is_json = error.errors()[0]["type"] != "json_invalid"
        said = (
            "this is no single message of JSON-RPC 2.0" if is_json else "this is no JSON in UTF-8"
        )
        code = INVALID_REQUEST if is_json else PARSE_ERROR
        told = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": said}}
        return JSONResponse(told, HTTPStatus.BAD_REQUEST)
    return None


def _again(sent: Message, receive: Receive) -> Receive:
    """Hand on what was read already, then whatever comes next."""
    waiting = [sent]

    async def received() -> Message:
        return waiting.pop() if waiting else await receive()

    return received
