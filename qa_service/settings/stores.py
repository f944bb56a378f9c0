"""Which library speaks to a store that a setting names by its URL."""

from importlib.util import find_spec

from qa_service.errors import MissingExtraError

_LIBRARIES = {"redis": "redis", "rediss": "redis", "valkey": "valkey", "valkeys": "valkey"}
"""By the scheme of the URL."""


def redis_library(url: str, use: str) -> str | None:
    """The library for a Redis or Valkey at this URL; None for any other URL. use: what it is needed
    for. Raises MissingExtraError.
    """
    library = _LIBRARIES.get(url.partition("://")[0])
    if library and find_spec(library) is None:
        raise MissingExtraError(use, "redis")
    return library
