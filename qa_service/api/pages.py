"""The HTML pages: search, catalogue, one procedure. Rendered on the server, complete without JavaScript.

The pages load nothing from other hosts and run no script, and the headers sent with each page hold them to it.
"""

from typing import Annotated, Protocol

from fastapi import APIRouter, Path
from fastapi import Query as Parameter
from fastapi.responses import HTMLResponse

from qa_service.api.observe import Ask
from qa_service.api.rendering import STATIC_FOLDER, page_templates
from qa_service.api.wording import EXAMPLES, REASONS
from qa_service.errors import NotFoundError
from qa_service.types import Answer, Filters, Group, Handoff, Query, Reason, Service

__all__ = ["CONTACT_CENTRE", "HEADERS", "STATIC_FOLDER", "Engine", "pages_router"]

CONTACT_CENTRE = Handoff(phone="(044) 290-19-88", site="hsc.gov.ua")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

_CACHED, _PRIVATE = "public, max-age=300", "private, no-cache"
_ECHO_CHARS = 1_000
"""How much of an overlong question goes back into the search box: enough to shorten it, too little to weigh the page down."""


class Engine(Protocol):
    """What the pages ask of the engine. `service` raises NotFoundError for an unknown slug."""

    @property
    def services(self) -> tuple[Service, ...]: ...

    def answer(self, query: Query) -> Answer: ...

    def service(self, slug: str) -> Service: ...


def pages_router(engine: Engine, contact: Handoff = CONTACT_CENTRE, ask: Ask | None = None) -> APIRouter:
    """Routes `/`, `/services` and `/services/{slug}`; `ask` is the engine's if not given. The app mounts STATIC_FOLDER."""
    pages = _Pages(engine, contact, ask or engine.answer)
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    for path, page in (("/", pages.search), ("/services", pages.catalogue), ("/services/{slug}", pages.service)):
        router.add_api_route(path, page, methods=["GET", "HEAD"])
    return router


class _Pages:
    """One method a page; synchronous, so that the framework runs them beside its event loop."""

    def __init__(self, engine: Engine, contact: Handoff, ask: Ask) -> None:
        self._engine, self._ask = engine, ask
        self._templates = page_templates()
        self._templates.globals["contact"] = contact

    def search(
        self, q: Annotated[str | None, Parameter()] = None, service: Annotated[str | None, Parameter()] = None
    ) -> HTMLResponse:
        """The search box alone, or with the answer to `q`; `service` keeps the answer to one procedure."""
        if q is None:
            return self._page("home.html", shelves=_shelves(self._engine.services), examples=EXAMPLES)
        only = self._known(service)
        filters = Filters(services=frozenset({only.slug})) if only else Filters()
        answer = self._ask(Query(question=q, filters=filters))
        return self._page(
            "answer.html",
            cache=_PRIVATE,
            answer=answer,
            advice=None if answer.answerable else REASONS[answer.reason or Reason.LOW_CONFIDENCE],
            only=only,
            asked=answer.question[:_ECHO_CHARS],
        )

    def catalogue(self) -> HTMLResponse:
        """Every service by group."""
        return self._page("catalogue.html", shelves=_shelves(self._engine.services))

    def service(self, slug: Annotated[str, Path()]) -> HTMLResponse:
        """The whole procedure `slug`, or a 404 page that shows the way on."""
        found = self._known(slug)
        if found is None:
            return self._page("not_found.html", status=404, cache=_PRIVATE, shelves=_shelves(self._engine.services))
        return self._page("service.html", service=found)

    def _known(self, slug: str | None) -> Service | None:
        try:
            return self._engine.service(slug) if slug else None
        except NotFoundError:
            return None

    def _page(self, template: str, *, status: int = 200, cache: str = _CACHED, **values: object) -> HTMLResponse:
        html = self._templates.get_template(template).render(values)
        return HTMLResponse(html, status, HEADERS | {"Cache-Control": cache})


def _shelves(services: tuple[Service, ...]) -> dict[Group, list[Service]]:
    """Services by group, in the order of the groups; groups with none are left out."""
    shelves = {group: [service for service in services if service.group is group] for group in Group}
    return {group: found for group, found in shelves.items() if found}
