"""How Telegram reads a call's parameters and refuses a call."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse

Parameters = Mapping[str, str]


class Refused(Exception):  # noqa: N818 (an answer of the platform, not an error of the tests)
    """The call is refused with this status and description."""

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code, self.description, self.retry_after = code, description, retry_after

    def response(self) -> JSONResponse:
        body: dict[str, Any] = {"ok": False, "error_code": self.code}
        body["description"] = self.description
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return JSONResponse(body, self.code)


def bad_request(what: str) -> Refused:
    return Refused(400, f"Bad Request: {what}")


def as_parameters(given: Mapping[str, Any]) -> dict[str, str]:
    """Strings as they are, everything else as JSON: Telegram reads both alike."""
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for key, value in given.items()
        if value is not None
    }


async def parameters_of(request: Request) -> dict[str, str]:
    """Those in the address and in a body of JSON or of a form. Raises Refused."""
    given, body = dict(request.query_params), await request.body()
    if "json" not in request.headers.get("content-type", ""):
        return given | dict(parse_qsl(body.decode(), keep_blank_values=True))
    try:
        return given | as_parameters(json.loads(body))
    except (ValueError, AttributeError) as error:
        raise bad_request("can't parse JSON object") from error
