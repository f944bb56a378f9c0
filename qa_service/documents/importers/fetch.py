"""Sources -> bytes: web pages with patience and within limits, files of this machine."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpcore2

from qa_service.documents.importers import Limits
from qa_service.documents.importers.addresses import Access, Target, is_web
from qa_service.documents.importers.fetched import Clock, Deadline, Fetched
from qa_service.documents.importers.network import Gate, Resolver, resolve
from qa_service.documents.importers.packed import limited
from qa_service.errors import GoneError, SourceError

MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_GONE = {404, 410}


@dataclass(slots=True)
class Fetcher:
    """Asks one thing at a time and waits between two requests to a host. Not for threads.

    `agent` says who asks and whom to complain to. Proxies of the environment are not used: they
    would connect to addresses that nobody checked.
    """

    agent: str
    access: Access = field(default_factory=Access)
    limits: Limits = field(default_factory=Limits)
    resolver: Resolver = resolve
    clock: Clock = time.monotonic
    pause: Callable[[float], None] = time.sleep
    _delays: dict[str, float] = field(default_factory=dict)
    _asked: dict[str, float] = field(default_factory=dict)

    def fetch(self, source: str) -> Fetched:
        """Raises GoneError where there is nothing any more, SourceError for any other failure."""
        return self._page(source) if is_web(source) else self._file(Path(source))

    def slow_down(self, url: str, delay_s: float) -> None:
        """Wait at least so long between two requests to the host of `url`."""
        self._delays[urlsplit(url).netloc] = delay_s

    def _page(self, source: str) -> Fetched:
        self.access.target(source)
        self._wait(urlsplit(source).netloc)
        deadline = Deadline(self.limits.seconds, self.clock)
        url = source
        for _ in range(MAX_REDIRECTS + 1):
            answered = self._ask(url, self.access.target(url), deadline)
            if isinstance(answered, Fetched):
                return answered
            url = _joined(url, answered)
        raise SourceError(
            f"redirects more than {MAX_REDIRECTS} times: give the address that it should lead to"
        )

    def _file(self, path: Path) -> Fetched:
        deadline = Deadline(self.limits.seconds, self.clock)
        try:
            with path.open("rb") as file:
                content = limited(iter(lambda: file.read(65_536), b""), self.limits.max_bytes)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise GoneError("there is no such file: check the path") from error
        except (OSError, ValueError) as error:
            raise SourceError(f"cannot be read ({error}): give the path of a file") from error
        return Fetched(str(path), content, deadline=deadline)

    def _wait(self, host: str) -> None:
        now = self.clock()
        delay = max(self.limits.delay_s, self._delays.get(host, 0.0))
        if host in self._asked and (left := self._asked[host] + delay - now) > 0:
            self.pause(left)
        self._asked[host] = self.clock()

    def _ask(self, url: str, target: Target, deadline: Deadline) -> Fetched | str:
        """What stands at an address, or where it redirects to."""
        gate = Gate(self.access, deadline, self.resolver)
        request = httpcore2.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=target.path
        )
        try:
            with (
                httpcore2.ConnectionPool(network_backend=gate) as pool,
                pool.stream("GET", request, headers=self._headers()) as response,
            ):
                return self._answer(url, response, deadline)
        except httpcore2.TimeoutException as error:
            raise deadline.passed() from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise SourceError(f"cannot be reached ({reason}): check it, or try later") from error

    def _answer(self, url: str, response: httpcore2.Response, deadline: Deadline) -> Fetched | str:
        headers = Message()
        for name, value in response.headers:
            headers[name.decode("latin-1")] = value.decode("utf-8", "replace")
        if response.status in _REDIRECTS and headers["location"]:
            return str(headers["location"])
        if response.status in _GONE:
            raise GoneError(f"is not there any more ({response.status}): give its new address")
        if response.status != 200:
            raise SourceError(f"answers {response.status}: open it in a browser, or try later")
        content = limited(
            response.iter_stream(),
            self.limits.max_bytes,
            str(headers.get("content-encoding", "")).strip().lower(),
        )
        media_type = headers.get_content_type() if headers["content-type"] else ""
        charset = headers.get_content_charset()
        return Fetched(url, content, media_type, charset, deadline)

    def _headers(self) -> dict[bytes | str, bytes | str]:
        return {
            "User-Agent": self.agent,
            "Accept": "text/html, application/pdf, */*;q=0.5",
            "Accept-Encoding": "gzip",
            "Accept-Language": "uk",
        }


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise SourceError(
            f"redirects to {location}, which is no address: tell its owner"
        ) from error
