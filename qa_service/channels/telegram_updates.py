"""Telegram's updates -> what people did: https://core.telegram.org/bots/api#update. Pure.

In groups the bot is spoken to by a reply to one of its messages, known by the bot's id, which the
token begins with, or by a mention. The bot's own name only a call would tell. It is not needed: the
name of every bot ends with "bot", and in its privacy mode, which is how bots come, Telegram hands
over no messages that mention others. A bot that is made an administrator of a group with further
bots, or whose privacy mode is off, answers for those as well.
"""

import json
from collections.abc import Iterator
from typing import Any

from qa_service.channels import Act, Inbound
from qa_service.errors import RequestError
from qa_service.phrases.languages import code_of
from qa_service.text.normalise import well_formed

CHANNEL = "telegram"
KINDS = ("message", "edited_message", "callback_query", "inline_query", "my_chat_member")
"""The updates that are read."""

_MEDIA = frozenset(
    {
        *("animation", "audio", "checklist", "contact", "dice", "document", "game", "location"),
        *("paid_media", "photo", "poll", "sticker", "story", "venue", "video", "video_note"),
        "voice",
    }
)
"""What people send that is no text. Other messages tell of what happened to the chat itself."""

_UTF16 = "utf-16-le"
_END_OF_NAMES = "bot"


def inbound_of(body: bytes, bot: int) -> Inbound | None:
    """What a person did to the bot of this id. Raises RequestError for what is no update."""
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        raise RequestError("this is no JSON") from None
    match update:
        case {"update_id": int(number)}:
            return _done(str(number), update, bot)
    raise RequestError("this is no update of Telegram")


def destination(chat: str) -> tuple[int, int | None]:
    """Chat, and the message that is answered: only in groups, where several people talk."""
    chat_id, _, message = chat.partition("/")
    return int(chat_id), int(message) if message else None


def _done(number: str, update: Any, bot: int) -> Inbound | None:
    match update:
        case {"message": message}:
            return _of_message(number, message, bot)
        case {"edited_message": {"text": str()} as message}:  # a place that moves is no new message
            return _of_message(number, message, bot)
        case {"callback_query": query}:
            return _of_press(number, query)
        case {
            "inline_query": {
                "id": str(event),
                "from": {"id": int(person)} as sender,
                "query": str(text),
            }
        }:
            text, language = well_formed(text), _language(sender)
            return Inbound(CHANNEL, number, str(person), Act.INLINE, text, language, event=event)
        case {
            "my_chat_member": {
                "from": {"id": int(person)},
                "chat": {"type": "private"},
                "new_chat_member": {"status": "kicked"},
            }
        }:
            return Inbound(CHANNEL, number, str(person), Act.LEFT, chat=str(person))
    return None


def _of_message(number: str, message: Any, bot: int) -> Inbound | None:
    match message:
        case {"from": {"id": int()} as sender, "chat": {"type": str(kind)}}:
            pass
        case _:
            return None
    said, is_addressed = _said(message, bot)
    if not (is_addressed or kind == "private") or _is_of_a_program(message, bot):
        return None
    act = Act.TEXT if isinstance(message.get("text"), str) else Act.OTHER
    if act is Act.OTHER and not _MEDIA & message.keys():
        return None
    album = message.get("media_group_id")  # ten photos are ten messages, and one reply
    return _in_chat(
        f"album {album}" if album else number,
        sender,
        message,
        act=act,
        text=said if act is Act.TEXT else "",
    )


def _of_press(number: str, query: Any) -> Inbound | None:
    match query:
        case {
            "id": str(event),
            "from": {"id": int()} as sender,
            "data": str(data),
            "message": message,
        }:
            return _in_chat(
                number, sender, message, act=Act.BUTTON, text=well_formed(data), event=event
            )
    return None


def _in_chat(
    number: str, sender: Any, message: Any, *, act: Act, text: str, event: str = ""
) -> Inbound | None:
    """In a group a person is another one than in private: what they asked here is not said there.
    Channels, where nobody speaks to a bot, are nothing.
    """
    person = str(sender["id"])
    match message:
        case {"chat": {"id": int(chat), "type": "private"}}:
            where = str(chat)
        case {"message_id": int(at), "chat": {"id": int(chat), "type": "group" | "supergroup"}}:
            person, where = f"{person} in {chat}", f"{chat}/{at}"
        case _:
            return None
    language = _language(sender)
    return Inbound(CHANNEL, number, person, act, text, language, chat=where, event=event)


def _is_of_a_program(message: Any, bot: int) -> bool:
    """Of another bot, of a channel or a group as such, or what was looked up through this bot."""
    is_bot = message["from"].get("is_bot") is True
    return is_bot or "sender_chat" in message or _id_of(message.get("via_bot")) == bot


def _said(message: Any, bot: int) -> tuple[str, bool]:
    """The text without the names of bots, and whether it is meant for the bot."""
    part = "text" if "text" in message else "caption"
    units = _text_of(message, part).encode(_UTF16)
    entities = message.get("entities" if part == "text" else "caption_entities")
    names = list(_names(units, entities if isinstance(entities, list) else []))
    for start, end in reversed(names):
        units = units[:start] + units[end:]
    replied_to = message.get("reply_to_message")
    answers = isinstance(replied_to, dict) and _id_of(replied_to.get("from")) == bot
    return units.decode(_UTF16, "replace").strip(), bool(names) or answers


def _names(units: bytes, entities: list[Any]) -> Iterator[tuple[int, int]]:
    """Where `@name` of a bot stands, in bytes: alone, or behind a command."""
    for entity in entities:
        match entity:
            case {"type": "mention" | "bot_command", "offset": int(offset), "length": int(length)}:
                start, end = 2 * offset, 2 * (offset + length)
                command, at, name = units[start:end].decode(_UTF16, "replace").partition("@")
                if at and name.lower().endswith(_END_OF_NAMES):
                    yield start + 2 * len(command), end


def _text_of(given: Any, part: str) -> str:
    text = given.get(part)
    return well_formed(text) if isinstance(text, str) else ""


def _id_of(user: Any) -> int | None:
    match user:
        case {"id": int(found)}:
            return found
    return None


def _language(sender: Any) -> str | None:
    tag = sender.get("language_code")
    return code_of(tag) if isinstance(tag, str) else None
