"""The bot does in each scripted chat what its author says that a good bot does, with the real
texts and the real model.
"""

import pytest
from support.chat import HOURS, Chat, passages_of, words_of
from support.platforms.conversations import Conversation, Does, Expected, Step, conversations

from qa_service.bootstrap import load_service
from qa_service.channels import Act, Reply
from qa_service.service import QuestionService
from qa_service.settings import Settings
from qa_service.types import Topic

pytestmark = pytest.mark.model

ACTS = {
    Does.START: Act.START,
    Does.TEXT: Act.TEXT,
    Does.EDIT: Act.TEXT,
    Does.SEND: Act.OTHER,
    Does.LANGUAGE: Act.LANGUAGE,
    Does.STOP: Act.STOP,
    Does.DELETE: Act.DELETE,
}


@pytest.fixture(scope="module")
def service(real_settings: Settings) -> QuestionService:
    return load_service(real_settings)


@pytest.mark.parametrize("script", conversations(), ids=lambda script: script.id)
def test_the_bot_does_what_a_good_bot_does(script: Conversation, service: QuestionService) -> None:
    chat = Chat(service)
    for step in script.steps:
        reply = _done(chat, step)
        wrong = list(_faults(reply, step.expected, service))
        assert wrong == [], f"{step.says!r}: {step.bot}\n{words_of(reply)}\n{reply.buttons}"


def _done(chat: Chat, step: Step) -> Reply:
    if step.does is Does.PRESS:
        return chat.presses_named(step.says)
    return chat.does(ACTS[step.does], step.says)


def _faults(reply: Reply, expected: Expected, service: QuestionService) -> list[str]:
    catalogue, said = service.live.current.catalogue, words_of(reply)
    shown = [catalogue.passage(passage_id) for passage_id in passages_of(reply)]
    services = {passage.service for passage in shown}
    answered, handed = bool(shown), _offers_person(reply)
    topics = [passage.topic for passage in shown]
    checks = {
        "silent": expected.silent is None or expected.silent is not bool(reply.blocks),
        "buttons": expected.buttons is None or expected.buttons is bool(reply.buttons),
        "handoff": expected.handoff is None or expected.handoff is handed,
        "answered": expected.answered is None or expected.answered is answered,
        "nothing_found": not expected.nothing_found or not answered,
        "services": not expected.services or bool(services & {*expected.services}),
        "topics": _in_order(expected.topics, topics),
        "lacks_service": expected.lacks_service not in services,
        "contains": all(part in said for part in expected.contains),
        "lacks": not any(part in said for part in expected.lacks),
        "where_to_look": not expected.where_to_look or _says_where(reply, said),
    }
    return [name for name, is_right in checks.items() if not is_right]


def _offers_person(reply: Reply) -> bool:
    """The phone with its hours, not only the phone beside something else."""
    return HOURS in words_of(reply)


def _says_where(reply: Reply, said: str) -> bool:
    return "Кабінет" in said or any(button.url for button in reply.buttons)


def _in_order(wanted: tuple[Topic, ...], shown: list[Topic]) -> bool:
    rest = iter(shown)
    return all(topic in rest for topic in wanted)
