"""What our own forms send, read. Pure."""

from urllib.parse import parse_qs

from qa_service.errors import RequestError

_FORM_TYPE = "application/x-www-form-urlencoded"


def read_fields(content_type: str, body: bytes, most: int) -> dict[str, list[str]]:
    """The values of each field in the order sent, empty ones left out; `most` fields at most.

    Raises RequestError for what no form of ours sends.
    """
    if content_type.partition(";")[0].strip().lower() != _FORM_TYPE:
        raise RequestError(f"the form must be sent as {_FORM_TYPE}")
    try:
        return parse_qs(body.decode("ascii"), max_num_fields=most)
    except ValueError as error:
        raise RequestError("the form is not percent-encoded or has too many fields") from error


def read_form(content_type: str, body: bytes, most: int) -> dict[str, str]:
    """The same, with the last value of each field."""
    return {name: values[-1] for name, values in read_fields(content_type, body, most).items()}
