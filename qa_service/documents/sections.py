"""The Markdown side of a service file: sections, and a passage's text with its list."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from qa_service.documents.schema import HEADING

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ITEM, _CONTINUED = re.compile(r"- |(?P<number>\d+)\. "), "  "
_FENCE_OPEN, _FENCE_CLOSE = "```yaml", "```"


@dataclass(slots=True)
class Section:
    """A passage as it stands in the file; both lines count from 1."""

    line: int
    title: str
    id: str
    topic: str
    text: list[str] = field(default_factory=list)
    meta: list[str] = field(default_factory=list)
    meta_line: int = 0


def read_sections(
    lines: Sequence[str], first_line: int, report: Callable[[int, str], None]
) -> list[Section]:
    """The sections of the lines after the front matter; `report` gets (line, message) of a
    finding.
    """
    sections: list[Section] = []
    in_meta = False
    for number, line in enumerate(lines, first_line):
        if in_meta:
            in_meta = line.rstrip() != _FENCE_CLOSE
            if in_meta:
                sections[-1].meta.append(line)
        elif line.startswith("#"):
            if heading := HEADING.match(line):
                sections.append(Section(number, heading["title"], heading["id"], heading["topic"]))
            else:
                report(
                    number,
                    "a heading must read `## Title {#id topic=…}`, id in lower case with hyphens",
                )
        elif not sections:
            if line.strip():
                report(number, "text stands before the first `##` heading")
        elif line.rstrip() == _FENCE_OPEN:
            in_meta = True
            _open_block(sections[-1], number, report)
        else:
            sections[-1].text.append(line)
    if in_meta:
        report(sections[-1].meta_line - 1, "the ```yaml block is not closed")
    return sections


def _open_block(section: Section, line: int, report: Callable[[int, str], None]) -> None:
    if section.meta_line:
        report(line, "the passage has a ```yaml block already: join them")
    section.meta_line = line + 1


@dataclass(frozen=True, slots=True)
class Text:
    """A text, the items of its list if it has one, and whether all of these are numbered steps."""

    said: str
    items: tuple[str, ...] = ()
    numbered: bool = False


def read_text(body: str) -> Text:
    """What stands in Markdown, as a text to be read out. A list ends its sentence:

    `Потрібні:`, `- паспорт`, `- податковий номер` is «Потрібні: паспорт; податковий номер.»
    """
    parts: list[str] = []
    items: list[int] = []  # which parts are items
    marks: list[str | None] = []
    for line in _COMMENT.sub("", body).splitlines():
        mark = _ITEM.match(line)
        if mark and _goes_on(mark["number"], marks if items[-1:] == [len(parts) - 1] else []):
            items.append(len(parts))
            marks.append(mark["number"])
            parts.append(line[mark.end() :])
        elif line.startswith(_CONTINUED) and items and items[-1] == len(parts) - 1:
            parts[-1] += line
        elif line.strip():
            parts.append(line)
    said = [" ".join(part.split()) for part in parts]
    listed = tuple(said[place] for place in items)
    for place in items:
        said[place] += ";" if place + 1 in items else "."
    return Text(" ".join(said), listed, bool(marks) and all(marks))


def _goes_on(number: str | None, marks: Sequence[str | None]) -> bool:
    """Whether a mark continues the list with `marks`, or begins one: a line may begin with a year,
    too.
    """
    if number is None:
        return True
    return int(number) == (int(marks[-1]) + 1 if marks and marks[-1] else 1)
