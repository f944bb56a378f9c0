"""Telegram's Bot API server: https://core.telegram.org/bots/api.

`Telegram.app` answers `/bot<token>/<method>` by GET or POST, with parameters in the address, a form
or JSON. What the bot sent stands in `chats`. Updates of citizens go to the webhook with its secret
in `X-Telegram-Bot-Api-Secret-Token`, or wait for `getUpdates`; both at once is a conflict (409).
A method in the webhook's answer is performed; whether it was refused stands in `refused`.
"""

import json
import re
from asyncio import sleep
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from support.platforms.deliveries import Ack, Courier, Delivery, Target, over_http
from support.platforms.faults import Fault, Faults
from support.platforms.serving import platform_served
from support.platforms.telegram_calls import (
    Parameters,
    Refused,
    as_parameters,
    bad_request,
    parameters_of,
)
from support.platforms.telegram_messages import Chats

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
BOT_ID = 123456789
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
POLL_S = 0.01
MOST_SECRET = 256
PORTS = {None, 80, 88, 443, 8443}
ACCEPTED = frozenset(range(200, 300))
CONFLICT = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete "
    "the webhook first"
)
OTHER_POLL = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is "
    "running"
)


@dataclass(frozen=True)
class Webhook:
    url: str
    secret: str = ""
    kinds: frozenset[str] = frozenset()
    """The updates wanted (`allowed_updates`); all where empty."""
    most_connections: int = 40


@dataclass(frozen=True)
class Call:
    method: str
    parameters: Mapping[str, str]


@dataclass
class Telegram:
    """`reach` says how to deliver to a webhook's address, which for Telegram begins with https."""

    token: str = TOKEN
    username: str = "hsc_mvs_bot"
    reach: Callable[[str], Target] = over_http
    chats: Chats = field(default_factory=Chats)
    faults: Faults = field(default_factory=Faults)
    webhook: Webhook | None = None
    calls: list[Call] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    waiting: list[Delivery] = field(default_factory=list)
    """What `getUpdates` has not been asked past."""
    last_error: str = ""
    last_update: int = 876_500_000
    _courier: Courier | None = None
    _poll: int = 0

    def __post_init__(self) -> None:
        route = Route("/bot{token}/{method}", self._called, methods=["GET", "POST"])
        self.app = self.faults.around(Starlette(routes=[route]))

    @contextmanager
    def served(self, port: int = 0) -> Iterator[str]:
        with platform_served(self.app, port) as address:
            yield address

    def next_update(self) -> int:
        self.last_update += 1
        return self.last_update

    @property
    def courier(self) -> Courier:
        """Delivers to the webhook as it is set now."""
        assert self.webhook, "no webhook is set"
        if self._courier is None:
            self._courier = Courier(self.reach(self.webhook.url), ACCEPTED)
        return self._courier

    def too_many(self, method: str, retry_after: int = 3, times: int = 1) -> None:
        """The next calls of `method` come too fast."""
        refusal = Refused(429, f"Too Many Requests: retry after {retry_after}", retry_after)
        self.faults.add(method, Fault(429, bytes(refusal.response().body)), times)

    def deliver(self, update: Delivery) -> Ack | None:
        """Hands an update over until it is accepted; None where it waits for `getUpdates`."""
        if self.webhook is None:
            self.waiting.append(update)
            return None
        if self.webhook.kinds and kind_of(update) not in self.webhook.kinds:
            return None
        ack = self.courier.until_accepted(update)
        if ack.status not in ACCEPTED:
            self.last_error = f"Wrong response from the webhook: {ack.status}"
        self.perform_answer(ack)
        return ack

    def perform_answer(self, ack: Ack) -> None:
        """Performs the method that the bot put into its answer to the webhook, if any."""
        if ack.status in ACCEPTED and ack.body.startswith(b"{"):
            given = as_parameters(json.loads(ack.body))
            if method := given.pop("method", None):
                try:
                    self.perform(method, given)
                except Refused as refusal:  # Telegram does not tell the bot either
                    self.refused.append(refusal)

    async def _called(self, request: Request) -> Response:
        if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", request.path_params["token"]):
            return Refused(404, "Not Found").response()
        if request.path_params["token"] != self.token:
            return Refused(401, "Unauthorized").response()
        method = request.path_params["method"]
        try:
            given = await parameters_of(request)
            if method.lower() == "getupdates":
                self.calls.append(Call(method, given))
                result = await self._updates(given)
            else:
                result = self.perform(method, given)
        except Refused as refusal:
            self.refused.append(refusal)
            return refusal.response()
        return JSONResponse({"ok": True, "result": result})

    def perform(self, method: str, given: Parameters) -> Any:
        self.calls.append(Call(method, given))
        match method.lower():
            case "getme":
                named = {"first_name": "Сервісні центри МВС", "username": self.username}
                return {"id": BOT_ID, "is_bot": True, "supports_inline_queries": True} | named
            case "setwebhook":
                self._set_webhook(given)
            case "deletewebhook":
                self._forget(given)
            case "getwebhookinfo":
                return self._webhook_info()
            case "setmycommands":
                pass
            case other:
                return self.chats.perform(other, given)
        return True

    def _set_webhook(self, given: Parameters) -> None:
        url, secret = given.get("url", ""), given.get("secret_token", "")
        if not url:
            self._forget(given)
            return
        parts = urlsplit(url)
        if not parts.hostname:
            raise bad_request("invalid webhook URL specified")
        if len(secret) > MOST_SECRET:
            raise bad_request("secret token is too long")
        if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
            raise bad_request("secret token contains unallowed characters")
        if parts.scheme != "https":
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if parts.port not in PORTS:
            ports = "Webhook can be set up only on ports 80, 88, 443 or 8443"
            raise bad_request(f"bad webhook: {ports}")
        self._forget(given)
        most = min(max(int(given.get("max_connections", "40")), 1), 100)
        kinds = frozenset(json.loads(given.get("allowed_updates", "[]")))
        self.webhook = Webhook(url, secret, kinds, most)

    def _forget(self, given: Parameters) -> None:
        self.webhook = self._courier = None
        if given.get("drop_pending_updates") == "true":
            self.waiting.clear()

    def _webhook_info(self) -> Any:
        info: dict[str, Any] = {"url": self.webhook.url if self.webhook else ""}
        info |= {"has_custom_certificate": False, "pending_update_count": len(self.waiting)}
        if self.webhook:
            info["max_connections"] = self.webhook.most_connections
        if self.last_error:
            info |= {"last_error_date": 1, "last_error_message": self.last_error}
        return info

    async def _updates(self, given: Parameters) -> Any:
        """Waits up to `timeout` seconds for an update of id `offset` or more; a later poll ends an
        earlier one.
        """
        if self.webhook:
            raise Refused(409, CONFLICT)
        self._poll += 1
        poll, offset = self._poll, int(given.get("offset", "0"))
        limit = min(max(int(given.get("limit", "100")), 1), 100)
        left = min(max(int(given.get("timeout", "0")), 0), 50) / POLL_S
        self.waiting = [each for each in self.waiting if int(each.id) >= offset]
        while not self.waiting and left > 0:
            await sleep(POLL_S)
            left -= 1
            if poll != self._poll:
                raise Refused(409, OTHER_POLL)
        return [json.loads(update.body) for update in self.waiting[:limit]]


def kind_of(update: Delivery) -> str:
    """`message`, `callback_query` …, which follows `update_id`."""
    keys: list[str] = list(json.loads(update.body))
    return keys[1]
