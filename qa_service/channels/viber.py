"""Viber's bytes: https://developers.viber.com/docs/api/rest-bot-api/. Pure.

Viber takes no message for a person before they write; only the answer to the delivery that says
that they opened the chat may hold a first one. It answers every call with HTTP 200 and a status.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from qa_service.channels import (
    Act,
    Button,
    Call,
    Choices,
    Fate,
    Inbound,
    Outcome,
    Reply,
)
from qa_service.channels.plain import messages, paragraphs
from qa_service.channels.reading import json_of
from qa_service.channels.setup import require_delivery
from qa_service.channels.viber_keyboard import PREFIX, keyboard
from qa_service.errors import ChannelError, RequestError
from qa_service.phrases import chat
from qa_service.phrases.languages import code_of, language_for
from qa_service.text.normalise import well_formed

SIGNATURE, TOKEN_HEADER = "x-viber-content-signature", "X-Viber-Auth-Token"
TOKEN_FORM = re.compile(r"[0-9A-Za-z-]{16,200}")
MOST_TEXT = 3_500
"""Characters of one message: Viber takes 7,000, of which an emoji may be two, in 30 kB in all."""

MIN_API_VERSION = 7
"""Of the person's program; those before show the payload of a pressed button in the chat."""

EVENTS = ("conversation_started", "subscribed", "unsubscribed")
"""What is delivered beside messages: nothing of who read what, and when."""

_PRESSED = re.compile(rf"{PREFIX}(?P<payload>[A-Za-z0-9.-]{{1,64}})")
_ADDRESS = re.compile(r"\s*https?://\S+\s*", re.IGNORECASE)
_MARKUP = re.compile(r"https?://\S+|(?<!\w)(?P<sign>[*_~]|```)(?=\S.*?(?P=sign)(?!\w))", re.DOTALL)
"""What would begin formatted text, outside of addresses."""

_SENT, _INVALID_TOKEN = 0, 2
_FATES = {
    _SENT: Fate.SENT,
    **dict.fromkeys((_INVALID_TOKEN, 7, 8, 9, 10, 15, 24), Fate.REVOKED),  # token, account, money
    **dict.fromkeys((5, 6, 11), Fate.GONE),  # not registered, not subscribed, no suitable device
    **dict.fromkeys((1, 3, 4, 13, 14, *range(16, 24)), Fate.REFUSED),
}
"""By status; 12, too many requests, and general errors may be tried again."""


class Viber:
    """token: of the bot, which signs deliveries as well. url: of Viber's server."""

    name = "viber"

    def __init__(self, token: str, url: str) -> None:
        self._token, self._url = token, url.rstrip("/")

    # What Viber delivers

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        return hmac.compare_digest(headers.get(SIGNATURE, "").encode(), self._mac(body).encode())

    def parse(self, body: bytes) -> Sequence[Inbound]:
        match event := _event(body):
            case {"event": "message", "message": {"type": "text", "text": str(text)}} if (
                _ADDRESS.fullmatch(text)
            ):
                return ()  # of a pressed button, which Viber sends as if it had been written
            case {"event": "message" | "unsubscribed", "message_token": int() | str() as token}:
                found = self._read(event, str(token))
            case {"event": "subscribed", "user": {"id": str(person)}}:
                found = self._started(event, person)
            case {"event": "message" | "unsubscribed" | "subscribed"}:
                found = None
            case _:
                return ()
        if found is None:
            raise RequestError("an event lacks what Viber documents")
        return (found,)

    def opened(self, body: bytes) -> Inbound | None:
        match event := _event(body):
            case {"event": "conversation_started", "user": {"id": str(person)}}:
                return self._started(event, person)
        return None

    def _read(self, event: object, delivery: str) -> Inbound | None:
        match event:
            case {"sender": {"id": str(person)}, "message": {"type": "text", "text": str(text)}}:
                if pressed := _PRESSED.fullmatch(text):
                    return self._inbound(event, delivery, person, Act.BUTTON, pressed["payload"])
                return self._inbound(event, delivery, person, Act.TEXT, well_formed(text))
            case {"sender": {"id": str(person)}, "message": {"type": str()}}:
                return self._inbound(event, delivery, person, Act.OTHER)
            case {"event": "unsubscribed", "user_id": str(person)}:
                return self._inbound(event, delivery, person, Act.LEFT)
        return None

    def _started(self, event: object, person: str) -> Inbound:
        """Opening the chat and subscribing to it have one id a person: who was greeted in the
        answer to the first is not greeted for the second. It tells nothing of the person.
        """
        id_of_both = f"start.{self._mac(well_formed(person).encode())}"
        return self._inbound(event, id_of_both, person, Act.START)

    def _inbound(
        self, event: object, delivery: str, person: str, act: Act, text: str = ""
    ) -> Inbound:
        delivery, person = well_formed(delivery), well_formed(person)
        return Inbound(self.name, delivery, person, act, text, _language(event), chat=person)

    # What is sent

    def calls(self, to: Inbound, reply: Reply) -> Sequence[Call]:
        """The buttons stand below the last message: Viber shows one keyboard."""
        texts = _texts(reply)
        written = [_message(reply, text, ()) for text in texts[:-1]]
        written += [_message(reply, text, reply.buttons) for text in texts[-1:]]
        return [self._call("send_message", {"receiver": to.chat, **one}) for one in written]

    def welcome(self, reply: Reply) -> bytes:
        texts = _texts(reply)
        return _bytes(_message(reply, texts[0], reply.buttons)) if texts else b""

    def outcome(self, status: int, body: bytes) -> Outcome:
        found = _status(body) if status == HTTPStatus.OK else None
        if found is None:
            return Outcome(Fate.LATER, cause=f"HTTP {status}")
        return Outcome(_FATES.get(found, Fate.LATER), cause=f"Viber's status {found}")

    # How it is set up

    def check_call(self) -> Call:
        return self._call("get_account_info", {})

    def checked(self, status: int, body: bytes, own_url: str = "") -> str:
        outcome = self.outcome(status, body)
        match json_of(body):
            case {"status": 0, "name": str(name), "webhook": str(webhook), **more}:
                people = more.get("subscribers_count", "?")
                require_delivery(self.name, f"«{name}»", webhook, own_url)
                return f"«{name}», {people} subscribers, delivers to {webhook}"
            case {"status": int(found)} if found == _INVALID_TOKEN:
                raise ChannelError("Viber does not know QA_VIBER_TOKEN: copy it from the bot")
        raise ChannelError(f"Viber says nothing of the bot: {outcome.cause}")

    def webhook_calls(self, url: str) -> Sequence[Call]:
        """Viber calls the address back before it answers, so the service must be running."""
        asked = {"url": url, "event_types": EVENTS, "send_name": False, "send_photo": False}
        return [self._call("set_webhook", asked)]

    def _call(self, method: str, body: Mapping[str, object]) -> Call:
        return Call(f"{self._url}/pa/{method}", body, {TOKEN_HEADER: self._token})

    def _mac(self, content: bytes) -> str:
        return hmac.digest(self._token.encode(), content, hashlib.sha256).hex()


def _event(body: bytes) -> object:
    """Raises RequestError."""
    event = json_of(body)
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        raise RequestError("this is no event of Viber")
    return event


def _language(event: object) -> str | None:
    """Of the person's program."""
    match event:
        case {"sender": {"language": str(tag)}} | {"user": {"language": str(tag)}}:
            return code_of(tag)
    return None


def _bytes(message: Mapping[str, object]) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode()


def _status(body: bytes) -> int | None:
    match json_of(body):
        case {"status": int(status)}:
            return status
    return None


def _texts(reply: Reply) -> list[str]:
    """Buttons show their labels whole here, so the text does not list them."""
    blocks = [block for block in reply.blocks if not isinstance(block, Choices)]
    written = paragraphs(blocks, language_for(reply.language), _bold, _as_written)
    return messages(written, MOST_TEXT)


def _bold(text: str) -> str:
    """https://developers.viber.com/docs/tools/text-formatting/"""
    return f"*{_as_written(text.replace('*', '').strip())}*"


def _as_written(text: str) -> str:
    """Without formatting: the same page says to put a space behind the first of two signs."""
    return _MARKUP.sub(lambda found: found[0] + (" " if found["sign"] else ""), text)


def _message(reply: Reply, text: str, buttons: Sequence[Button]) -> dict[str, object]:
    name = language_for(reply.language).say(chat.BOT_NAME)
    message: dict[str, object] = {
        "min_api_version": MIN_API_VERSION,
        "sender": {"name": name},
        "type": "text",
        "text": text,
    }
    return message | ({"keyboard": keyboard(buttons)} if buttons else {})
