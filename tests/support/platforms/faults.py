"""A platform that fails on demand."""

from asyncio import wait_for
from collections import defaultdict, deque
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ANY = "*"
JSON = "application/json"
HTML = "text/html"


@dataclass(frozen=True)
class Fault:
    """What is answered instead.

    done: the call takes effect before, as where only its answer gets lost; a client that repeats
    it has then done it twice.
    hangs_s: seconds before the answer; choose more than the client waits.
    cut: half of the body goes out, then the connection drops.
    """

    status: int = 500
    body: bytes = b""
    content_type: str = JSON
    done: bool = False
    hangs_s: float = 0.0
    cut: bool = False


BAD_GATEWAY = Fault(502, b"<html><body>502 Bad Gateway</body></html>", HTML)
MALFORMED = Fault(200, b'{"ok": tru')
CUT = Fault(200, b'{"ok": true, "result": {}, "padding": "................"}', cut=True)


def hanging(seconds: float, done: bool = False) -> Fault:
    return Fault(504, hangs_s=seconds, done=done)


class Faults:
    """The faults to come, by the last part of the called path; `ANY` meets whatever is called."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def add(self, method: str, fault: Fault, times: int = 1) -> None:
        self._waiting[method.lower()].extend([fault] * times)

    def around(self, app: ASGIApp) -> ASGIApp:
        async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
            fault = self._next(scope) if scope["type"] == "http" else None
            if fault is None:
                await app(scope, receive, send)
                return
            if fault.done:
                await app(scope, receive, _nowhere)
            else:
                await _read(receive)
            if fault.hangs_s and await _left(receive, fault.hangs_s):
                return
            await _answer(fault, send)

        return faulty

    def _next(self, scope: Scope) -> Fault | None:
        method = scope["path"].rpartition("/")[2].lower()
        for name in (method, ANY):
            if self._waiting[name]:
                return self._waiting[name].popleft()
        return None


async def _read(receive: Receive) -> None:
    """The whole call, so that the connection ends in order where it is cut."""
    while (await receive()).get("more_body"):
        pass


async def _left(receive: Receive, seconds: float) -> bool:
    """Whether the client goes away within so long."""
    try:
        await wait_for(receive(), seconds)
    except TimeoutError:
        return False
    return True


async def _nowhere(message: Message) -> None:
    """Loses an answer."""


async def _answer(fault: Fault, send: Send) -> None:
    headers = [
        (b"content-type", fault.content_type.encode()),
        (b"content-length", str(len(fault.body)).encode()),
    ]
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    if fault.cut:
        half = fault.body[: len(fault.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        return  # the server drops a connection whose answer is not whole
    await send({"type": "http.response.body", "body": fault.body})
