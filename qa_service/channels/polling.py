"""Telegram's updates asked for instead of delivered: for a machine that Telegram cannot reach.

https://core.telegram.org/bots/api#getupdates: updates go to a webhook or to one poll. Each is
confirmed by the poll after it was taken.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any

from qa_service.channels import Fate, Inbound, Platform
from qa_service.channels.sending import Exchange, Pause
from qa_service.channels.telegram import Telegram
from qa_service.channels.telegram_updates import KINDS
from qa_service.errors import ChannelError, OverloadedError

logger = logging.getLogger(__name__)

WAIT_S = 8
"""How long Telegram keeps a poll waiting: less than a call may take."""

RETRY_AFTER_S = 2.0

Take = Callable[[Platform, Sequence[Inbound]], Awaitable[None]]
"""As `Inbox.accept` does. Raises OverloadedError."""


async def poll(
    telegram: Telegram, exchange: Exchange, take: Take, pause: Pause = asyncio.sleep
) -> None:
    """Until it is cancelled. Raises ChannelError where Telegram hands nothing over."""
    next_id = 0
    while True:
        asked = {"offset": next_id, "timeout": WAIT_S, "allowed_updates": KINDS}
        try:
            status, body = await exchange(telegram.call("getUpdates", **asked))
        except OSError as error:
            logger.warning("Telegram cannot be reached", extra={"cause": str(error)})
            await pause(RETRY_AFTER_S)
            continue
        outcome = telegram.outcome(status, body)
        if outcome.fate is Fate.LATER:
            logger.warning("Telegram asks for patience", extra={"cause": outcome.cause})
            await pause(outcome.after_s or RETRY_AFTER_S)
            continue
        if outcome.fate is not Fate.SENT:
            raise ChannelError(_refused(status, outcome.cause))
        for update in json.loads(body)["result"]:
            if not await _is_taken(telegram, update, take, pause):
                break
            next_id = update["update_id"] + 1


async def _is_taken(telegram: Telegram, update: Any, take: Take, pause: Pause) -> bool:
    """Where there is no room, Telegram is asked for it once more."""
    try:
        await take(telegram, telegram.parse(json.dumps(update).encode()))
    except OverloadedError as error:
        await pause(error.retry_after_s)
        return False
    return True


def _refused(status: int, cause: str) -> str:
    if status == HTTPStatus.CONFLICT:
        return (
            "Telegram hands this bot's updates to a webhook or to another poll: for development "
            "take a bot of your own, from @BotFather"
        )
    return f"Telegram hands no updates over ({cause}): is QA_TELEGRAM_TOKEN that of the bot?"
