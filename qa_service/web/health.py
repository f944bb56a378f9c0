"""Routes for whoever watches the service: alive, ready, metrics."""

from asyncio import to_thread

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from qa_service.errors import OverloadedError, SnapshotError
from qa_service.live import Live
from qa_service.monitoring.metrics import Metrics
from qa_service.web.middleware.admission import RETRY_AFTER_S
from qa_service.web.stopping import Stopping
from qa_service.web.v1.schemas import HealthOut, ProblemOut


def health_router(live: Live, stopping: Stopping) -> APIRouter:
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
                "description": "The index has no passages, a part of the search does not work, or "
                "the process was told to stop",
            }
        },
    )
    async def readyz() -> HealthOut:
        """A question of the corpus found a passage since the index was loaded."""
        if stopping.is_on:
            raise OverloadedError("this process was told to stop; ask another", RETRY_AFTER_S)
        serving = live.current
        if not serving.probe.passed and not await to_thread(serving.probe.ask):
            raise SnapshotError(
                "the index has no passages, or a part of the search does not work: run "
                "`qa-service build`, or see the log"
            )
        return HealthOut(status="ready", index_version=serving.version)

    return router


def metrics_router(metrics: Metrics) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get(
        "/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}}
    )
    async def prometheus() -> Response:
        """Metrics in Prometheus' text format, of all processes together."""
        return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return router
