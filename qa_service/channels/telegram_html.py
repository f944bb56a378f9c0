"""A reply's blocks -> the texts of Telegram messages, in its HTML mode. Pure.

https://core.telegram.org/bots/api#html-style: `<`, `>` and `&` are escaped. Lengths are those of
what people see, in UTF-16 code units. A message is cut between answers, else between blocks, else
between sentences, and every tag ends in the message in which it began.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import assert_never

from qa_service.channels import Block, Caveat, Choices, Figure, Items, Sources, Text, Title
from qa_service.channels.plain import dated
from qa_service.phrases import chat
from qa_service.phrases.languages import Language
from qa_service.text.sentences import sentences

MOST_TEXT = 4096
MOST_LABEL_CHARS = 34
"""Of a button, before a phone cuts it."""

_LINE, _SPACE = "\n", "\n\n"
_BOLD, _ITALIC = ("<b>", "</b>"), ("<i>", "</i>")
_PLAIN = ("", "")


@dataclass(frozen=True, slots=True)
class _Run:
    """Text within one pair of tags."""

    text: str
    tags: tuple[str, str] = _PLAIN

    @property
    def html(self) -> str:
        return escape(self.text, quote=False).join(self.tags)


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """before: what separates it from the one above."""

    runs: tuple[_Run, ...]
    before: str = _SPACE

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


def messages(blocks: Sequence[Block], language: Language) -> list[str]:
    """The texts to send, in order."""
    sent: list[list[_Paragraph]] = [[]]
    for answer in answers(blocks):
        found = [each for block in answer for each in _paragraphs(block, language)]
        if not _fits([*sent[-1], *found]):
            sent.append([])
        for paragraph in found:
            for piece in _pieces(paragraph):
                if not _fits([*sent[-1], piece]):
                    sent.append([])
                sent[-1].append(piece)
    return [_html(paragraphs) for paragraphs in sent if paragraphs]


def answers(blocks: Sequence[Block]) -> list[list[Block]]:
    """Each begins with its title; what stands before the first one is by itself."""
    found: list[list[Block]] = []
    for block in blocks:
        if not found or isinstance(block, Title):
            found.append([])
        found[-1].append(block)
    return found


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


# Blocks


def _paragraphs(block: Block, language: Language) -> Iterator[_Paragraph]:
    """Those that hold something to read: Telegram refuses an empty message."""
    return (each for each in _of_block(block, language) if each.text.strip())


def _of_block(block: Block, language: Language) -> Iterator[_Paragraph]:
    match block:
        case Title() | Figure():
            yield _Paragraph((_Run(block.text, _BOLD),))
        case Text():
            yield _Paragraph((_Run(block.text),))
        case Items():
            numbers = range(1, len(block.items) + 1)
            marks = [f"{number}." for number in numbers] if block.numbered else None
            yield from _lines(block.items, marks)
        case Choices():
            if any(len(title) > MOST_LABEL_CHARS for title in block.titles):
                yield from _lines(block.titles)
        case Caveat():
            yield _Paragraph((_Run("⚠️ "), _Run(block.text, _ITALIC)))
        case Sources():
            yield _Paragraph(tuple(_source(block, language)))
        case _:
            assert_never(block)


def _lines(items: Sequence[str], marks: Sequence[str] | None = None) -> Iterator[_Paragraph]:
    for place, item in enumerate(items):
        mark = marks[place] if marks else "•"
        yield _Paragraph((_Run(f"{mark} {item}"),), _LINE if place else _SPACE)


def _source(source: Sources, language: Language) -> Iterator[_Run]:
    """`Source: a title, as of a date · Details`, of what is known."""
    said = list[list[_Run]]()
    if source.title:
        before, _, after = language.say(chat.SOURCE).partition("{title}")
        said.append([_Run(before), _Run(source.title, _link(source.url)), _Run(after)])
    if as_of := dated(source, language):
        said.append([_Run(", " if said else ""), _Run(as_of)])
    if source.page:
        details = _Run(language.say(chat.DETAILS), _link(source.page))
        said.append([_Run(" · " if said else ""), details])
    return (run for runs in said for run in runs if run.text)


def _link(url: str) -> tuple[str, str]:
    return (f'<a href="{escape(url)}">', "</a>") if url else _PLAIN


# Lengths


def _fits(paragraphs: Sequence[_Paragraph]) -> bool:
    shown = sum(utf16_length(each.before + each.text) for each in paragraphs)
    return shown - len(paragraphs[0].before if paragraphs else "") <= MOST_TEXT


def _html(paragraphs: Sequence[_Paragraph]) -> str:
    written = [each.before + "".join(run.html for run in each.runs) for each in paragraphs]
    return "".join(written).removeprefix(paragraphs[0].before)


def _pieces(paragraph: _Paragraph) -> Iterator[_Paragraph]:
    """The paragraph, or the parts of one that is longer than a message."""
    if _fits([paragraph]):
        yield paragraph
        return
    for run in paragraph.runs:
        for text in _cut(run.text):
            yield replace(paragraph, runs=(replace(run, text=text),))


def _cut(text: str) -> Iterator[str]:
    """Parts of a message's length, as many sentences in each as fit."""
    text = text.strip()
    while utf16_length(text) > MOST_TEXT:
        end = _last_end(text)
        yield text[:end].rstrip()
        text = text[end:].lstrip()
    if text:
        yield text


def _last_end(text: str) -> int:
    """Of the sentences, else the words, else the characters that fit into a message."""
    fitting = text.encode("utf-16-le")[: 2 * MOST_TEXT].decode("utf-16-le", "ignore")
    ends = [end for _, end in sentences(text) if end <= len(fitting)]
    return max(ends, default=0) or fitting.rfind(" ") + 1 or len(fitting)
