"""The HTML pages: search, catalogue, one procedure, thanks for feedback. Rendered on the server,
complete without JavaScript.

The pages load nothing from other hosts and run no script but their own, and the headers sent with
each page hold them to it.
"""

from http import HTTPStatus
from typing import Annotated, Protocol

from fastapi import APIRouter, Path, Request
from fastapi import Query as Parameter
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from qa_service import phrases
from qa_service.errors import JournalError, NotFoundError, RequestError
from qa_service.monitoring.metrics import Ask
from qa_service.types import Answer, Filters, Group, Handoff, Query, Reason, Service, Status, Topic
from qa_service.web.site import structured_data
from qa_service.web.site.feedback_form import START_PAGE, FeedbackForm, is_same_origin, read_form
from qa_service.web.site.rendering import (
    ECHO_CHARS,
    STATIC_FOLDER,
    Head,
    alphabetical,
    first_of_topics,
    first_sentence,
    page_templates,
    site_url,
)
from qa_service.web.v1.feedback import SaveFeedback

__all__ = ["HEADERS", "STATIC_FOLDER", "Engine", "pages_router"]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src "
        "'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

_CACHED, _PRIVATE = "public, max-age=300", "private, no-cache"
_ANSWER_FACTS = (Topic.FEE, Topic.TERM, Topic.DOCUMENTS)
_SERVICE_FACTS = (*_ANSWER_FACTS, Topic.WHERE)


class Engine(Protocol):
    """What the pages ask of the engine. `service` raises NotFoundError for an unknown slug."""

    @property
    def services(self) -> tuple[Service, ...]: ...

    @property
    def popular(self) -> tuple[str, ...]: ...

    def answer(self, query: Query) -> Answer: ...

    def service(self, slug: str) -> Service: ...


def pages_router(
    engine: Engine,
    contact: Handoff,
    ask: Ask | None = None,
    feedback: SaveFeedback | None = None,
) -> APIRouter:
    """Routes `/`, `/services`, `/services/{slug}` and `/feedback`. The app mounts STATIC_FOLDER.

    `ask` is the engine's if not given; without `feedback` no page asks for any.
    """
    pages = _Pages(engine, contact, ask or engine.answer, feedback)
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    for path, page in (
        ("/", pages.search),
        ("/services", pages.catalogue),
        ("/services/{slug}", pages.service),
    ):
        router.add_api_route(path, page, methods=["GET", "HEAD"])
    if feedback:
        router.add_api_route("/feedback", pages.feedback, methods=["POST"])
        router.add_api_route("/feedback", _to_start_page, methods=["GET", "HEAD"])
    return router


class _Pages:
    """One method a page; synchronous where it can be, so that the framework runs them beside its
    event loop.
    """

    def __init__(
        self, engine: Engine, contact: Handoff, ask: Ask, save: SaveFeedback | None
    ) -> None:
        self._engine, self._contact, self._ask, self._save = engine, contact, ask, save
        self._templates = page_templates(contact=contact, asks_for_feedback=save is not None)

    def search(
        self,
        request: Request,
        q: Annotated[str | None, Parameter()] = None,
        service: Annotated[str | None, Parameter()] = None,
    ) -> HTMLResponse:
        """The search box alone, or with the answer to `q`; `service` keeps the answer to one
        procedure.
        """
        if q is None:
            return self._home(request)
        only = self._known(service)
        filters = Filters(services=frozenset({only.slug})) if only else Filters()
        answer = self._ask(Query(question=q, filters=filters))
        advice = (
            None if answer.answerable else phrases.REASONS[answer.reason or Reason.LOW_CONFIDENCE]
        )
        facts = first_of_topics(answer.siblings, _ANSWER_FACTS)
        return self._page(
            "answer.html",
            _answer_head(answer) if advice is None else Head(advice.title, advice.text),
            cache=_PRIVATE,
            answer=answer,
            advice=advice,
            facts=facts,
            siblings=[passage for passage in answer.siblings if passage not in facts],
            only=only,
            asked=answer.question[:ECHO_CHARS],
        )

    def catalogue(self, request: Request) -> HTMLResponse:
        """Every service by group."""
        head = Head(
            phrases.CATALOGUE_TITLE, phrases.CATALOGUE_DESCRIPTION, _absolute(request, "/services")
        )
        return self._page("catalogue.html", head, shelves=_shelves(self._engine.services))

    def service(self, request: Request, slug: Annotated[str, Path()]) -> HTMLResponse:
        """The whole procedure `slug`, or a 404 page that shows the way on."""
        found = self._known(slug)
        if found is None:
            advice = phrases.NO_SUCH_SERVICE
            head, shelves = (
                Head(advice.title, phrases.SITE_DESCRIPTION),
                _shelves(self._engine.services),
            )
            missing = {"advice": advice, "asked": "", "shelves": shelves}
            return self._page(
                "problem.html", head, status=HTTPStatus.NOT_FOUND, cache=_PRIVATE, **missing
            )
        url = _absolute(request, found.url)
        data = structured_data.procedure(found, url, self._contact, site_url(self._contact.site))
        return self._page(
            "service.html",
            Head(found.title, phrases.service_description(found), url, data),
            service=found,
            facts=first_of_topics(found.passages, _SERVICE_FACTS),
            unclear=[
                passage for passage in found.passages if passage.status is Status.NEEDS_REVIEW
            ],
        )

    async def feedback(self, request: Request) -> HTMLResponse:
        """Keep what a person says of an answer and thank, or say why it was not kept and lose
        nothing of it.
        """
        if not is_same_origin(request.headers.get("origin"), request.headers.get("host", "")):
            return self._reply(phrases.FORM_FROM_ELSEWHERE, HTTPStatus.FORBIDDEN)
        assert self._save is not None  # else there is no route
        form = None
        try:
            form = read_form(request.headers.get("content-type", ""), await request.body())
            if form.is_too_long:
                return self._reply(
                    phrases.COMMENT_TOO_LONG, HTTPStatus.BAD_REQUEST, form, again=True
                )
            await run_in_threadpool(self._save, form.feedback)
        except RequestError:
            return self._reply(phrases.FORM_UNREADABLE, HTTPStatus.BAD_REQUEST)
        except JournalError:
            return self._reply(
                phrases.FEEDBACK_LOST, HTTPStatus.SERVICE_UNAVAILABLE, form, again=True
            )
        return self._reply(phrases.FEEDBACK_THANKS, HTTPStatus.OK, form)

    def _home(self, request: Request) -> HTMLResponse:
        base = _absolute(request, START_PAGE)
        head = Head(
            phrases.START_TITLE, phrases.SITE_DESCRIPTION, base, structured_data.website(base)
        )
        return self._page(
            "home.html", head, shelves=_shelves(self._engine.services), popular=self._engine.popular
        )

    def _reply(
        self,
        advice: phrases.Advice,
        status: HTTPStatus,
        form: FeedbackForm | None = None,
        again: bool = False,
    ) -> HTMLResponse:
        head = Head(advice.title, advice.text)
        return self._page(
            "feedback.html",
            head,
            status=status,
            cache=_PRIVATE,
            advice=advice,
            form=form,
            again=again,
        )

    def _known(self, slug: str | None) -> Service | None:
        try:
            return self._engine.service(slug) if slug else None
        except NotFoundError:
            return None

    def _page(
        self,
        template: str,
        head: Head,
        *,
        status: int = HTTPStatus.OK,
        cache: str = _CACHED,
        **values: object,
    ) -> HTMLResponse:
        html = self._templates.get_template(template).render(values, head=head)
        return HTMLResponse(html, status, HEADERS | {"Cache-Control": cache})


def _to_start_page() -> Response:
    """Whoever comes back to the address of the form, by a bookmark or a restored tab, starts
    anew.
    """
    return RedirectResponse(START_PAGE, HTTPStatus.SEE_OTHER)


def _answer_head(answer: Answer) -> Head:
    """Named by the passage, not by the question: nobody can make this site's title say something by
    sharing a link.
    """
    best = answer.passages[0].passage
    return Head(best.title, first_sentence(best.text))


def _absolute(request: Request, path: str) -> str:
    return str(request.base_url).rstrip("/") + path


def _shelves(services: tuple[Service, ...]) -> dict[Group, list[Service]]:
    """Services by group in alphabetical order, in the order of the groups; groups with none are
    left out.
    """
    by_name = sorted(services, key=lambda service: alphabetical(service.title))
    shelves = {group: [service for service in by_name if service.group is group] for group in Group}
    return {group: found for group, found in shelves.items() if found}
