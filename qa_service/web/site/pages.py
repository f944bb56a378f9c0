"""The HTML pages: search, catalogue, one procedure, centres.

Rendered on the server, complete without JavaScript. Each page's headers allow only its own scripts
and files.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request
from fastapi import Query as Parameter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from qa_service import phrases
from qa_service.catalogue import Catalogue
from qa_service.live import Serving
from qa_service.phrases import forms
from qa_service.phrases.languages import UKRAINIAN, Language
from qa_service.ranking.present import parts_shown
from qa_service.service import QuestionService
from qa_service.text.personal import has_personal_data
from qa_service.types import (
    Answer,
    Certainty,
    Filters,
    Handoff,
    Query,
    Reason,
    Status,
    Topic,
)
from qa_service.web.pages import CACHED, PRIVATE, START_PAGE, Head, rendered
from qa_service.web.site import discovery
from qa_service.web.site.centre_search import CentreSearch
from qa_service.web.site.rendering import (
    ECHO_CHARS,
    ask_url,
    first_of_topics,
    first_sentence,
    site_of,
    site_url,
)
from qa_service.web.site.showing import (
    MOST_GUESSES,
    by_group,
    corrections_shown,
    others_shown,
    said_of,
)
from qa_service.web.site.talk import Talk

_ANSWER_FACTS = (Topic.FEE, Topic.TERM, Topic.DOCUMENTS)
_MOST_CENTRES, _MOST_OTHERS = 3, 2
_NOT_ASKED = (Reason.EMPTY, Reason.TOO_LONG, Reason.PERSONAL_DATA_ONLY)
"""A talk does not carry on such a question."""
_SERVICE_FACTS = (*_ANSWER_FACTS, Topic.WHERE)


def pages_router(
    service: QuestionService,
    templates: Environment,
    contact: Handoff,
    language: Language = UKRAINIAN,
) -> APIRouter:
    """Routes `/`, `/services`, `/services/{slug}`, `/centres` after the language's prefix; the app
    mounts STATIC_FOLDER. `templates`: of the language.
    """
    pages = _Pages(service, templates, contact, language)
    router = APIRouter(
        prefix=language.prefix, include_in_schema=False, default_response_class=HTMLResponse
    )
    for path, page in (
        ("/", pages.search),
        ("/services", pages.catalogue),
        ("/services/{slug}", pages.service),
        ("/centres", pages.centres),
    ):
        router.add_api_route(path, page, methods=["GET"])
    return router


class _Pages:
    """One method per page; synchronous ones run in the framework's threads."""

    def __init__(
        self,
        service: QuestionService,
        templates: Environment,
        contact: Handoff,
        language: Language,
    ) -> None:
        self._service, self._templates, self._contact = service, templates, contact
        self._language = language

    async def search(
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
            return await run_in_threadpool(self._home, request, serving.catalogue)
        await request.state.charge(q)
        talk = Talk.read(about, before)
        return await run_in_threadpool(self._answer, serving, q, service, talk, bool(exactly))

    def _answer(
        self, serving: Serving, q: str, service: str | None, talk: Talk, exactly: bool
    ) -> HTMLResponse:
        only = serving.catalogue.find(service)
        filters = Filters(services=frozenset({only.slug})) if only else Filters()
        query = Query(
            q,
            filters=filters,
            context=talk.context,
            as_typed=exactly,
            lang=self._language.code,
        )
        answer = self._service.ask(query, serving)
        asked = "" if answer.reason in _NOT_ASKED else answer.question
        onward = talk.then(asked, answer.context)
        said = said_of(answer)
        slug = only.slug if only else None
        path = ask_url(answer.question[:ECHO_CHARS], slug, talk, exactly=exactly)
        shown, facts = answer.passages, first_of_topics(answer.siblings, _ANSWER_FACTS)
        procedure = serving.catalogue.find(shown[0].passage.service if shown else "")
        parts, is_sure = parts_shown(answer), answer.certainty is Certainty.SURE
        return rendered(
            self._templates,
            "answer.html",
            _answer_head(answer, path) if said is None else Head(said.title, said.text, path),
            cache=PRIVATE,
            answer=answer,
            advice=None if answer.answerable else said,
            is_sure=is_sure,
            corrections=corrections_shown(answer.understood),
            parts=parts,
            guesses=answer.passages[:MOST_GUESSES],
            facts=facts,
            others=others_shown(answer, parts),
            siblings=[passage for passage in answer.siblings if passage not in facts],
            may_keep=is_sure and not talk.goes_on and not has_personal_data(answer.question),
            only=only,
            page=procedure and procedure.page,
            centres_title=forms.centres_title(answer.centres, self._language),
            most_centres=_MOST_CENTRES,
            most_others=_MOST_OTHERS,
            asked=answer.question[:ECHO_CHARS],
            talk=talk,
            onward=onward,
            subject=serving.catalogue.find(onward.context.service),
        )

    def _ukrainian(self, data: discovery.Data) -> discovery.Data | None:
        """Search engines read what a page is about once, where its texts and labels agree."""
        return data if self._language is UKRAINIAN else None

    def catalogue(self, request: Request) -> HTMLResponse:
        """Every service by group."""
        catalogue = self._service.live.current.catalogue
        head = Head(
            phrases.CATALOGUE_TITLE, phrases.CATALOGUE_DESCRIPTION, "/services", site_of(request)
        )
        return rendered(
            self._templates, "catalogue.html", head, services_by_group=by_group(catalogue.services)
        )

    def service(self, request: Request, slug: Annotated[str, Path()]) -> HTMLResponse:
        """The whole procedure `slug`, or a 404 page that shows the way on."""
        catalogue = self._service.live.current.catalogue
        found = catalogue.find(slug)
        if found is None:
            return rendered(
                self._templates,
                "problem.html",
                Head(phrases.NO_SUCH_SERVICE.title, phrases.SITE_DESCRIPTION, f"/services/{slug}"),
                status=HTTPStatus.NOT_FOUND,
                cache=PRIVATE,
                advice=phrases.NO_SUCH_SERVICE,
                asked="",
                services_by_group=by_group(catalogue.services),
            )
        description = forms.service_description(found, self._language)
        base, site = site_of(request), site_url(self._contact.site)
        data = discovery.procedure(found, base + found.url, self._contact, site)
        return rendered(
            self._templates,
            "service.html",
            Head(found.title, description, found.url, base, self._ukrainian(data)),
            service=found,
            facts=first_of_topics(found.passages, _SERVICE_FACTS),
            unclear=[
                passage for passage in found.passages if passage.status is Status.NEEDS_REVIEW
            ],
        )

    def centres(self, request: Request, q: Annotated[str, Parameter()] = "") -> HTMLResponse:
        """The directory by region, or the centres of the place `q`."""
        directory = self._service.live.current.catalogue.directory
        search = CentreSearch.of(directory, q, self._language)
        path = "/centres" + (f"?{urlencode({'q': search.asked})}" if q else "")
        base = None if q else site_of(request)
        head = Head(phrases.CENTRES_TITLE, phrases.CENTRES_DESCRIPTION, path, base)
        return rendered(
            self._templates,
            "centres.html",
            head,
            status=HTTPStatus.BAD_REQUEST if search.is_too_long else HTTPStatus.OK,
            cache=PRIVATE if q else CACHED,
            search=search,
            hours=directory.centres.network_hours,
            hours_as_of=directory.centres.network_hours_as_of,
        )

    def _home(self, request: Request, catalogue: Catalogue) -> HTMLResponse:
        base = site_of(request)
        data = discovery.website(base + START_PAGE)
        head = Head(
            phrases.START_TITLE, phrases.SITE_DESCRIPTION, START_PAGE, base, self._ukrainian(data)
        )
        return rendered(
            self._templates,
            "home.html",
            head,
            services_by_group=by_group(catalogue.services),
            popular=catalogue.popular,
        )


def _answer_head(answer: Answer, path: str) -> Head:
    """Named by the passage, so that a shared link cannot put its own words into the title."""
    best = answer.passages[0].passage
    return Head(best.title, first_sentence(best.text), path)
