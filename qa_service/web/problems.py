"""Every error as `application/problem+json` (RFC 9457), described so in OpenAPI.

One table maps the error tree to HTTP status.
"""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from qa_service.errors import NotFoundError, OverloadedError, QAServiceError, RequestError
from qa_service.text.normalise import well_formed

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

_MAX_CHARS = 500
_SEE_DOCS = "/docs shows valid requests"

STATUS_OF: dict[type[QAServiceError], HTTPStatus] = {
    NotFoundError: HTTPStatus.NOT_FOUND,
    RequestError: HTTPStatus.UNPROCESSABLE_ENTITY,
    QAServiceError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""First match along an error's class hierarchy wins."""


def problem(
    status: int,
    detail: str,
    headers: dict[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
) -> JSONResponse:
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": one_line(detail),
    }
    if errors:
        body["errors"] = errors
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


def one_line(text: str) -> str:
    """`text` on one line of bounded length: it may quote what somebody sent."""
    return " ".join(well_formed(text).split())[:_MAX_CHARS]


def install_problem_handlers(app: FastAPI) -> None:
    app.add_exception_handler(QAServiceError, _service_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


async def _service_error(request: Request, error: Exception) -> JSONResponse:
    status = next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)
    if isinstance(error, OverloadedError):
        return problem(status, str(error), {"Retry-After": str(error.retry_after_s)})
    return problem(status, str(error))


async def _invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    if request.method == "POST" and "json" not in request.headers.get("content-type", ""):
        return problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "send the body as JSON with the header Content-Type: application/json",
        )
    # The input itself is left out: it may hold a question.
    errors = [
        {
            "where": one_line(".".join(str(part) for part in detail["loc"]))[:_MOST_CHARS],
            "message": one_line(detail["msg"])[:_MOST_CHARS],
        }
        for detail in error.errors()[:_MOST_ERRORS]
    ]
    first = errors[0]
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"{first['where']}: {first['message']}; {_SEE_DOCS}",
        errors=errors,
    )


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    detail = str(error.detail)
    match error.status_code:
        case HTTPStatus.BAD_REQUEST:
            detail = f"the body is not JSON in UTF-8, or nested too deeply; {_SEE_DOCS}"
        case HTTPStatus.NOT_FOUND:
            detail = "there is nothing at this address; /docs lists what there is"
        case HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(
                _allowed_methods(request, headers.get("allow", headers.get("Allow", "")))
            )
            detail = f"this address takes {headers['Allow']}; {_SEE_DOCS}"
    return problem(error.status_code, detail, headers)


def _allowed_methods(request: Request, first: str) -> list[str]:
    """The methods of all operations at the request's path; Starlette names one route's, `first`."""
    path = getattr(request.scope.get("route"), "path", "")
    described = request.app.openapi()["paths"].get(path, {})
    methods = {method.upper() for method in described} or set(first.split(", "))
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    # The route, not the path: a path may hold what somebody typed.
    route = getattr(request.scope.get("route"), "path", "unmatched")
    logger.error("unexpected error", exc_info=error, extra={"route": route})
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "an unexpected error; it was logged")


_MOST_ERRORS, _MOST_CHARS = 20, 200
"""Of what is wrong with one request: a short request must not make a long reply."""

_PROBLEM = {"$ref": "#/components/schemas/ProblemOut"}


def described(meaning: str) -> dict[str, Any]:
    """A response with a problem, for the description of the API."""
    return {"description": meaning, "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}


def describe_problems(app: FastAPI) -> None:
    """FastAPI documents each model as application/json; problems are application/problem+json."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            for operation in _operations(generate()):
                for response in operation["responses"].values():
                    content = response.get("content", {})
                    if content.get("application/json", {}).get("schema") == _PROBLEM:
                        content[MEDIA_TYPE] = content.pop("application/json")
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in schema["paths"].values() for operation in path.values()]
