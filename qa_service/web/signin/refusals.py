"""Pages of staff for those who may not see them: sign in first, or ask for another role."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from qa_service.phrases import signin
from qa_service.web.dependencies import RoleTooLowError, SignInFirstError, caller_of
from qa_service.web.signin.addresses import sign_in_address
from qa_service.web.staff import HEADERS, rendered, staff_templates

TEMPLATE_FOLDER = Path(__file__).parent / "templates"

Handler = Callable[[Request, Exception], Awaitable[Response]]


def install_page_refusals(app: FastAPI) -> None:
    """What `require_page` says to those whom it does not let pass."""
    app.add_exception_handler(SignInFirstError, _sign_in_first)
    app.add_exception_handler(RoleTooLowError, _role_too_low())


async def _sign_in_first(request: Request, error: Exception) -> Response:
    """A form that was sent has no address to come back to."""
    way_back = _address(request) if request.method in ("GET", "HEAD") else None
    to = sign_in_address(way_back, request.state.session_ended)
    return RedirectResponse(to, HTTPStatus.SEE_OTHER, HEADERS)


def _role_too_low() -> Handler:
    templates = staff_templates(TEMPLATE_FOLDER, words=signin)

    async def page(request: Request, error: Exception) -> Response:
        assert isinstance(error, RoleTooLowError)
        return rendered(
            templates,
            "refused.html",
            caller_of(request),
            title=signin.ROLE_TOO_LOW,
            here=request.url.path,
            status=HTTPStatus.FORBIDDEN,
            needed=error.role,
        )

    return page


def _address(request: Request) -> str:
    path, query = quote(request.scope["path"]), request.url.query
    return f"{path}?{query}" if query else path
