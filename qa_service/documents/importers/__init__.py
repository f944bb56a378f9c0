"""Importers: pages and documents of others -> drafts of service files, which editors rewrite.

A format is a module with `read`, a Reader; to add one, copy the smallest sibling (`docx.py`) and
add it to `Format` and `reader_of`. Readers need the extra `import`; nothing that serves imports
them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec

from qa_service.errors import MissingExtraError
from qa_service.types import Topic

LIBRARIES = ("httpcore2", "mammoth", "protego", "pypdf", "selectolax")
"""What the extra `import` brings."""


class Format(StrEnum):
    """What a source is written in; the value is the name of its reader's module."""

    HTML = "html"
    PDF = "pdf"
    DOCX = "docx"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Heading:
    """What the blocks after it are about. `level` counts from 1, as in HTML.

    topic, url: where the source itself says so (JSONL); else the topic is guessed from the text.
    """

    text: str
    level: int
    topic: Topic | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list; `lead` is what the list is of, with its colon."""

    text: str
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; line ends part the lines of a cell. `is_head`: it names the columns."""

    cells: tuple[str, ...]
    is_head: bool = False


Block = Heading | Text | Item | Row


@dataclass(frozen=True, slots=True)
class Extract:
    """What a source says, in its order."""

    title: str
    blocks: tuple[Block, ...]


Reader = Callable[[bytes, str | None], Extract]
"""(content, charset that the server declared) -> Extract. Raises SourceError where the content
cannot be read; may take any time and memory, so `apart.read_apart` calls it in another process.
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one import may take: bytes of a source, unpacked; seconds for a source; pages of a site;
    seconds between two requests to a host.
    """

    max_bytes: int = 20_000_000
    seconds: float = 60.0
    pages: int = 200
    delay_s: float = 1.0


def reader_of(format_: Format) -> Reader:
    """The reader of a format."""
    reader: Reader = import_module(f"{__name__}.{format_}").read
    return reader


def require_libraries() -> None:
    """Raises MissingExtraError where a library of the extra `import` is not installed."""
    if any(find_spec(library) is None for library in LIBRARIES):
        raise MissingExtraError("importing pages and documents", "import")
