"""Settings -> traces: where they go, and what of a question is a step.

Where QA_TRACES is empty, nothing here is used, and OpenTelemetry is not imported.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial, wraps
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

from qa_service.engine import QAEngine
from qa_service.errors import MissingExtraError, SettingsError
from qa_service.live import Serving
from qa_service.retrieval.guarded import Guard
from qa_service.service import QuestionService
from qa_service.settings import Settings
from qa_service.types import Answer, Query

if TYPE_CHECKING:  # an extra
    from qa_service.monitoring.traces import Traces

_OTLP_PATH = "/v1/traces"

Given = ParamSpec("Given")
Made = TypeVar("Made")


def open_traces(settings: Settings) -> "Traces | None":
    """None where QA_TRACES is empty. Raises SettingsError, MissingExtraError."""
    endpoint = settings.traces.get_secret_value()
    if not endpoint:
        return None
    address = _address(endpoint)
    if find_spec("opentelemetry.exporter") is None:
        raise MissingExtraError("tracing", "traces")
    from qa_service.monitoring.traces import Traces

    return Traces.to(address)


def _address(endpoint: str) -> str:
    """Where spans are posted. Raises SettingsError, which does not repeat what may be secret."""
    with suppress(ValueError):
        parts = urlsplit(endpoint)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            path = parts.path if parts.path.strip("/") else _OTLP_PATH
            return parts._replace(path=path).geturl()
    raise SettingsError(
        "QA_TRACES must be the address of a collector that takes OTLP over HTTP, like "
        "http://127.0.0.1:4318"
    )


def _step(
    name: str, method: Callable[Concatenate[Any, Given], Made]
) -> Callable[Concatenate["TracedEngine", Given], Made]:
    """The method as a step of this name."""

    @wraps(method)
    def traced(engine: "TracedEngine", /, *args: Given.args, **named: Given.kwargs) -> Made:
        with engine.traces.step(name):
            return method(engine, *args, **named)

    return traced


class TracedEngine(QAEngine):
    """An engine with a span a step."""

    def __init__(self, traces: "Traces", *args: Any) -> None:
        super().__init__(*args)
        self.traces = traces

    read = _step("read", QAEngine.read)
    parts = _step("parts", QAEngine.parts)
    retrieve = _step("search", QAEngine.retrieve)
    encode = _step("encode", QAEngine.encode)
    rank = _step("fuse", QAEngine.rank)
    decide = _step("decide", QAEngine.decide)
    present = _step("present", QAEngine.present)


class TracedGuard(Guard):
    """Searches with a span each."""

    def __init__(self, traces: "Traces", **options: Any) -> None:
        super().__init__(**options)
        self._traces = traces

    def run(
        self, searches: Mapping[str, Callable[[], Any]], deadline: float, at_once: bool = False
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        context = self._traces.here()  # searches run in threads that know nothing of the question

        def traced(name: str, search: Callable[[], Any]) -> Any:
            with self._traces.step(f"search {name}", context):
                return search()

        spanned = {name: partial(traced, name, search) for name, search in searches.items()}
        return super().run(spanned, deadline, at_once)


class TracedService(QuestionService):
    """The one door, with a span a question that says what became of it."""

    def __init__(self, traces: "Traces", *args: Any) -> None:
        super().__init__(*args)
        self._traces = traces

    def ask(self, query: Query, serving: Serving | None = None) -> Answer:
        with self._traces.span("ask") as span:
            answer = super().ask(query, serving)
            span.set_attributes(_attributes(query, answer))
        return answer


def _attributes(query: Query, answer: Answer) -> dict[str, str | bool | int | float | list[str]]:
    """What became of a question; never what was asked, or by whom."""
    return {
        "qa.channel": query.channel,
        "qa.is_draft": query.draft,
        "qa.outcome": answer.reason or "answered",
        "qa.certainty": answer.certainty,
        "qa.confidence": answer.confidence,
        "qa.service": answer.passages[0].passage.service if answer.passages else "",
        "qa.parts": len(answer.parts),
        "qa.degraded": list(answer.degraded),
        "qa.index_version": answer.index_version,
        "qa.took_ms": answer.took_ms,
    }
