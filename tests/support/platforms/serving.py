"""A platform's server in a thread, on loopback."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from starlette.types import ASGIApp

from support.waiting import until


@contextmanager
def platform_served(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """The address of a server around `app`; any free port for 0."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        config = uvicorn.Config(
            app, ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            until(lambda: server.started)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
