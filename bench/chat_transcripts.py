"""docs/chats-by-hand.md anew: what people said there, and what the bot says to it today.

`python -m bench.chat_transcripts` replaces the replies below what was said. A section that names a
platform was held over its simulator and stays as it is.
"""

import re
import sys
import textwrap
from pathlib import Path
from typing import assert_never

from bench.chats_held import SITE, Chat
from qa_service.bootstrap import handoff, load_service
from qa_service.channels import (
    Act,
    Block,
    Button,
    Caveat,
    Choices,
    Figure,
    Items,
    Reply,
    Sources,
    Text,
    Title,
)
from qa_service.channels.conversation import Conversation
from qa_service.settings import load_settings

PAGE = Path("docs/chats-by-hand.md")
SAID = "**—** "
_SECTION = re.compile(r"(?=^## )", re.MULTILINE)
_WIDTH = 96
_EMPTY = "\n>\n"


def main() -> None:
    settings = load_settings()
    core = Conversation(load_service(settings), handoff(settings), settings.contact_hours, SITE)
    head, *sections = _SECTION.split(PAGE.read_text("utf-8"))
    PAGE.write_text(head + "".join(renewed(core, one) for one in sections), "utf-8")


def renewed(core: Conversation, section: str) -> str:
    title, *said = section.split(SAID)
    if ":" in title.partition("\n")[0]:
        return section
    chat, last, written = Chat(core), Reply(), title
    for one in (part.partition("\n")[0] for part in said):
        if one.startswith("["):
            last = chat.does(Act.BUTTON, payload(one.strip("[]"), last))
        else:
            last = chat.does(Act.TEXT, one)
        written += f"{SAID}{one}\n\n{_EMPTY.join(map(quoted, paragraphs(last)))}\n\n"
    return written


def payload(label: str, of: Reply) -> str:
    """What the button carries. Ends the program where the reply has none of this label."""
    found = [button.payload for button in of.buttons if button.label == label]
    return found[0] if found else sys.exit(f"no button says {label} any more: change {PAGE}")


def paragraphs(reply: Reply) -> list[str]:
    buttons = " ".join(map(pressable, reply.buttons))
    return [*map(markdown, reply.blocks), *([buttons] if buttons else [])]


def markdown(block: Block) -> str:
    match block:
        case Title(text) | Figure(text):
            return f"**{text}**"
        case Text(text):
            return text
        case Items(items, numbered):
            marks = (f"{n}." if numbered else "-" for n in range(1, len(items) + 1))
            return "\n".join(map(" ".join, zip(marks, items, strict=True)))
        case Choices(titles):
            return "\n".join(f"- {title}" for title in titles)
        case Caveat(text):
            return f"⚠️ {text}"
        case Sources():
            return f"*[Джерело: {block.title}]({block.url}), станом на {block.as_of}*"
        case _:
            assert_never(block)


def pressable(button: Button) -> str:
    return f"`{button.label} ↗`" if button.url else f"`{button.label}`"


def quoted(paragraph: str) -> str:
    lines = paragraph.splitlines()
    if "](" in paragraph or "`" in paragraph:
        wrapped = lines  # an address, or a label, would be broken
    else:
        wrapped = [
            part for line in lines for part in textwrap.wrap(line, _WIDTH, break_long_words=False)
        ]
    return "\n".join(f"> {line}" for line in wrapped)


if __name__ == "__main__":
    main()
