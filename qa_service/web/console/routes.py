"""Routes of the operators' console."""

import re
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as InPath
from jinja2 import Environment
from pydantic import BaseModel, ConfigDict, Field

from qa_service import phrases
from qa_service.access.keys import Role
from qa_service.journal import MAX_COMMENT_CHARS
from qa_service.phrases import console, console_keys
from qa_service.phrases.languages import UKRAINIAN
from qa_service.service import QuestionService
from qa_service.text.personal import mask
from qa_service.types import Handoff
from qa_service.web.console.asking import Plain, plain_answer
from qa_service.web.console.wrap_up import WrapUp, WrapUps
from qa_service.web.dependencies import (
    PLAIN_ID,
    Caller,
    SiteOptions,
    refuse_other_sites,
    require,
    require_page,
)
from qa_service.web.modules import StaticFolder
from qa_service.web.staff import HEADERS, rendered, staff_templates

PAGE = "/operator"
_HERE = Path(__file__).parent
_ENTRY, _STYLES = "console.js", "console.css"
_MOST_CALLED_ABOUT, _MOST_QUESTIONS, _MOST_RECENT_CHARS = 50, 1_000, 1_000

Slug = Annotated[str, Field(pattern="^[a-z0-9-]{1,80}$")]
Count = Annotated[int, Field(ge=0, le=_MOST_QUESTIONS, strict=True)]


class WrapUpIn(BaseModel):
    """What a console tells of a call that ended."""

    model_config = ConfigDict(extra="forbid")

    call: Annotated[str, Field(pattern=PLAIN_ID)]
    services: list[Slug] = Field(max_length=_MOST_CALLED_ABOUT)
    questions: Count
    answered: Count


class TypedIn(BaseModel):
    """A question that a browser would show and keep for the shift."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(max_length=_MOST_RECENT_CHARS)


class MaskedOut(BaseModel):
    masked: str


def console_router(
    service: QuestionService,
    contact: Handoff,
    options: SiteOptions,
    telephony: tuple[str, ...],
    wrap_ups: WrapUps | None,
) -> APIRouter:
    """telephony: origins that may frame the page and open calls in it. wrap_ups: None where no
    telephone system wants to hear of calls.
    """
    static = StaticFolder(_HERE / "static", f"{PAGE}/static")
    page = _Page(service, contact, options, telephony, static, tells=wrap_ups is not None)
    router = APIRouter(include_in_schema=False)
    router.add_api_route(PAGE, page.show, methods=["GET"])

    @router.get(f"{PAGE}/static/{{version}}/{{name}}")
    def file(version: Annotated[str, InPath()], name: Annotated[str, InPath()]) -> Response:
        return static.served(version, name)

    guarded = [Depends(refuse_other_sites), Depends(require(Role.OPERATOR))]

    @router.post(f"{PAGE}/mask", dependencies=guarded)
    def masked(body: TypedIn) -> MaskedOut:
        """A question without personal data."""
        return MaskedOut(masked=mask(body.question))

    @router.post(f"{PAGE}/wrap-up", status_code=HTTPStatus.ACCEPTED, dependencies=guarded)
    async def wrap_up(body: WrapUpIn) -> Response:
        if wrap_ups:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            told = body.model_dump() | {"services": tuple(body.services)}
            wrap_ups.send(WrapUp(id=str(uuid4()), at=at, **told))
        return Response(status_code=HTTPStatus.ACCEPTED)

    return router


class _Page:
    """The page itself: the frame, what scripts need to know, the answer where there are none."""

    def __init__(
        self,
        service: QuestionService,
        contact: Handoff,
        options: SiteOptions,
        telephony: tuple[str, ...],
        static: StaticFolder,
        *,
        tells: bool,
    ) -> None:
        self._service, self._contact = service, contact
        self._options, self._telephony, self._tells = options, telephony, tells
        self._templates = _templates(static)
        framing = " ".join(("'self'", *telephony)) if telephony else "'none'"
        policy = HEADERS["Content-Security-Policy"]
        self._policy = policy.replace("frame-ancestors 'none'", f"frame-ancestors {framing}")

    async def show(
        self,
        request: Request,
        caller: Annotated[Caller, Depends(require_page(Role.OPERATOR))],
        q: str = "",
        call: str = "",
        plain: Annotated[str, Query(description="Asked by the form, without scripts")] = "",
    ) -> Response:
        found = await plain_answer(self._service, request, q) if plain else None
        page = rendered(
            self._templates,
            "console.html",
            caller,
            title=console.TITLE,
            here=PAGE,
            asked=q,
            found=found,
            config=self._config(call if re.fullmatch(PLAIN_ID, call) else None, q, found),
        )
        page.headers["Content-Security-Policy"] = self._policy
        return page

    def _config(self, call: str | None, q: str, found: Plain | None) -> dict[str, object]:
        """What the scripts cannot know by themselves; JSON in the page."""
        return {
            "call": call,
            "question": None if found else q,
            "contact": asdict(self._contact),
            "takesFeedback": self._service.takes_feedback,
            "takesEvents": self._options.events,
            "tellsCalls": self._tells,
            "telephony": self._telephony,
            "mostCommentChars": MAX_COMMENT_CHARS,
            "indexVersion": self._service.live.current.version,
            "words": console.WORDS,
            "topics": {str(topic): name for topic, name in phrases.TOPICS.items()},
            "sourceKinds": {str(kind): name for kind, name in phrases.SOURCE_KINDS.items()},
            "reasons": {str(reason): asdict(said) for reason, said in console_keys.REASONS.items()},
            "facts": [asdict(fact) for fact in console_keys.FACTS],
            "commands": [asdict(command) for command in console_keys.COMMANDS],
        }


def _templates(static: StaticFolder) -> Environment:
    scripts = [name for name in static.contents if name.endswith(".js")]
    templates = staff_templates(
        _HERE / "templates",
        words=console.WORDS,
        topics=phrases.TOPICS,
        entry=static.url(_ENTRY),
        styles=static.url(_STYLES),
        modules=[static.url(name) for name in scripts if name != _ENTRY],
    )
    templates.filters["date_words"] = UKRAINIAN.date
    return templates
