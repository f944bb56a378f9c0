"""The edge of HTTP: what uvicorn's protocol has no cap or timeout for.

A request's head is read up to a size, a number of headers and a time; its body up to a time (its
size is `BodyLimit`'s), and what stands around chunks of it up to the size of a head; connections up
to a number. Whoever goes over gets a short reply, and the connection is closed. A full server makes
room for newcomers: it closes the connection that has waited longest for its client, and none that
is being answered. Trailers are read and dropped: what proxies check in a head must not come in
behind it (RFC 9110, 6.5.1). HTTP is RFC 9112, the status codes are of RFC 9110 and RFC 6585.
"""

import asyncio
import json
from http import HTTPStatus
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from qa_service.web.connections import MOST_CONNECTIONS, room_for_connections, waiting_of
from qa_service.web.middleware.admission import ADVICE, RETRY_AFTER_S, Gate
from qa_service.web.middleware.lingering import LINGER_S, MOST_DRAINED, has_body
from qa_service.web.problems import MEDIA_TYPE

VERSIONS = ("1.0", "1.1")
HEAD_BYTES, MOST_HEADERS = 32_768, 100
HEAD_S, BODY_S, LAST_S = 10.0, 30.0, 2.0
_CHUNK_OF_A_BYTE = len(b"1\r\na\r\n")

_NOTHING = b"content-length: 0\r\n\r\n"
_PROBLEM = json.dumps(
    {"type": "about:blank", "title": "Service Unavailable", "status": 503, "detail": ADVICE}
).encode()
_LATER = (
    f"retry-after: {RETRY_AFTER_S}\r\ncontent-type: {MEDIA_TYPE}\r\ncache-control: no-store\r\n"
    f"access-control-allow-origin: *\r\naccess-control-expose-headers: Retry-After\r\n"
    f"content-length: {len(_PROBLEM)}\r\n\r\n"
).encode() + _PROBLEM


def _closing(status: HTTPStatus, reply: bytes = _NOTHING) -> bytes:
    """A whole response after which the connection ends."""
    return STATUS_LINE[status] + b"connection: close\r\n" + reply


TOO_MANY_QUESTIONS = _closing(HTTPStatus.SERVICE_UNAVAILABLE, _LATER)
"""What a program is told for whose question there is no room."""


class EdgeProtocol(HttpToolsProtocol):
    """One connection. The limits are class attributes, for tests to lower."""

    head_bytes, most_headers = HEAD_BYTES, MOST_HEADERS
    head_s, body_s, last_s = HEAD_S, BODY_S, LAST_S
    most_connections = MOST_CONNECTIONS
    gate: ClassVar[Gate | None] = None
    """What the application has no room for is refused here, before it costs anything."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_in_head, self._head_read, self._piece, self._around_body = True, 0, 0, 0
        self._is_refused, self._dropped, self._answering = False, 0, None
        self._timer: asyncio.TimerHandle | None = None
        self._waiting = waiting_of(self.server_state)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        if len(self.connections) > min(self.most_connections, room_for_connections()):
            if not self._waiting:
                return self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            next(iter(self._waiting)).make_room()
        self._note_who_waits()
        return self._allow(self.head_s)

    def make_room(self) -> None:
        """Close in favour of a newcomer; what the client has not read until now is lost."""
        del self._waiting[self]
        if self._is_refused or self.transport.get_write_buffer_size():
            self._nobody_reads()
            self.transport.abort()
        else:
            self._too_slow()

    def _note_who_waits(self) -> None:
        """The client for its response, else the connection for its client."""
        cycle = self._answering
        if cycle and not (cycle.more_body or cycle.response_complete or self.flow.write_paused):
            self._waiting.pop(self, None)
        elif self in self.connections:
            self._waiting.setdefault(self)

    def shutdown(self) -> None:
        """The server is stopping: whoever has just come, still sends, or does not read, has a last
        moment.
        """
        if self.cycle is not None:
            super().shutdown()
        if not self._is_refused and not self.transport.is_closing():
            self._stop_timer()
            self._timer = self.loop.call_later(self.last_s, self._end)

    def _end(self) -> None:
        if self.cycle is None or self.cycle.more_body:
            self._too_slow()
        elif self.flow.write_paused:
            self._nobody_reads()
            self.transport.abort()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _nobody_reads(self) -> None:
        """Where requests are pipelined, the server marks the last of them, not the one that it is
        answering, whose writing would then fail.
        """
        if self._answering is not None:
            self._answering.disconnected = True
            self._answering.message_event.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._nobody_reads()
        self._waiting.pop(self, None)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._note_who_waits()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._note_who_waits()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._note_who_waits()

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            self._dropped += len(data)
            if self._dropped > MOST_DRAINED:
                self.transport.abort()
        while data and not self._is_refused:
            room = self.head_bytes - self._head_read if self._is_in_head else len(data)
            piece, data = data[:room], data[room:]
            self._piece, self._head_read = len(piece), self._head_read + len(piece)
            self._around_body += len(piece)
            super().data_received(piece)
            read = self._head_read if self._is_in_head else self._around_body
            if read >= self.head_bytes and not self._is_refused:
                self._cut_off(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, self._may_send_on())

    def send_400_response(self, msg: str) -> None:
        if not self._is_refused:
            self._cut_off(HTTPStatus.BAD_REQUEST, linger=True)

    def on_message_begin(self) -> None:
        if self._is_refused:
            return
        if not self._is_in_head:
            self._is_in_head, self._head_read = True, self._piece  # at most, of this piece
            self._allow(self.head_s)
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_refused or not self._is_in_head:
            return
        if len(self.headers) < self.most_headers:
            super().on_header(name, value)
        else:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, linger=True)

    def on_headers_complete(self) -> None:
        self._is_in_head, self._around_body = False, 0
        if self._is_refused:
            return None
        version = self.parser.get_http_version()
        if version not in VERSIONS:
            return self._refuse(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, linger=self._may_send_on())
        names = [name for name, _ in self.headers]
        if version == "1.1" and names.count(b"host") != 1:
            return self._refuse(HTTPStatus.BAD_REQUEST, linger=self._may_send_on())
        if self.gate is not None and self.gate.refuses(self._method(), self._path()):
            return self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, _LATER, self._may_send_on())
        self._allow(self.body_s)
        return super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._around_body -= _CHUNK_OF_A_BYTE * len(body)  # so that the smallest chunks may be sent
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._stop_timer()
        if self._is_refused:
            return self.transport.close()
        super().on_message_complete()
        return self._note_who_waits()

    def _allow(self, seconds: float) -> None:
        """From now on the head, or the body, may take so long."""
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, self._too_slow)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._cut_off(HTTPStatus.REQUEST_TIMEOUT)

    def _cut_off(self, status: HTTPStatus, linger: bool = False) -> None:
        """Refuse the request that is being read, unless its response has begun."""
        started = self.cycle is not None and self.cycle.response_started
        if started and not (self._is_in_head and self.cycle.response_complete):
            self._is_refused = True
            self._stop_timer()
            self.transport.close()
        else:
            self._refuse(status, linger=linger)

    def _method(self) -> str:
        method: bytes = self.parser.get_method()
        return method.decode("ascii")

    def _path(self) -> str:
        path, _, _ = self.url.partition(b"?")
        return path.decode("latin-1")

    def _may_send_on(self) -> bool:
        return self._is_in_head or has_body(self.headers)

    def _refuse(self, status: HTTPStatus, reply: bytes = _NOTHING, linger: bool = False) -> None:
        """Reply at once and close; nothing more of this connection is used. linger: until the
        client has closed, too, or for a while, since it still sends.
        """
        self._is_refused = True
        self._stop_timer()
        self._nobody_reads()
        if self.transport.is_closing():
            return
        self.transport.write(_closing(status, reply))
        if linger:
            self.transport.write_eof()
            self._timer = self.loop.call_later(LINGER_S, self.transport.abort)
        else:
            self.transport.close()
