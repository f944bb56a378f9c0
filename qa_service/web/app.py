"""The application: routes, pages, limits and logs put together around one engine."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from limits import RateLimitItem
from limits.aio.storage import Storage
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.gzip import GZipMiddleware

from qa_service.access.keys import KeyRing
from qa_service.engine import QAEngine
from qa_service.journal import Journal
from qa_service.journal.off import NoJournal
from qa_service.monitoring.metrics import Metrics
from qa_service.suggest import Suggester
from qa_service.web.health import health_router
from qa_service.web.memory import AnswerCache, RecentAnswers
from qa_service.web.middleware.callers import Identify, OriginGuard, cross_origin
from qa_service.web.middleware.limits import BodyLimit, RateLimit
from qa_service.web.middleware.request_log import RequestLog
from qa_service.web.problems import describe_problems, install_problem_handlers
from qa_service.web.site.opensearch import opensearch_router
from qa_service.web.site.pages import STATIC_FOLDER, pages_router
from qa_service.web.site.problem_pages import ProblemPages
from qa_service.web.v1.ask import ask_router
from qa_service.web.v1.catalogue import corpus_router
from qa_service.web.v1.feedback import feedback_router, saving
from qa_service.web.widget import widget_router

_DESCRIPTION = """
Answers a free-text question about the service centres of the Ministry of Internal Affairs of
Ukraine with the best-matching passage of an official procedure text, its source, the date it was
true and an honest confidence. It retrieves and ranks; it never makes up text.
"""

_REMEMBERED_ANSWERS = 20_000
"""About which feedback still knows what was asked: an hour of a busy day, some 10 MB."""

Application = FastAPI


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the application needs besides an engine.

    Without a journal no page asks for feedback. `allowed` is what one anonymous client may ask;
    None limits nobody.
    """

    journal: Journal | None
    keys: KeyRing
    allowed: RateLimitItem | None
    limit_store: Storage
    origins: tuple[str, ...]
    max_body_bytes: int
    max_question_chars: int
    cached_answers: int


def create_app(engine: QAEngine, around: Surroundings) -> Application:
    journal = around.journal or NoJournal()
    # The pages of /docs with their scripts from here: ministries' networks do not reach content
    # delivery networks.
    app = FastAPIOffline(
        title="qa_service",
        description=_DESCRIPTION,
        version=version("qa_service"),
        redoc_url=None,
        generate_unique_id_function=lambda route: (
            route.name
        ),  # what generated clients call their functions
        lifespan=_closing(journal),
    )
    metrics = Metrics()
    cached = AnswerCache(
        engine.answer, around.cached_answers, around.max_question_chars, metrics.cached
    )
    ask = RecentAnswers(metrics.counting(cached), _REMEMBERED_ANSWERS)
    suggest = Suggester(engine.index).suggest
    save = saving(engine, journal, ask, metrics)
    install_problem_handlers(app)
    app.include_router(ask_router(engine, ask, suggest))
    app.include_router(corpus_router(engine))
    app.include_router(feedback_router(save, journal))
    app.include_router(health_router(engine, metrics))
    app.include_router(
        pages_router(engine, engine.handoff, ask, save if around.journal else None),
        include_in_schema=False,
    )
    app.include_router(opensearch_router(suggest))
    app.include_router(widget_router())
    app.mount("/static", StaticFiles(directory=STATIC_FOLDER), name="static")
    describe_problems(app)
    # From the inside out: what refuses a request stands outside of what reads it. The framework
    # answers an unexpected error outside of them all; here, the answer to it passes through them as
    # well.
    app.add_middleware(ServerErrorMiddleware, handler=app.exception_handlers[Exception])
    app.add_middleware(BodyLimit, max_bytes=around.max_body_bytes)
    app.add_middleware(RateLimit, allowed=around.allowed, store=around.limit_store, metrics=metrics)
    app.add_middleware(Identify, keys=around.keys)
    app.add_middleware(cross_origin, origins=around.origins)
    app.add_middleware(OriginGuard, origins=around.origins)
    app.add_middleware(ProblemPages, contact=engine.handoff)
    app.add_middleware(GZipMiddleware, minimum_size=1_000)
    app.add_middleware(RequestLog, metrics=metrics)
    return app


def _closing(journal: Journal) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        journal.close()

    return lifespan
