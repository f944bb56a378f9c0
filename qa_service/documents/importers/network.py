"""Connections to public addresses only, each within one deadline.

The address that was checked is the address that is connected to, so that a name which resolves
otherwise a moment later (DNS rebinding) changes nothing. TLS still checks the host's name.
"""

import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Any

import httpcore2

from qa_service.documents.importers.addresses import Access
from qa_service.documents.importers.fetched import Deadline
from qa_service.errors import SourceError

Resolver = Callable[[str, int], list[str]]
"""(host, port) -> its IP addresses, the preferred first. Raises OSError."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses that the system knows for `host`. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Gate(httpcore2.NetworkBackend):
    """Opens a connection where every address of the host may be asked."""

    def __init__(
        self,
        access: Access,
        deadline: Deadline,
        resolver: Resolver = resolve,
        backend: httpcore2.NetworkBackend | None = None,
    ) -> None:
        self._access, self._deadline, self._resolve = access, deadline, resolver
        self._backend = backend or httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Raises SourceError for an address that is not public and for a host without one."""
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise SourceError(
                f"{host} was not found ({error}): check its spelling and the network"
            ) from error
        for address in addresses:
            self._access.check(host, address)
        for address in addresses[:-1]:
            try:
                return self._connected(address, port)
            except (httpcore2.NetworkError, httpcore2.TimeoutException):
                continue
        return self._connected(addresses[-1], port)

    def _connected(self, address: str, port: int) -> httpcore2.NetworkStream:
        stream = self._backend.connect_tcp(address, port, self._deadline.left())
        return _TimedStream(stream, self._deadline)


class _TimedStream(httpcore2.NetworkStream):
    """A stream whose every read and write ends with the deadline, however slowly bytes come."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
