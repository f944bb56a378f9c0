"""What Telegram accepts as a text, a keyboard and inline results, and what it says of the rest.

Texts of errors: `telegram-bot-api/Client.cpp` of https://github.com/tdlib/telegram-bot-api and the
server's own names (`BUTTON_DATA_INVALID`). Limits: https://core.telegram.org/bots/api#sendmessage,
`#inlinekeyboardbutton`, `#answercallbackquery`, `#answerinlinequery`. Lengths count UTF-16 code
units, which is never laxer than Telegram; a row of at most 8 buttons and 100 buttons in all are the
limits of its clients, not of its documentation.
"""

import json
from dataclasses import dataclass
from typing import Any

from support.platforms.telegram_calls import Parameters, bad_request
from support.platforms.telegram_html import HtmlError, Shown, parse_html, utf16_length

MOST_TEXT, MOST_CALLBACK_BYTES = 4096, 64
MOST_BUTTONS, MOST_BUTTONS_OF_ROW, MOST_INLINE_RESULTS = 100, 8, 50


@dataclass(frozen=True)
class Button:
    text: str
    data: str | None = None
    url: str | None = None


Keyboard = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True)
class InlineResult:
    id: str
    title: str
    text: str


def shown(given: Parameters) -> Shown:
    """The text of a message after its markup is read. Raises Refused."""
    text, mode = given.get("text", ""), given.get("parse_mode", "").lower()
    if not text:
        raise bad_request("message text is empty")
    if mode not in {"", "html"}:  # the other modes are real, our bot has no use for them
        raise bad_request("unsupported parse_mode")
    try:
        seen = parse_html(text) if mode == "html" else Shown(text)
    except HtmlError as error:
        raise bad_request(f"can't parse entities: {error}") from error
    if not seen.text.strip():
        raise bad_request("text must be non-empty")
    if utf16_length(seen.text) > MOST_TEXT:
        raise bad_request("message is too long")
    return seen


def preview(given: Parameters) -> bool:
    options = json.loads(given.get("link_preview_options", "{}"))
    return not (options.get("is_disabled") or given.get("disable_web_page_preview") == "true")


def _json(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise bad_request(f"can't parse {what} JSON object") from error


def keyboard(markup: str) -> Keyboard:
    if not markup:
        return ()
    given = _json(markup, "reply keyboard markup")
    if not isinstance(given, dict):
        raise bad_request("object expected as reply markup")
    rows = given.get("inline_keyboard", [])
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" must be an Array of Arrays')
    built = tuple(tuple(_button(each) for each in row) for row in rows)
    if sum(map(len, built)) > MOST_BUTTONS or any(len(row) > MOST_BUTTONS_OF_ROW for row in built):
        raise bad_request("reply markup is too long")
    return built


def _button(given: Any) -> Button:
    where = "can't parse inline keyboard button"
    if not isinstance(given, dict):
        raise bad_request(f"{where}: InlineKeyboardButton must be an Object")
    text, data, url = given.get("text"), given.get("callback_data"), given.get("url")
    if not isinstance(text, str):
        raise bad_request(f'{where}: Can\'t find field "text"')
    if not text.strip():
        raise bad_request("BUTTON_TEXT_INVALID")  # the server's name for an empty caption
    if not data and not url:
        raise bad_request(f"{where}: Text buttons are unallowed in the inline keyboard")
    if url and not url.startswith(("http://", "https://", "tg://")):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    if data and len(data.encode()) > MOST_CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    return Button(text, data, url)


def inline_results(text: str) -> tuple[InlineResult, ...]:
    given = _json(text, "JSON encoded inline query results")
    if len(given) > MOST_INLINE_RESULTS:
        raise bad_request("too many inline query results specified")
    results = []
    for each in given:
        content = each.get("input_message_content", {})
        read = {
            "text": content.get("message_text", ""),
            "parse_mode": content.get("parse_mode", ""),
        }
        results.append(InlineResult(each.get("id", ""), each.get("title", ""), shown(read).text))
        keyboard(json.dumps(each.get("reply_markup", {})))
        if not 1 <= len(results[-1].id.encode()) <= MOST_CALLBACK_BYTES:
            raise bad_request("RESULT_ID_INVALID")
        if not results[-1].title:
            raise bad_request("ARTICLE_TITLE_EMPTY")
    if len({result.id for result in results}) < len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    return tuple(results)
