"""PDF -> Extract: the text of its pages, lines joined to paragraphs."""

from collections.abc import Iterator
from io import BytesIO

from pypdf import PdfReader

from qa_service.documents.importers import Block, Extract, Heading, Row
from qa_service.documents.importers.labels import card_fields, topic_of
from qa_service.documents.importers.lines import clean, is_item, listed
from qa_service.errors import SourceError
from qa_service.types import Topic

_HEADING_CHARS = 100
_FULL_SHARE = 0.8
"""A line that has this share of the longest one's characters went to the end of its line."""

_ENDS = tuple(".!?…:;")
_MADE_BY = ("microsoft word", ".doc", "untitled", "без назви", "документ")
"""In the title that a program gave, not a person."""


def read(content: bytes, charset: str | None) -> Extract:
    """Raises SourceError for a file that is encrypted or has no text. `charset` is not needed."""
    reader = PdfReader(BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise SourceError("is encrypted with a password: save it without one")
    pages = [page.extract_text() for page in reader.pages]
    lines = [line for page in pages for line in _lines_of(page)]
    if not lines:
        raise SourceError("holds no text, it is probably scanned: recognise its text (OCR) first")
    named = clean((reader.metadata and reader.metadata.title) or "")
    is_name = named and not any(mark in named.lower() for mark in _MADE_BY)
    return Extract(named if is_name else lines[0], tuple(_blocks(lines)))


def _lines_of(page: str) -> list[str]:
    """The lines of a page without its number."""
    lines = [line for line in map(clean, page.splitlines()) if line]
    for place in (-1, 0):
        if lines and lines[place].isdecimal() and len(lines[place]) <= 3:
            lines.pop(place)
    return lines


def _blocks(lines: list[str]) -> Iterator[Block]:
    before, fields = card_fields("\n".join(lines))
    yield from _running_text(before.splitlines())
    for label, value in fields:
        yield Row((clean(label), "\n".join(_paragraphs(value.splitlines()))))


def _running_text(lines: list[str]) -> Iterator[Block]:
    for paragraph in _paragraphs(lines):
        if _is_heading(paragraph):
            yield Heading(paragraph, level=2)
        else:
            yield from listed([paragraph])


def _is_heading(line: str) -> bool:
    is_short = len(line) <= _HEADING_CHARS and not line.endswith(_ENDS)
    return is_short and (line.isupper() or topic_of(line) is not Topic.NOTE)


def _paragraphs(lines: list[str]) -> list[str]:
    """Lines that go on in the next one are joined to it; a word that is parted keeps its hyphen."""
    full = _FULL_SHARE * max(map(len, lines), default=0)
    paragraphs: list[str] = []
    for place, line in enumerate(lines):
        if paragraphs and _goes_on(lines[place - 1], line, full):
            parted = paragraphs[-1].endswith("-") and line[0].islower()
            paragraphs[-1] += line if parted else f" {line}"
        else:
            paragraphs.append(line)
    return paragraphs


def _goes_on(before: str, line: str, full: float) -> bool:
    """Whether `line` is the middle of a sentence: nothing ended before it, and it begins small or
    the line before it is full.
    """
    if is_item(line) or before.endswith(_ENDS):
        return False
    return line[0].islower() or len(before) >= full
