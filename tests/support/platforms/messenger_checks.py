"""What Messenger's Send API accepts as a message, and the errors of the Graph API.

Limits: https://developers.facebook.com/docs/messenger-platform/reference/send-api (text 2,000),
`/reference/buttons/quick-replies` (13, titles 20, payloads 1,000), `/reference/templates/button`
(text 640, 3 buttons, titles 20). Codes: `/docs/messenger-platform/error-codes`. Lengths count
characters. A title too long is refused, where the clients of today cut it. `name_placeholder` is
the Graph API's own word for a template.
"""

from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse

MOST_TEXT, MOST_TEMPLATE_TEXT, MOST_TITLE, MOST_PAYLOAD = 2000, 640, 20, 1000
MOST_QUICK_REPLIES, MOST_BUTTONS = 13, 3
OUTSIDE_WINDOW, OTHER_OWNER, NO_SUCH_PERSON, UNAVAILABLE = 2018278, 2018300, 2018001, 1545041
POLICY = "https://developers.facebook.com/docs/messenger-platform/policy-overview"
MESSAGES = {
    4: "(#4) Application request limit reached",
    10: "(#10) Application does not have permission for this action",
    100: "(#100) Invalid parameter",
    190: "Error validating access token: The session has been invalidated because the user changed "
    "their password or Facebook has changed the session for security reasons.",
    200: "(#200) Permissions error",
    551: "(#551) This person isn't available right now.",
    613: "(#613) Calls to this api have exceeded the rate limit.",
}


class GraphError(Exception):
    """The call is refused: https://developers.facebook.com/docs/graph-api/guides/error-handling."""

    def __init__(self, code: int, message: str = "", subcode: int | None = None) -> None:
        super().__init__(message)
        self.code, self.subcode = code, subcode
        self.message = message or MESSAGES[code]

    def response(self) -> JSONResponse:
        error: dict[str, Any] = {"message": self.message, "type": "OAuthException"}
        error |= {"code": self.code}
        if self.subcode:
            error["error_subcode"] = self.subcode
        return JSONResponse({"error": error | {"fbtrace_id": "AoKwg3dxY2wN7"}}, 400)


def invalid(what: str, subcode: int | None = None) -> GraphError:
    return GraphError(100, f"(#100) {what}", subcode)


def outside_window() -> GraphError:
    what = "This message is sent outside of allowed window. Learn more about the new policy here"
    return GraphError(10, f"(#10) {what}: {POLICY}", OUTSIDE_WINDOW)


def other_owner() -> GraphError:
    what = "Message failed to send because another app is controlling this thread now."
    return GraphError(10, f"(#10) {what}", OTHER_OWNER)


@dataclass(frozen=True)
class Button:
    """kind: `postback`, `web_url`, `phone_number`, or `quick_reply`."""

    kind: str
    title: str
    payload: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Content:
    text: str
    buttons: tuple[Button, ...] = ()
    quick_replies: tuple[Button, ...] = ()


def content_of(message: Any) -> Content:
    """Raises GraphError."""
    if not isinstance(message, dict) or not ("text" in message) ^ ("attachment" in message):
        raise invalid("Must upload exactly one message type: text or attachment")
    replies = _quick_replies(message.get("quick_replies", []))
    if "text" in message:
        return Content(_text(message["text"], "message[text]", MOST_TEXT), (), replies)
    attachment = message["attachment"]
    payload = attachment.get("payload", {})
    if attachment.get("type") != "template" or payload.get("template_type") != "button":
        raise invalid("Unsupported attachment")  # the other kinds are real, our bot sends none
    text = _text(payload.get("text"), "name_placeholder[text]", MOST_TEMPLATE_TEXT)
    buttons = payload.get("buttons", [])
    if not 1 <= len(buttons) <= MOST_BUTTONS:
        raise invalid("Param name_placeholder[buttons] must be an array of 1 to 3 elements")
    built = tuple(_button(each, place) for place, each in enumerate(buttons))
    return Content(text, built, replies)


def _text(text: Any, name: str, most: int) -> str:
    if not isinstance(text, str) or not text.strip():
        raise invalid(f"Param {name} must be a non-empty UTF-8 encoded string")
    if len(text) > most:
        raise invalid(f"Length of param {name} must be less than or equal to {most}")
    return text


def _quick_replies(given: Any) -> tuple[Button, ...]:
    if len(given) > MOST_QUICK_REPLIES:
        limit = f"must be smaller than or equal to {MOST_QUICK_REPLIES}"
        raise invalid(f"Too many elements in param message[quick_replies]: {limit}")
    replies = []
    for place, each in enumerate(given):
        name = f"message[quick_replies][{place}]"
        if each.get("content_type") != "text":
            raise invalid(f"Param {name}[content_type] must be one of: text")
        title = _text(each.get("title"), f"{name}[title]", MOST_TITLE)
        payload = _text(each.get("payload"), f"{name}[payload]", MOST_PAYLOAD)
        replies.append(Button("quick_reply", title, payload))
    return tuple(replies)


def _button(given: Any, place: int) -> Button:
    name = f"name_placeholder[buttons][{place}]"
    kind = given.get("type")
    title = _text(given.get("title"), f"{name}[title]", MOST_TITLE)
    if kind == "web_url":
        url = _text(given.get("url"), f"{name}[url]", MOST_TEXT)
        if not url.startswith(("https://", "http://")):
            raise invalid(f"Param {name}[url] should represent a valid URL")
        return Button(kind, title, url=url)
    if kind not in {"postback", "phone_number"}:
        raise invalid(f"Param {name}[type] must be one of: web_url, postback, phone_number")
    payload = _text(given.get("payload"), f"{name}[payload]", MOST_PAYLOAD)
    if kind == "phone_number" and not (payload[:1] == "+" and payload[1:].isdigit()):
        raise invalid(f"Param {name}[payload] must be a phone number with + and country code")
    return Button(kind, title, payload)
