"""Serves host.html, a page of another site that embeds the search widget, under the strictest
policy that the widget works with.

    python demo/serve.py --api http://127.0.0.1:8000 --port 8001

For looking and for tests: loopback only, standard library only.
"""

import argparse
from functools import partial
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

FOLDER = Path(__file__).parent
FILES = {"/": ("host.html", "text/html; charset=utf-8"), "/host.css": ("host.css", "text/css")}


def content_security_policy(api: str) -> str:
    """Nothing but this site's own styles and images, and scripts and data of the API's origin."""
    parts = urlsplit(api)
    origin = f"{parts.scheme}://{parts.netloc}"
    return (
        f"default-src 'none'; script-src {origin}; connect-src {origin}; style-src 'self'; img-src "
        "'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for "
        "'script'; trusted-types 'none'"
    )


class HostSite(BaseHTTPRequestHandler):
    """A page and its styles; whatever else is asked for, an icon by browsers, is empty."""

    def __init__(self, api: str, *arguments: object) -> None:
        self._api = api
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path not in FILES:
            self.send_response(204)
            self.end_headers()
            return
        name, media_type = FILES[path]
        body = (FOLDER / name).read_text("utf-8").replace("{{api}}", escape(self._api)).encode()
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", content_security_policy(self._api))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Quiet."""


def host_server(api: str, port: int = 0) -> ThreadingHTTPServer:
    """The site on a loopback port; 0 takes a free one."""
    return ThreadingHTTPServer(("127.0.0.1", port), partial(HostSite, api.rstrip("/")))


def main() -> None:
    parser = argparse.ArgumentParser(
        description="A page of another site that embeds the search widget."
    )
    parser.add_argument(
        "--api",
        default="http://127.0.0.1:8000",
        help="address of the service (default: %(default)s)",
    )
    parser.add_argument(
        "--port", type=int, default=8001, help="port of this site (default: %(default)s)"
    )
    arguments = parser.parse_args()
    with host_server(arguments.api, arguments.port) as server:
        address = f"http://127.0.0.1:{server.server_port}/"
        print(f"{address} embeds the widget of {arguments.api}; Ctrl+C stops")  # noqa: T201
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
