"""A made-up OpenID Connect provider on loopback, which approves whom a test names.

    with oidc_provider(Person(groups=("operators",))) as provider:
        ...  # a client of provider.issuer, with provider.client_id and provider.client_secret
        provider.mistakes = {Mistake.WRONG_NONCE}

Standard library and joserfc alone; it knows nothing of the code that is tested with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

from support.oidc_endpoints import DISCOVERY, Provider
from support.oidc_tokens import MARKUP, Mistake, Person

__all__ = ["DISCOVERY", "MARKUP", "Mistake", "Person", "Provider", "oidc_provider"]


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, provider: Provider, *arguments: object) -> None:
        self._provider = provider
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        query, form = dict(parse_qsl(address.query)), dict(parse_qsl(body))
        auth = self.headers.get("Authorization", "")
        status, headers, sent = self._provider.answer(self.command, address.path, query, form, auth)
        try:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(sent))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)
        except ConnectionError:
            return  # a client that would not wait

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Quiet."""


@contextmanager
def oidc_provider(person: Person | None = Person(), port: int = 0) -> Iterator[Provider]:  # noqa: B008
    """A provider on a loopback port, any free one for 0; `person` approves, None denies."""
    provider = Provider("", person=person)
    with ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, provider)) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield provider
        finally:
            provider.closing.set()
            server.shutdown()
            thread.join()
