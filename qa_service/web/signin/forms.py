"""The form of the page, read. Pure."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from qa_service.errors import RequestError

_FORM_TYPE = "application/x-www-form-urlencoded"
_MOST_FIELDS = 10


def read_form(content_type: str, body: bytes) -> Mapping[str, str]:
    """Raises RequestError for what no form of ours sends."""
    if content_type.partition(";")[0].strip().lower() != _FORM_TYPE:
        raise RequestError(f"the form must be sent as {_FORM_TYPE}")
    try:
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise RequestError("the form is not percent-encoded or has too many fields") from error
