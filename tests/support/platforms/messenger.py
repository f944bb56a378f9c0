"""Messenger's side of a page: https://developers.facebook.com/docs/messenger-platform.

`Messenger.app` answers `/v25.0/me/messages` (or the page's id for `me`), the thread control of the
handover protocol, `subscribed_apps`, `messenger_profile` and the page itself. Deliveries to the
webhook are signed over the escaped bytes that go out (`signed`). Whoever does not own a thread may
not write to it and hears of it as `standby`.
"""

import hmac
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import time
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from support.platforms.deliveries import Asking, Delivery
from support.platforms.faults import Fault, Faults
from support.platforms.messenger_checks import (
    MOST_PAYLOAD,
    NO_SUCH_PERSON,
    UNAVAILABLE,
    Content,
    GraphError,
    content_of,
    invalid,
    other_owner,
    outside_window,
)
from support.platforms.serving import platform_served

PAGE_ID, APP_ID, INBOX_ID = "104523719000001", "728101234500001", "263902037430900"
SIGNATURE, OLD_SIGNATURE = "X-Hub-Signature-256", "X-Hub-Signature"
WINDOW_S = 24 * 3600
KINDS = {"RESPONSE", "UPDATE", "MESSAGE_TAG"}
TAGS = {"ACCOUNT_UPDATE", "CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE"}
ACTIONS = {"mark_seen", "typing_on", "typing_off"}


@dataclass(frozen=True)
class Sent:
    """A message of the bot; `tag` is what excused it outside of the 24 hours."""

    id: str
    to: str
    kind: str
    tag: str | None
    content: Content


@dataclass(frozen=True)
class Passed:
    """The bot gave a thread away."""

    person: str
    to_app: str
    metadata: str


@dataclass
class Messenger:
    """`wrote_s`: when each person wrote last. `owners`: the app that owns a thread, where it is
    not idle. `clock` gives seconds since 1970.
    """

    page_token: str = "EAAJZA0testpagetoken"
    app_secret: str = "2f5c1b6e8d6f4c2e9b7a0d3c5e1f8a6b"
    verify_token: str = "hsc-verify"
    clock: Callable[[], float] = time
    faults: Faults = field(default_factory=Faults)
    wrote_s: dict[str, float] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    owners: dict[str, str] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    actions: list[tuple[str, str]] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    profile: dict[str, Any] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    """The webhook's events that the app is subscribed to."""
    refused: list[GraphError] = field(default_factory=list)
    last_id: int = 0

    def __post_init__(self) -> None:
        routes = [
            Route("/{version}/{page}/{edge}", self._called, methods=["GET", "POST"]),
            Route("/{version}/{page}", self._called, methods=["GET"]),
        ]
        self.app = self.faults.around(Starlette(routes=routes))

    @contextmanager
    def served(self, port: int = 0) -> Iterator[str]:
        with platform_served(self.app, port) as address:
            yield address

    def next_id(self) -> str:
        self.last_id += 1
        return f"m_{self.last_id:08d}Hz2Uq7tuwNEhXfYYKj8mJEM"

    def fail(self, code: int, edge: str = "messages", times: int = 1) -> None:
        """The next calls are refused with this code: 4 and 613 for too many, 190 for a revoked
        token, 200 and 10 for a right that is missing.
        """
        self.faults.add(edge, Fault(400, bytes(GraphError(code).response().body)), times)

    def verifies(self, ask: Asking, token: str | None = None, mode: str = "subscribe") -> bool:
        """Whether the webhook gives the challenge back, as when its address is entered."""
        challenge = "1158201444"
        query = {"hub.mode": mode, "hub.challenge": challenge}
        query["hub.verify_token"] = self.verify_token if token is None else token
        ack = ask(urlencode(query))
        return ack.status == 200 and ack.body == challenge.encode()

    def signed(self, payload: Any, name: str) -> Delivery:
        return self.signed_bytes(escaped(payload), name)

    def signed_bytes(self, body: bytes, name: str) -> Delivery:
        key, headers = self.app_secret.encode(), [("Content-Type", "application/json")]
        for header, digest in ((OLD_SIGNATURE, "sha1"), (SIGNATURE, "sha256")):
            headers.append((header, f"{digest}={hmac.new(key, body, digest).hexdigest()}"))
        headers.append(("User-Agent", "facebookexternalua"))
        return Delivery(name, body, tuple(headers))

    def batch(self, deliveries: Sequence[Delivery], in_one_entry: bool = False) -> Delivery:
        """Several deliveries in one: an entry each, or all events of one key in one entry."""
        entries = [entry for each in deliveries for entry in json.loads(each.body)["entry"]]
        if in_one_entry:
            merged: dict[str, list[Any]] = {}
            for entry in entries:
                for key in entry.keys() & {"messaging", "standby"}:
                    merged.setdefault(key, []).extend(entry[key])
            entries = [entries[0] | merged]
        ids = ",".join(each.id for each in deliveries)
        return self.signed({"object": "page", "entry": entries}, ids)

    async def _called(self, request: Request) -> Response:
        try:
            given = await self._parameters(request)
            edge = request.path_params.get("edge", "")
            return JSONResponse(self._perform(request.method, edge, given))
        except GraphError as error:
            self.refused.append(error)
            return error.response()

    async def _parameters(self, request: Request) -> dict[str, Any]:
        """The call's parameters, once its version, page and token are found right."""
        where = request.path_params
        if not re.fullmatch(r"v[0-9]+\.[0-9]+", where["version"]):
            raise GraphError(2500, "Unknown path components")
        given: dict[str, Any] = dict(request.query_params)
        body = await request.body()
        try:
            form = "json" not in request.headers.get("content-type", "")
            given |= dict(parse_qsl(body.decode())) if form else json.loads(body)
            for name in given.keys() & {"recipient", "message"}:
                if isinstance(given[name], str):
                    given[name] = json.loads(given[name])
        except ValueError as error:
            raise invalid("Invalid JSON") from error
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if given.get("access_token", bearer) != self.page_token:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        if where["page"] not in {"me", PAGE_ID}:
            raise invalid(f"Unsupported request: object with ID '{where['page']}' does not exist")
        return given

    def _perform(self, verb: str, edge: str, given: dict[str, Any]) -> Any:
        match verb, edge:
            case "POST", "messages":
                return self._send(given)
            case "POST", "pass_thread_control":
                person, target = self._person(given), str(given.get("target_app_id", ""))
                self._own(person)
                if not target:
                    raise invalid("The parameter target_app_id is required")
                if len(metadata := given.get("metadata", "")) > MOST_PAYLOAD:
                    raise invalid("Length of param metadata must be less than or equal to 1000")
                self.owners[person] = target
                self.passed.append(Passed(person, target, metadata))
            case "POST", "take_thread_control":
                self.owners[self._person(given)] = APP_ID
            case "POST", "subscribed_apps":
                wanted = given.get("subscribed_fields", [])
                self.fields = wanted.split(",") if isinstance(wanted, str) else wanted
            case "POST", "messenger_profile":
                self.profile |= {key: given[key] for key in given if key != "access_token"}
                return {"result": "success"}
            case "GET", "thread_owner":
                owner = self.owners.get(self._person(given))
                return {"data": [{"thread_owner": {"app_id": owner}}] if owner else []}
            case "GET", "":
                return {"id": PAGE_ID, "name": "Головний сервісний центр МВС"}
            case _:
                raise GraphError(2500, f"Unknown path components: /{edge}")
        return {"success": True}

    def _person(self, given: dict[str, Any]) -> str:
        recipient = given.get("recipient")
        person = str(recipient.get("id", "")) if isinstance(recipient, dict) else ""
        if not person:
            raise invalid("The parameter recipient is required")
        if person not in self.wrote_s:
            raise invalid("No matching user found", NO_SUCH_PERSON)
        return person

    def _own(self, person: str) -> None:
        if self.owners.get(person, APP_ID) != APP_ID:
            raise other_owner()

    def _send(self, given: dict[str, Any]) -> Any:
        person = self._person(given)
        if action := given.get("sender_action"):
            if "message" in given:
                raise invalid("Cannot send both a message and a sender_action")
            if action not in ACTIONS:
                raise invalid("Param sender_action must be one of: " + ", ".join(sorted(ACTIONS)))
            self.actions.append((person, action))
            return {"recipient_id": person}
        kind, tag = given.get("messaging_type"), given.get("tag")
        if kind not in KINDS:
            raise invalid("Param messaging_type must be one of: RESPONSE, UPDATE, MESSAGE_TAG")
        content = content_of(given.get("message"))
        self._allow(person, kind, tag)
        message = Sent(self.next_id(), person, kind, tag, content)
        self.sent.append(message)
        return {"recipient_id": person, "message_id": message.id}

    def _allow(self, person: str, kind: str, tag: str | None) -> None:
        if person in self.blocked:
            raise GraphError(551, subcode=UNAVAILABLE)
        self._own(person)
        if kind == "MESSAGE_TAG" and tag not in TAGS:  # HUMAN_AGENT is for people, after a review
            raise GraphError(10, "(#10) This app may not use the message tag")
        if kind != "MESSAGE_TAG" and self.clock() - self.wrote_s[person] > WINDOW_S:
            raise outside_window()


def escaped(payload: Any) -> bytes:
    r"""The bytes that Meta sends and signs: `äöå` as `\u00e4\u00f6\u00e5`, `/` as `\/`.

    https://developers.facebook.com/docs/messenger-platform/webhooks#validate-payloads
    """
    return json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode()
