"""What the application needs, and the dependency by which routes ask for a role."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import SplitResult

from fastapi import HTTPException, Request
from limits import RateLimitItem
from limits.aio.storage import Storage
from starlette.datastructures import Headers

from qa_service.access.keys import Key, KeyRing, Role
from qa_service.service import QuestionService
from qa_service.types import Handoff
from qa_service.watching import Watcher

ANY_ORIGIN = ANY_HOST = "*"
KEY_HEADER = "X-API-Key"
PLAIN_ID, MOST_PASSAGE_ID_CHARS = "^[A-Za-z0-9_-]{1,64}$", 200


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request. id: of the key, or of the person at the ministry's sign-in."""

    id: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """events: whether pages and widget tell what is done with answers. recent_questions: whether a
    browser keeps its last questions.
    """

    events: bool = True
    recent_questions: bool = True


@dataclass(frozen=True, slots=True)
class ConsoleOptions:
    """telephony: origins that may frame the console and open calls in it. wrap_up_url: where the
    end of a call is told, nowhere where it is empty; wrap_up_secret: signs what is told.
    """

    telephony: tuple[str, ...] = ()
    wrap_up_url: str = field(default="", repr=False)
    wrap_up_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AppDependencies:
    """rate: of one anonymous client, None for no limit. origins: that browsers may call from. site:
    what its pages do. at_once: questions that are answered at once; waiting: how many may wait.
    watcher: takes new versions of the index, None where none does. hosts: names that the service
    goes by; public_url: what browsers know it by. exposes_metrics: whether `/metrics` is a route.
    drain_s: how long a process serves on once it is told to stop.
    """

    service: QuestionService
    keys: KeyRing
    rate: RateLimitItem | None
    limit_store: Storage
    origins: tuple[str, ...]
    max_body_bytes: int
    contact: Handoff
    site: SiteOptions
    at_once: int
    waiting: int
    watcher: Watcher | None = None
    hosts: tuple[str, ...] = (ANY_HOST,)
    public_url: SplitResult | None = None
    exposes_metrics: bool = True
    drain_s: float = 0
    console: ConsoleOptions = ConsoleOptions()


def is_own_origin(origin: str, host: str | None) -> bool:
    """Whether `origin` is of this `host`; behind a proxy that ends TLS the scheme is unknown."""
    return bool(host) and origin.partition("://")[2].lower() == (host or "").lower()


def is_from_unnamed_site(headers: Headers) -> bool:
    """Whether another site's page has a browser send this without saying whose (Fetch Metadata)."""
    return headers.get("sec-fetch-site") == "cross-site" and "origin" not in headers


def require(role: Role) -> Callable[[Request], Awaitable[Caller]]:
    """A dependency that lets only callers pass whose role covers `role`."""

    async def key_of(request: Request) -> Caller:
        key: Key | None = request.state.key
        if key is None:
            detail = (
                f"this needs a key of role {role}: send it as {KEY_HEADER}; "
                "`qa-service keys create` makes one"
            )
            raise HTTPException(HTTPStatus.UNAUTHORIZED, detail, {"WWW-Authenticate": "Bearer"})
        if not key.role.covers(role):
            raise HTTPException(
                HTTPStatus.FORBIDDEN, f"this needs a key of role {role}, not {key.role}"
            )
        return Caller(key.id, key.name, key.role)

    return key_of


def require_page(role: Role) -> Callable[[Request], Awaitable[Caller]]:
    """The same for pages of staff."""
    return require(role)
