"""The service over the tiny corpus on a real server, its Facebook page on another."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qa_service.channels import messenger
from qa_service.web.app import Application
from support.app import count, over, served
from support.corpus import FEE_QUESTION, tiny_index
from support.platforms.deliveries import Ack, Asking, Courier, Delivery, asked_over_http, over_http
from support.platforms.messenger import PAGE_ID, Messenger
from support.platforms.messenger_citizen import Citizen
from support.waiting import until

ADDRESS = "https://graph.facebook.com"


def event(**content: object) -> dict[str, object]:
    """A delivery of one event."""
    people = {"sender": {"id": "1"}, "recipient": {"id": PAGE_ID}, "timestamp": 1}
    return {"object": "page", "entry": [{"id": PAGE_ID, "messaging": [people | content]}]}


ASKS = {"mid": "1", "text": FEE_QUESTION}
ODD: tuple[object, ...] = (
    {"object": "instagram", "entry": event(message=ASKS)["entry"]},
    {"object": "page"},
    {"object": "page", "entry": {}},
    {"object": "page", "entry": [None, 1, {}, {"messaging": {}}, {"changes": [{}]}]},
    {"object": "page", "entry": [{"messaging": [None, 7, {}, {"message": {}}]}]},
    event(),
    event(sender={}, message=ASKS),
    event(sender={"id": 1}, message=ASKS),
    event(sender={"user_ref": "1"}, message=ASKS),
    event(message={"text": FEE_QUESTION}),
    event(message=ASKS | {"mid": None}),
    event(message=ASKS | {"is_echo": True}),
    event(message="x"),
    event(postback={"title": "x"}),
    event(postback={"mid": "1", "payload": None}),
    event(postback={"mid": "1", "payload": "o"}, timestamp=None),
    event(message_edit={"mid": "1"}),
    event(referral={"ref": "ad", "source": "SHORTLINK", "type": "OPEN_THREAD"}),
    event(request_thread_control={"requested_owner_app_id": "1"}),
    event(app_roles={"1": ["primary_receiver"]}),
)
"""Deliveries that lack their parts, or that ask for nothing."""

NO_DELIVERIES = (b"", b"{", b"\xff\xfe", b"[" * 5_000, b"null", b"[]", b'"page"')


@dataclass
class World:
    page: Messenger
    app: Application
    courier: Courier
    ask: Asking
    people: int = 0

    def citizen(self) -> Citizen:
        self.people += 1
        return Citizen(self.page, f"2481500000000{self.people:04d}")

    def deliver(self, *deliveries: Delivery) -> list[Ack]:
        return [self.courier.deliver(one) for one in deliveries]

    def replied(self, citizen: Citizen, delivery: Delivery) -> str:
        """What the citizen reads once this is delivered and worked off."""
        before, done = len(citizen.reads), self.worked_off
        assert self.courier.deliver(delivery).status == 200
        until(lambda: self.worked_off > done)
        return "\n\n".join(message.content.text for message in citizen.reads[before:])

    @property
    def worked_off(self) -> float:
        """How many things that people did have got their reply, or none, from the inbox."""
        return count(self.app, "qa_chat_reply_seconds_count", channel="messenger")


@contextmanager
def messenger_world(folder: Path, **changes: object) -> Iterator[World]:
    """changes: of settings."""
    page = Messenger()
    with page.served() as address:
        tokens = {
            "messenger_page_token": page.page_token,
            "messenger_app_secret": page.app_secret,
            "messenger_verify_token": page.verify_token,
        }
        app = over(tiny_index(folder, messenger_url=address, **(tokens | changes)))
        with served(app) as port:
            url = f"http://127.0.0.1:{port}/channels/messenger"
            yield World(page, app, Courier(over_http(url)), asked_over_http(url))


def adapter_for(page: Messenger, url: str = ADDRESS) -> messenger.Messenger:
    """Ours, for that page."""
    return messenger.Messenger(page.page_token, page.app_secret, page.verify_token, url)
