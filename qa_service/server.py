"""uvicorn around the application. Each worker process loads the published index for itself."""

import gc
import logging
import os
import signal
import socket
import sys

import uvicorn

from qa_service.bootstrap import load_engine
from qa_service.errors import SettingsError
from qa_service.monitoring.logs import configure_logging
from qa_service.settings import Settings, as_environment, load_settings
from qa_service.surroundings import surroundings
from qa_service.web.app import Application, create_app
from qa_service.web.health import readiness

logger = logging.getLogger(__name__)


def serve(settings: Settings) -> None:
    """Serve until stopped. Raises SettingsError where the port is taken, SnapshotError or
    ModelError without index or model.
    """
    configure_logging(settings.log_level)
    _require_free_port(settings.host, settings.port)
    app: Application | str = (
        "qa_service.server:worker_app" if settings.workers > 1 else application(settings)
    )
    if settings.workers > 1:
        os.environ.update(as_environment(settings))  # where the workers read them
        _try(settings)
    signal.signal(
        signal.SIGTERM, lambda number, frame: sys.exit(0)
    )  # uvicorn raises it again once it has stopped
    uvicorn.run(
        app,
        factory=settings.workers > 1,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
    )


def _try(settings: Settings) -> None:
    """Fail here with one line instead of in every worker, which would be started again for ever."""
    journal = surroundings(settings).journal
    if journal:
        journal.close()
    load_engine(settings)


def application(settings: Settings) -> Application:
    """The application on the published index, its encoder warmed up by the probe question."""
    around = surroundings(
        settings
    )  # first, so that a bad setting is said before a second of loading
    engine = load_engine(settings)
    readiness(engine)()
    gc.collect()
    # passages and models stay as long as the process: no collection needs to walk over them again
    gc.freeze()
    logger.info(
        "index loaded",
        extra={"index_version": engine.index_version, "services": len(engine.services)},
    )
    return create_app(engine, around)


def worker_app() -> Application:
    """What each of several worker processes runs; settings come from the environment that `serve`
    passed on.
    """
    settings = load_settings()
    configure_logging(settings.log_level)
    return application(settings)


def _require_free_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port or "
                "QA_PORT"
            ) from error
