"""Whoever still sends its body gets its refusal all the same (nginx' lingering_close)."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_DRAINED, LINGER_S = 16 * 1024 * 1024, 2.0  # bytes, seconds


class Linger:
    """ASGI middleware; stands outside of all that may answer before a body was read to its end.

    The response is sent at once; what the client still sends is then read and dropped for a while,
    since closing on it would reset the connection and lose the response.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not has_body(scope["headers"]):
            return await self._app(scope, receive, send)
        is_read = False

        async def noting() -> Message:
            nonlocal is_read
            message = await receive()
            is_read = is_read or not message.get("more_body", False)
            return message

        async def lingering(message: Message) -> None:
            if is_read or message["type"] != "http.response.body" or message.get("more_body"):
                return await send(message)
            await send({**message, "more_body": True})
            with suppress(TimeoutError):
                await asyncio.wait_for(_drained(noting), LINGER_S)
            return await send({"type": "http.response.body", "body": b""})

        return await self._app(scope, noting, lingering)


def has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request says that one follows its head (RFC 9112, 6.3)."""
    names = {name for name, _ in headers}
    return b"content-length" in names or b"transfer-encoding" in names


async def _drained(receive: Receive) -> None:
    """Read and drop what a client sends, up to its end or `MOST_DRAINED`."""
    size, more = 0, True
    while more and size < MOST_DRAINED:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
