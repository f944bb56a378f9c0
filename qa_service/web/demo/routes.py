"""Routes of the demo: the page `/chat` in each language, and what its scripts send."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader

from qa_service.channels.inbox import Inbox
from qa_service.phrases import demo
from qa_service.phrases.languages import Language
from qa_service.web.demo.messages import MOST_CHARS, MessageIn, ReplyOut
from qa_service.web.dependencies import refuse_other_sites
from qa_service.web.modules import StaticFolder
from qa_service.web.pages import Head, rendered

PAGE = "/chat"
_HERE = Path(__file__).parent
_ENTRY, _STYLES = "chat.js", "chat.css"


def demo_router(inbox: Inbox, templates: Mapping[Language, Environment]) -> APIRouter:
    """templates: of the site's pages, whose frame this page has."""
    static = StaticFolder(_HERE / "static", f"{PAGE}/static")
    router = APIRouter(include_in_schema=False)
    for language, of_site in templates.items():
        router.include_router(_page_router(_templates(of_site, static), language))

    @router.get(f"{PAGE}/static/{{version}}/{{name}}")
    def file(version: Annotated[str, InPath()], name: Annotated[str, InPath()]) -> Response:
        return static.served(version, name)

    @router.post(f"{PAGE}/messages", dependencies=[Depends(refuse_other_sites)])
    async def message(request: Request, body: MessageIn, response: Response) -> ReplyOut:
        """What the bot says to what a person did."""
        await request.state.charge(body.text)
        response.headers["Cache-Control"] = "no-store"
        return ReplyOut.of(await inbox.answer(body.inbound), body.forgets)

    return router


def _page_router(templates: Environment, language: Language) -> APIRouter:
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    words = {name: language.say(said) for name, said in demo.WORDS.items()}

    @router.get(language.prefix + PAGE)
    def chat() -> HTMLResponse:
        head = Head(demo.TITLE, demo.DESCRIPTION, PAGE)
        return rendered(templates, "chat.html", head, demo=demo, words=words, most_chars=MOST_CHARS)

    return router


def _templates(of_site: Environment, static: StaticFolder) -> Environment:
    """The page's template, and those of the site that it extends."""
    own = FileSystemLoader(_HERE / "templates")
    assert of_site.loader
    templates = of_site.overlay(loader=ChoiceLoader([own, of_site.loader]))
    scripts = [name for name in static.contents if name.endswith(".js") and name != _ENTRY]
    templates.globals = of_site.globals | {
        "entry": static.url(_ENTRY),
        "styles": static.url(_STYLES),
        "modules": [static.url(name) for name in scripts],
    }
    return templates
