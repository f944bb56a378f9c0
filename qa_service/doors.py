"""Settings -> what stands at the door: how much a client may ask, where that is counted, and which
sites may ask.
"""

import re
import secrets
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from qa_service.access.flows import Flows, Registration
from qa_service.access.keys import KeyRing, Role
from qa_service.access.sessions import EndedSessions, EndedStore, Sessions
from qa_service.errors import MissingExtraError, SettingsError
from qa_service.settings import IN_FILE, OFF, Settings
from qa_service.settings.stores import redis_library

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.aio.storage import Storage

    from qa_service.access.provider import Provider

_ORIGIN = re.compile(r"https?://[a-z0-9.:\[\]-]+")
"""As browsers write it: in lower case, other alphabets in Punycode."""

_ISSUER = re.compile(r"(https://[^\s/?#]+|http://(localhost|127\.0\.0\.1)(:\d+)?)(/[^\s?#]*)?")

_HOST = re.compile(r"\*|(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.?|\[[0-9a-f:.]+\]")

_HOSTS_FORM = (
    "write them like qa.example.gov.ua or *.example.gov.ua, without a port, with commas between, "
    "or *"
)

_LIMIT_STORE_FORM = (
    "QA_RATE_LIMIT_STORE must be `memory` or a URL like redis://host:6379 or valkey://host:6379"
)

_SESSION_STORE_FORM = (
    "QA_SESSION_STORE must be `file` or a URL like redis://host:6379 or valkey://host:6379"
)

_LEAST_SECRET_CHARS = 32


def callers(settings: Settings) -> "tuple[KeyRing, Sessions, Provider | None]":
    """How callers are known: by keys, by sessions, at a provider.

    Raises SettingsError, AccessError, MissingExtraError.
    """
    secret, registration = session_secret(settings), oidc_registration(settings)
    keys, ended = KeyRing.open(settings.keys), ended_sessions(settings)
    ended.watch()
    sessions = Sessions(secret, ended)
    if registration is None:
        return keys, sessions, None
    if not (find_spec("httpx2") and find_spec("joserfc")):
        raise MissingExtraError("signing in at an OpenID Connect provider", "oidc")
    from qa_service.access.provider import Provider

    return keys, sessions, Provider(registration, Flows(secret))


def ended_sessions(settings: Settings) -> EndedStore:
    """In a file beside that of the keys, or in a store. Raises SettingsError, MissingExtraError."""
    url = settings.session_store.get_secret_value()
    if url == IN_FILE:
        return EndedSessions(settings.keys.with_suffix(".sessions.json"))
    library = redis_library(url, "ending sessions in Redis or Valkey")
    if library is None:
        raise SettingsError(_SESSION_STORE_FORM)
    from qa_service.access.ended_shared import SharedEndedSessions

    try:
        return SharedEndedSessions.open(url, library)
    except (ValueError, TypeError):
        raise SettingsError(_SESSION_STORE_FORM) from None  # the cause may quote a password


def oidc_registration(settings: Settings) -> Registration | None:
    """How the service is known at the provider; None where there is none. Raises SettingsError."""
    groups = {
        role: getattr(settings, f"oidc_{role}_group") for role in Role if role is not Role.SITE
    }
    secret = settings.oidc_client_secret.get_secret_value()
    named = {
        "QA_OIDC_CLIENT_ID": settings.oidc_client_id,
        "QA_OIDC_CLIENT_SECRET": secret,
        "QA_OIDC_OPERATOR_GROUP or another group": "".join(groups.values()),
    }
    issuer, public = settings.oidc_issuer, public_url(settings)
    if not issuer:
        if any(named.values()):
            raise SettingsError("QA_OIDC_ISSUER is empty, and other QA_OIDC_* are not: name it")
        return None
    if not _ISSUER.fullmatch(issuer):
        raise SettingsError(
            f"QA_OIDC_ISSUER: {issuer} is no issuer; write it like "
            "https://id.example.gov.ua/realms/staff, http on this machine only"
        )
    for name, value in {**named, "QA_PUBLIC_URL": public}.items():
        if not value:
            raise SettingsError(f"QA_OIDC_ISSUER needs {name}")
    roles = {group: role for role, group in groups.items() if group}
    if len(roles) < sum(map(bool, groups.values())):
        raise SettingsError("QA_OIDC_*_GROUP: one group stands for two roles; name one for each")
    assert public is not None
    callback = f"{public.geturl()}/sign-in/oidc/callback"
    claim = settings.oidc_groups_claim
    return Registration(issuer, settings.oidc_client_id, secret, callback, claim, roles)


def session_secret(settings: Settings) -> str:
    """What signs answers' ids and sessions, made anew where none is set. Raises SettingsError."""
    secret = settings.session_secret.get_secret_value()
    if secret and len(secret) < _LEAST_SECRET_CHARS:
        raise SettingsError(
            f"QA_SESSION_SECRET has fewer than {_LEAST_SECRET_CHARS} characters, and whoever "
            "guesses it is signed in as anybody: make one with `openssl rand -hex 32`"
        )
    return secret or secrets.token_hex()


def rate(settings: Settings) -> "RateLimitItem | None":
    """What one anonymous client may ask; None limits nobody. Raises SettingsError."""
    if settings.rate_limit == OFF:
        return None
    from limits import parse_many

    try:
        [found] = parse_many(settings.rate_limit)
    except ValueError:
        found = None
    if found is None or found.amount == 0:
        raise SettingsError(
            f"QA_RATE_LIMIT={settings.rate_limit}: write it like 600/minute, or off"
        )
    return found


def limit_store(settings: Settings) -> "Storage":
    """Where requests are counted. Raises SettingsError, MissingExtraError."""
    from limits.aio.storage import MemoryStorage, Storage
    from limits.errors import ConfigurationError
    from limits.storage import storage_from_string

    url = settings.rate_limit_store.get_secret_value()
    if url == "memory":
        return MemoryStorage()
    if redis_library(url, "counting requests in Redis or Valkey") is None:
        raise SettingsError(_LIMIT_STORE_FORM)
    try:
        store = storage_from_string(f"async+{url}", wrap_exceptions=True, implementation="redispy")
    except (ConfigurationError, ValueError):
        raise SettingsError(_LIMIT_STORE_FORM) from None  # the cause may quote a password
    assert isinstance(store, Storage)
    return store


def allowed_hosts(settings: Settings) -> tuple[str, ...]:
    """Names that the service goes by, its public address's among them. Raises SettingsError, also
    where there is none and everybody would be refused.
    """
    named = (name.strip().lower() for name in settings.allowed_hosts.split(","))
    found = [name for name in named if name]
    for name in found:
        if not _HOST.fullmatch(name):
            raise SettingsError(f"QA_ALLOWED_HOSTS: {name} is no name of a host; {_HOSTS_FORM}")
    public = public_url(settings)
    if public and public.hostname:
        found.append(f"[{public.hostname}]" if ":" in public.hostname else public.hostname)
    if not found:
        raise SettingsError(f"QA_ALLOWED_HOSTS names no host; {_HOSTS_FORM}")
    return tuple(name.removesuffix(".") for name in found)


def public_url(settings: Settings) -> SplitResult | None:
    """The address that browsers know the service by. Raises SettingsError."""
    if not settings.public_url:
        return None
    url = settings.public_url.rstrip("/")
    if not _ORIGIN.fullmatch(url):
        raise SettingsError(
            f"QA_PUBLIC_URL: {settings.public_url} is no address of a site; write it like "
            "https://qa.example.gov.ua, without a path"
        )
    return urlsplit(url)


def origins(settings: Settings) -> tuple[str, ...]:
    """Sites that may call from a browser. Raises SettingsError."""
    return _origins(settings.cors_origins, "QA_CORS_ORIGINS", others=("*",))


def telephony(settings: Settings) -> tuple[tuple[str, ...], str, str]:
    """Sites that may frame the operators' console; where the end of a call is told, and the secret
    that signs it. Raises SettingsError, MissingExtraError.
    """
    secret = settings.wrap_up_secret.get_secret_value()
    return telephony_origins(settings), wrap_up_url(settings), secret


def telephony_origins(settings: Settings) -> tuple[str, ...]:
    """Sites that may frame the operators' console. Raises SettingsError, for `*` as well."""
    return _origins(settings.telephony_origins, "QA_TELEPHONY_ORIGINS")


def wrap_up_url(settings: Settings) -> str:
    """Where a call's end is told; empty for nowhere. Raises SettingsError, MissingExtraError."""
    url = settings.wrap_up_url.get_secret_value()
    if not url:
        return ""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SettingsError(
            "QA_WRAP_UP_URL is no address; write it like https://telephony.example.gov.ua/calls"
        )
    if find_spec("httpx2") is None:
        raise MissingExtraError("telling a webhook of calls", "telephony")
    return url


def _origins(value: str, key: str, others: tuple[str, ...] = ()) -> tuple[str, ...]:
    named = (origin.strip().rstrip("/") for origin in value.split(","))
    found = tuple(origin for origin in named if origin)
    for origin in found:
        if origin not in others and not _ORIGIN.fullmatch(origin):
            raise SettingsError(
                f"{key}: {origin} is no origin; write them like https://hsc.gov.ua, with commas "
                "between"
            )
    return found
