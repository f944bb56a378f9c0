"""Settings -> what the application needs around an engine: journal, keys, limits, origins."""

import logging
import re
from functools import partial
from importlib.util import find_spec

from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage, Storage
from limits.errors import ConfigurationError
from limits.storage import storage_from_string

from qa_service.access.keys import KeyRing
from qa_service.errors import JournalError, MissingExtraError, SettingsError
from qa_service.journal import Journal
from qa_service.journal.late import LateJournal
from qa_service.settings import OFF, Settings
from qa_service.web.app import Surroundings
from qa_service.web.middleware.callers import ANY_ORIGIN

logger = logging.getLogger(__name__)

_ORIGIN = re.compile(r"https?://[a-z0-9.:\[\]-]+")
"""As browsers write it: in lower case, other alphabets in Punycode."""

_STORE_LIBRARIES = {"redis": "redis", "rediss": "redis", "valkey": "valkey", "valkeys": "valkey"}
"""The library that speaks to a store, by the scheme of its URL."""

_STORE_SECONDS = 0.2
"""How long a store of rate limits may keep a request waiting."""

_STORE_FORM = (
    "QA_RATE_LIMIT_STORE must be `memory` or a URL like redis://host:6379 or valkey://host:6379"
)


def surroundings(settings: Settings) -> Surroundings:
    """Raises SettingsError, AccessError, MissingExtraError. A journal that cannot be used now is no
    reason not to start.
    """
    return Surroundings(
        journal=open_journal(settings),
        keys=KeyRing.open(settings.keys),
        allowed=allowance(settings),
        limit_store=limit_store(settings),
        origins=origins(settings),
        max_body_bytes=settings.max_body_bytes,
        max_question_chars=settings.max_question_chars,
        cached_answers=settings.cached_answers,
    )


def open_journal(settings: Settings) -> Journal | None:
    """None where none is wanted. One that cannot be opened is said in the log, and tried again
    whenever it is needed.

    Raises MissingExtraError.
    """
    url = settings.journal.get_secret_value()
    if url == OFF:
        return None
    from qa_service.journal.sql import SqlJournal  # SQLAlchemy takes a fifth of a second to import

    journal = LateJournal(partial(SqlJournal.open, url))
    try:
        journal.open()
    except JournalError as error:
        logger.error(
            "feedback cannot be kept now, answers are not affected", extra={"cause": str(error)}
        )
    return journal


def allowance(settings: Settings) -> RateLimitItem | None:
    """What one anonymous client may ask; None limits nobody."""
    if settings.rate_limit == OFF:
        return None
    try:
        [allowed] = parse_many(settings.rate_limit)
    except ValueError:
        allowed = None
    if allowed is None or allowed.amount == 0:
        raise SettingsError(
            f"QA_RATE_LIMIT={settings.rate_limit}: write it like 600/minute, or off"
        )
    return allowed


def limit_store(settings: Settings) -> Storage:
    url = settings.rate_limit_store.get_secret_value()
    if url == "memory":
        return MemoryStorage()
    library = _STORE_LIBRARIES.get(url.partition("://")[0])
    if library is None:
        raise SettingsError(_STORE_FORM)
    if find_spec(library) is None:
        raise MissingExtraError("counting requests in Redis or Valkey", "redis")
    timeouts = {"socket_timeout": _STORE_SECONDS, "socket_connect_timeout": _STORE_SECONDS}
    try:
        store = storage_from_string(
            f"async+{url}", wrap_exceptions=True, implementation="redispy", **timeouts
        )
    except (ConfigurationError, ValueError):
        raise SettingsError(_STORE_FORM) from None  # the cause may quote a password
    assert isinstance(store, Storage)
    return store


def origins(settings: Settings) -> tuple[str, ...]:
    found = tuple(
        origin.strip().rstrip("/") for origin in settings.cors_origins.split(",") if origin.strip()
    )
    for origin in found:
        if origin != ANY_ORIGIN and not _ORIGIN.fullmatch(origin):
            raise SettingsError(
                f"QA_CORS_ORIGINS: {origin} is no origin; write them like https://hsc.gov.ua, with "
                "commas between"
            )
    return found
