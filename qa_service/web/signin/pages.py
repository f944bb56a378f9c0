"""The pages `/sign-in`, by a key, and `/sign-out`."""

import logging
from http import HTTPStatus

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from qa_service.access.keys import Key, Role
from qa_service.errors import AccessError, RequestError
from qa_service.phrases import signin
from qa_service.web import cookies
from qa_service.web.dependencies import Caller, is_from_own_page
from qa_service.web.forms import read_form
from qa_service.web.signin.addresses import SIGN_IN, SIGN_OUT, own_path
from qa_service.web.signin.room import SignInRoom
from qa_service.web.staff import HEADERS

logger = logging.getLogger(__name__)

_MOST_FIELDS = 10


def pages_router(room: SignInRoom) -> APIRouter:
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    pages = _Pages(room)
    router.add_api_route(SIGN_IN, pages.sign_in, methods=["GET"])
    router.add_api_route(SIGN_IN, pages.by_key, methods=["POST"])
    router.add_api_route(SIGN_OUT, pages.sign_out, methods=["POST"])
    router.add_api_route(SIGN_OUT, _to_sign_in, methods=["GET"])
    return router


async def _to_sign_in() -> Response:
    """Whoever comes back to the form's address, by a bookmark or a restored tab."""
    return RedirectResponse(SIGN_IN, HTTPStatus.SEE_OTHER, HEADERS)


class _Pages:
    def __init__(self, room: SignInRoom) -> None:
        self._room = room

    async def sign_in(self, request: Request) -> Response:
        has_ended = request.state.session_ended or "ended" in request.query_params
        said = signin.SESSION_ENDED if has_ended and not request.state.caller else None
        return self._room.form(request, said, way_back=request.query_params.get("next", ""))

    async def by_key(self, request: Request) -> Response:
        """Sign in by the key in the form, or say why not."""
        form = self._room.form
        if not is_from_own_page(request.headers):
            return form(request, signin.FROM_ELSEWHERE, HTTPStatus.FORBIDDEN)
        try:
            fields = read_form(
                request.headers.get("content-type", ""), await request.body(), _MOST_FIELDS
            )
        except RequestError:
            return form(request, signin.UNREADABLE, HTTPStatus.BAD_REQUEST)
        token, way_back = fields.get("key", "").strip(), fields.get("next", "")
        if not token:
            return form(request, signin.NO_KEY, HTTPStatus.BAD_REQUEST, way_back)
        key = self._room.keys.holder(token)
        if key is None or key.revoked or not key.role.covers(Role.OPERATOR):
            return await self._refused(request, key, way_back)
        caller = Caller(key.id, key.name, key.role)
        return self._room.enter(request, caller, own_path(way_back), by_key=True)

    def _note_refused(self, key: Key, why: str) -> None:
        caller = Caller(key.id, key.name, key.role)
        self._room.audit.note(caller, "sign-in refused", f"key {key.id} is {why}")

    async def _refused(self, request: Request, key: Key | None, way_back: str) -> Response:
        """Nothing is noted of whoever must wait: a site's key is public, a revoked one may be, and
        they must not flood the audit.
        """
        seconds = await self._room.wrong_keys.seconds_to_wait(request.scope)
        if seconds is not None:
            said = signin.TOO_MANY.format(seconds=seconds)
            page = self._room.form(request, said, HTTPStatus.TOO_MANY_REQUESTS, way_back)
            page.headers["Retry-After"] = str(seconds)
            return page
        is_sites = key is not None and not key.revoked
        if key:
            self._note_refused(key, "a site's" if is_sites else "revoked")
        said = signin.SITES_KEY if is_sites else signin.WRONG_KEY
        return self._room.form(request, said, HTTPStatus.FORBIDDEN, way_back)

    async def sign_out(self, request: Request) -> Response:
        """End the session wherever it is held; the browser forgets it in any case."""
        session, caller = request.state.session, request.state.caller
        if session is None or caller is None:
            return await _to_sign_in()
        try:
            await to_thread.run_sync(self._room.sessions.end, session)
        except AccessError as error:
            logger.error("a session was not ended", extra={"cause": str(error)})
            page = self._room.signed_out(is_ended=False)
        else:
            page = self._room.signed_out(is_ended=True)
        self._room.audit.note(caller, "sign-out")
        cookies.clear(page.headers, request.scope, cookies.SESSION)
        return page
