"""Lines of a source: cleaned, and told apart as paragraphs and items of lists. Pure."""

import re
from collections.abc import Iterable, Iterator

from qa_service.documents.importers import Item, Text

_NOT_SHOWN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufffc-\uffff"
    r"\ud800-\udfff]"
)
_BULLET = re.compile(r"^(?:[•●▪■◦‣⁃·*✓✔➢\uf0b7\uf0a7\uf02d]\s*|[–—-]\s+)(?=\S)")
_NUMBER = re.compile(r"^\d{1,2}[.)]\s+(?=\D)")
_STOP = re.compile(r"^(\d{1,2})\.\s+")


def clean(text: str) -> str:
    """One line, without what nobody sees: control characters, soft hyphens, directions."""
    return " ".join(_NOT_SHOWN.sub("", text).split())


def is_item(line: str) -> bool:
    """Whether a bullet, a dash or a number with its full stop or bracket begins `line`."""
    return bool(_BULLET.match(line) or _NUMBER.match(line))


def listed(lines: Iterable[str]) -> Iterator[Text | Item]:
    """A paragraph or an item of each line that holds anything. Numbers of items stay, as texts
    refer to them, but with a bracket: a full stop would end a sentence.
    """
    for line in filter(None, map(clean, lines)):
        yield Item(_STOP.sub(r"\1) ", _BULLET.sub("", line))) if is_item(line) else Text(line)
