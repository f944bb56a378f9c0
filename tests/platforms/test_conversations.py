"""The scripted conversations name what exists, so that a failing one is the bot's fault."""

import json

import pytest
from support.corpus import ROOT
from support.platforms import telegram_citizen
from support.platforms.conversations import (
    CHANNELS,
    FILE,
    Conversation,
    Does,
    conversations,
)

from qa_service.types import Topic

BUTTONS = {*Topic, "operator", "other", "choice-1", "choice-2", "choice-3"}
CONVERSATIONS = conversations()


def test_there_are_25_conversations_with_names_of_their_own() -> None:
    assert len({chat.id for chat in CONVERSATIONS}) == len(CONVERSATIONS) == 25
    assert {step.does for chat in CONVERSATIONS for step in chat.steps} == set(Does)
    assert {chat.language for chat in CONVERSATIONS} == {"uk", "ru", "en"}


@pytest.mark.parametrize("chat", CONVERSATIONS, ids=lambda chat: chat.id)
def test_a_conversation_names_what_exists(chat: Conversation) -> None:
    assert set(chat.channels) <= set(CHANNELS) and chat.steps
    for step in chat.steps:
        expected = step.expected
        named = {*expected.services, *filter(None, [expected.lacks_service])}
        files = {slug: ROOT / "corpus" / "services" / f"{slug}.md" for slug in named}
        assert [slug for slug, file in files.items() if not file.is_file()] == []
        assert step.bot and set(expected.silent_on) <= set(chat.channels)
        if step.does is Does.PRESS:
            assert step.says in BUTTONS
        if step.does is Does.SEND:
            assert step.says in telegram_citizen.ATTACHMENTS
        if step.does is Does.LANGUAGE:
            assert step.says in {"uk", "en"}


@pytest.mark.parametrize("chat", CONVERSATIONS, ids=lambda chat: chat.id)
def test_a_topic_that_is_expected_stands_in_a_text_of_the_service(chat: Conversation) -> None:
    for step in chat.steps:
        for slug in step.expected.services[:1]:
            text = (ROOT / "corpus" / "services" / f"{slug}.md").read_text("utf-8")
            missing = [topic for topic in step.expected.topics if f"topic={topic}}}" not in text]
            assert missing == []


def test_no_step_is_left_without_something_to_check() -> None:
    steps = [
        step
        for each in json.loads(FILE.read_text("utf-8"))["conversations"]
        for step in each["steps"]
    ]
    assert [step for step in steps if not step["expects"]] == []
