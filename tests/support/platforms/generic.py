"""Any other bot platform, which posts to `/channels/webhook` and signs what it posts.

The signature is `sha256=` and the hexadecimal HMAC-SHA256 of `<timestamp>.<body>`; the timestamp
stands in its own header, in seconds. Answers come in the response, or by a signed POST of the bot
to `Generic.app`. Bodies of Rasa, Botpress and Dialogflow have the form of their documentation:
https://rasa.com/docs/reference/integrations/action-server/, https://botpress.com/docs,
https://cloud.google.com/dialogflow/es/docs/fulfillment-webhook.
"""

import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import time
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from support.platforms.deliveries import Delivery
from support.platforms.faults import Faults
from support.platforms.serving import platform_served

FRESH_S = 300


@dataclass
class Generic:
    """The names of headers are arguments, so that the adapter's own can be given."""

    secret: str = "whsec-0f1e2d3c4b5a"
    signature_header: str = "X-QA-Signature"
    timestamp_header: str = "X-QA-Timestamp"
    clock: Callable[[], float] = time
    faults: Faults = field(default_factory=Faults)
    received: list[Any] = field(default_factory=list)
    """What the bot posted, parsed."""
    last_id: int = 0

    def __post_init__(self) -> None:
        route = Route("/replies", self._called, methods=["POST"])
        self.app = self.faults.around(Starlette(routes=[route]))

    @contextmanager
    def served(self, port: int = 0) -> Iterator[str]:
        with platform_served(self.app, port) as address:
            yield address

    def signature(self, timestamp: str, body: bytes) -> str:
        signed = timestamp.encode() + b"." + body
        return f"sha256={hmac.new(self.secret.encode(), signed, 'sha256').hexdigest()}"

    def signed(self, payload: Any, age_s: float = 0) -> Delivery:
        """`age_s`: how long ago it was signed."""
        body = json.dumps(payload, ensure_ascii=False).encode()
        return self.signed_bytes(body, age_s)

    def signed_bytes(self, body: bytes, age_s: float = 0) -> Delivery:
        self.last_id += 1
        timestamp = str(int(self.clock() - age_s))
        headers = [("Content-Type", "application/json"), (self.timestamp_header, timestamp)]
        headers.append((self.signature_header, self.signature(timestamp, body)))
        return Delivery(f"evt-{self.last_id}", body, tuple(headers))

    async def _called(self, request: Request) -> Response:
        body, headers = await request.body(), request.headers
        timestamp = headers.get(self.timestamp_header, "")
        given = headers.get(self.signature_header, "")
        if not hmac.compare_digest(given, self.signature(timestamp, body)):
            return JSONResponse({"error": "wrong signature"}, 401)
        if not timestamp.isdigit() or abs(self.clock() - int(timestamp)) > FRESH_S:
            return JSONResponse({"error": "stale timestamp"}, 401)
        try:
            self.received.append(json.loads(body))
        except ValueError:
            return JSONResponse({"error": "malformed JSON"}, 400)
        return JSONResponse({"ok": True})


@dataclass
class Citizen:
    platform: Generic
    id: str = "visitor-1"
    language: str = "uk"

    def writes(self, text: str, age_s: float = 0) -> Delivery:
        return self.platform.signed(self._event("text", text=text), age_s)

    def presses(self, payload: str) -> Delivery:
        return self.platform.signed(self._event("button", payload=payload))

    def starts(self) -> Delivery:
        return self.platform.signed(self._event("start"))

    def stops(self) -> Delivery:
        return self.platform.signed(self._event("stop"))

    def sends(self, kind: str) -> Delivery:
        return self.platform.signed(self._event("other", attachment=kind))

    def sends_rubbish(self) -> Delivery:
        return self.platform.signed_bytes(b'{"user": "visitor-1", "te')

    def asks_through_rasa(self, text: str) -> Delivery:
        """What Rasa posts to an action server."""
        said = {"text": text, "intent": {"name": "ask", "confidence": 0.9}, "entities": []}
        tracker = {"sender_id": self.id, "latest_message": said, "slots": {}}
        body = {"next_action": "action_ask", "sender_id": self.id, "tracker": tracker}
        return self.platform.signed(body | {"domain": {}, "version": "3.6"})

    def asks_through_dialogflow(self, text: str) -> Delivery:
        """What Dialogflow posts to a fulfilment."""
        asked = {"queryText": text, "languageCode": self.language, "parameters": {}}
        asked["intent"] = {"displayName": "ask"}
        session = f"projects/hsc/agent/sessions/{self.id}"
        body = {"responseId": f"r-{self.platform.last_id}", "session": session}
        return self.platform.signed(body | {"queryResult": asked})

    def asks_through_botpress(self, text: str) -> Delivery:
        message = {"id": f"m-{self.platform.last_id}", "payload": {"type": "text", "text": text}}
        data = {"userId": self.id, "conversationId": f"c-{self.id}", "message": message}
        return self.platform.signed({"type": "message.new", "data": data})

    def _event(self, kind: str, **content: str) -> dict[str, Any]:
        head = {"id": f"evt-{self.platform.last_id + 1}", "user": self.id, "kind": kind}
        return head | {"language": self.language} | content
