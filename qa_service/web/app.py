"""The application: routes, pages and middleware around one service."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from jinja2 import Template
from limits import RateLimitItemPerMinute
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.gzip import GZipMiddleware

from qa_service.channels.inbox import Inbox
from qa_service.channels.options import DEMO, MCP, open_inbox
from qa_service.phrases.languages import Language
from qa_service.web import staff
from qa_service.web.audit import Audit
from qa_service.web.channels.routes import channels_router
from qa_service.web.console.routes import console_router
from qa_service.web.console.wrap_up import WrapUps, open_wrap_ups
from qa_service.web.demo.routes import demo_router
from qa_service.web.dependencies import AppDependencies
from qa_service.web.editors import QUEUE_STATIC, QUEUE_STATIC_FOLDER, editors_router
from qa_service.web.health import health_router, metrics_router
from qa_service.web.insights.page import STATIC as INSIGHTS_STATIC
from qa_service.web.insights.page import STATIC_FOLDER as INSIGHTS_FOLDER
from qa_service.web.insights.routes import insights_router
from qa_service.web.middleware.admission import Admission, Gate
from qa_service.web.middleware.callers import Identify, OriginGuard, WrongKeys, cross_origin
from qa_service.web.middleware.counting import Counts
from qa_service.web.middleware.head import HeadAsGet
from qa_service.web.middleware.hosts import BrowserHeaders, Hosts
from qa_service.web.middleware.limits import BodyLimit, RateLimit
from qa_service.web.middleware.lingering import Linger
from qa_service.web.middleware.request_log import RequestLog
from qa_service.web.middleware.tracing import TraceRequests
from qa_service.web.problems import describe_problems, install_problem_handlers
from qa_service.web.signin.refusals import install_page_refusals
from qa_service.web.signin.routes import sign_in_router
from qa_service.web.site.problem_pages import ProblemPages
from qa_service.web.site.rendering import STATIC_FOLDER
from qa_service.web.site.routes import site_router, site_templates
from qa_service.web.staff_problems import StaffProblems
from qa_service.web.stopping import CloseWhenStopping, Stopping
from qa_service.web.v1.ask import ask_router, feedback_router
from qa_service.web.v1.catalogue import catalogue_router
from qa_service.web.v1.changes import changes_router
from qa_service.web.v1.events import events_router
from qa_service.web.v1.mcp_route import AssistantsRoute
from qa_service.web.v1.reload import reload_router
from qa_service.web.vitals import vitals
from qa_service.web.widget import widget_folder_url, widget_router

_DESCRIPTION = """
Answers a free-text question about the service centres of the Ministry of Internal Affairs of
Ukraine with the best-matching passage of an official procedure text, its source, the date it was
true and an honest confidence. It retrieves and ranks; it never makes up text.
"""

CHAT_RATE = RateLimitItemPerMinute(20)
"""What one person may write in a chat."""

_NO_TELEMETRY = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI's own would tell whatever collector the environment names of queries and error texts."""

_STATIC = {
    "/static": STATIC_FOLDER,
    QUEUE_STATIC: QUEUE_STATIC_FOLDER,
    INSIGHTS_STATIC: INSIGHTS_FOLDER,
    "/staff/static": staff.STATIC_FOLDER,
}

Application = FastAPI


def create_app(deps: AppDependencies) -> Application:
    service, stopping = deps.service, Stopping(deps.drain_s)
    counts = Counts(deps.limit_store, service.metrics)
    inbox = _inbox(deps, counts)
    audit = Audit(service)
    wrap_ups, assistants = open_wrap_ups(deps), _assistants(deps)
    # The pages of /docs with their scripts from here: ministries' networks do not reach content
    # delivery networks.
    app = FastAPIOffline(
        title="qa_service",
        description=_DESCRIPTION,
        version=version("qa_service"),
        redoc_url=None,
        telemetry=_NO_TELEMETRY,
        generate_unique_id_function=lambda route: route.name,  # what generated clients call it
        lifespan=_running(deps, stopping, wrap_ups, inbox, assistants),
    )
    site = replace(
        deps.site, has_chat=DEMO not in deps.chats.off, has_messengers=deps.chats.has_messengers
    )
    templates = site_templates(service, deps.contact, widget_folder_url(), site)
    install_problem_handlers(app)
    install_page_refusals(app)
    app.include_router(ask_router(service))
    app.include_router(catalogue_router(service.live))
    app.include_router(changes_router(service.live))
    app.include_router(feedback_router(service, audit))
    app.include_router(events_router(service, deps.site.events))
    if deps.watcher:
        app.include_router(reload_router(service.live, deps.watcher, audit))
    app.include_router(health_router(service.live, stopping))
    if deps.exposes_metrics:
        app.include_router(metrics_router(service.metrics))
    app.include_router(site_router(service, templates, deps.contact, site))
    if site.has_chat:
        app.include_router(demo_router(inbox, templates))
    app.include_router(widget_router())
    if assistants:
        app.router.routes.append(assistants.route)
    app.include_router(channels_router(deps.chats, inbox, service.metrics))
    for address, folder in _STATIC.items():
        app.mount(address, StaticFiles(directory=folder), name=address.strip("/"))
    wrong_keys = WrongKeys(counts)
    _add_staff_routes(app, deps, wrong_keys, audit, wrap_ups)
    describe_problems(app)
    _add_middleware(
        app,
        deps,
        stopping=stopping,
        counts=counts,
        wrong_keys=wrong_keys,
        problem_pages={one: found.get_template("problem.html") for one, found in templates.items()},
    )
    return app


def _add_staff_routes(
    app: FastAPI,
    deps: AppDependencies,
    wrong_keys: WrongKeys,
    audit: Audit,
    wrap_ups: WrapUps | None,
) -> None:
    """Sign-in, and the pages behind it."""
    live = deps.service.live
    app.include_router(sign_in_router(deps.keys, deps.sessions, deps.provider, wrong_keys, audit))
    app.include_router(
        console_router(deps.service, deps.contact, deps.site, deps.console.telephony, wrap_ups)
    )
    app.include_router(editors_router(live, deps.tables, audit))
    app.include_router(insights_router(live, deps.reports, audit))


def _add_middleware(
    app: FastAPI,
    deps: AppDependencies,
    *,
    stopping: Stopping,
    counts: Counts,
    wrong_keys: WrongKeys,
    problem_pages: Mapping[Language, Template],
) -> None:
    """From the inside out. Middleware that can reject a request runs before anything that reads its
    body. The framework answers an unexpected error outside of them all; here, the answer to it
    passes through them as well.
    """
    metrics = deps.service.metrics
    app.add_middleware(ServerErrorMiddleware, handler=app.exception_handlers[Exception])
    gate = Gate(deps.at_once, deps.waiting, on_refused=metrics.count_refused_at_edge)
    app.state.gate = gate
    app.add_middleware(Admission, gate=gate)
    app.add_middleware(BodyLimit, max_bytes=deps.max_body_bytes)
    app.add_middleware(RateLimit, rate=deps.rate, counts=counts, cost=deps.service.cost)
    app.add_middleware(Identify, keys=deps.keys, sessions=deps.sessions, wrong_keys=wrong_keys)
    app.add_middleware(cross_origin, origins=deps.origins)
    app.add_middleware(OriginGuard, origins=deps.origins)
    app.add_middleware(ProblemPages, templates=problem_pages, staff=StaffProblems())
    app.add_middleware(GZipMiddleware, minimum_size=1_000)
    app.add_middleware(Hosts, allowed=deps.hosts, public=deps.public_url)
    app.add_middleware(BrowserHeaders)
    app.add_middleware(HeadAsGet)
    app.add_middleware(CloseWhenStopping, stopping=stopping)
    app.add_middleware(RequestLog, metrics=metrics)
    if deps.traces:
        app.add_middleware(TraceRequests, traces=deps.traces)
    app.add_middleware(Linger)


def _inbox(deps: AppDependencies, counts: Counts) -> Inbox:
    """What people do in chats goes there, so much of it a minute."""

    async def within(person: str) -> bool:
        is_within, _ = await counts.hit(CHAT_RATE, f"chat {person}")
        return is_within

    return open_inbox(
        deps.chats,
        deps.service,
        deps.contact,
        site=deps.public_url.geturl() if deps.public_url else "",
        at_once=deps.at_once,
        within=within,
    )


def _assistants(deps: AppDependencies) -> AssistantsRoute | None:
    """Where AI assistants ask; None without the extra `mcp`."""
    if MCP in deps.chats.off or find_spec("mcp") is None:
        return None
    return AssistantsRoute(deps.service)


def _running(
    deps: AppDependencies,
    stopping: Stopping,
    wrap_ups: WrapUps | None,
    inbox: Inbox,
    assistants: AssistantsRoute | None,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Between start and end of a process."""
    beside = [one for one in (deps.watcher, deps.gaps, vitals(deps, stopping)) if one]

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        for one in beside:
            one.start()
        async with assistants.running() if assistants else nullcontext():
            with stopping.of_running_server():
                yield
        for one in beside:
            one.stop()
        if wrap_ups:
            await wrap_ups.close(stopping.left_for_chats_s)
        await inbox.close(stopping.left_for_chats_s)
        deps.service.close(stopping.left_s)
        if deps.traces:
            deps.traces.close(stopping.left_s)

    return lifespan
