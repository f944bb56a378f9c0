"""Replicas: processes of `qa-service serve`, each with an index of its own, as on machines of their
own.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from qa_service.indexing.versions import make_current
from support.proxies import free_port
from support.waiting import until

SECRET = "a secret that all of the replicas share"
_START_S, _STOP_S = 120, 30


@dataclass
class Replica:
    """index: its folder. settings: environment variables."""

    index: Path
    settings: Mapping[str, str]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.index.with_suffix(".log")

    def start(self) -> None:
        command = (sys.executable, "-m", "qa_service", "serve", "--port", str(self.port))
        own = {"QA_INDEX": str(self.index), "QA_SESSION_SECRET": SECRET, "QA_JOURNAL": "off"}
        environment = {**os.environ, **own, **self.settings}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log, env=environment)

    def stop(self) -> int:
        """As an orchestrator does, with SIGTERM; the exit status."""
        assert self.process
        self.process.terminate()
        return self.process.wait(_STOP_S)

    def kill(self) -> None:
        """SIGKILL, as a machine that is lost."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def publish(self, version: str) -> None:
        """A version of its folder, and wait until it is served."""
        make_current(self.index, version)
        until(lambda: self.version == version)

    @property
    def is_ready(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.log.read_text("utf-8")[-1_000:]
        return self.version is not None

    @property
    def version(self) -> str | None:
        """That is served; None where it is not ready."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", "/readyz")
            response = connection.getresponse()
            body = response.read()
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()
        is_ready = response.status == HTTPStatus.OK
        return str(json.loads(body)["index_version"]) if is_ready else None


def until_ready(*replicas: Replica) -> None:
    until(lambda: all(replica.is_ready for replica in replicas), _START_S)


def restart(replica: Replica) -> None:
    assert replica.stop() in (0, -signal.SIGTERM), replica.log.read_text("utf-8")[-1_000:]
    replica.start()
    until_ready(replica)


@contextmanager
def replicas_served(
    indexes: Sequence[Path], settings: Mapping[str, str]
) -> Iterator[Sequence[Replica]]:
    """One over each index, all ready when entered, ended when left."""
    replicas = [Replica(index, settings) for index in indexes]
    with ExitStack() as stack:
        for replica in replicas:
            replica.start()
            stack.callback(replica.kill)
        until_ready(*replicas)
        yield replicas
