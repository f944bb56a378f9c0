"""Liveness, readiness and metrics, without waiting for threads that answer questions."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from qa_service.errors import SnapshotError
from qa_service.live import Live
from qa_service.monitoring.metrics import Metrics
from qa_service.web.v1.schemas import HealthOut, ProblemOut


def health_router(live: Live, metrics: Metrics) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    async def healthz() -> HealthOut:
        """The process is alive."""
        return HealthOut(status="ok")

    @router.get(
        "/readyz",
        responses={
            503: {
                "model": ProblemOut,
                "description": "The index has no passages, or a part of the search does not work",
            }
        },
    )
    async def readyz() -> HealthOut:
        """A question of the corpus found a passage when the index was loaded."""
        serving = live.current
        if not serving.is_ready:
            raise SnapshotError(
                "the index has no passages, or a part of the search does not work: run "
                "`qa-service build`, or see the log"
            )
        return HealthOut(status="ready", index_version=serving.version)

    @router.get(
        "/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}}
    )
    async def prometheus() -> Response:
        """Metrics in Prometheus' text format, of all processes together."""
        return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return router
