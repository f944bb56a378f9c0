"""Chats as people write them, step by step, with what a good bot does at each: conversations.json.

Written from the texts of the services, by somebody who has not read the judged questions. `bot`
says in words what is right; `Expected` holds what a program can check.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from qa_service.types import Topic

FILE = Path(__file__).with_name("conversations.json")
CHANNELS = ("telegram", "messenger", "viber", "generic")


class Does(StrEnum):
    """What the person does.

    press: a button, by the topic it asks for, `choice-1` for the first choice, `operator` or
    `other`. send: an attachment, by its kind. edit: changes the message before. language: chooses
    one.
    """

    START = "start"
    TEXT = "text"
    PRESS = "press"
    SEND = "send"
    EDIT = "edit"
    LANGUAGE = "language"
    STOP = "stop"
    DELETE = "delete"


@dataclass(frozen=True)
class Expected:
    """Each field is checked unless it is None or empty.

    handoff: offers a person: phone, hours, site. buttons: has some. silent: says nothing.
    answered: shows a passage. where_to_look: names a place that knows what the bot cannot.
    services: any of these is right. topics: each of them is answered, in this order.
    nothing_found: no service is shown. lacks_service: this one is not shown. contains, lacks: parts
    of the text. silent_on: the channels on which a person has taken over.
    """

    handoff: bool | None = None
    buttons: bool | None = None
    silent: bool | None = None
    answered: bool | None = None
    where_to_look: bool | None = None
    nothing_found: bool = False
    services: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()
    lacks_service: str | None = None
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    silent_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    does: Does
    says: str
    bot: str
    expected: Expected


@dataclass(frozen=True)
class Conversation:
    id: str
    about: str
    language: str
    channels: tuple[str, ...]
    steps: tuple[Step, ...]


def conversations() -> tuple[Conversation, ...]:
    given = json.loads(FILE.read_text("utf-8"))["conversations"]
    return tuple(
        Conversation(
            each["id"],
            each["about"],
            each["language"],
            tuple(each.get("channels", CHANNELS)),
            tuple(map(_step, each["steps"])),
        )
        for each in given
    )


def _step(given: Mapping[str, Any]) -> Step:
    return Step(
        Does(given["does"]), given.get("says", ""), given["bot"], _expected(given["expects"])
    )


def _expected(given: Mapping[str, Any]) -> Expected:
    """Lists become tuples; a name that no field has is an error."""
    known = {field.name for field in fields(Expected)}
    assert given.keys() <= known, f"unknown expectations: {sorted(given.keys() - known)}"
    read: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in given.items()
    }
    topics = tuple(Topic(name) for name in read.pop("topics", ()))
    return Expected(**read, topics=topics)
