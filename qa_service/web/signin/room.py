"""What all ways to sign in share: the page with the form, and the session at the end."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment
from starlette.types import Scope

from qa_service.access.keys import KeyRing
from qa_service.access.sessions import Sessions
from qa_service.phrases import signin
from qa_service.web import cookies
from qa_service.web.audit import Audit
from qa_service.web.dependencies import Caller
from qa_service.web.signin.addresses import PROVIDER_START, SIGN_IN, own_path, with_next
from qa_service.web.staff import HEADERS, ROOMS, rendered

if TYPE_CHECKING:
    from qa_service.access.provider import Provider

START_PAGE = "/"


class WrongKeys(Protocol):
    async def seconds_to_wait(self, scope: Scope) -> int | None:
        """Count one more wrong key; None where its address may go on at once."""


@dataclass(frozen=True, slots=True)
class SignInRoom:
    """provider: where people sign in beside keys; None for keys alone."""

    templates: Environment
    keys: KeyRing
    sessions: Sessions
    wrong_keys: WrongKeys
    audit: Audit
    provider: "Provider | None"

    def form(
        self,
        request: Request,
        said: str | None = None,
        status: HTTPStatus = HTTPStatus.OK,
        way_back: str = "",
    ) -> HTMLResponse:
        """The page to sign in on, with `said` on top; it leads to `way_back` where that is ours."""
        caller: Caller | None = request.state.caller
        path = own_path(way_back)
        return rendered(
            self.templates,
            "sign_in.html",
            caller,
            title=signin.TITLE,
            here=SIGN_IN,
            status=status,
            said=said,
            is_refusal=status >= HTTPStatus.BAD_REQUEST,
            way_back=path or "",
            go_on=path or (first_room(caller) if caller else START_PAGE),
            provider_address=with_next(PROVIDER_START, path) if self.provider else None,
            asks_for_key=not (self.provider and self.keys.is_empty),
            has_no_keys=self.keys.is_empty,
        )

    def enter(
        self, request: Request, caller: Caller, way_back: str | None, *, by_key: bool
    ) -> Response:
        """A session of its own for `caller`, and on to where they wanted to go."""
        session = self.sessions.start(caller.id, caller.name, caller.role, by_key=by_key)
        self.audit.note(caller, "sign-in", f"by {'key' if by_key else 'provider'}, {caller.id}")
        to = way_back or first_room(caller)
        page = RedirectResponse(to, HTTPStatus.SEE_OTHER, HEADERS)
        cookies.put(page.headers, request.scope, cookies.SESSION, self.sessions.token(session))
        return page

    def signed_out(self, *, is_ended: bool) -> HTMLResponse:
        """is_ended: whether the session has ended elsewhere, too."""
        return rendered(
            self.templates,
            "signed_out.html",
            None,
            title=signin.SIGNED_OUT_TITLE if is_ended else signin.NOT_ENDED_TITLE,
            here="/sign-out",
            status=HTTPStatus.OK if is_ended else HTTPStatus.SERVICE_UNAVAILABLE,
            is_ended=is_ended,
            has_provider=self.provider is not None,
        )


def first_room(caller: Caller) -> str:
    """The first page of the menu that the caller may see."""
    return next((room.path for room in ROOMS if caller.role.covers(room.role)), START_PAGE)
