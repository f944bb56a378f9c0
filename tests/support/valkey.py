"""A Valkey server of the tests' own, which `make tools` installs."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from valkey import Valkey
from valkey.exceptions import ConnectionError as NotThere

from support.waiting import until


@contextmanager
def valkey_served(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The path of its socket, and its process; it keeps nothing on disk."""
    binary = shutil.which("valkey-server")
    if binary is None:
        pytest.skip("no valkey-server: run scripts/install-valkey")
    socket = f"{folder}/valkey.sock"
    command = (binary, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", str(folder))
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: _answers(socket))
        yield socket, server
    finally:
        server.kill()
        server.wait()


def _answers(socket: str) -> bool:
    with Valkey(unix_socket_path=socket) as client:
        try:
            return bool(client.ping())
        except NotThere:
            return False
