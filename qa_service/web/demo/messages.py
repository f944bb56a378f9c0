"""What the page sends and gets: JSON of what a person did, and of the bot's reply. Pure."""

from typing import Annotated, Literal, Self
from uuid import uuid4

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from qa_service.channels import (
    Act,
    Block,
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
from qa_service.channels.commands import act_of
from qa_service.channels.options import DEMO
from qa_service.channels.payloads import Payload, Press
from qa_service.channels.plain import dated, titled
from qa_service.phrases.languages import Language, language_for
from qa_service.text.normalise import well_formed

MOST_CHARS = 4_000
"""Of one message; the core reads the first of them and says so."""

Kind = Literal["text", "button", "start", "language", "stop", "delete", "other"]
_WITH_TEXT = ("text", "button")
_FORGET = (Act.STOP, Act.DELETE)
_CHOICES = (Press.SERVICE, Press.PASSAGE, Press.POPULAR)


class MessageIn(BaseModel):
    """chat: random, made by the page. text: the message, the payload of a button or the code of a
    language. language: of the page.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    chat: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{16,64}$")]
    kind: Kind
    text: Annotated[str, AfterValidator(well_formed), Field(max_length=MOST_CHARS)] = ""
    language: Literal["uk", "en"] = "uk"

    @model_validator(mode="after")
    def _with_text(self) -> Self:
        if self.kind in _WITH_TEXT and not self.text:
            raise ValueError(f"a message of kind {self.kind} needs a text")
        return self

    @property
    def inbound(self) -> Inbound:
        return Inbound(
            DEMO, uuid4().hex, self.chat, Act(self.kind), self.text, self.language, self.chat
        )

    @property
    def forgets(self) -> bool:
        """Whether nothing of the chat is known after it."""
        act = act_of(self.text) if self.kind == "text" else Act(self.kind)
        return act in _FORGET


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True)


class TitleOut(_Out):
    kind: Literal["title"] = "title"
    text: str


class TextOut(_Out):
    kind: Literal["text"] = "text"
    text: str


class FigureOut(_Out):
    kind: Literal["figure"] = "figure"
    text: str


class ItemsOut(_Out):
    kind: Literal["items"] = "items"
    items: tuple[str, ...]
    numbered: bool


class ChoicesOut(_Out):
    """What was offered, to be read once its buttons are gone."""

    kind: Literal["choices"] = "choices"
    titles: tuple[str, ...]


class CaveatOut(_Out):
    kind: Literal["caveat"] = "caveat"
    text: str


class SourcesOut(_Out):
    """title, as_of: as they are said, empty where there is none. url, page: empty where there is
    none.
    """

    kind: Literal["sources"] = "sources"
    title: str
    url: str
    as_of: str
    page: str


BlockOut = Annotated[
    TitleOut | TextOut | FigureOut | ItemsOut | ChoicesOut | CaveatOut | SourcesOut,
    Field(discriminator="kind"),
]


class ButtonOut(_Out):
    """A payload to send back, or an address to open. choice: whether it says what was meant, one of
    several.
    """

    label: str
    payload: str
    url: str
    choice: bool


class ReplyOut(_Out):
    """language: of our own words in it. forgotten: nothing of the chat is known any more. Without
    blocks the bot says nothing.
    """

    language: str
    blocks: tuple[BlockOut, ...]
    buttons: tuple[ButtonOut, ...]
    forgotten: bool

    @classmethod
    def of(cls, reply: Reply, forgotten: bool) -> Self:
        language = language_for(reply.language)
        return cls(
            language=reply.language,
            blocks=tuple(_block(block, language) for block in reply.blocks),
            buttons=tuple(map(_button, reply.buttons)),
            forgotten=forgotten,
        )


def _block(block: Block, language: Language) -> BlockOut:
    match block:
        case Title(text):
            return TitleOut(text=text)
        case Text(text):
            return TextOut(text=text)
        case Figure(text):
            return FigureOut(text=text)
        case Items(items, numbered):
            return ItemsOut(items=items, numbered=numbered)
        case Caveat(text):
            return CaveatOut(text=text)
        case Choices(titles):
            return ChoicesOut(titles=titles)
        case Sources():
            return _sources(block, language)


def _button(button: Button) -> ButtonOut:
    payload = Payload.read(button.payload)
    is_choice = payload is not None and payload.press in _CHOICES
    return ButtonOut(label=button.label, payload=button.payload, url=button.url, choice=is_choice)


def _sources(block: Sources, language: Language) -> SourcesOut:
    return SourcesOut(
        title=titled(block, language),
        url=block.url,
        as_of=dated(block, language),
        page=block.page,
    )
