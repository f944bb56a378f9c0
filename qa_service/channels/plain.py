"""A reply as plain text, for platforms that show no more than that. Pure."""

from collections.abc import Callable, Iterator, Sequence
from typing import assert_never

from qa_service.channels import (
    Block,
    Caveat,
    Choices,
    Figure,
    Items,
    Sources,
    Text,
    Title,
)
from qa_service.phrases import chat
from qa_service.phrases.languages import Language

BETWEEN = "\n\n"
"""What stands between paragraphs."""


def _as_it_is(text: str) -> str:
    return text


def paragraphs(
    blocks: Sequence[Block],
    language: Language,
    strong: Callable[[str], str] = _as_it_is,
    weak: Callable[[str], str] = _as_it_is,
) -> list[str]:
    """A title stands in one paragraph with what it is the title of, a list with its lead. strong:
    writes a line that is to be seen first; weak: all others.
    """
    written = list[str]()
    for before, block in zip((None, *blocks), blocks, strict=False):
        is_strong = isinstance(block, Title | Figure)
        text = (strong if is_strong else weak)(_written(block, language))
        is_list = isinstance(block, Items | Choices)
        if isinstance(before, Title) or (is_list and isinstance(before, Text)):
            written[-1] += f"\n{text}"
        else:
            written.append(text)
    return written


def messages(written: Sequence[str], most_chars: int) -> list[str]:
    """Paragraphs in as few messages as hold them; one that is too long is cut between words."""
    found = list[str]()
    for piece in (piece for one in written for piece in _cut(one, most_chars)):
        if found and len(found[-1]) + len(BETWEEN) + len(piece) <= most_chars:
            found[-1] += BETWEEN + piece
        else:
            found.append(piece)
    return found


def titled(source: Sources, language: Language) -> str:
    """`Source: a title`; empty without one."""
    return language.say(chat.SOURCE).format(title=source.title) if source.title else ""


def dated(source: Sources, language: Language) -> str:
    """`as of a date`; empty without one."""
    return language.say(chat.AS_OF).format(date=source.as_of) if source.as_of else ""


def _cut(text: str, most_chars: int) -> Iterator[str]:
    while len(text) > most_chars:
        end = max(text.rfind(space, 1, most_chars + 1) for space in " \n")
        end = end if end > 0 else most_chars
        yield text[:end]
        text = text[end:].lstrip()
    if text:
        yield text


def _written(block: Block, language: Language) -> str:
    match block:
        case Title(text) | Figure(text) | Text(text) | Caveat(text):
            return text
        case Items(items, numbered):
            return _list(items, numbered)
        case Choices(titles):
            return _list(titles, numbered=True)
        case Sources():
            return _sources(block, language)
    assert_never(block)


def _list(items: Sequence[str], numbered: bool) -> str:
    marks = [f"{number}." for number in range(1, len(items) + 1)] if numbered else "•" * len(items)
    return "\n".join(f"{mark} {item}" for mark, item in zip(marks, items, strict=True))


def _sources(block: Sources, language: Language) -> str:
    """The page of ours stands where the source has no address of its own."""
    line = ", ".join(filter(None, (titled(block, language), dated(block, language))))
    return "\n".join(filter(None, (line, block.url or block.page)))
