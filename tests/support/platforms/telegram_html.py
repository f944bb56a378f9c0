"""Telegram's HTML mode: what a message shows, or the error that Telegram gives.

Rules and messages: https://core.telegram.org/bots/api#html-style and the parser of the open
server, `td/telegram/MessageEntity.cpp` of https://github.com/tdlib/td. Entities that are not known
(`&nbsp;`) stay as they are written.
"""

import re
from dataclasses import dataclass

TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline",
    "ins": "underline", "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "span": "spoiler", "tg-spoiler": "spoiler", "a": "text_link", "code": "code", "pre": "pre",
    "blockquote": "blockquote",
}  # fmt: skip
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}

_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([A-Za-z]+));?")
_OPENING = re.compile(r"<([^\s>]*)")
_CLOSING = re.compile(r"</([^\s>]*)\s*")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>/"']+)(?:\s*=\s*("[^"]*"|'[^']*'|[A-Za-z0-9.-]+))?""")
_LINK = re.compile(r"(https?|tg|ton)://[^\s]+", re.IGNORECASE)


class HtmlError(Exception):
    """What Telegram says after `Bad Request: can't parse entities: `."""


@dataclass(frozen=True)
class Entity:
    """`offset` and `length` in UTF-16 code units, `url` of a link."""

    kind: str
    offset: int
    length: int
    url: str | None = None


@dataclass(frozen=True)
class Shown:
    text: str
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True)
class _Open:
    tag: str
    url: str | None
    offset: int
    start: int


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def parse_html(html: str) -> Shown:
    """Raises HtmlError."""
    parts: list[str] = []
    entities: list[Entity] = []
    nested: list[_Open] = []
    place = 0
    while place < len(html):
        if html[place] == "&":
            character, place = _reference(html, place)
            parts.append(character)
        elif html.startswith("</", place):
            place = _close(html, place, "".join(parts), nested, entities)
        elif html[place] == "<":
            opened, place = _opened(html, place, "".join(parts))
            nested.append(opened)
        else:
            parts.append(html[place])
            place += 1
    if nested:
        raise HtmlError(f'Can\'t find end tag corresponding to start tag "{nested[-1].tag}"')
    return Shown("".join(parts), tuple(sorted(entities, key=lambda each: each.offset)))


def _reference(html: str, place: int) -> tuple[str, int]:
    found = _REFERENCE.match(html, place)
    if not found:
        return "&", place + 1
    hexadecimal, decimal, name = found.groups()
    if name:
        return (NAMED[name], found.end()) if name in NAMED else ("&", place + 1)
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return (chr(code), found.end()) if 0 < code < 0x10FFFF else ("&", place + 1)


def _opened(html: str, place: int, shown: str) -> tuple[_Open, int]:
    """The tag that begins at `place`, and where it ends."""
    at = f"at byte offset {len(html[:place].encode())}"
    name = _OPENING.match(html, place)
    assert name
    end, tag = name.end(), name[1].lower()
    if end == len(html):
        raise HtmlError(f"Unclosed start tag {at}")
    if tag not in TAGS:
        raise HtmlError(f'Unsupported start tag "{tag}" {at}')
    attributes: dict[str, str] = {}
    while not html[end:].lstrip().startswith(">"):
        attribute = _ATTRIBUTE.match(html, end)
        if not html[end:].strip():
            raise HtmlError(f"Unclosed start tag {at}")
        if not attribute:
            raise HtmlError(f'Empty attribute name in the tag "{tag}" {at}')
        attributes[attribute[1]] = (attribute[2] or "").strip("\"'")
        end = attribute.end()
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise HtmlError(f'Tag "span" must have class "tg-spoiler" {at}')
    url = _REFERENCE.sub(lambda found: _reference(found[0], 0)[0], attributes.get("href", ""))
    return _Open(tag, url or None, utf16_length(shown), len(shown)), html.index(">", end) + 1


def _close(html: str, place: int, shown: str, nested: list[_Open], entities: list[Entity]) -> int:
    """Ends the innermost tag; the place behind its end tag."""
    at = f"at byte offset {len(html[:place].encode())}"
    if not nested:
        raise HtmlError(f"Unexpected end tag {at}")
    found = _CLOSING.match(html, place)
    assert found
    if not html.startswith(">", found.end()):
        raise HtmlError(f"Unclosed end tag {at}")
    opened, name = nested.pop(), found[1].lower()
    if name and name != opened.tag:
        raise HtmlError(f'Unmatched end tag {at}, expected "</{opened.tag}>", found "</{name}>"')
    url = opened.url or shown[opened.start :]
    if length := utf16_length(shown) - opened.offset:
        if opened.tag != "a":
            entities.append(Entity(TAGS[opened.tag], opened.offset, length))
        elif _LINK.fullmatch(url):  # a link to nowhere is shown as plain text
            entities.append(Entity("text_link", opened.offset, length, url))
    return found.end() + 1
