"""The real nginx with the project's configuration, in a folder and on ports of its own."""

import os
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

CONFIGURATION = ROOT / "deploy" / "nginx" / "qa_service.conf"
PAGE = ROOT / "deploy" / "nginx" / "unavailable.html"
NAME = "qa.example.gov.ua"
_START_S = 20

_MAIN = """
{user}
pid {folder}/nginx.pid;
error_log {folder}/main.error.log crit;
events {{ worker_connections 512; }}
http {{
    types {{ text/html html; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    include {folder}/qa_service.conf;
}}
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """What tests read of a response, header names in lower case."""

    status_code: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Nginx:
    """A running nginx. port: of TLS; plain_port: that redirects. folder: its logs and caches."""

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

    def connected(self) -> ssl.SSLSocket:
        """A connection to send anything over."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        return _trusting().wrap_socket(plain, server_hostname=NAME)

    def logs(self) -> str:
        """All that was logged."""
        return "".join(path.read_text("utf-8") for path in sorted(self.folder.glob("*.log")))


@contextmanager
def nginx_before(
    folder: Path, *ports: int, changes: Mapping[str, str] | None = None
) -> Iterator[Nginx]:
    """nginx before services at these ports of loopback. changes: text of the configuration ->
    another.
    """
    program = _program()
    folder.mkdir(exist_ok=True)
    _certificate(folder)
    shutil.copy(PAGE, folder)
    port, plain_port = _free_port(), _free_port()
    text = _configured(folder, ports, port, plain_port, changes or {})
    (folder / "qa_service.conf").write_text(text, "utf-8")
    main = folder / "nginx.conf"
    user = "user root root;" if os.geteuid() == 0 else ""
    main.write_text(_MAIN.format(folder=folder, user=user), "utf-8")
    command = [program, "-c", str(main), "-p", str(folder), "-e", str(folder / "start.error.log")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0 and "[warn]" not in checked.stderr, checked.stderr
    process = subprocess.Popen([*command, "-g", "daemon off;"])
    try:
        deadline = time.monotonic() + _START_S
        while not _listens(port):
            assert process.poll() is None and time.monotonic() < deadline, "nginx does not listen"
            time.sleep(0.02)
        yield Nginx(port, plain_port, folder)
    finally:
        process.terminate()
        process.wait(_START_S)


def _program() -> str:
    unpacked = ROOT / ".cache" / "nginx" / "usr" / "sbin" / "nginx"
    program = shutil.which("nginx") or (str(unpacked) if unpacked.exists() else None)
    if program is None:
        pytest.skip("no nginx: run scripts/install-nginx")
    return program


def _configured(
    folder: Path, ports: tuple[int, ...], port: int, plain_port: int, changes: Mapping[str, str]
) -> str:
    """The project's configuration with what an operator changes, and with `changes`."""
    text = CONFIGURATION.read_text("utf-8")
    servers = "\n".join(f"    server 127.0.0.1:{one};" for one in ports)
    replaced = {
        "    server 127.0.0.1:8000;": servers,
        "    listen 80;\n    listen [::]:80;": f"    listen 127.0.0.1:{plain_port};",
        "    listen 443 ssl;\n    listen [::]:443 ssl;": f"    listen 127.0.0.1:{port} ssl;",
        "/etc/nginx/qa_service": str(folder),
        "/var/log/nginx": str(folder),
        "/var/cache/nginx/qa_service": str(folder / "files"),
        **changes,
    }
    for old, new in replaced.items():
        assert old in text, f"{CONFIGURATION.name} has no {old!r}"
        text = text.replace(old, new)
    return text


def _certificate(folder: Path) -> None:
    made = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={NAME}".split()
    files = ("-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem"))
    subprocess.run([*made, *files], check=True, capture_output=True)


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


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
