"""Telegram's methods that act on chats: `Chats.perform(method, parameters)`."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from support.platforms.telegram_calls import Parameters, Refused, bad_request
from support.platforms.telegram_checks import (
    Button,
    InlineResult,
    Keyboard,
    inline_results,
    keyboard,
    preview,
    shown,
)
from support.platforms.telegram_html import Entity, Shown, utf16_length

MOST_CALLBACK_ANSWER = 200
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


@dataclass(frozen=True)
class Sent:
    """A message of the bot. `text` is what people see, `source` what the bot wrote."""

    id: int
    chat: int
    text: str
    source: str
    entities: tuple[Entity, ...]
    keyboard: Keyboard
    preview: bool
    reply_to: int | None = None

    @property
    def buttons(self) -> tuple[Button, ...]:
        return tuple(button for row in self.keyboard for button in row)


@dataclass(frozen=True)
class CallbackAnswer:
    query: str
    text: str
    alert: bool


@dataclass(frozen=True)
class InlineAnswer:
    query: str
    results: tuple[InlineResult, ...]


@dataclass
class Chats:
    """Whom the bot may write to, and what it wrote.

    kinds: `private`, `group`, `supergroup` or `channel` by chat. closed: why the bot may not write.
    sent: each message once, as it reads after edits. edits: how often each was edited.
    """

    kinds: dict[int, str] = field(default_factory=dict)
    closed: dict[int, str] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    edits: dict[int, int] = field(default_factory=dict)
    actions: list[int] = field(default_factory=list)
    open_callbacks: set[str] = field(default_factory=set)
    open_inline: set[str] = field(default_factory=set)
    callback_answers: list[CallbackAnswer] = field(default_factory=list)
    inline_answers: list[InlineAnswer] = field(default_factory=list)
    last_message: int = 0

    def next_message(self) -> int:
        self.last_message += 1
        return self.last_message

    def perform(self, method: str, given: Parameters) -> Any:
        """The `result` of the call, as Telegram writes it. Raises Refused."""
        match method:
            case "sendmessage":
                return self._send(given)
            case "editmessagetext":
                return self._edit(given, shown(given))
            case "editmessagereplymarkup":
                return self._edit(given, None)
            case "sendchataction":
                self.actions.append(self._chat(given))
            case "answercallbackquery":
                self._answer_callback(given)
            case "answerinlinequery":
                self._answer_inline(given)
            case _:
                raise Refused(404, "Not Found")
        return True

    def to(self, chat: int) -> list[Sent]:
        return [message for message in self.sent if message.chat == chat]

    def _chat(self, given: Parameters) -> int:
        if not given.get("chat_id"):
            raise bad_request("chat_id is empty")
        chat = int(given["chat_id"]) if given["chat_id"].lstrip("-").isdigit() else 0
        if chat not in self.kinds:
            raise bad_request("chat not found")
        if chat in self.closed:
            raise Refused(403, f"Forbidden: {self.closed[chat]}")
        return chat

    def _send(self, given: Parameters) -> Any:
        chat, seen = self._chat(given), shown(given)
        reply = json.loads(given.get("reply_parameters", "{}")).get("message_id")
        message = Sent(
            self.next_message(),
            chat,
            seen.text,
            given["text"],
            seen.entities,
            keyboard(given.get("reply_markup", "")),
            preview(given),
            reply,
        )
        self.sent.append(message)
        return as_telegram_writes(message, self.kinds[chat])

    def _edit(self, given: Parameters, seen: Shown | None) -> Any:
        chat, wanted = self._chat(given), given.get("message_id", "")
        old = next((each for each in self.to(chat) if str(each.id) == wanted), None)
        if old is None:
            raise bad_request("message to edit not found")
        new = replace(old, keyboard=keyboard(given.get("reply_markup", "")))
        if seen:
            new = replace(new, text=seen.text, source=given["text"], entities=seen.entities)
        if (new.text, new.entities, new.keyboard) == (old.text, old.entities, old.keyboard):
            raise bad_request(NOT_MODIFIED)
        self.sent[self.sent.index(old)] = new
        self.edits[new.id] = self.edits.get(new.id, 0) + 1
        return as_telegram_writes(new, self.kinds[chat])

    def _answer_callback(self, given: Parameters) -> None:
        query, text = given.get("callback_query_id", ""), given.get("text", "")
        if query not in self.open_callbacks:
            raise bad_request(QUERY_TOO_OLD)
        if utf16_length(text) > MOST_CALLBACK_ANSWER:
            raise bad_request("MESSAGE_TOO_LONG")
        self.open_callbacks.remove(query)
        self.callback_answers.append(CallbackAnswer(query, text, given.get("show_alert") == "true"))

    def _answer_inline(self, given: Parameters) -> None:
        query = given.get("inline_query_id", "")
        if query not in self.open_inline:
            raise bad_request(QUERY_TOO_OLD)
        results = inline_results(given.get("results", ""))
        self.open_inline.remove(query)
        self.inline_answers.append(InlineAnswer(query, results))


def as_telegram_writes(message: Sent, kind: str) -> Any:
    chat = {"id": message.chat, "type": kind}
    return {"message_id": message.id, "date": 1, "chat": chat, "text": message.text}
