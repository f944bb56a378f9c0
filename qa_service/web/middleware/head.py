"""HEAD (RFC 9110, 9.3.2) for every GET route: answered as GET is, without the body."""

from starlette.types import ASGIApp, Receive, Scope, Send


class HeadAsGet:
    """ASGI middleware; stands outside of all that knows methods, so that a HEAD gets the status and
    the headers of a GET, and costs as much. The server, which knows the method, sends no body.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return await self._app(scope, receive, send)
        as_get = {**scope, "method": "GET"}
        try:
            return await self._app(as_get, receive, send)
        finally:
            scope["route"] = as_get.get("route")  # which the log asks for
