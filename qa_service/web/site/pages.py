"""The HTML pages: search, catalogue, one procedure, thanks for feedback.

Rendered on the server, complete without JavaScript. Each page's headers allow only its own scripts
and files.
"""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi import Query as Parameter
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment

from qa_service import phrases
from qa_service.catalogue import Catalogue
from qa_service.errors import JournalError, NotFoundError, RequestError
from qa_service.phrases import forms
from qa_service.service import QuestionService
from qa_service.types import (
    Answer,
    Certainty,
    Filters,
    Group,
    Handoff,
    Query,
    Reason,
    Service,
    Status,
    Topic,
)
from qa_service.web.dependencies import is_own_origin
from qa_service.web.site import discovery
from qa_service.web.site.centre_search import CentreSearch
from qa_service.web.site.feedback_form import START_PAGE, FeedbackForm, read_form
from qa_service.web.site.rendering import (
    ECHO_CHARS,
    HEADERS,
    Head,
    alphabetical,
    first_of_topics,
    first_sentence,
    site_url,
)
from qa_service.web.site.showing import MOST_GUESSES, corrections_shown, others_shown, parts_shown
from qa_service.web.site.talk import Talk

_CACHED, _PRIVATE = "public, max-age=300", "private, no-cache"
_ANSWER_FACTS = (Topic.FEE, Topic.TERM, Topic.DOCUMENTS)
_MOST_CENTRES = 3
_SERVICE_FACTS = (*_ANSWER_FACTS, Topic.WHERE)


def pages_router(service: QuestionService, templates: Environment, contact: Handoff) -> APIRouter:
    """Routes `/`, `/services`, `/services/{slug}`, `/centres`, `/feedback`; the app mounts
    STATIC_FOLDER.
    """
    pages = _Pages(service, templates, contact)
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    for path, page in (
        ("/", pages.search),
        ("/services", pages.catalogue),
        ("/services/{slug}", pages.service),
        ("/centres", pages.centres),
    ):
        router.add_api_route(path, page, methods=["GET", "HEAD"])
    if service.takes_feedback:
        router.add_api_route("/feedback", pages.feedback, methods=["POST"])
        router.add_api_route("/feedback", _to_start_page, methods=["GET", "HEAD"])
    return router


class _Pages:
    """One method per page; synchronous ones run in the framework's threads."""

    def __init__(self, service: QuestionService, templates: Environment, contact: Handoff) -> None:
        self._service, self._templates, self._contact = service, templates, contact

    def search(
        self,
        request: Request,
        q: Annotated[str | None, Parameter()] = None,
        service: Annotated[str | None, Parameter()] = None,
        about: Annotated[str, Parameter()] = "",
        before: Annotated[Sequence[str], Parameter()] = (),
        exactly: Annotated[str, Parameter()] = "",
    ) -> HTMLResponse:
        """The search box, and the answer to `q`; `service` filters by procedure. `about`, `before`:
        the talk that the question goes on. `exactly`: correct nothing.
        """
        serving = self._service.live.current
        if q is None:
            return self._home(request, serving.catalogue)
        only = serving.catalogue.find(service)
        filters = Filters(services=frozenset({only.slug})) if only else Filters()
        talk = Talk.read(about, before)
        query = Query(q, filters=filters, context=talk.context, as_typed=bool(exactly))
        answer = self._service.ask(query, serving)
        onward = talk.then(answer.question, answer.context)
        said = _said(answer)
        shown, facts = answer.passages, first_of_topics(answer.siblings, _ANSWER_FACTS)
        procedure = serving.catalogue.find(shown[0].passage.service if shown else "")
        parts = parts_shown(answer)
        return self._page(
            "answer.html",
            _answer_head(answer) if said is None else Head(said.title, said.text),
            cache=_PRIVATE,
            answer=answer,
            advice=None if answer.answerable else said,
            is_sure=answer.certainty is Certainty.SURE,
            corrections=corrections_shown(answer.understood),
            parts=parts,
            guesses=answer.passages[:MOST_GUESSES],
            facts=facts,
            others=others_shown(answer, parts),
            siblings=[passage for passage in answer.siblings if passage not in facts],
            only=only,
            page=procedure and procedure.page,
            centres_title=forms.centres_title(answer.centres),
            most_centres=_MOST_CENTRES,
            asked=answer.question[:ECHO_CHARS],
            talk=talk,
            onward=onward,
            subject=serving.catalogue.find(onward.context.service),
        )

    def catalogue(self, request: Request) -> HTMLResponse:
        """Every service by group."""
        catalogue = self._service.live.current.catalogue
        head = Head(
            phrases.CATALOGUE_TITLE, phrases.CATALOGUE_DESCRIPTION, _absolute(request, "/services")
        )
        return self._page("catalogue.html", head, services_by_group=by_group(catalogue.services))

    def service(self, request: Request, slug: Annotated[str, Path()]) -> HTMLResponse:
        """The whole procedure `slug`, or a 404 page that shows the way on."""
        catalogue = self._service.live.current.catalogue
        found = catalogue.find(slug)
        if found is None:
            return self._page(
                "problem.html",
                Head(phrases.NO_SUCH_SERVICE.title, phrases.SITE_DESCRIPTION),
                status=HTTPStatus.NOT_FOUND,
                cache=_PRIVATE,
                advice=phrases.NO_SUCH_SERVICE,
                asked="",
                services_by_group=by_group(catalogue.services),
            )
        url = _absolute(request, found.url)
        data = discovery.procedure(found, url, self._contact, site_url(self._contact.site))
        return self._page(
            "service.html",
            Head(found.title, forms.service_description(found), url, data),
            service=found,
            facts=first_of_topics(found.passages, _SERVICE_FACTS),
            unclear=[
                passage for passage in found.passages if passage.status is Status.NEEDS_REVIEW
            ],
        )

    def centres(self, request: Request, q: Annotated[str, Parameter()] = "") -> HTMLResponse:
        """The directory by region, or the centres of the place `q`."""
        directory = self._service.live.current.catalogue.directory
        search = CentreSearch.of(directory, q)
        url = _absolute(request, "/centres")
        head = Head(phrases.CENTRES_TITLE, phrases.CENTRES_DESCRIPTION, None if q else url)
        return self._page(
            "centres.html",
            head,
            status=HTTPStatus.BAD_REQUEST if search.is_too_long else HTTPStatus.OK,
            cache=_PRIVATE if q else _CACHED,
            search=search,
            hours=directory.centres.network_hours,
            hours_as_of=directory.centres.network_hours_as_of,
        )

    async def feedback(self, request: Request) -> HTMLResponse:
        """Keep a vote and thank, or say why it was not kept and lose nothing of it."""
        origin = request.headers.get("origin")  # which browsers name for every form
        if origin is not None and not is_own_origin(origin, request.headers.get("host")):
            return self._reply(phrases.FORM_FROM_ELSEWHERE, HTTPStatus.FORBIDDEN)
        form = None
        try:
            form = read_form(request.headers.get("content-type", ""), await request.body())
            if form.is_too_long:
                return self._reply(
                    phrases.COMMENT_TOO_LONG, HTTPStatus.BAD_REQUEST, form, again=True
                )
            self._service.feedback(form.feedback)
        except NotFoundError:
            return self._reply(phrases.FEEDBACK_TOO_LATE, HTTPStatus.NOT_FOUND)
        except RequestError:
            return self._reply(phrases.FORM_UNREADABLE, HTTPStatus.BAD_REQUEST)
        except JournalError:
            return self._reply(
                phrases.FEEDBACK_LOST, HTTPStatus.SERVICE_UNAVAILABLE, form, again=True
            )
        return self._reply(phrases.FEEDBACK_THANKS, HTTPStatus.OK, form)

    def _home(self, request: Request, catalogue: Catalogue) -> HTMLResponse:
        base = _absolute(request, START_PAGE)
        head = Head(phrases.START_TITLE, phrases.SITE_DESCRIPTION, base, discovery.website(base))
        return self._page(
            "home.html",
            head,
            services_by_group=by_group(catalogue.services),
            popular=catalogue.popular,
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
    """Whoever comes back to the form's address, by a bookmark or a restored tab, starts anew."""
    return RedirectResponse(START_PAGE, HTTPStatus.SEE_OTHER)


def _said(answer: Answer) -> phrases.Advice | None:
    """What is said instead of an answer, or above what may be one; None above a sure one."""
    if answer.certainty is Certainty.SURE:
        return None
    if answer.answerable:
        return phrases.PERHAPS
    advice = phrases.REASONS[answer.reason or Reason.LOW_CONFIDENCE]
    if answer.reply and answer.reason in (Reason.SMALL_TALK, Reason.LIVE_DATA):
        return replace(advice, text=answer.reply)
    return advice


def _answer_head(answer: Answer) -> Head:
    """Named by the passage, so that a shared link cannot put its own words into the title."""
    best = answer.passages[0].passage
    return Head(best.title, first_sentence(best.text))


def _absolute(request: Request, path: str) -> str:
    return str(request.base_url).rstrip("/") + path


def by_group(services: Sequence[Service]) -> dict[Group, list[Service]]:
    """Services by group, each in alphabetical order; empty groups are left out."""
    by_name = sorted(services, key=lambda service: alphabetical(service.title))
    groups = {group: [service for service in by_name if service.group is group] for group in Group}
    return {group: found for group, found in groups.items() if found}
