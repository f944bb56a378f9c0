"""Refuse request bodies over the limit before they are read or parsed."""

from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.api.problems import problem


class BodyLimit:
    """ASGI middleware. A declared length over the limit is refused at once, a stream as soon as it
    passes the limit.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app, self._max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._max_bytes:
            return await self._refuse(scope, receive, send)
        body = b""
        if scope["method"] in ("POST", "PUT", "PATCH"):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > self._max_bytes:
                    return await self._refuse(scope, receive, send)
        return await self._app(scope, _replay(body, receive), send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = f"the request body is larger than {self._max_bytes} bytes; send a shorter question"
        await problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, {"Connection": "close"})(
            scope, receive, send
        )


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hand the body read above to the application, then whatever the server says next."""
    sent = False

    async def replayed() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
