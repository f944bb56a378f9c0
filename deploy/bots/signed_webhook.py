"""What the adapters beside this file share. Standard library only.

An adapter turns what a bot platform posts into an event of `POST /channels/webhook`, signs it, and
turns the reply into what the platform takes. It is set up by the environment:

QA_WEBHOOK_URL     address of the webhook, such as https://qa.example.gov.ua/channels/webhook
QA_WEBHOOK_SECRET  the service's setting of this name
ADAPTER_TOKEN      what the platform sends as `Authorization: Bearer …`; empty: nothing is asked
ADAPTER_PORT       where the adapter listens, on this machine only; a proxy ends TLS before it
ADAPTER_FALLBACK   what a person reads where the service gives no reply
"""

import hmac
import json
import logging
import os
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import Request, urlopen

Json = dict[str, Any]

URL = os.environ.get("QA_WEBHOOK_URL", "http://127.0.0.1:8000/channels/webhook")
SECRET = os.environ.get("QA_WEBHOOK_SECRET", "")
TOKEN = os.environ.get("ADAPTER_TOKEN", "")
PORT = int(os.environ.get("ADAPTER_PORT", "5055"))
FALLBACK = os.environ.get(
    "ADAPTER_FALLBACK",
    "Зараз відповісти не вдається. Телефон контакт-центру: (044) 290-19-88.",
)
TIMEOUT_S, MOST_BYTES = 4, 262_144  # Dialogflow waits for five seconds


def answer(event: Json) -> Json:
    """The service's reply to an event, in the form that /docs shows."""
    body, timestamp = json.dumps(event).encode(), str(int(time.time()))
    mac = hmac.new(SECRET.encode(), timestamp.encode() + b"." + body, "sha256").hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-QA-Timestamp": timestamp,
        "X-QA-Signature": f"sha256={mac}",
    }
    try:
        with urlopen(Request(URL, body, headers), timeout=TIMEOUT_S) as response:  # noqa: S310 (our own)
            reply: Json = json.load(response)
            return reply
    except (OSError, ValueError) as error:  # a refusal is an OSError here, too
        logging.warning("the service gave no reply: %s", error)
        return {"text": FALLBACK, "buttons": [], "handover": {"reason": "failure"}}


def text_of(reply: Json) -> str:
    """What is said, with the addresses of buttons that open one."""
    links = [f"{one['label']}: {one['url']}" for one in reply["buttons"] if one["url"]]
    return "\n\n".join(filter(None, (reply["text"], "\n".join(links))))


def buttons_of(reply: Json) -> dict[str, str]:
    """The payloads of buttons to press, by label."""
    return {one["label"]: one["payload"] for one in reply["buttons"] if one["payload"]}


def serve(handle: Callable[[Json], Json]) -> None:
    """Answer what is posted, until stopped."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10.0  # seconds for a whole request

        def do_POST(self) -> None:
            given = self.headers.get("Authorization", "").encode()
            if TOKEN and not hmac.compare_digest(given, f"Bearer {TOKEN}".encode()):
                self.send_error(HTTPStatus.UNAUTHORIZED)
                return
            try:
                size = min(int(self.headers["Content-Length"]), MOST_BYTES)
                content = json.dumps(handle(json.loads(self.rfile.read(max(size, 0))))).encode()
            except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
                self.send_error(HTTPStatus.BAD_REQUEST)
                return
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Nothing: an address may name a person."""

    ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
