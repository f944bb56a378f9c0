"""Liveness, readiness and metrics."""

from collections.abc import Callable

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from qa_service.engine import QAEngine
from qa_service.errors import SnapshotError
from qa_service.monitoring.metrics import Metrics
from qa_service.types import Query
from qa_service.web.v1.schemas import HealthOut, ProblemOut

PROBE_QUESTION = "Скільки коштує обмін посвідчення водія?"


def health_router(engine: QAEngine, metrics: Metrics) -> APIRouter:
    router = APIRouter(tags=["health"])
    is_ready = readiness(engine)

    @router.get("/healthz")
    def healthz() -> HealthOut:
        """The process is alive."""
        return HealthOut(status="ok")

    @router.get(
        "/readyz",
        responses={503: {"model": ProblemOut, "description": "A probe question found nothing"}},
    )
    def readyz() -> HealthOut:
        """A probe question was answered."""
        if not is_ready():
            raise SnapshotError(
                "the probe question found no passage: the index is empty, run `qa-service build`"
            )
        return HealthOut(status="ready", index_version=engine.index_version)

    @router.get(
        "/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}}
    )
    def prometheus() -> Response:
        """Metrics in Prometheus' text format."""
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router


def readiness(engine: QAEngine) -> Callable[[], bool]:
    """Whether a probe question finds a passage; asked again until it once did."""
    ready = False

    def is_ready() -> bool:
        nonlocal ready
        ready = ready or bool(engine.answer(Query(PROBE_QUESTION, top_k=1)).passages)
        return ready

    return is_ready
