"""The real service in a process of its own, on a loopback port, for measurements and
screenshots. `BENCH_PORT` names another port, where the usual one is taken.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from urllib.error import URLError
from urllib.request import urlopen

PORT = int(os.environ.get("BENCH_PORT", "8079"))
HOST = f"http://127.0.0.1:{PORT}"

_PATIENCE_SECONDS = 180
_STOP_SECONDS = 20


@contextmanager
def running_service(
    log_to: IO[bytes] | None = None, **settings: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Ready when entered, stopped when left; limits nobody and keeps no feedback. Ends the program
    where it cannot start.
    """
    command = [sys.executable, "-m", "qa_service", "serve", "--port", str(PORT)]
    unlimited = {"QA_RATE_LIMIT": "off", "QA_JOURNAL": "off"}
    with running(command, f"{HOST}/readyz", unlimited | settings, log_to) as service:
        yield service


@contextmanager
def running(
    command: Sequence[str | Path],
    ready: str,
    settings: Mapping[str, str],
    log_to: IO[bytes] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Any server: entered when `ready`, an address, answers 200. Ends the program where it stops
    before that.
    """
    with (
        nullcontext(log_to) if log_to else TemporaryFile() as log,
        subprocess.Popen(command, stderr=log, env=os.environ | settings) as server,
    ):
        try:
            _wait_until_ready(server, ready, log)
            yield server
        finally:
            _stop(server)


def read(connection: HTTPConnection) -> bytes:
    """The body of the response; ends the program where the service refuses, which is no timing."""
    response = connection.getresponse()
    body = response.read()
    if response.status != HTTPStatus.OK:
        sys.exit(f"the service answers {response.status}: start it with QA_RATE_LIMIT=off")
    return body


def _stop(service: subprocess.Popen[bytes]) -> None:
    service.terminate()
    try:
        service.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        service.kill()


def _wait_until_ready(server: subprocess.Popen[bytes], ready: str, log: IO[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            with urlopen(ready, timeout=_PATIENCE_SECONDS):
                return
        except (URLError, ConnectionError):
            if server.poll() is not None:
                log.seek(0)
                sys.exit(f"the server stopped: {log.read().decode().splitlines()[-1:]}")
            time.sleep(0.05)
    sys.exit(f"the server is not ready after {_PATIENCE_SECONDS} seconds")
