"""Chat channels: what a person does in a chat -> what the bot replies, whatever the platform.

`conversation.py` decides what to say; `inbox.py` keeps the order, tells repeats and sends. A
platform's module verifies, parses and renders, all of it pure, and knows nothing of procedures. To
add one, copy `viber.py` and pick it in `qa_service/chats.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

__all__ = [
    "Act",
    "Block",
    "Button",
    "Call",
    "Caveat",
    "Choices",
    "Fate",
    "Figure",
    "Handover",
    "HandoverReason",
    "Inbound",
    "Items",
    "Outcome",
    "Platform",
    "Reply",
    "Sources",
    "Text",
    "Title",
    "Welcoming",
]


class Act(StrEnum):
    """What a person does.

    start: opens the chat. stop: wants no more messages. delete: has what is kept forgotten.
    language: chooses one. person: wants one. other: sends what is no text. left: blocks the bot, or
    leaves it. inline: looks something up from another chat.
    """

    TEXT = "text"
    BUTTON = "button"
    START = "start"
    STOP = "stop"
    DELETE = "delete"
    LANGUAGE = "language"
    PERSON = "person"
    OTHER = "other"
    LEFT = "left"
    INLINE = "inline"


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing that a person did.

    id: of the delivery, by which its repeats are known. person: their id on the platform, of which
    only the HMAC is kept; chat: where the reply goes. text: the message, the payload of a button or
    the code of a language. language: that of the person's program. event: what the platform wants
    to hear of by its id, such as a press of a button.
    """

    channel: str
    id: str
    person: str = field(repr=False)
    act: Act
    text: str = field(default="", repr=False)
    language: str | None = None
    chat: str = field(default="", repr=False)
    event: str = field(default="", repr=False)


# What is said, in order; a second answer begins with the next title.


@dataclass(frozen=True, slots=True)
class Title:
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """The number that answers, with its unit, to be seen first."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """What the buttons below say in full, for a platform that cuts their labels."""

    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Caveat:
    """What is not certain."""

    text: str


@dataclass(frozen=True, slots=True)
class Sources:
    """The best source of what was said, the passage's page on our site, and when it was true.

    url, page: absolute, empty where there is none.
    """

    title: str
    url: str
    as_of: str
    page: str = ""


Block = Title | Text | Figure | Items | Choices | Caveat | Sources


@dataclass(frozen=True, slots=True)
class Button:
    """payload: opaque, 64 bytes at most, of letters, digits, `.` and `-`; never words of a
    question. Where `url` is given the button opens it instead.
    """

    label: str
    payload: str = ""
    url: str = ""


class HandoverReason(StrEnum):
    """Why a person is offered."""

    WISH = "wish"
    NO_ANSWER = "no_answer"
    COMPLAINT = "complaint"
    EMERGENCY = "emergency"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Handover:
    """asked: the question that was left without an answer, masked; for whoever takes over."""

    reason: HandoverReason
    asked: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot says. Without blocks it says nothing.

    handover: a person should take over where the platform can do that; the blocks name the phone in
    any case. language: of our own words in it.
    """

    blocks: tuple[Block, ...] = ()
    buttons: tuple[Button, ...] = ()
    handover: Handover | None = None
    language: str = "uk"


NO_REPLY = Reply()


# How a platform is called


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a platform's API, with JSON in its body. must_arrive: whether it is worth another
    try.
    """

    url: str = field(repr=False)
    body: Mapping[str, object] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "POST"
    must_arrive: bool = True


class Fate(StrEnum):
    """What became of a call. later: it may be tried again. gone: nobody reads there any more.
    refused: the same call would be refused again. revoked: every call is.
    """

    SENT = "sent"
    LATER = "later"
    GONE = "gone"
    REFUSED = "refused"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Outcome:
    """after_s: when to try again, where the platform says so. cause: for the log, so nothing of a
    person.
    """

    fate: Fate
    after_s: float | None = None
    cause: str = ""


class Platform(Protocol):
    """Pure: reads and writes the bytes of one platform, with its limits."""

    name: str

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the platform signed this delivery. headers: by names in lower case."""

    def parse(self, body: bytes) -> Sequence[Inbound]:
        """What people did; unknown kinds of events are nothing. Raises RequestError for bytes that
        no platform sends.
        """

    def calls(self, to: Inbound, reply: Reply) -> Sequence[Call]:
        """The calls that give a reply, in order; a message within the platform's limits each."""

    def outcome(self, status: int, body: bytes) -> Outcome:
        """What the answer to a call means."""


@runtime_checkable
class Welcoming(Protocol):
    """A platform that takes its first words to a person in the answer to a delivery."""

    def opened(self, body: bytes) -> Inbound | None:
        """Who opened the chat, where this delivery says so. Raises RequestError."""

    def welcome(self, reply: Reply) -> bytes:
        """The answer to that delivery, in JSON; empty for a reply without words."""
