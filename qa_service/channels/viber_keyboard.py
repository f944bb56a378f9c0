"""Buttons -> Viber's keyboard: https://developers.viber.com/docs/tools/keyboards/. Pure.

A keyboard has six columns and shows twelve rows. What a pressed button carries comes back as if the
person had written it, so it has a prefix that nobody types.
"""

from collections.abc import Mapping, Sequence
from html import escape

from qa_service.channels import Button

PREFIX = "qa:"
COLUMNS, MOST_ROWS, MOST_LABEL = 6, 12, 250
_ROOM = {2: 20, 3: 12}
"""Characters of the longest label, by the number of buttons that share a row."""

_LINE, _ESCAPED_CHARS = 45, len("&amp;")
_MOST_ESCAPED = MOST_LABEL // _ESCAPED_CHARS - 1


def keyboard(buttons: Sequence[Button]) -> Mapping[str, object]:
    rows = _rows(buttons)
    if len(rows) > MOST_ROWS:
        rows = [*rows[: MOST_ROWS - 1], rows[-1]]
    heights = [1 + (len(row[0].label) > _LINE) for row in rows]
    if sum(heights) > MOST_ROWS:
        heights = [1] * len(rows)
    placed = [
        _button(button, COLUMNS // len(row), height)
        for row, height in zip(rows, heights, strict=True)
        for button in row
    ]
    return {"Type": "keyboard", "DefaultHeight": False, "Buttons": placed}


def _rows(buttons: Sequence[Button]) -> list[list[Button]]:
    """As few rows as are full ones. They are filled from the end, so that the buttons below every
    answer always stand in the same place.
    """
    rows = list[list[Button]]()
    for button in reversed(buttons):
        if rows and _fits([button, *rows[0]]):
            rows[0].insert(0, button)
        else:
            rows.insert(0, [button])
    return rows


def _fits(row: Sequence[Button]) -> bool:
    return max(len(button.label) for button in row) <= _ROOM.get(len(row), 0)


def _button(button: Button, columns: int, rows: int) -> Mapping[str, object]:
    """Silent: the chat does not show what a pressed button carries, an address either."""
    action, carried = ("open-url", button.url) if button.url else ("reply", PREFIX + button.payload)
    placed = {"Columns": columns, "Rows": rows, "Text": _label(button.label)}
    return placed | {"ActionType": action, "ActionBody": carried, "Silent": True}


def _label(label: str) -> str:
    """Labels are HTML."""
    whole = escape(label, quote=False)
    if len(whole) <= MOST_LABEL:
        return whole
    return escape(f"{label[:_MOST_ESCAPED]}…", quote=False)
