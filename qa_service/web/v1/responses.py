"""What the routes of v1 share: responses of errors, and HTTP caching by ETag (RFC 9110)."""

import hashlib
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from fastapi import Request, Response
from pydantic import BaseModel

from qa_service.web.v1.schemas import ProblemOut

Responses = dict[int | str, dict[str, object]]
Model = TypeVar("Model", bound=BaseModel)

PROBLEMS: Responses = {
    401: {"model": ProblemOut, "description": "The key is not valid"},
    403: {"model": ProblemOut, "description": "The site that asks is not allowed to"},
    422: {"model": ProblemOut, "description": "The request is wrong; the detail says where"},
    429: {
        "model": ProblemOut,
        "description": "Too many requests; Retry-After says when to ask again",
    },
}
BODY_PROBLEMS: Responses = {
    400: {"model": ProblemOut, "description": "The body is not JSON"},
    413: {"model": ProblemOut, "description": "The body is too large"},
    415: {"model": ProblemOut, "description": "The body is of another media type"},
}
MISSING: Responses = {404: {"model": ProblemOut, "description": "No such service or passage"}}
UNCHANGED: Responses = {
    304: {"description": "What the client holds is still right: its ETag was in If-None-Match"}
}
OVERLOADED: Responses = {
    503: {
        "model": ProblemOut,
        "description": "Nothing can be answered now; Retry-After says when to ask again",
    }
}

PUBLIC = "public, max-age=300"
"""For texts of the corpus."""

PRIVATE = "private, max-age=60"
"""For what depends on a person's words: only their own browser may keep it."""

NEVER = "no-store"
"""For what may be another answer at once: a part of the search failed."""

_TAG_CHARS = 20


def as_json(model: BaseModel, headers: dict[str, str] | None = None) -> Response:
    """Serialised here: FastAPI would validate the answer a second time."""
    content = model.model_dump_json(by_alias=True)
    return Response(content, media_type="application/json", headers=headers)


def revalidated(
    request: Request,
    state: str,
    cache_control: str,
    produce: Callable[[], Model],
    is_final: Callable[[Model], bool] = lambda model: True,
) -> Response:
    """What `produce` makes, with an ETag; 304 without producing it where the client holds it.

    `state`: what the answer depends on besides the request. Not kept unless `is_final`.
    """
    tag = _tag(request, state)
    headers = {"ETag": tag, "Cache-Control": cache_control}
    if _holds(request.headers.get("if-none-match", ""), tag):
        # The answer with a body gets the same Vary from compression.
        return Response(status_code=304, headers=headers | {"Vary": "Accept-Encoding"})
    model = produce()
    return as_json(model, headers if is_final(model) else {"Cache-Control": NEVER})


def _tag(request: Request, state: str) -> str:
    """Weak: compressed and plain bodies share it. Another every day: passages grow stale."""
    content = f"{state} {date.today()} {request.url.path}?{request.url.query}"
    return f'W/"{hashlib.sha256(content.encode()).hexdigest()[:_TAG_CHARS]}"'


def _holds(if_none_match: str, tag: str) -> bool:
    """Whether `If-None-Match` names `tag`, by weak comparison."""
    held = [candidate.strip().removeprefix("W/") for candidate in if_none_match.split(",")]
    return "*" in held or tag.removeprefix("W/") in held
