"""Errors for people: a browser gets a page that says what to do, not problem details."""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qs, quote

from fastapi.responses import HTMLResponse
from jinja2 import Template
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.phrases import forms
from qa_service.phrases.languages import Language, language_of
from qa_service.web.pages import HEADERS, START_PAGE, Head
from qa_service.web.problems import MEDIA_TYPE
from qa_service.web.site.rendering import ECHO_CHARS
from qa_service.web.staff_problems import StaffProblems

_FOR_PROGRAMS = ("/v1/", "/openapi.json", "/metrics")


class ProblemPages:
    """ASGI middleware: problem details become a page for browsers; status and headers stay."""

    def __init__(
        self, app: ASGIApp, templates: Mapping[Language, Template], staff: StaffProblems
    ) -> None:
        self._app, self._templates, self._staff = app, templates, staff

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_a_persons(scope):
            return await self._app(scope, receive, send)
        page: HTMLResponse | None = None

        async def send_page(message: Message) -> None:
            nonlocal page
            if message["type"] == "http.response.start" and _is_problem(message):
                page = self._page(message, scope)
            if page is None:
                await send(message)
            elif message["type"] == "http.response.body" and not message.get("more_body", False):
                await page(scope, receive, send)

        return await self._app(scope, receive, send_page)

    def _page(self, start: Message, scope: Scope) -> HTMLResponse:
        headers = MutableHeaders(raw=list(start["headers"]))
        for replaced in ("content-type", "content-length"):
            del headers[replaced]
        if page := self._staff.page(scope, start["status"]):
            page.headers.update(
                {name: headers[name] for name in headers if name not in page.headers}
            )
            return page
        language = language_of(scope["path"])
        advice = forms.problem_advice(start["status"], headers.get("retry-after"), language)
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("q", [""])[0][:ECHO_CHARS]
        html = self._templates[language].render(
            head=Head(advice.title, advice.text, _path(scope, language)),
            advice=advice,
            asked=asked,
            services_by_group={},
        )
        return HTMLResponse(
            html, HTTPStatus(start["status"]), {**headers, **HEADERS, "Cache-Control": "no-store"}
        )


def _path(scope: Scope, language: Language) -> str:
    """The page's own path in Ukrainian, with what was asked."""
    query = scope["query_string"].decode("latin-1")
    path = quote(scope["path"].removeprefix(language.prefix) or START_PAGE)
    return f"{path}?{query}" if query else path


def _is_a_persons(scope: Scope) -> bool:
    return not scope["path"].startswith(_FOR_PROGRAMS) and "text/html" in Headers(scope=scope).get(
        "accept", ""
    )


def _is_problem(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "") == MEDIA_TYPE
