"""The JSON API, version 1: procedures and passages."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from qa_service.live import Live
from qa_service.types import Group
from qa_service.web.v1.corpus_schemas import (
    CentresOut,
    PassageOut,
    ServiceOut,
    ServicesOut,
    ServiceSummaryOut,
)
from qa_service.web.v1.responses import (
    MISSING,
    PRIVATE,
    PROBLEMS,
    PUBLIC,
    UNCHANGED,
    revalidated,
)

_MOST_SERVICES = 100
_MOST_CENTRES = 500


def catalogue_router(live: Live) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["corpus"], responses=PROBLEMS)

    @router.get("/services", response_model=ServicesOut, responses=UNCHANGED)
    def services(
        request: Request,
        group: Annotated[
            Group | None, Query(description="Only those of one section of the catalogue")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=_MOST_SERVICES)] = _MOST_SERVICES,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> Response:
        """All procedures, a page at a time; `Link` names the next page."""
        serving = live.current
        found = [
            service for service in serving.catalogue.services if group in (None, service.group)
        ]

        def listed() -> ServicesOut:
            page = [ServiceSummaryOut.of(service) for service in found[offset : offset + limit]]
            return ServicesOut(services=page, total=len(found), index_version=serving.version)

        response = revalidated(request, serving.state, PUBLIC, listed)
        if offset + limit < len(found):
            following = request.url.include_query_params(limit=limit, offset=offset + limit)
            response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
        return response

    @router.get("/services/{slug}", response_model=ServiceOut, responses=MISSING | UNCHANGED)
    def service(request: Request, slug: str) -> Response:
        """One procedure with all its passages."""
        serving = live.current
        found = serving.catalogue.service(slug)
        return revalidated(request, serving.state, PUBLIC, lambda: ServiceOut.of(found))

    @router.get("/passages/{passage_id}", response_model=PassageOut, responses=MISSING | UNCHANGED)
    def passage(request: Request, passage_id: str) -> Response:
        """One passage by its id."""
        serving = live.current
        found = serving.catalogue.passage(passage_id)
        return revalidated(request, serving.state, PUBLIC, lambda: PassageOut.read(found))

    _add_centres(router, live)
    return router


def _add_centres(router: APIRouter, live: Live) -> None:
    @router.get("/centres", response_model=CentresOut, responses=UNCHANGED)
    def centres(
        request: Request,
        q: Annotated[str, Query(max_length=200, description="Town, region, number, street")] = "",
        limit: Annotated[int, Query(ge=1, le=_MOST_CENTRES)] = _MOST_CENTRES,
    ) -> Response:
        """Service centres of a place, the nearest first; all of them without one."""
        serving = live.current
        directory = serving.catalogue.directory

        def listed() -> CentresOut:
            answer = directory.search(q) if q.strip() else directory.everywhere
            return CentresOut.of(answer, directory.centres, serving.version, limit)

        return revalidated(request, serving.state, PRIVATE if q else PUBLIC, listed)
