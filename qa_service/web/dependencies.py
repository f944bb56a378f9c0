"""What the application needs, and the dependencies by which routes ask for a role."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import SplitResult

from fastapi import HTTPException, Request
from limits import RateLimitItem
from limits.aio.storage import Storage
from starlette.datastructures import Headers

from qa_service.access.keys import KeyRing, Role
from qa_service.access.sessions import Sessions
from qa_service.background import BackgroundJob
from qa_service.channels.options import ChatOptions
from qa_service.journal.open_tables import JournalTables
from qa_service.service import QuestionService
from qa_service.types import Handoff
from qa_service.watching import Watcher

if TYPE_CHECKING:  # loaded where they are used only
    from qa_service.access.provider import Provider
    from qa_service.journal.reports import Reports
    from qa_service.monitoring.traces import Traces

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
    browser keeps its last questions. journal_days: how long a journal keeps what was asked, 0 for
    ever. has_chat: whether there is the page `/chat`. has_messengers: whether people write on
    platforms of others.
    """

    events: bool = True
    recent_questions: bool = True
    journal_days: int = 90
    has_chat: bool = False
    has_messengers: bool = False


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
    watcher: takes new versions of the index, None where none does. tables: of the journal, None
    where there is none; gaps: has content gaps found now and then, None where nobody does. hosts:
    names that the service goes by; public_url: what browsers know it by. exposes_metrics: whether
    `/metrics` is a route. drain_s: how long a process serves on once it is told to stop.
    provider: where staff sign in beside keys, None for keys alone. reports: what the
    journal counts, None where there is none. chats: which chat platforms deliver here. traces:
    where spans go, None where nothing is traced. workers: processes that should answer.
    """

    service: QuestionService
    keys: KeyRing
    sessions: Sessions
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
    provider: "Provider | None" = None
    tables: JournalTables | None = None
    gaps: BackgroundJob | None = None
    reports: "Reports | None" = None
    console: ConsoleOptions = ConsoleOptions()
    chats: ChatOptions = field(default_factory=ChatOptions)
    traces: "Traces | None" = None
    workers: int = 1


def is_own_origin(origin: str, host: str | None) -> bool:
    """Whether `origin` is of this `host`; behind a proxy that ends TLS the scheme is unknown."""
    return bool(host) and origin.partition("://")[2].lower() == (host or "").lower()


def is_from_unnamed_site(headers: Headers) -> bool:
    """Whether another site's page has a browser send this without saying whose (Fetch Metadata)."""
    return headers.get("sec-fetch-site") == "cross-site" and "origin" not in headers


def refuse_other_sites(request: Request) -> None:
    """A dependency of what only our own pages and programs send, whoever they come from. Raises
    HTTPException.
    """
    origin = request.headers.get("origin")
    is_own = (
        origin is None
        or request.headers.get("sec-fetch-site") == "same-origin"
        or is_own_origin(origin, request.headers.get("host"))
    )
    if not is_own or is_from_unnamed_site(request.headers):
        raise HTTPException(HTTPStatus.FORBIDDEN, "this is sent from the service's own pages only")


def caller_of(request: Request) -> Caller | None:
    """Who sends `request`, by key or by session; None for nobody whom we know."""
    caller: Caller | None = request.state.caller
    return caller


def is_from_own_page(headers: Headers) -> bool:
    """Whether a browser says that a page of ours sends this. Programs and old browsers say nothing.

    Fetch Metadata knows better than `Origin` where a proxy passes on another name of ours.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return is_own_origin(headers.get("origin", ""), headers.get("host"))


def require(role: Role) -> Callable[[Request], Awaitable[Caller]]:
    """A dependency of the API that lets only callers pass whose role covers `role`."""

    async def allowed(request: Request) -> Caller:
        caller = caller_of(request)
        if caller is None:
            detail = (
                f"this needs a key of role {role}: send it as {KEY_HEADER}; "
                "`qa-service keys create` makes one; people sign in at /sign-in"
            )
            raise HTTPException(HTTPStatus.UNAUTHORIZED, detail, {"WWW-Authenticate": "Bearer"})
        if not caller.role.covers(role):
            raise HTTPException(HTTPStatus.FORBIDDEN, f"this needs role {role}, not {caller.role}")
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
