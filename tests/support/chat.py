"""A chat with the bot's core, without a platform: what a person does, and what they read."""

from dataclasses import dataclass, field

from qa_service.channels import (
    Act,
    Button,
    Caveat,
    Choices,
    Figure,
    Inbound,
    Items,
    Reply,
    Sources,
    Text,
    Title,
)
from qa_service.channels.conversation import Conversation
from qa_service.channels.payloads import Payload, Press
from qa_service.channels.talks import Talk
from qa_service.service import QuestionService
from qa_service.types import Handoff, Topic

CONTACT, HOURS = Handoff("(044) 290-19-88", "https://hsc.gov.ua"), "пн–пт 9:00–18:00"
SITE = "https://qa.example.gov.ua"
_OFFERED = (Press.SERVICE, Press.PASSAGE, Press.POPULAR)


@dataclass
class Chat:
    """One person's chat with `service`. The bot's replies stand in `replies`."""

    service: QuestionService
    talk: Talk = field(default_factory=lambda: Talk("test"))
    replies: list[Reply] = field(default_factory=list)

    @property
    def core(self) -> Conversation:
        return Conversation(self.service, CONTACT, HOURS, SITE)

    @property
    def last(self) -> Reply:
        return self.replies[-1]

    def does(self, act: Act, text: str = "", language: str | None = None) -> Reply:
        inbound = Inbound("test", str(len(self.replies)), "person", act, text, language)
        reply, after = self.core.reply(inbound, self.talk)
        self.talk = after or Talk("test")
        self.replies.append(reply)
        return reply

    def writes(self, text: str) -> Reply:
        return self.does(Act.TEXT, text)

    def presses(self, button: Button) -> Reply:
        return self.does(Act.BUTTON, button.payload)

    def presses_named(self, name: str) -> Reply:
        """A topic, `choice-1` for the first choice, `operator` or `other`."""
        return self.presses(self._button(name))

    def _button(self, name: str) -> Button:
        pressed = {button: Payload.read(button.payload) for button in self.last.buttons}
        known = {button: payload for button, payload in pressed.items() if payload}
        if name.startswith("choice-"):
            offered = [one for one, payload in known.items() if payload.press in _OFFERED]
            return offered[int(name.removeprefix("choice-")) - 1]
        if name in ("operator", "other"):
            press = Press.OPERATOR if name == "operator" else Press.OTHER_QUESTION
            return next(one for one, payload in known.items() if payload.press is press)
        return next(one for one, payload in known.items() if payload.topic is Topic(name))


def words_of(reply: Reply) -> str:
    """Everything that the person reads, a line a block; buttons apart."""
    lines = []
    for block in reply.blocks:
        match block:
            case Title(text) | Text(text) | Figure(text) | Caveat(text):
                lines.append(text)
            case Items(items, _) | Choices(items):
                lines += items
            case Sources(title, url, as_of, page):
                lines += [title, url, as_of, page]
    return "\n".join(lines)


def passages_of(reply: Reply) -> list[str]:
    """Ids of the passages that a reply shows, by the pages that it links to."""
    pages = [block.page for block in reply.blocks if isinstance(block, Sources)]
    return [page.rpartition("/")[2].replace("#", ".") for page in pages]


def labels_of(reply: Reply) -> list[str]:
    return [button.label for button in reply.buttons]
