"""OpenTelemetry traces: a span a request, one a question, one a step of it.

They go to a collector by OTLP over HTTP, from a bounded queue, by a thread of its own: a collector
that fails costs spans, never an answer. No span holds a question, a name, an address or the words
of an error. Imported only where QA_TRACES is set; OpenTelemetry's own variables say the rest, such
as how many traces are kept (`OTEL_TRACES_SAMPLER`).
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.metadata import version
from threading import Thread
from typing import Self

from opentelemetry.context import Context, get_current
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import (
    INVALID_SPAN,
    Span,
    SpanKind,
    StatusCode,
    format_trace_id,
    get_current_span,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from qa_service.breaker import PAUSE_S, Breaker

logger = logging.getLogger(__name__)

MOST_WAITING, TOGETHER, EVERY_MS = 4_096, 512, 1_000
"""Spans that wait at most, about 10 MB; the oldest go where more come."""

DEADLINE_S = 3.0
"""How long a collector may take for one batch, tries included."""

_NAME = "qa_service"
_PROPAGATOR = TraceContextTextMapPropagator()


class Traces:
    """Safe to use from threads."""

    def __init__(self, exporter: SpanExporter) -> None:
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # `_Guarded` says it once
        processor = BatchSpanProcessor(
            _Guarded(exporter),
            max_queue_size=MOST_WAITING,
            schedule_delay_millis=EVERY_MS,
            max_export_batch_size=TOGETHER,
        )
        ours = Resource({"service.name": _NAME, "service.version": version(_NAME)})
        self._provider = TracerProvider(
            resource=ours.merge(OTELResourceDetector().detect()), shutdown_on_exit=False
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer(_NAME)

    @classmethod
    def to(cls, endpoint: str) -> Self:
        """To the collector at this address of OTLP over HTTP."""
        return cls(OTLPSpanExporter(endpoint, timeout=DEADLINE_S))

    def request(self, headers: Mapping[str, str]) -> AbstractContextManager[Span]:
        """The span of a request; it goes on with the trace that its `traceparent` names."""
        return self.span("request", _PROPAGATOR.extract(headers), SpanKind.SERVER)

    @contextmanager
    def span(
        self, name: str, within: Context | None = None, kind: SpanKind = SpanKind.INTERNAL
    ) -> Iterator[Span]:
        """A span around what runs meanwhile; within: under its span, else under the current one."""
        with self._tracer.start_as_current_span(
            name, within, kind, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except Exception as error:
                # Only the kind of error: its text may quote the question.
                span.set_status(StatusCode.ERROR, type(error).__name__)
                raise

    def step(self, name: str, within: Context | None = None) -> AbstractContextManager[Span]:
        """The same inside of a trace that is kept; elsewhere nothing."""
        if get_current_span(within).is_recording():
            return self.span(name, within)
        return nullcontext(INVALID_SPAN)

    @staticmethod
    def here() -> Context:
        """What `within` takes, for a step that another thread runs."""
        return get_current()

    @staticmethod
    def id() -> str:
        """Of the current trace, 32 hexadecimal digits."""
        return format_trace_id(get_current_span().get_span_context().trace_id)

    @staticmethod
    def outgoing() -> dict[str, str]:
        """The headers by which another program goes on with the current trace."""
        headers: dict[str, str] = {}
        _PROPAGATOR.inject(headers)
        return headers

    def close(self, within_s: float) -> None:
        """Send what waits, for so long at most."""
        closing = Thread(target=self._provider.shutdown, daemon=True)  # which may take 30 s
        closing.start()
        closing.join(within_s)


class _Guarded(SpanExporter):
    """Leaves a collector that fails alone for a while, and says so once."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._breaker = Breaker(
            logger,
            opened="the collector takes no traces, answers are not affected",
            closed="the collector takes traces again",
            failures=1,
            pause_s=PAUSE_S,
        )

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if not self._breaker.allows():
            return SpanExportResult.FAILURE
        result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            self._breaker.succeeded()
        else:
            self._breaker.failed(f"no success within {DEADLINE_S:g} s")
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()
