"""Telegram's Bot API: https://core.telegram.org/bots/api. A secret comes with each delivery, as it
was given with the webhook. Every call's address holds the token.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hmac import compare_digest
from typing import Any

from qa_service.channels import (
    Act,
    Button,
    Call,
    Fate,
    Figure,
    Inbound,
    Outcome,
    Reply,
    Text,
    Title,
)
from qa_service.channels.setup import require_delivery
from qa_service.channels.telegram_html import answers, messages
from qa_service.channels.telegram_updates import CHANNEL, KINDS, destination, inbound_of
from qa_service.errors import ChannelError
from qa_service.phrases.languages import Language, language_for

TOKEN_FORM = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]+")
SECRET_FORM = re.compile(r"[A-Za-z0-9_-]{1,256}")
MOST_CONNECTIONS = 40
INLINE_CACHE_S = 60

_HEADER = "x-telegram-bot-api-secret-token"
_MOST_CHARS_IN_ROW = {2: 17, 3: 10}
"""Of each label, so that a phone shows it whole, by the buttons in the row."""

_GONE = ("chat not found", "not enough rights to send")
_MOST_CAUSE_CHARS = 120


class Telegram:
    """token, secret: of TOKEN_FORM, SECRET_FORM. url: of the Bot API server. connections: over
    which it delivers at once, 1 to 100.
    """

    name = CHANNEL

    def __init__(
        self, token: str, secret: str, url: str, connections: int = MOST_CONNECTIONS
    ) -> None:
        self._base, self._secret = f"{url.rstrip('/')}/bot{token}", secret
        self._bot, self._connections = int(token.partition(":")[0]), connections

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        given = headers.get(_HEADER, "")
        return compare_digest(given.encode(), self._secret.encode())

    def parse(self, body: bytes) -> Sequence[Inbound]:
        found = inbound_of(body, self._bot)
        return [found] if found else []

    def calls(self, to: Inbound, reply: Reply) -> Sequence[Call]:
        language = language_for(reply.language)
        if to.act is Act.INLINE:
            return [self._inline_answer(to, reply, language)]
        calls = [self._callback_answer(to)] if to.event else []
        texts = messages(reply.blocks, language)
        for place, text in enumerate(texts, 1):
            keyboard = _keyboard(reply.buttons) if place == len(texts) else []
            calls.append(self._message(to.chat, text, keyboard))
        return calls

    def outcome(self, status: int, body: bytes) -> Outcome:
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            return Outcome(Fate.LATER, cause=f"{status} without JSON")
        if status == 200:
            return Outcome(Fate.SENT)
        description = str(answer.get("description", "")) if isinstance(answer, dict) else ""
        return Outcome(
            _fate(status, description.lower()),
            _retry_after(answer),
            f"{status} {description[:_MOST_CAUSE_CHARS]}",
        )

    # Settings

    def check_call(self) -> Call:
        return self.call("getWebhookInfo")

    def checked(self, status: int, body: bytes, own_url: str = "") -> str:
        outcome = self.outcome(status, body)
        if outcome.fate is Fate.REVOKED:
            raise ChannelError("Telegram knows no such QA_TELEGRAM_TOKEN: copy it from @BotFather")
        match json.loads(body) if outcome.fate is Fate.SENT else None:
            case {"result": {"url": str(url), "pending_update_count": int(waiting)} as info}:
                require_delivery(self.name, f"bot {self._bot}", url, own_url)
                return self._webhook(url, waiting, info)
        cause = outcome.cause or "without what was asked for"
        raise ChannelError(f"Telegram cannot be asked now ({cause}): try again later")

    def webhook_calls(self, url: str) -> Sequence[Call]:
        wanted = {"allowed_updates": KINDS, "max_connections": self._connections}
        return [self.call("setWebhook", url=url, secret_token=self._secret, **wanted)]

    def call(self, method: str, **parameters: object) -> Call:
        return Call(f"{self._base}/{method}", parameters)

    def _webhook(self, url: str, waiting: int, info: Mapping[str, Any]) -> str:
        """What is said of it. Raises ChannelError."""
        again = "run `qa-service channels set-webhook telegram`"
        if set(info.get("allowed_updates", KINDS)) != set(KINDS):
            raise ChannelError(f"bot {self._bot} delivers other kinds of updates: {again}")
        if waiting and (error := info.get("last_error_message")):
            raise ChannelError(
                f"bot {self._bot} cannot deliver to {url} ({waiting} waiting, {error}): see that "
                f"the service answers there, and {again} in case QA_TELEGRAM_SECRET has changed"
            )
        return f"bot {self._bot} delivers to {url} ({waiting} waiting)"

    # Replies

    def _message(self, chat: str, text: str, keyboard: list[list[dict[str, str]]]) -> Call:
        chat_id, answered = destination(chat)
        given: dict[str, object] = {"chat_id": chat_id, **_html(text, "text")}
        if answered is not None:
            given["reply_parameters"] = {
                "message_id": answered,
                "allow_sending_without_reply": True,
            }
        if keyboard:
            given["reply_markup"] = {"inline_keyboard": keyboard}
        return self.call("sendMessage", **given)

    def _callback_answer(self, to: Inbound) -> Call:
        """Ends the clock on the pressed button. One that comes late is no loss."""
        call = self.call("answerCallbackQuery", callback_query_id=to.event)
        return replace(call, must_arrive=False)

    def _inline_answer(self, to: Inbound, reply: Reply, language: Language) -> Call:
        """One that comes late is no loss: whoever types asks again with the next letter."""
        call = self.call(
            "answerInlineQuery",
            inline_query_id=to.event,
            results=list(_articles(reply, language)),
            cache_time=INLINE_CACHE_S,
            is_personal=True,
        )
        return replace(call, must_arrive=False)


def _articles(reply: Reply, language: Language) -> Iterator[Mapping[str, object]]:
    """Of the first answers, each as one message."""
    for place, answer in enumerate(answers(reply.blocks)):
        title, *described = [one.text for one in answer if isinstance(one, Title | Figure | Text)]
        yield {
            "type": "article",
            "id": str(place),
            "title": title,
            "description": " ".join(described),
            "input_message_content": _html(messages(answer, language)[0], "message_text"),
        }


def _html(text: str, name: str) -> Mapping[str, object]:
    return {name: text, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}


def _keyboard(buttons: Sequence[Button]) -> list[list[dict[str, str]]]:
    """Short labels beside each other, long ones and links below each other."""
    rows: list[list[Button]] = []
    for button in buttons:
        if rows and _fit_in_a_row([*rows[-1], button]):
            rows[-1].append(button)
        else:
            rows.append([button])
    return [[_button(each) for each in row] for row in rows]


def _fit_in_a_row(buttons: Sequence[Button]) -> bool:
    most = _MOST_CHARS_IN_ROW.get(len(buttons), 0)
    return all(len(each.label) <= most and not each.url for each in buttons)


def _button(button: Button) -> dict[str, str]:
    does = {"url": button.url} if button.url else {"callback_data": button.payload}
    return {"text": button.label, **does}


def _fate(status: int, description: str) -> Fate:
    if status == 429 or status >= 500:
        return Fate.LATER
    if status in (401, 404):
        return Fate.REVOKED
    is_gone = status == 403 or any(said in description for said in _GONE)
    return Fate.GONE if is_gone else Fate.REFUSED


def _retry_after(answer: object) -> float | None:
    match answer:
        case {"parameters": {"retry_after": int(seconds)}}:
            return seconds
    return None
