"""Viber's server for bots: https://developers.viber.com/docs/api/rest-bot-api/.

`Viber.app` answers `/pa/set_webhook` (which calls the webhook back before it answers),
`/pa/send_message` and `/pa/get_account_info`, always with HTTP 200 and a `status`. Deliveries carry
`X-Viber-Content-Signature`: hexadecimal HMAC-SHA256 of the bytes, with the bot's token as key.
"""

import hmac
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import time
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from support.platforms.deliveries import Ack, Courier, Delivery, Target, over_http
from support.platforms.faults import Fault, Faults
from support.platforms.serving import platform_served
from support.platforms.viber_checks import MOST_BYTES, STATUSES, Content, ViberError, content_of

SIGNATURE, TOKEN_HEADER = "X-Viber-Content-Signature", "X-Viber-Auth-Token"
MOST_UNANSWERED = 100
ALWAYS = {"message", "subscribed", "unsubscribed"}
EVENTS = ALWAYS | {"conversation_started", "delivered", "seen", "failed"}
HOST = "SN-CHAT-05_"


@dataclass(frozen=True)
class Sent:
    """`welcome`: it stood in the answer to `conversation_started`."""

    token: int
    to: str
    content: Content
    welcome: bool = False


@dataclass
class Viber:
    """`subscribed`: whether each known person has subscribed. `reach` says how to deliver to a
    webhook's address, which for Viber begins with https.
    """

    token: str = "445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9"
    name: str = "Сервісні центри МВС"
    reach: Callable[[str], Target] = over_http
    clock: Callable[[], float] = time
    faults: Faults = field(default_factory=Faults)
    subscribed: dict[str, bool] = field(default_factory=dict)
    unanswered: Counter[str] = field(default_factory=Counter)
    """Messages of the bot since each person wrote last, within an hour."""
    sent: list[Sent] = field(default_factory=list)
    refused: list[ViberError] = field(default_factory=list)
    webhook: str = ""
    events: frozenset[str] = frozenset()
    last_token: int = 4_912_661_846_655_238_145
    _courier: Courier | None = None

    def __post_init__(self) -> None:
        route = Route("/pa/{method}", self._called, methods=["POST"])
        self.app = self.faults.around(Starlette(routes=[route]))

    @contextmanager
    def served(self, port: int = 0) -> Iterator[str]:
        with platform_served(self.app, port) as address:
            yield address

    def next_token(self) -> int:
        self.last_token += 1
        return self.last_token

    def fail(self, status: int, method: str = "send_message", times: int = 1) -> None:
        """The next calls are refused with this status: 2 for a revoked token, 12 for too many."""
        body = {"status": status, "status_message": STATUSES[status]}
        self.faults.add(method, Fault(200, json.dumps(body).encode()), times)

    @property
    def courier(self) -> Courier:
        if self._courier is None:
            self._courier = Courier(self.reach(self.webhook))
        return self._courier

    def event(self, kind: str, **content: Any) -> Delivery:
        token = self.next_token()
        head = {"event": kind, "timestamp": int(self.clock() * 1000), "chat_hostname": HOST}
        event = head | {"message_token": token} | content
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        return self.signed_bytes(body.encode(), f"{kind}:{event['message_token']}")

    def signed_bytes(self, body: bytes, name: str) -> Delivery:
        signature = hmac.new(self.token.encode(), body, "sha256").hexdigest()
        headers = (("Content-Type", "application/json"), (SIGNATURE, signature))
        return Delivery(name, body, headers)

    def deliver(self, delivery: Delivery) -> Ack | None:
        """Until it is accepted; None where the bot did not ask for such events."""
        event = json.loads(delivery.body)
        if not self.webhook or event["event"] not in self.events | ALWAYS:
            return None
        ack = self.courier.until_accepted(delivery)
        if event["event"] == "conversation_started" and ack.status == 200:
            self._welcome(event["user"]["id"], ack)
        return ack

    def _welcome(self, person: str, ack: Ack) -> None:
        if not ack.body.strip().startswith(b"{"):
            return
        given = json.loads(ack.body)
        if {"type", "keyboard"} & given.keys():
            try:
                content = content_of(given)
                self.sent.append(Sent(self.next_token(), person, content, welcome=True))
            except ViberError as error:
                self.refused.append(error)

    async def _called(self, request: Request) -> Response:
        body = await request.body()
        try:
            given = self._given(request, body)
            result = await self._perform(request.path_params["method"], given, len(body))
        except ViberError as error:
            self.refused.append(error)
            return JSONResponse({"status": error.status, "status_message": error.message})
        return JSONResponse({"status": 0, "status_message": "ok"} | result)

    def _given(self, request: Request, body: bytes) -> dict[str, Any]:
        try:
            given = json.loads(body)
        except ValueError as error:
            raise ViberError(3) from error
        if not isinstance(given, dict):
            raise ViberError(3)
        token = request.headers.get(TOKEN_HEADER, given.get("auth_token"))
        if token != self.token:
            raise ViberError(2)
        return given

    async def _perform(self, method: str, given: dict[str, Any], size: int) -> dict[str, Any]:
        match method:
            case "set_webhook":
                return await self._set_webhook(given)
            case "get_account_info":
                info = {"id": "pa:75346594275468546724", "name": self.name, "uri": "hsc_mvs"}
                count = {"subscribers_count": sum(self.subscribed.values())}
                hook = {"webhook": self.webhook, "event_types": sorted(self.events)}
                return info | hook | count
            case "send_message":
                return self._send(given, size)
        raise ViberError(3, f"unknown method {method}")

    async def _set_webhook(self, given: dict[str, Any]) -> dict[str, Any]:
        url = given.get("url")
        if url is None:
            raise ViberError(4, "url is required")
        events = frozenset(given.get("event_types", EVENTS))
        if not events <= EVENTS:
            raise ViberError(3, "event_types is not valid")
        self.webhook, self.events, self._courier = "", events, None
        if not url:
            return {"event_types": []}
        if not url.startswith("https://"):
            raise ViberError(1)
        courier = Courier(self.reach(url))
        ack = await run_in_threadpool(courier.deliver, self.event("webhook"))
        if ack.status != 200:
            raise ViberError(1, f"the webhook answered {ack.status}")
        self.webhook, self._courier = url, courier
        return {"event_types": sorted(events | ALWAYS)}

    def _send(self, given: dict[str, Any], size: int) -> dict[str, Any]:
        if size > MOST_BYTES:
            raise ViberError(3, "the request is larger than 30 kB")
        person = given.get("receiver")
        if not person:
            raise ViberError(4, "receiver is required")
        content = content_of(given)
        if not self.webhook:
            raise ViberError(10)
        if person not in self.subscribed:
            raise ViberError(5)
        if not self.subscribed[person]:
            raise ViberError(6)
        if self.unanswered[person] >= MOST_UNANSWERED:
            raise ViberError(12)
        self.unanswered[person] += 1
        message = Sent(self.next_token(), person, content)
        self.sent.append(message)
        return {"message_token": message.token, "chat_hostname": HOST, "billing_status": 1}
