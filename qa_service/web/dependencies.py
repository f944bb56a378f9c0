"""What the application needs, and the dependencies by which routes ask for a role."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import SplitResult

from fastapi import HTTPException, Request
from limits import RateLimitItem
from limits.aio.storage import Storage
from starlette.datastructures import Headers

from qa_service.access.keys import KeyRing, Role
from qa_service.service import QuestionService
from qa_service.types import Handoff
from qa_service.watching import Watcher

if TYPE_CHECKING:
    from qa_service.journal.reports import Reports

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
class AppDependencies:
    """rate: of one anonymous client, None for no limit. origins: that browsers may call from. site:
    what its pages do. at_once: questions that are answered at once; waiting: how many may wait.
    watcher: takes new versions of the index, None where none does. hosts: names that the service
    goes by; public_url: what browsers know it by. exposes_metrics: whether `/metrics` is a route.
    drain_s: how long a process serves on once it is told to stop. reports: what the journal counts,
    None where there is none.
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
    reports: "Reports | None" = None


def is_own_origin(origin: str, host: str | None) -> bool:
    """Whether `origin` is of this `host`; behind a proxy that ends TLS the scheme is unknown."""
    return bool(host) and origin.partition("://")[2].lower() == (host or "").lower()


def is_from_unnamed_site(headers: Headers) -> bool:
    """Whether another site's page has a browser send this without saying whose (Fetch Metadata)."""
    return headers.get("sec-fetch-site") == "cross-site" and "origin" not in headers


def caller_of(request: Request) -> Caller | None:
    """Who sends `request`, by key or by session; None for nobody whom we know."""
    caller: Caller | None = request.state.caller
    return caller


def require(role: Role) -> Callable[[Request], Awaitable[Caller]]:
    """A dependency of the API that lets only callers pass whose role covers `role`."""

    async def allowed(request: Request) -> Caller:
        caller = caller_of(request)
        if caller is None:
            detail = (
                f"this needs a key of role {role}: send it as {KEY_HEADER}; "
                "`qa-service keys create` makes one"
            )
            raise HTTPException(HTTPStatus.UNAUTHORIZED, detail, {"WWW-Authenticate": "Bearer"})
        if not caller.role.covers(role):
            raise HTTPException(
                HTTPStatus.FORBIDDEN, f"this needs a key of role {role}, not {caller.role}"
            )
        return caller

    return allowed


class SignInFirstError(Exception):
    """Nobody is signed in who might see a page of staff."""


class RoleTooLowError(Exception):
    """Whoever is signed in may not see a page of staff, which needs `role`."""

    def __init__(self, role: Role) -> None:
        super().__init__(role)
        self.role = role


def require_page(role: Role) -> Callable[[Request], Awaitable[Caller]]:
    """A dependency of staff's pages: whoever is not signed in is sent to sign in and comes back,
    whoever's role does not cover `role` gets a page that says so.
    """

    async def allowed(request: Request) -> Caller:
        caller = caller_of(request)
        if caller is None:
            raise SignInFirstError
        if not caller.role.covers(role):
            raise RoleTooLowError(role)
        return caller

    return allowed
