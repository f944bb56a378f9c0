"""HTTP caching of what only a new index, setting or version of this package changes (RFC 9110,
conditional requests).
"""

import hashlib
from collections.abc import Callable
from importlib.metadata import version

from fastapi import Request, Response
from pydantic import BaseModel

PUBLIC = "public, max-age=300"
"""For texts of the corpus."""

PRIVATE = "private, max-age=60"
"""For what depends on a person's words: only their own browser may keep it."""

_TAG_CHARS = 20


class Revalidation:
    """Answers 304 to whoever holds what would be answered again."""

    def __init__(self, *state: object) -> None:
        """`state` is what answers depend on besides the request and this package's version: the
        index, a setting.
        """
        self._state = " ".join(map(str, (version("qa_service"), *state)))

    def json(
        self, request: Request, cache_control: str, produce: Callable[[], BaseModel]
    ) -> Response:
        """What `produce` makes, with an ETag; not even produced where the client holds it."""
        headers = {"ETag": self._tag(request), "Cache-Control": cache_control}
        if _holds(request.headers.get("if-none-match", ""), headers["ETag"]):
            # The answer with a body gets the same Vary from compression.
            return Response(status_code=304, headers=headers | {"Vary": "Accept-Encoding"})
        return Response(
            produce().model_dump_json(by_alias=True), media_type="application/json", headers=headers
        )

    def _tag(self, request: Request) -> str:
        """Weak: compressed and plain bodies share it."""
        content = f"{self._state} {request.url.path}?{request.url.query}"
        return f'W/"{hashlib.sha256(content.encode()).hexdigest()[:_TAG_CHARS]}"'


def _holds(if_none_match: str, tag: str) -> bool:
    """Whether `If-None-Match` names `tag`, by weak comparison."""
    held = [candidate.strip().removeprefix("W/") for candidate in if_none_match.split(",")]
    return "*" in held or tag.removeprefix("W/") in held
