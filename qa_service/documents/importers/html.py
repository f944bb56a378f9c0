"""HTML -> Extract, by the rules of HTML 5, so that broken pages read as browsers show them."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from qa_service.documents.importers import Block, Extract, Heading, Item, Row, Text
from qa_service.documents.importers.encoding import decoded
from qa_service.documents.importers.lines import clean, listed

_NO_TEXT = (
    "script, style, noscript, template, svg, iframe, object, select, input, textarea, "
    "button:not([aria-expanded]), nav, aside, header, footer, [hidden], [aria-hidden=true], "
    "[role=navigation], [role=banner], [role=contentinfo], [role=search], [role=dialog]"
)
_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|menu|breadcrumbs?|cookies?|share|social|sidebar|footer|pagination|"
    r"related|popup)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""In an element's class or id: what stands around the text of a page."""

_MAIN = "main, [role=main], article, #content, #main"
_LEAST_SHARE_OF_MAIN = 0.3
_BLOCKS = frozenset(
    {"address", "article", "blockquote", "body", "center", "dd", "details", "div", "dl"}
    | {"fieldset", "figcaption", "figure", "form", "hr", "main", "ol", "p", "pre", "section"}
    | {"table", "tbody", "tfoot", "thead", "tr", "ul"}
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)} | {
    "dt": 6, "summary": 5, "caption": 5, "button": 5,
}  # fmt: skip
_BOLD_CHARS = 120
"""A paragraph that is bold as a whole and not longer than this is a heading."""


def read(content: bytes, charset: str | None) -> Extract:
    """The title and the main text of a page."""
    return extract(decoded(content, charset))


def extract(page: str) -> Extract:
    """The same for a page that is text already."""
    tree = LexborHTMLParser(page)
    title = _title(tree)
    body = tree.body
    if body is None:
        return Extract(title, ())
    for node in tree.css(_NO_TEXT):
        node.decompose()
    for node in tree.css("[class], [id]"):
        if _is_furniture(node):
            node.decompose()
    builder = _Builder()
    builder.walk(_main(tree, body))
    return Extract(title, tuple(builder.blocks))


def _title(tree: LexborHTMLParser) -> str:
    """The only heading of the first level, else what a browser's tab shows."""
    headings = [clean(node.text()) for node in tree.css("h1")]
    if len(headings) == 1 and headings[0]:
        return headings[0]
    named = tree.css_first("title")
    return clean(named.text()) if named else (headings or [""])[0]


def _is_furniture(node: LexborNode) -> bool:
    if node.tag in ("html", "body", "main", "article"):
        return False
    named = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}"
    return bool(_FURNITURE.search(named)) and node.css_first("h1, main, article") is None


def _main(tree: LexborHTMLParser, body: LexborNode) -> LexborNode:
    """The element that holds the text, where the page names one and most of the text is there."""
    largest = max(tree.css(_MAIN), key=_chars, default=body)
    return largest if _chars(largest) >= _LEAST_SHARE_OF_MAIN * _chars(body) else body


def _chars(node: LexborNode) -> int:
    return len(node.text())


class _Builder:
    """Goes through a page once, element by element, and keeps no more than the open ones."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._buffer: list[str] = []
        self._cells: list[str] = []
        self._heads: list[bool] = []
        self._lists = self._tables = self._level = 0

    def walk(self, root: LexborNode) -> None:
        stack = [(root, True)]
        while stack:
            node, opens = stack.pop()
            if not opens:
                self._close(node)
            elif node.is_text_node:
                self._buffer.append(re.sub(r"\s+", " ", node.text_content or ""))
            elif node.is_element_node:
                self._open(node)
                stack.append((node, False))
                stack += [(child, True) for child in reversed([*node.iter(include_text=True)])]
        self._flush()

    def _open(self, node: LexborNode) -> None:
        tag = node.tag
        if tag == "br":
            self._buffer.append("\n")
        elif tag == "table" and not _is_layout(node):
            self._flush()
            self._tables += 1
        elif self._level and tag in _BLOCKS and clean("".join(self._buffer)):
            self._heading(self._level)  # it was never closed
            self._level = 0
        elif self._tables:
            self._buffer += ["\n"] if tag in _BLOCKS else []
            self._buffer += ["\n• "] if tag == "li" else []
        elif tag in _BLOCKS or tag in ("td", "th"):
            self._flush()
        elif tag in _HEADINGS and not self._level:
            self._flush()
            self._level = _HEADINGS[tag]
        elif tag == "li":
            self._flush()
            self._lists += 1

    def _close(self, node: LexborNode) -> None:
        tag = node.tag
        if tag == "table" and self._tables and not _is_layout(node):
            self._tables -= 1
        elif self._tables:
            self._close_in_table(tag or "")
        elif tag in _HEADINGS and self._level in (0, _HEADINGS[tag]):
            self._heading(self._level) if self._level else self._flush()
            self._level = 0
        elif tag == "li" and self._lists:
            self._flush()
            self._lists -= 1
        elif tag == "p" and not self._level and not self._lists and _is_bold(node):
            self._heading(max(_HEADINGS.values()))
        elif tag in _BLOCKS or tag in ("td", "th"):
            self._flush()

    def _close_in_table(self, tag: str) -> None:
        if tag in ("td", "th"):
            lines = "".join(self._buffer).split("\n")
            self._cells.append("\n".join(line for line in map(clean, lines) if line))
            self._heads.append(tag == "th")
            self._buffer.clear()
        elif tag == "caption":
            self._heading(_HEADINGS[tag])
        elif tag == "tr":
            if any(self._cells):
                self.blocks.append(Row(tuple(self._cells), all(self._heads)))
            self._cells, self._heads = [], []

    def _heading(self, level: int) -> None:
        if text := clean("".join(self._buffer)):
            self.blocks.append(Heading(text, level))
        self._buffer.clear()

    def _flush(self) -> None:
        if self._level:
            return  # a heading ends with its own element
        self.blocks += _said("".join(self._buffer), in_list=self._lists > 0)
        self._buffer.clear()


def _said(text: str, in_list: bool) -> Iterator[Text | Item]:
    for block in listed(text.split("\n")):
        yield Item(block.text) if in_list else block


def _is_layout(table: LexborNode) -> bool:
    """Whether a table only places things on the page: it holds headings or other tables."""
    inside = table.css("table, h1, h2, h3, h4, h5, h6")
    return any(node.mem_id != table.mem_id for node in inside)


def _is_bold(paragraph: LexborNode) -> bool:
    text = clean(paragraph.text())
    bold = clean("".join(node.text() for node in paragraph.css("b, strong")))
    return 0 < len(text) <= _BOLD_CHARS and text == bold and text[-1] not in ".;,"
