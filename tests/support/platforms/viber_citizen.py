"""Somebody who writes to the bot in Viber: https://developers.viber.com/docs/api/rest-bot-api/
#callbacks. Each method gives the signed delivery of one event; tokens grow.
"""

from dataclasses import dataclass
from typing import Any

from support.platforms.deliveries import Delivery
from support.platforms.viber import Sent, Viber
from support.platforms.viber_checks import Button

FILE = "https://dl-media.viber.com/1/share/2/long/vibes/icon/image/0x0/8d1e/x.jpg"
ATTACHMENTS: dict[str, Any] = {
    "sticker": {"type": "sticker", "sticker_id": 46105},
    "photo": {"type": "picture", "media": FILE, "thumbnail": FILE, "file_name": "x.jpg"},
    "voice": {"type": "file", "media": FILE, "file_name": "voice.m4a", "size": 10_000},
    "location": {"type": "location", "location": {"lat": 50.45, "lon": 30.52}},
    "contact": {"type": "contact", "contact": {"name": "Олена", "phone_number": "380501234567"}},
    "document": {"type": "file", "media": FILE, "file_name": "техпаспорт.pdf", "size": 10_000},
    "video": {"type": "video", "media": FILE, "size": 10_000, "duration": 3},
    "link": {"type": "url", "media": "https://hsc.gov.ua"},
}


@dataclass
class Citizen:
    """Whoever opens the chat is known to Viber; whoever writes is subscribed."""

    platform: Viber
    id: str = "01234567890A=="
    name: str = "Олена"
    language: str = "uk"

    @property
    def reads(self) -> list[Sent]:
        """What the bot wrote here, in order."""
        return [message for message in self.platform.sent if message.to == self.id]

    def opens(self, context: str = "") -> Delivery:
        known = self.platform.subscribed.setdefault(self.id, False)
        content = {"type": "open", "context": context, "user": self._person(), "subscribed": known}
        return self.platform.event("conversation_started", **content)

    def subscribes(self) -> Delivery:
        self.platform.subscribed[self.id] = True
        return self.platform.event("subscribed", user=self._person())

    def unsubscribes(self) -> Delivery:
        """The only thing that Viber tells of a person who blocks the bot."""
        self.platform.subscribed[self.id] = False
        return self.platform.event("unsubscribed", user_id=self.id)

    def writes(self, text: str) -> Delivery:
        return self._message({"type": "text", "text": text})

    def sends(self, kind: str) -> Delivery:
        """A kind of ATTACHMENTS."""
        return self._message(ATTACHMENTS[kind])

    def presses(self, button: Button) -> Delivery:
        assert button.action == "reply", "Viber does the other actions by itself"
        return self.writes(button.body)

    def got(self, message: Sent) -> Delivery:
        return self.platform.event("delivered", user_id=self.id, message_token=message.token)

    def saw(self, message: Sent) -> Delivery:
        return self.platform.event("seen", user_id=self.id, message_token=message.token)

    def never_got(self, message: Sent) -> Delivery:
        content = {"user_id": self.id, "message_token": message.token}
        return self.platform.event("failed", **content, desc="failure description")

    def does_something_new(self) -> Delivery:
        """A kind of event that came after the bot was written."""
        return self.platform.event("telepathy", user_id=self.id)

    def sends_rubbish(self) -> Delivery:
        """Half an event, signed as it is."""
        body = self.writes("Скільки коштує обмін прав?").body[:80]
        return self.platform.signed_bytes(body, "rubbish")

    def _person(self) -> dict[str, Any]:
        person = {"id": self.id, "name": self.name, "avatar": "", "country": "UA"}
        return person | {"language": self.language, "api_version": 10}

    def _message(self, content: dict[str, Any]) -> Delivery:
        self.platform.subscribed[self.id] = True
        self.platform.unanswered[self.id] = 0
        tracked = self.reads[-1].content.tracking if self.reads else ""
        message = content | ({"tracking_data": tracked} if tracked else {})
        return self.platform.event("message", sender=self._person(), message=message, silent=False)
