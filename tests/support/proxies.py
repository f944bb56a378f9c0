"""A real proxy with the project's configuration before services on loopback, and its clients."""

import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pytest

from support.corpus import ROOT

NAME = "qa.example.gov.ua"
_START_S = 20


@dataclass(frozen=True, slots=True)
class Reply:
    """What tests read of a response, header names in lower case."""

    status_code: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running proxy. port: of TLS; plain_port: that redirects. folder: its logs and caches."""

    port: int
    plain_port: int
    folder: Path

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        address: str = "127.0.0.1",
    ) -> Reply:
        """A client at `address` asks; certificates are not checked."""
        connection = HTTPSConnection(
            "127.0.0.1", self.port, timeout=30, context=_trusting(), source_address=(address, 0)
        )
        with closing(connection):
            return _reply(connection, method, path, body, {"Host": NAME, **(headers or {})})

    def ask_plainly(self, path: str, host: str = NAME) -> Reply:
        """A client that comes without TLS."""
        with closing(HTTPConnection("127.0.0.1", self.plain_port, timeout=30)) as connection:
            return _reply(connection, "GET", path, None, {"Host": host})

    def connection(self) -> HTTPSConnection:
        """For several requests, one after the other."""
        return HTTPSConnection("127.0.0.1", self.port, timeout=30, context=_trusting())

    def connected(self) -> ssl.SSLSocket:
        """A connection to send anything over."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        return _trusting().wrap_socket(plain, server_hostname=NAME)

    def logs(self) -> str:
        """All that was logged."""
        return "".join(path.read_text("utf-8") for path in sorted(self.folder.glob("*.log")))


def found(name: str) -> str | None:
    """The program, installed or unpacked by `scripts/install-NAME`."""
    unpacked = ROOT / ".cache" / name / "usr" / "sbin" / name
    return shutil.which(name) or (str(unpacked) if unpacked.exists() else None)


def program(name: str) -> str:
    """The same; skips the test where there is none."""
    path = found(name)
    if path is None:
        pytest.skip(f"no {name}: run scripts/install-{name}")
    return path


def configured(configuration: Path, changes: Mapping[str, str]) -> str:
    """The project's configuration with what an operator changes: text -> another."""
    text = configuration.read_text("utf-8")
    for old, new in changes.items():
        assert old in text, f"{configuration.name} has no {old!r}"
        text = text.replace(old, new)
    return text


@contextmanager
def listening(process: subprocess.Popen[bytes], port: int) -> Iterator[None]:
    """Listens at `port` when entered, ended when left."""
    try:
        deadline = time.monotonic() + _START_S
        while not _listens(port):
            assert process.poll() is None and time.monotonic() < deadline, "nobody listens"
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(_START_S)


def certificate(folder: Path) -> None:
    made = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={NAME}".split()
    files = ("-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem"))
    subprocess.run([*made, *files], check=True, capture_output=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@cache
def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _reply(
    connection: HTTPConnection, method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> Reply:
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    content = response.read()
    named = {name.lower(): value for name, value in response.getheaders()}
    return Reply(response.status, named, content.decode("utf-8", "replace"))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def read_problem(reply: Reply, status: int) -> dict[str, object]:
    """What a refusal says to a program, which has this status."""
    assert reply.status_code == status, reply.text[:500]
    assert reply.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = json.loads(reply.text)
    assert set(body) == {"type", "title", "status", "detail"} and body["status"] == status
    return body
