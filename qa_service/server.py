"""uvicorn around the application. Each worker process loads the published index for itself."""

import gc
import logging
import os
import secrets
import signal
import socket
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context

import uvicorn
from prometheus_client import CollectorRegistry, start_http_server
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from qa_service.bootstrap import web_dependencies
from qa_service.chats import IN_MEMORY
from qa_service.errors import SettingsError
from qa_service.machine import share_one_heap
from qa_service.monitoring.logs import configure_logging
from qa_service.monitoring.metrics import SHARED_FOLDER, forget_process, of_all_processes
from qa_service.settings import Settings, as_environment, load_settings
from qa_service.web.app import Application, create_app
from qa_service.web.connections import raise_limit_of_files
from qa_service.web.dependencies import AppDependencies
from qa_service.web.doorkeeper import Doorkeeper
from qa_service.web.edges import EdgeProtocol
from qa_service.web.stopping import DRAIN_S

logger = logging.getLogger(__name__)

_BACKLOG = 512  # connections that wait to be accepted

_ALIVE_S = 20
"""How long a worker may say nothing: one that starts on a busy machine is not killed for it."""


def serve(settings: Settings) -> None:
    """Serve until stopped. Raises SettingsError, SnapshotError, ModelError."""
    configure_logging(settings.log_level)
    raise_limit_of_files()
    _require_free_port(settings.host, settings.port, "--host or --port (QA_HOST, QA_PORT)")
    if settings.metrics_port:
        if settings.metrics_port == settings.port:
            raise SettingsError("QA_METRICS_PORT must be another port than QA_PORT")
        _require_free_port(settings.host, settings.metrics_port, "QA_METRICS_PORT")
    signal.signal(  # uvicorn raises it again once it has stopped
        signal.SIGTERM, lambda number, frame: sys.exit(0)
    )
    if settings.workers == 1:
        app, deps = _loaded(settings)
        _warn_of_secret(settings)
        if watcher := deps.watcher:
            signal.signal(signal.SIGHUP, lambda number, frame: watcher.wake())
        _expose(settings, deps.service.metrics.registry)
        _run(settings, app)
        return
    # Fail here with one line instead of in every worker, which would be started again for ever; in
    # a process of its own, since what it loads would stay in this one.
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        pool.submit(_try, settings).result()
    _warn_of_secret(settings)
    with tempfile.TemporaryDirectory(prefix="qa_service-metrics-") as folder:
        os.environ |= as_environment(settings) | {SHARED_FOLDER: folder}
        if not settings.session_secret.get_secret_value():
            os.environ["QA_SESSION_SECRET"] = secrets.token_hex()  # one for all workers
        _expose(settings, of_all_processes(folder))
        _run(settings, "qa_service.server:worker_app")


def _warn_of_secret(settings: Settings) -> None:
    if settings.session_secret.get_secret_value():
        return
    logger.warning("QA_SESSION_SECRET is not set: sessions of staff end with this process")
    if settings.channels_state.get_secret_value() != IN_MEMORY:
        logger.warning("QA_SESSION_SECRET is not set: chats are not known after a start")


def _try(settings: Settings) -> None:
    web_dependencies(settings).service.close()


def application(settings: Settings) -> Application:
    """The application over the published index."""
    app, _ = _loaded(settings)
    return app


def _expose(settings: Settings, registry: CollectorRegistry) -> None:
    """Metrics on a port of their own, in a thread that ends with the process."""
    if settings.metrics_port:
        start_http_server(settings.metrics_port, settings.host, registry)


def _loaded(settings: Settings) -> tuple[Application, AppDependencies]:
    share_one_heap()
    deps = web_dependencies(settings)
    gc.collect()
    gc.freeze()  # passages and models stay as long as the process: no collection walks over them
    serving = deps.service.live.current
    services = len(serving.catalogue.services)
    logger.info("index loaded", extra={"index_version": serving.version, "services": services})
    app = create_app(deps)
    EdgeProtocol.gate = app.state.gate
    return app, deps


def worker_app() -> Application:
    """What each of several workers runs; `serve` passed the settings on in the environment."""
    settings = load_settings()
    configure_logging(settings.log_level)
    return application(settings)


def _run(settings: Settings, app: Application | str) -> None:
    config = uvicorn.Config(
        app,
        factory=isinstance(app, str),
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        http=Doorkeeper,
        ws="none",
        backlog=_BACKLOG,
        timeout_graceful_shutdown=DRAIN_S - settings.drain_s,
        timeout_worker_healthcheck=_ALIVE_S,
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
    )
    if settings.workers > 1:
        Workers(config, [config.bind_socket()], settings.drain_s).run()
        return
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):  # which it raises again once it has stopped
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


class Workers(Multiprocess):
    """Processes that share a socket. drain_s: how long each serves on once it is told to stop."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], drain_s: float):
        super().__init__(config, sockets)
        self._drain_s = drain_s
        self._pids = set[int]()

    def keep_subprocess_alive(self) -> None:
        super().keep_subprocess_alive()
        pids = {process.pid for process in self.processes if process.pid}
        for gone in self._pids - pids:
            forget_process(gone)
        self._pids = pids

    def join_all(self) -> None:
        """Nobody takes connections after that time: whoever still comes is refused at once."""
        time.sleep(self._drain_s)
        for shared in self.sockets:
            shared.close()
        super().join_all()


def _require_free_port(host: str, port: int, setting: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"cannot listen on {host}:{port}: {error.strerror}; choose another with {setting}"
            ) from error
