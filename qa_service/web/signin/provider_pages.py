"""The way to the OpenID Connect provider and back: `/sign-in/oidc/start`, `/sign-in/oidc/callback`.

Without a provider both lead to `/sign-in`.
"""

import hmac
import logging
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from qa_service.access.keys import Role
from qa_service.errors import ProviderError, SignInError
from qa_service.phrases import signin
from qa_service.web import cookies
from qa_service.web.dependencies import Caller
from qa_service.web.signin.addresses import PROVIDER_CALLBACK, PROVIDER_START, SIGN_IN, own_path
from qa_service.web.signin.room import SignInRoom
from qa_service.web.staff import HEADERS, rendered

logger = logging.getLogger(__name__)


def provider_router(room: SignInRoom) -> APIRouter:
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    pages = _ProviderPages(room)
    router.add_api_route(PROVIDER_START, pages.start, methods=["GET"])
    router.add_api_route(PROVIDER_CALLBACK, pages.callback, methods=["GET"])
    return router


class _ProviderPages:
    def __init__(self, room: SignInRoom) -> None:
        self._room = room

    async def start(self, request: Request) -> Response:
        """To the provider; the browser keeps what must come back."""
        provider = self._room.provider
        if provider is None:
            return RedirectResponse(SIGN_IN, HTTPStatus.SEE_OTHER, HEADERS)
        way_back = own_path(request.query_params.get("next", ""))
        flow, kept = provider.flows.start(way_back)
        try:
            address = await provider.address(flow)
        except ProviderError as error:
            return self._failed(request, error, signin.PROVIDER_DOWN, way_back)
        page = RedirectResponse(address, HTTPStatus.SEE_OTHER, HEADERS)
        cookies.put(page.headers, request.scope, cookies.FLOW, kept)
        return page

    async def callback(self, request: Request) -> Response:
        """Back from the provider; what the browser kept works once, whatever comes of it."""
        page = await self._answer(request)
        if cookies.read(request.scope, cookies.FLOW) is not None:
            cookies.clear(page.headers, request.scope, cookies.FLOW)
        return page

    async def _answer(self, request: Request) -> Response:
        provider, query = self._room.provider, request.query_params
        if provider is None:
            return RedirectResponse(SIGN_IN, HTTPStatus.SEE_OTHER, HEADERS)
        flow = provider.flows.read(cookies.read(request.scope, cookies.FLOW) or "")
        if flow is None or not _is_same(query.get("state", ""), flow.state):
            return self._room.form(request, signin.TOO_LATE, HTTPStatus.FORBIDDEN)
        if "error" in query:
            way_back = flow.way_back or ""
            return self._room.form(request, signin.DENIED, HTTPStatus.FORBIDDEN, way_back)
        try:
            person = await provider.person(query.get("code", ""), query.get("iss"), flow)
        except SignInError as error:
            return self._failed(request, error, signin.NOT_GENUINE, flow.way_back)
        except ProviderError as error:
            return self._failed(request, error, signin.PROVIDER_DOWN, flow.way_back)
        if person.role is None:
            return self._without_group(person.account, person.name)
        caller = Caller(person.account, person.name, person.role)
        return self._room.enter(request, caller, flow.way_back, by_key=False)

    def _failed(
        self, request: Request, error: ProviderError | SignInError, said: str, way_back: str | None
    ) -> Response:
        logger.warning("nobody was signed in", extra={"cause": str(error)})
        is_down = isinstance(error, ProviderError)
        status = HTTPStatus.SERVICE_UNAVAILABLE if is_down else HTTPStatus.FORBIDDEN
        return self._room.form(request, said, status, way_back or "")

    def _without_group(self, account: str, name: str) -> Response:
        provider = self._room.provider
        assert provider is not None
        # Whoever is in no group has no role: the least stands in the line.
        caller = Caller(account, name, Role.SITE)
        self._room.audit.note(caller, "sign-in refused", f"in no group, {account}")
        return rendered(
            self._room.templates,
            "no_group.html",
            None,
            title=signin.NO_GROUP_TITLE,
            here=SIGN_IN,
            status=HTTPStatus.FORBIDDEN,
            name=name,
            groups=provider.registration.roles.items(),
        )


def _is_same(said: str, expected: str) -> bool:
    return hmac.compare_digest(said.encode(errors="replace"), expected.encode())
