"""Somebody who writes to the page: https://developers.facebook.com/docs/messenger-platform/webhooks.

Each method gives the signed delivery of one event. Ids (`mid`) and times grow. In a thread that
another app owns, what people do comes as `standby`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from support.platforms.deliveries import Delivery
from support.platforms.messenger import APP_ID, INBOX_ID, PAGE_ID, Messenger, Sent
from support.platforms.messenger_checks import Button

FILE = "https://cdn.fbsbx.com/v/t59.2708-21/12345"
ATTACHMENTS: dict[str, Any] = {
    "sticker": {"type": "image", "payload": {"url": FILE, "sticker_id": 369239263222822}},
    "photo": {"type": "image", "payload": {"url": FILE}},
    "voice": {"type": "audio", "payload": {"url": FILE}},
    "location": {"type": "location", "payload": {"coordinates": {"lat": 50.45, "long": 30.52}}},
    "document": {"type": "file", "payload": {"url": FILE}},
    "shared": {"type": "fallback", "payload": {"url": "https://l.facebook.com/x", "title": "x"}},
}


@dataclass
class Citizen:
    platform: Messenger
    id: str = "24815000000000001"

    @property
    def reads(self) -> list[Sent]:
        """What the bot wrote here, in order."""
        return [message for message in self.platform.sent if message.to == self.id]

    def writes(self, text: str) -> Delivery:
        return self._message(text=text)

    def starts(self, payload: str = "GET_STARTED") -> Delivery:
        return self._postback("Почати", payload)

    def presses(self, button: Button) -> Delivery:
        """A quick reply comes as a message with its title, a button as a postback."""
        assert button.payload, "Messenger opens links by itself"
        if button.kind == "quick_reply":
            return self._message(text=button.title, quick_reply={"payload": button.payload})
        return self._postback(button.title, button.payload)

    def sends(self, *kinds: str) -> Delivery:
        """Attachments of ATTACHMENTS in one message."""
        attachments = [ATTACHMENTS[kind] for kind in kinds]
        more = {"sticker_id": 369239263222822} if "sticker" in kinds else {}
        return self._message(attachments=attachments, **more)

    def edits(self, old: Delivery, text: str) -> Delivery:
        edit = {"mid": old.id, "text": text, "num_edit": 1}
        return self._event(f"{old.id}-edit", message_edit=edit)

    def reacts(self, to: Sent) -> Delivery:
        reaction = {"mid": to.id, "action": "react", "reaction": "love", "emoji": "❤"}
        return self._event(f"{to.id}-love", reaction=reaction)

    def got(self, messages: Sequence[Sent]) -> Delivery:
        mids = [message.id for message in messages]
        return self._event("delivery", delivery={"mids": mids, "watermark": self._now()})

    def read(self) -> Delivery:
        return self._event("read", read={"watermark": self._now()})

    def blocks(self) -> None:
        """Messenger tells nobody; the next message is refused."""
        self.platform.blocked.add(self.id)

    def echo(self, message: Sent) -> Delivery:
        """What the bot itself wrote comes back to it."""
        said = {"mid": message.id, "is_echo": True, "app_id": int(APP_ID)}
        return self._from_page(said | {"text": message.content.text})

    def hears_operator(self, text: str) -> Delivery:
        """Somebody of the page answers in its inbox, which the bot hears as an echo."""
        said = {"mid": self.platform.next_id(), "is_echo": True, "app_id": int(INBOX_ID)}
        return self._from_page(said | {"text": text})

    def is_handed_back(self, metadata: str = "") -> Delivery:
        """The inbox passes the thread to the bot."""
        self.platform.owners[self.id] = APP_ID
        passed = {"new_owner_app_id": APP_ID, "previous_owner_app_id": INBOX_ID}
        return self._event("pass", pass_thread_control=passed | {"metadata": metadata})

    def is_taken_over(self) -> Delivery:
        """The inbox takes the thread from the bot."""
        self.platform.owners[self.id] = INBOX_ID
        taken = {"previous_owner_app_id": APP_ID, "new_owner_app_id": INBOX_ID, "metadata": ""}
        return self._event("take", take_thread_control=taken)

    def does_something_new(self) -> Delivery:
        """A kind of event that came after the bot was written."""
        return self._event("new", telepathy={"thought": "номери"})

    def sends_rubbish(self) -> Delivery:
        """Half an event, signed as it is."""
        body = self.writes("Скільки коштує обмін прав?").body[:80]
        return self.platform.signed_bytes(body, "rubbish")

    def _message(self, **content: Any) -> Delivery:
        mid = self.platform.next_id()
        return self._event(mid, message={"mid": mid} | content)

    def _postback(self, title: str, payload: str) -> Delivery:
        mid = self.platform.next_id()
        return self._event(mid, postback={"mid": mid, "title": title, "payload": payload})

    def _now(self) -> int:
        self.platform.last_id += 1
        return int(self.platform.clock() * 1000) + self.platform.last_id

    def _event(self, name: str, **content: Any) -> Delivery:
        if content.keys() & {"message", "postback"}:
            self.platform.wrote_s[self.id] = self.platform.clock()
        standby = self.platform.owners.get(self.id, APP_ID) != APP_ID
        people = {"sender": {"id": self.id}, "recipient": {"id": PAGE_ID}}
        key = "standby" if standby and "take_thread_control" not in content else "messaging"
        return self._entry(name, key, people | content)

    def _from_page(self, said: dict[str, Any]) -> Delivery:
        people = {"sender": {"id": PAGE_ID}, "recipient": {"id": self.id}}
        standby = self.platform.owners.get(self.id, APP_ID) != APP_ID
        key = "standby" if standby else "messaging"
        return self._entry(said["mid"], key, people | {"message": said})

    def _entry(self, name: str, key: str, event: dict[str, Any]) -> Delivery:
        now = self._now()
        entry = {"id": PAGE_ID, "time": now, key: [event | {"timestamp": now}]}
        return self.platform.signed({"object": "page", "entry": [entry]}, name)


def events_of(delivery: Delivery, key: str = "messaging") -> list[Any]:
    """The events that a delivery holds, over all its entries."""
    entries = json.loads(delivery.body)["entry"]
    return [event for entry in entries for event in entry.get(key, [])]
