"""The JSON between us and any bot platform."""

from typing import Annotated, Literal, Self, assert_never

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from qa_service.channels import (
    Act,
    Block,
    Button,
    Caveat,
    Choices,
    Figure,
    HandoverReason,
    Inbound,
    Items,
    Reply,
    Sources,
    Text,
    Title,
)
from qa_service.channels.options import WEBHOOK
from qa_service.channels.plain import BETWEEN, paragraphs
from qa_service.channels.webhook import delivery_id
from qa_service.phrases.languages import code_of, language_for
from qa_service.text.normalise import well_formed

MOST_ID_CHARS, MOST_LANGUAGE_CHARS = 200, 35

Words = Annotated[str, AfterValidator(well_formed)]
Id = Annotated[Words, Field(min_length=1, max_length=MOST_ID_CHARS)]
Payload = Annotated[Words, Field(max_length=MOST_ID_CHARS)]


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


# What a person did


class _EventIn(Form):
    id: Id = Field(description="Of this event; the same one again gets the same reply")
    user: Id = Field(description="Of the person on your platform; only its HMAC is kept")
    language: Annotated[str, Field(max_length=MOST_LANGUAGE_CHARS)] | None = Field(
        None,
        description="BCP 47: with `start`, of the person's program; with `language`, the one "
        "chosen; nothing else needs one",
    )


class TextIn(_EventIn):
    """A person wrote."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "m-42",
                    "user": "visitor-7",
                    "kind": "text",
                    "text": "скільки коштує обмін прав",
                    "language": "uk",
                }
            ]
        }
    )

    kind: Literal["text"]
    text: Words


class ButtonIn(_EventIn):
    """A person pressed a button of ours."""

    kind: Literal["button"]
    payload: Payload = Field(description="Of the button, as it was")


class CommandIn(_EventIn):
    """A person opens the chat, wants no more messages, has what is known of the chat forgotten, or
    chose `language`.
    """

    kind: Literal["start", "stop", "delete", "language"]


class OtherIn(_EventIn):
    """A person sent what is no text."""

    kind: Literal["other"]
    attachment: Annotated[str, Field(max_length=MOST_ID_CHARS)] | None = Field(
        None, description="What it is, such as `photo`; never the thing itself"
    )


EventIn = Annotated[TextIn | ButtonIn | CommandIn | OtherIn, Field(discriminator="kind")]


def inbound_of(event: EventIn, secret: str) -> Inbound:
    """secret: hides who has a message of this id."""
    delivery = delivery_id(secret, event.user, event.id)
    language = code_of(event.language) if event.language else None
    act, text = _done(event, language or "")
    return Inbound(WEBHOOK, delivery, event.user, act, text, language)


def _done(event: EventIn, language: str) -> tuple[Act, str]:
    match event:
        case TextIn(text=text):
            return Act.TEXT, text
        case ButtonIn(payload=payload):
            return Act.BUTTON, payload
        case CommandIn(kind="language"):
            return Act.LANGUAGE, language
        case CommandIn(kind=kind):
            return Act(kind), ""
        case OtherIn():
            return Act.OTHER, ""
    assert_never(event)


# What we say


class TextOut(Form):
    """figure: the number that answers. caveat: what is not certain."""

    type: Literal["title", "text", "figure", "caveat"]
    text: str


class ItemsOut(Form):
    type: Literal["items"] = "items"
    items: list[str]
    numbered: bool


class ChoicesOut(Form):
    """What the buttons say in full, for a platform that cuts their labels."""

    type: Literal["choices"] = "choices"
    titles: list[str]


class SourcesOut(Form):
    type: Literal["sources"] = "sources"
    title: str | None
    url: str | None
    as_of: str | None = Field(description="When it was true, in words")
    page: str | None = Field(description="The passage's page here")


BlockOut = Annotated[TextOut | ItemsOut | ChoicesOut | SourcesOut, Field(discriminator="type")]


class ButtonOut(Form):
    """Has either a payload, to be posted once it is pressed, or an address to open."""

    label: str
    payload: str | None
    url: str | None


class HandoverOut(Form):
    reason: HandoverReason


class ReplyOut(Form):
    blocks: list[BlockOut] = Field(description="In order; a second answer begins with a title")
    text: str = Field(description="All blocks as plain text; say nothing where it is empty")
    buttons: list[ButtonOut]
    handover: HandoverOut | None = Field(
        description="A person should take over, where your platform can do that"
    )
    language: str = Field(description="Of our own words; texts of procedures are Ukrainian")

    @classmethod
    def of(cls, reply: Reply) -> Self:
        return cls(
            blocks=[_block(block) for block in reply.blocks],
            text=BETWEEN.join(paragraphs(reply.blocks, language_for(reply.language))),
            buttons=[_button(button) for button in reply.buttons],
            handover=HandoverOut(reason=reply.handover.reason) if reply.handover else None,
            language=reply.language,
        )


def _button(button: Button) -> ButtonOut:
    return ButtonOut(
        label=button.label, payload=None if button.url else button.payload, url=button.url or None
    )


def _block(block: Block) -> TextOut | ItemsOut | ChoicesOut | SourcesOut:
    match block:
        case Title(text):
            return TextOut(type="title", text=text)
        case Text(text):
            return TextOut(type="text", text=text)
        case Figure(text):
            return TextOut(type="figure", text=text)
        case Caveat(text):
            return TextOut(type="caveat", text=text)
        case Items(items, numbered):
            return ItemsOut(items=list(items), numbered=numbered)
        case Choices(titles):
            return ChoicesOut(titles=list(titles))
        case Sources():
            return SourcesOut(
                title=block.title or None,
                url=block.url or None,
                as_of=block.as_of or None,
                page=block.page or None,
            )
    assert_never(block)
