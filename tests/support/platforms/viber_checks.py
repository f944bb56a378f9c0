"""What Viber accepts as a message of a bot, and its statuses, all sent with HTTP 200.

https://developers.viber.com/docs/api/rest-bot-api/#error-codes and
https://creators.viber.com/docs/bots-api/errors; limits: `/resources/messaging/send-message` there
(text 7,000, sender 28, tracking data 4,000, 30 kB in all) and
https://developers.viber.com/docs/tools/keyboards/ (6 columns, buttons of 1 or 2 rows). Of a
keyboard, 12 rows show in portrait; more are refused here, where Viber lets people scroll.
"""

from dataclasses import dataclass
from typing import Any

MOST_TEXT, MOST_BYTES, MOST_SENDER, MOST_TRACKING = 7000, 30_000, 28, 4000
COLUMNS, MOST_BUTTON_ROWS, MOST_ROWS, MOST_BUTTON_TEXT = 6, 2, 12, 250
ACTIONS = {"reply", "open-url", "location-picker", "share-phone", "none"}
INPUTS = {"regular", "minimized", "hidden"}
STATUSES = {
    0: "ok",
    1: "invalidUrl",
    2: "invalidAuthToken",
    3: "badData",
    4: "missingData",
    5: "receiverNotRegistered",
    6: "receiverNotSubscribed",
    7: "publicAccountBlocked",
    8: "publicAccountNotFound",
    9: "publicAccountSuspended",
    10: "webhookNotSet",
    11: "receiverNoSuitableDevice",
    12: "tooManyRequests",
    13: "apiVersionNotSupported",
    14: "incompatibleWithVersion",
    15: "publicAccountNotAuthorized",
}


class ViberError(Exception):
    """The call is refused with this status."""

    def __init__(self, status: int, detail: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.message = f"{STATUSES[status]}: {detail}" if detail else STATUSES[status]


@dataclass(frozen=True)
class Button:
    """`body` is what comes back as the person's text, or the link to open."""

    action: str
    body: str
    text: str
    columns: int
    rows: int


@dataclass(frozen=True)
class Content:
    text: str
    sender: str
    buttons: tuple[Button, ...]
    input_field: str
    tracking: str


def content_of(given: Any) -> Content:
    """Raises ViberError."""
    sender = given.get("sender")
    name = sender.get("name") if isinstance(sender, dict) else None
    if not name:
        raise ViberError(4, "sender.name is required")
    if len(name) > MOST_SENDER:
        raise ViberError(3, "sender.name is too long")
    tracking = given.get("tracking_data", "")
    if not isinstance(tracking, str) or len(tracking) > MOST_TRACKING:
        raise ViberError(3, "tracking_data is not valid")
    kind, keyboard = given.get("type"), given.get("keyboard")
    if not kind and not keyboard:
        raise ViberError(4, "type is required")
    if kind not in {"text", None}:
        raise ViberError(3, f"type {kind} is not valid")  # others are real, our bot sends none
    text = _text(given) if kind else ""
    if keyboard is None:
        return Content(text, name, (), "regular", tracking)
    return Content(text, name, _buttons(keyboard), _input(keyboard), tracking)


def _text(given: Any) -> str:
    text = given.get("text")
    if text is None or text == "":
        raise ViberError(4, "text is required")
    if not isinstance(text, str) or len(text) > MOST_TEXT:
        raise ViberError(3, "text is not valid")
    return text


def _bad_keyboard(what: str) -> ViberError:
    return ViberError(3, f"keyboard is not valid. [{what}]")


def _input(keyboard: Any) -> str:
    state = keyboard.get("InputFieldState", "regular")
    if state not in INPUTS:
        raise _bad_keyboard(f"InputFieldState {state}")
    return str(state)


def _buttons(keyboard: Any) -> tuple[Button, ...]:
    if not isinstance(keyboard, dict) or keyboard.get("Type") != "keyboard":
        raise _bad_keyboard("Type must be keyboard")
    if not keyboard.get("Buttons"):
        raise _bad_keyboard("object has missing required properties (Buttons)")
    buttons = tuple(_button(each) for each in keyboard["Buttons"])
    if rows_of(buttons) > MOST_ROWS:
        raise _bad_keyboard("too many rows")
    return buttons


def _button(given: Any) -> Button:
    columns, rows = given.get("Columns", COLUMNS), given.get("Rows", 1)
    action, body, text = (
        given.get("ActionType", "reply"),
        given.get("ActionBody"),
        given.get("Text"),
    )
    if columns not in range(1, COLUMNS + 1) or rows not in range(1, MOST_BUTTON_ROWS + 1):
        raise _bad_keyboard("Columns must be 1 to 6, Rows 1 or 2")
    if action not in ACTIONS:
        raise _bad_keyboard(f"ActionType {action}")
    if not body and action != "none":
        raise _bad_keyboard("object has missing required properties (ActionBody)")
    if action == "open-url" and not body.startswith(("https://", "http://")):
        raise _bad_keyboard("ActionBody is no URL")
    if not text or len(text) > MOST_BUTTON_TEXT:
        raise _bad_keyboard("Text must have 1 to 250 characters")
    return Button(action, body or "", text, columns, rows)


def rows_of(buttons: tuple[Button, ...]) -> int:
    """Rows that the buttons fill, set one after the other from the left."""
    rows = filled = height = 0
    for button in buttons:
        if filled + button.columns > COLUMNS:
            rows, filled, height = rows + height, 0, 0
        filled, height = filled + button.columns, max(height, button.rows)
    return rows + height
