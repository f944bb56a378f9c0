"""Every error as `application/problem+json` (RFC 9457). One table maps the error tree to HTTP status."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from qa_service.errors import NotFoundError, QAServiceError, RequestError

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

STATUS_OF: dict[type[QAServiceError], HTTPStatus] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    RequestError: HTTPStatus.UNPROCESSABLE_ENTITY,
    QAServiceError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""First match along an error's class hierarchy wins."""


def problem(
    status: int, detail: str, headers: dict[str, str] | None = None, errors: list[dict[str, str]] | None = None
) -> JSONResponse:
    body: dict[str, object] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if errors:
        body["errors"] = errors
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


def install_problem_handlers(app: FastAPI) -> None:
    app.add_exception_handler(QAServiceError, _service_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


async def _service_error(request: Request, error: Exception) -> JSONResponse:
    status = next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)
    return problem(status, str(error))


async def _invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # The input itself is left out: it may hold a question, and may not be valid Unicode.
    errors = [{"where": ".".join(str(part) for part in e["loc"]), "message": _printable(e["msg"])} for e in error.errors()]
    first = errors[0]
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, f"{first['where']}: {first['message']}; /docs shows valid requests", errors=errors
    )


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail), dict(error.headers or {}))


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    logger.error("unexpected error", exc_info=error, extra={"path": request.url.path})
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "an unexpected error; it was logged")


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
