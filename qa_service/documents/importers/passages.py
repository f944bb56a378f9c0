"""An Extract -> the passages of a draft: the source's own text, cut where it changes its subject.

A passage has at most six sentences and 1,200 characters, as a service file allows. Rows of a table
become items «назва — сума»; a list keeps the line that it is a list of, in each of its parts.
Nothing is added but end marks. Pure.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from qa_service.documents.importers import Block, Extract, Heading, Item, Row, Text
from qa_service.documents.importers.labels import (
    CARD,
    is_label,
    is_number,
    split_label,
    topic_of,
)
from qa_service.documents.importers.lines import listed
from qa_service.text.sentences import sentences
from qa_service.types import Topic

MAX_SENTENCES, MAX_TEXT_CHARS = 6, 1_200
"""As `service_file` has them, which takes long to load in the process that reads a source."""

_PIECE_CHARS = 900
"""A longer sentence is cut between words, so that it has room beside the lead of its list."""

_TITLE_CHARS = 150
_LEAD_CHARS = 250
_LABEL_LEVEL = 7
"""Labels of fields stand below every heading."""

_FEWEST_FIELDS = 2
_CARD_HEAD = 12
"""The name of a card's service stands among so many blocks from its beginning."""

_CAPTION = re.compile(
    r"^(?:.*?інформаційна\s+картка)?\s*(?:(?:про\s+)?(?:надання\s+)?адміністративної\s+послуги)?|"
    r"\((?:назва|найменування)[^)]*\)|^(?:назва|найменування)\s+(?:адміністративної\s+)?послуги",
    re.IGNORECASE,
)
"""What stands around that name."""

_END_MARKS = tuple(".!?…»)")
_MARKUP = re.compile(r"<!--|-->|^(?:#+|`{3,}|-+(?=\s))\s*")
"""What a service file would read as a comment, a heading, a block or a list."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A passage of a draft. `text` has a line a sentence or item; `url` is the source's own word
    on where it comes from.
    """

    title: str
    topic: Topic
    text: str
    url: str | None = None


@dataclass(slots=True)
class _Field:
    heading: Heading
    topic: Topic
    units: list[Text | Item] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a draft is made of."""

    title: str
    cuts: tuple[Cut, ...]


def cut(extract: Extract) -> Reading:
    """The passages in the order of the source; headings without a text are left out."""
    cuts: list[Cut] = []
    extract = replace(extract, title=_title(extract))
    for part in _fields(extract):
        title = textwrap.shorten(part.heading.text, _TITLE_CHARS, placeholder="…") or "Без назви"
        for number, text in enumerate(_texts(part.units), 1):
            numbered = title if number == 1 else f"{title} ({number})"
            cuts.append(Cut(numbered, part.topic, text, part.heading.url))
    return Reading(extract.title, tuple(cuts))


def _title(extract: Extract) -> str:
    """The title of the source; of an information card, the service that it is about."""
    texts = [block.text for block in extract.blocks if isinstance(block, Heading | Text)]
    is_card = [CARD.search(text) is not None for text in texts[:_CARD_HEAD]]
    if True in is_card:
        after = texts[is_card.index(True) :][:_CARD_HEAD]
        named = (_CAPTION.sub("", text).strip(' .:«»"') for text in after)
        return next(filter(None, named), extract.title)
    return extract.title or next(iter(texts), "")


def _fields(extract: Extract) -> Iterator[_Field]:
    current = _Field(Heading(extract.title, 1), Topic.NOTE)
    for block in _without_tables(extract.blocks):
        if isinstance(block, Text) and (split := split_label(block.text)):
            yield from _if_said(current)
            current = _under(current, Heading(split[0], _LABEL_LEVEL))
            current.units += listed([split[1]])
        elif isinstance(block, Heading):
            yield from _if_said(current)
            current = _under(current, block)
        elif isinstance(block, Text | Item):
            current.units.append(block)
    yield from _if_said(current)


def _if_said(part: _Field) -> Iterator[_Field]:
    if part.units:
        yield part


def _under(before: _Field, heading: Heading) -> _Field:
    """A field for `heading`, named after the one above it where that has no text of its own."""
    topic = heading.topic or topic_of(heading.text)
    is_below = 1 < before.heading.level < heading.level < _LABEL_LEVEL
    if is_below and not before.units:
        named = replace(heading, text=f"{before.heading.text.rstrip(' :.')}: {heading.text}")
        return _Field(named, before.topic if topic is Topic.NOTE else topic)
    return _Field(heading, topic)


def _without_tables(blocks: Iterable[Block]) -> Iterator[Block]:
    for is_table, run in groupby(blocks, key=lambda block: isinstance(block, Row)):
        if is_table:
            yield from _table([row for row in run if isinstance(row, Row)])
        else:
            yield from run


def _table(rows: Sequence[Row]) -> Iterator[Block]:
    """A table of fields becomes labels and texts, any other a list of its rows."""
    told = [_cells(row) for row in rows]
    labelled = {cells[0] for cells in told if len(cells) > 1 and is_label(cells[0])}
    is_card = len(labelled) >= _FEWEST_FIELDS or len(labelled) == len(rows)
    lead = ""
    for row, cells in zip(rows, told, strict=True):
        if len(cells) == 1 and is_card:
            yield Heading(_line(cells[0]), _LABEL_LEVEL)
        elif len(cells) == 1:
            yield from listed(cells[0].split("\n"))
        elif is_card:
            yield Heading(_line(cells[0]), _LABEL_LEVEL)
            yield from listed(line for cell in cells[1:] for line in cell.split("\n"))
        elif row.is_head:
            lead = f"{_row(cells)}:"
        else:
            yield Item(_row(cells), lead)


def _cells(row: Row) -> list[str]:
    """The cells that hold anything, without the number of the row before others."""
    cells = [cell for cell in row.cells if cell]
    return cells[1:] if len(cells) > 1 and is_number(cells[0]) else cells


def _row(cells: Sequence[str]) -> str:
    return " — ".join(_line(cell).rstrip(";,") for cell in cells)


def _line(cell: str) -> str:
    return " ".join(cell.split())


def _texts(units: Sequence[Text | Item]) -> Iterator[str]:
    """As few texts as the limits allow, in order."""
    held: list[Text | Item] = []
    for piece in _pieces(units):
        if held and not _fits([*held, piece]):
            yield _rendered(held)
            held = []
        held.append(piece)
    if held:
        yield _rendered(held)


def _pieces(units: Sequence[Text | Item]) -> Iterator[Text | Item]:
    """Sentences and items, none too long; a line before a list becomes the lead of its items."""
    lead = ""
    for unit, after in zip(units, [*units[1:], None], strict=True):
        if isinstance(unit, Item):
            for text in _short(unit.text, whole=len(sentences(unit.text)) <= MAX_SENTENCES - 1):
                yield Item(text, unit.lead or lead)
            continue
        before, lead = unit.text, ""
        if isinstance(after, Item) and unit.text.endswith(":"):
            start = sentences(unit.text)[-1][0]
            if len(unit.text) - start <= _LEAD_CHARS:
                before, lead = unit.text[:start], unit.text[start:]
        yield from map(Text, _short(before, whole=False))


def _short(text: str, whole: bool) -> Iterator[str]:
    """`text` itself where it is short and may stay `whole`, else its sentences, long ones cut."""
    spans = [(0, len(text))] if whole and len(text) <= _PIECE_CHARS else sentences(text)
    for start, end in spans:
        parts = textwrap.wrap(text[start:end], _PIECE_CHARS, break_on_hyphens=False)
        yield from (f"{part}…" for part in parts[:-1])
        yield from parts[-1:]


def _fits(pieces: Sequence[Text | Item]) -> bool:
    text = " ".join(_rendered(pieces).split())
    return len(text) <= MAX_TEXT_CHARS and len(sentences(text)) <= MAX_SENTENCES


def _rendered(pieces: Sequence[Text | Item]) -> str:
    """A line a piece; an item ends with `;` before another one of its list, else with a full
    stop.
    """
    lines: list[str] = []
    lead = ""
    for piece, after in zip(pieces, [*pieces[1:], None], strict=True):
        goes_on = False
        if isinstance(piece, Item):
            if piece.lead and piece.lead != lead:
                lines.append(_safe(piece.lead))
            goes_on = isinstance(after, Item) and after.lead == piece.lead
        lead = piece.lead if isinstance(piece, Item) else ""
        lines.append(_ended(_safe(piece.text), goes_on))
    return "\n".join(lines)


def _safe(line: str) -> str:
    return _line(_MARKUP.sub("", line)) or "…"


def _ended(line: str, goes_on: bool) -> str:
    if goes_on and len(sentences(line)) == 1:
        return line.rstrip(" .;,:") + ";"
    return line if line.endswith(_END_MARKS) else line.rstrip(" ;,:") + "."
