"""A collector of traces: takes OTLP over HTTP as the standard says it, and keeps the spans."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue


@dataclass(frozen=True)
class Span:
    """parent: the id of the span around it, empty for none. error: its words where it failed."""

    trace: str
    id: str
    parent: str
    name: str
    attributes: dict[str, object]
    error: str | None


class Collector:
    """status: what it answers with; others than 200 take nothing."""

    def __init__(self) -> None:
        self.status, self.bodies = 200, list[bytes]()
        self.calls = 0

    @property
    def spans(self) -> list[Span]:
        requests = map(ExportTraceServiceRequest.FromString, self.bodies)
        return [
            Span(
                one.trace_id.hex(),
                one.span_id.hex(),
                one.parent_span_id.hex(),
                one.name,
                {pair.key: _value(pair.value) for pair in one.attributes},
                one.status.message if one.status.code else None,
            )
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for one in scope.spans
        ]

    def tree(self, root: str) -> dict[str, list[str]]:
        """Below the span of this name: each span's name -> those of the spans in it, sorted."""
        [top] = [one for one in self.spans if one.name == root]
        spans = [one for one in self.spans if one.trace == top.trace]
        inside = {
            one.name: sorted(other.name for other in spans if other.parent == one.id)
            for one in spans
        }
        return {name: names for name, names in inside.items() if names}

    def named(self, name: str) -> list[Span]:
        return [one for one in self.spans if one.name == name]


def _value(value: AnyValue) -> object:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(one) for one in value.array_value.values]
    return getattr(value, kind) if kind else None


@contextmanager
def collecting(port: int = 0) -> Iterator[tuple[str, Collector]]:
    """Its address, and what it took. Any free port for 0."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.calls += 1
            is_taken = self.path == "/v1/traces" and collector.status == 200
            if is_taken:
                collector.bodies.append(body)
            self.send_response(collector.status if self.path == "/v1/traces" else 404)
            self.send_header("Content-Type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_request(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", collector
        finally:
            server.shutdown()
            thread.join()
