"""Somebody who writes to the bot in Telegram: https://core.telegram.org/bots/api#update.

Each method gives the update that Telegram makes of it; `Telegram.deliver` hands it over. Updates
are JSON of one line with escaped Unicode; ids grow, and an edit keeps its message's id.
"""

import json
from dataclasses import dataclass
from time import time
from typing import Any

from support.platforms.deliveries import Delivery
from support.platforms.telegram import SECRET_HEADER, Telegram
from support.platforms.telegram_checks import Button
from support.platforms.telegram_messages import Sent

GROUP, CHANNEL = -1001234567890, -1009876543210
FILE = {"file_id": "AgACAgIAAxkB", "file_unique_id": "AQADvbcx", "file_size": 12_345}
ATTACHMENTS: dict[str, Any] = {
    "sticker": FILE | {"type": "regular", "width": 512, "height": 512, "emoji": "👍"},
    "photo": [FILE | {"width": 90, "height": 67}, FILE | {"width": 1280, "height": 960}],
    "voice": FILE | {"duration": 4, "mime_type": "audio/ogg"},
    "location": {"latitude": 50.4501, "longitude": 30.5234},
    "contact": {"phone_number": "+380501234567", "first_name": "Олена", "user_id": 5_000_001},
    "document": FILE | {"file_name": "техпаспорт.pdf", "mime_type": "application/pdf"},
    "video_note": FILE | {"length": 240, "duration": 3},
    "dice": {"emoji": "🎲", "value": 4},
}


@dataclass
class Citizen:
    platform: Telegram
    id: int = 5_000_001
    name: str = "Олена"
    language: str = "uk"

    def __post_init__(self) -> None:
        self.platform.chats.kinds[self.id] = "private"

    @property
    def reads(self) -> list[Sent]:
        """What the bot wrote here, in order."""
        return self.platform.chats.to(self.id)

    def writes(self, text: str, **more: Any) -> Delivery:
        if text.startswith("/"):
            command = {"type": "bot_command", "offset": 0, "length": len(text.split()[0])}
            more = {"entities": [command]} | more
        return self._update("message", self._message(text=text, **more))

    def starts(self, parameter: str = "") -> Delivery:
        return self.writes(f"/start {parameter}".strip())

    def sends(self, kind: str, caption: str = "") -> Delivery:
        """A sticker, photo, voice …: a kind of ATTACHMENTS."""
        more = {"caption": caption} if caption else {}
        return self._update("message", self._message(**{kind: ATTACHMENTS[kind]}, **more))

    def edits(self, old: Delivery, text: str) -> Delivery:
        message = json.loads(old.body)["message"] | {"text": text, "edit_date": int(time())}
        return self._update("edited_message", message)

    def presses(self, button: Button, under: Sent | None = None) -> Delivery:
        """A button with `data`, under the bot's last message here unless another is named."""
        assert button.data, "Telegram opens links by itself"
        message = under or self.reads[-1]
        query = str(4_382_000_000_000_000_000 + self.platform.next_update())
        self.platform.chats.open_callbacks.add(query)
        shown = {"message_id": message.id, "date": int(time()), "text": message.text}
        shown |= {"from": self._bot(), "chat": self._chat()}
        parts = {"id": query, "from": self._person(), "message": shown, "data": button.data}
        return self._update("callback_query", parts | {"chat_instance": "-3748291"})

    def asks_inline(self, text: str) -> Delivery:
        query = str(2_147_000_000_000_000_000 + self.platform.next_update())
        self.platform.chats.open_inline.add(query)
        parts = {"id": query, "from": self._person(), "chat_type": "sender", "query": text}
        return self._update("inline_query", parts | {"offset": ""})

    def writes_in_group(self, text: str, addressed: bool = False) -> Delivery:
        """In a group of the bot's; `addressed` names it with @ in front."""
        self.platform.chats.kinds[GROUP] = "supergroup"
        mention = f"@{self.platform.username}"
        more: dict[str, Any] = {}
        if addressed:
            text = f"{mention} {text}"
            more["entities"] = [{"type": "mention", "offset": 0, "length": len(mention)}]
        chat = {"id": GROUP, "title": "Автолюбителі", "type": "supergroup"}
        return self._update("message", self._message(text=text, **more) | {"chat": chat})

    def replies_in_group(self, to: Sent, text: str) -> Delivery:
        """A reply to what the bot wrote in the group also speaks to it."""
        chat = {"id": GROUP, "title": "Автолюбителі", "type": "supergroup"}
        answered = {"message_id": to.id, "from": self._bot(), "chat": chat, "text": to.text}
        message = self._message(text=text, reply_to_message=answered | {"date": int(time())})
        return self._update("message", message | {"chat": chat})

    def writes_in_channel(self, text: str) -> Delivery:
        chat = {"id": CHANNEL, "title": "Новини", "type": "channel"}
        post = {"message_id": self.platform.chats.next_message(), "sender_chat": chat}
        return self._update("channel_post", post | {"chat": chat, "date": 1, "text": text})

    def blocks(self) -> Delivery:
        self.platform.chats.closed[self.id] = "bot was blocked by the user"
        return self._membership("member", "kicked")

    def unblocks(self) -> Delivery:
        del self.platform.chats.closed[self.id]
        return self._membership("kicked", "member")

    def does_something_new(self) -> Delivery:
        """A kind of update that came after the bot was written."""
        return self._update("telepathic_query", {"id": "1", "from": self._person()})

    def sends_rubbish(self) -> Delivery:
        """The right secret over half an update."""
        whole = self.writes("Скільки коштує обмін прав?")
        return whole.with_body(whole.body[:60])

    def _membership(self, old: str, new: str) -> Delivery:
        states = {
            f"{when}_chat_member": {"user": self._bot(), "status": status}
            for when, status in (("old", old), ("new", new))
        }
        parts = {"chat": self._chat(), "from": self._person(), "date": int(time())}
        return self._update("my_chat_member", parts | states)

    def _bot(self) -> dict[str, Any]:
        bot = {"id": int(self.platform.token.partition(":")[0]), "is_bot": True}
        return bot | {"first_name": "Бот", "username": self.platform.username}

    def _person(self) -> dict[str, Any]:
        person = {"id": self.id, "is_bot": False, "first_name": self.name}
        return person | {"language_code": self.language}

    def _chat(self) -> dict[str, Any]:
        return {"id": self.id, "first_name": self.name, "type": "private"}

    def _message(self, **content: Any) -> dict[str, Any]:
        head = {"message_id": self.platform.chats.next_message(), "from": self._person()}
        return head | {"chat": self._chat(), "date": int(time())} | content

    def _update(self, kind: str, content: dict[str, Any]) -> Delivery:
        number = self.platform.next_update()
        body = json.dumps({"update_id": number, kind: content}, separators=(",", ":"))
        headers = [("Content-Type", "application/json"), ("Accept-Encoding", "gzip, deflate")]
        if self.platform.webhook and self.platform.webhook.secret:
            headers.append((SECRET_HEADER, self.platform.webhook.secret))
        return Delivery(str(number), body.encode(), tuple(headers))
