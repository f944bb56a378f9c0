"""The application: routes, pages, limits and logs put together around one engine."""

from importlib.metadata import version

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from starlette.middleware.gzip import GZipMiddleware

from qa_service.api.health import health_router
from qa_service.api.limits import BodyLimit
from qa_service.api.observe import Metrics, RequestLog
from qa_service.api.openapi import describe_problems
from qa_service.api.pages import STATIC_FOLDER, pages_router
from qa_service.api.problems import install_problem_handlers
from qa_service.api.routes import api_router
from qa_service.engine import QAEngine
from qa_service.types import Handoff

_DESCRIPTION = """
Answers a free-text question about the service centres of the Ministry of Internal Affairs of Ukraine with the
best-matching passage of an official procedure text, its source, the date it was true and an honest confidence.
It retrieves and ranks; it never makes up text.
"""


Application = FastAPI


def create_app(engine: QAEngine, contact: Handoff, max_body_bytes: int) -> Application:
    # The pages of /docs with their scripts from here: ministries' networks do not reach content delivery networks.
    app = FastAPIOffline(title="qa_service", description=_DESCRIPTION, version=version("qa_service"), redoc_url=None)
    metrics = Metrics()
    ask = metrics.counting(engine.answer)
    install_problem_handlers(app)
    app.include_router(api_router(engine, ask))
    app.include_router(health_router(engine, metrics))
    app.include_router(pages_router(engine, contact, ask), include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC_FOLDER), name="static")
    describe_problems(app)
    app.add_middleware(BodyLimit, max_bytes=max_body_bytes)
    app.add_middleware(GZipMiddleware, minimum_size=1_000)
    app.add_middleware(RequestLog, metrics=metrics)
    return app
