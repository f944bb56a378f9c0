"""The page `/feedback`: a vote is kept and thanked for, or it is said why not; nothing is lost."""

from collections.abc import Callable
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment
from starlette.datastructures import Headers

from qa_service import phrases
from qa_service.errors import JournalError, NotFoundError, RequestError
from qa_service.phrases.languages import UKRAINIAN, Language
from qa_service.service import QuestionService
from qa_service.web.dependencies import is_from_unnamed_site, is_own_origin
from qa_service.web.pages import PRIVATE, START_PAGE, Head, rendered
from qa_service.web.site.feedback_form import FeedbackForm, read_form


def feedback_page_router(
    service: QuestionService, templates: Environment, language: Language = UKRAINIAN
) -> APIRouter:
    """Route `/feedback` after the language's prefix, where the service takes feedback."""
    router = APIRouter(
        prefix=language.prefix, include_in_schema=False, default_response_class=HTMLResponse
    )
    if service.takes_feedback:
        page = _FeedbackPage(service, templates, language)
        router.add_api_route("/feedback", page.feedback, methods=["POST"])
        router.add_api_route("/feedback", _to_start_page(language), methods=["GET"])
    return router


class _FeedbackPage:
    def __init__(
        self, service: QuestionService, templates: Environment, language: Language
    ) -> None:
        self._service, self._templates, self._language = service, templates, language

    async def feedback(self, request: Request) -> HTMLResponse:
        """Keep a vote and thank, or say why it was not kept and lose nothing of it."""
        if _is_from_elsewhere(request.headers):
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

    def _reply(
        self,
        advice: phrases.Advice,
        status: HTTPStatus,
        form: FeedbackForm | None = None,
        again: bool = False,
    ) -> HTMLResponse:
        back = form.back if form else START_PAGE
        head = Head(advice.title, advice.text, back.removeprefix(self._language.prefix))
        return rendered(
            self._templates,
            "feedback.html",
            head,
            status=status,
            cache=PRIVATE,
            advice=advice,
            form=form,
            again=again,
        )


def _is_from_elsewhere(headers: Headers) -> bool:
    """Browsers name the origin of every form; older ones, and some behind filters, do not."""
    origin = headers.get("origin")
    if origin is None:
        return is_from_unnamed_site(headers)
    return not is_own_origin(origin, headers.get("host"))


def _to_start_page(language: Language) -> Callable[[], Response]:
    """Whoever comes back to the form's address, by a bookmark or a restored tab, starts anew."""

    def redirect() -> Response:
        return RedirectResponse(language.prefix + START_PAGE, HTTPStatus.SEE_OTHER)

    return redirect
