"""Where the items of a list stand in the text that reads them out. Pure."""

import re
from collections.abc import Sequence

LIST_ENDS = "."


def item_spans(text: str, items: Sequence[str]) -> list[tuple[int, int]]:
    """[start, end) of each item, in characters; none where they do not all stand there in order.

    `;` comes between two items of a list, `.` after its last. A word of the lead may be an item
    too, so that the last place counts.
    """
    between = rf";\s|\{LIST_ENDS}\s(?:.*?\s)??"
    said = f"(?:{between})".join(f"({re.escape(item)})" for item in items)
    match = re.match(rf".*(?<!\S){said}\{LIST_ENDS}", text, re.DOTALL) if items else None
    return [match.span(group + 1) for group in range(len(items))] if match else []
