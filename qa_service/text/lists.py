"""Where the items of a list stand in the text that reads them out. Pure."""

import re
from collections.abc import Iterator, Sequence

LIST_ENDS = "."

Span = tuple[int, int]
"""[start, end) in characters."""


def laid_out(text: str, items: Sequence[str]) -> Iterator[tuple[bool, list[Span]]]:
    """What a text consists of, in order: each list (True, its items), and what stands around lists
    (False, one span); nothing for a text without words.
    """
    done, run = 0, list[Span]()
    for start, end in item_spans(text, items):
        if text[done:start].strip():
            yield False, [(done, start)]
        run.append((start, end))
        done = end + 1  # after the mark that ends the item
        if text[end] == LIST_ENDS:
            yield True, run
            run = []
    if text[done:].strip():
        yield False, [(done, len(text))]


def item_spans(text: str, items: Sequence[str]) -> list[Span]:
    """[start, end) of each item, in characters; none where they do not all stand there in order.

    `;` comes between two items of a list, `.` after its last. A word of the lead may be an item
    too, so that the last place counts.
    """
    between = rf";\s|\{LIST_ENDS}\s(?:.*?\s)??"
    said = f"(?:{between})".join(f"({re.escape(item)})" for item in items)
    match = re.match(rf".*(?<!\S){said}\{LIST_ENDS}", text, re.DOTALL) if items else None
    return [match.span(group + 1) for group in range(len(items))] if match else []
