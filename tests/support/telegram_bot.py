"""The application answering in a simulated Telegram, over HTTP both ways."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qa_service.channels.telegram_updates import KINDS
from qa_service.web.app import Application
from support.app import over, served
from support.corpus import tiny_index
from support.platforms.deliveries import over_http
from support.platforms.telegram import TOKEN, Telegram, Webhook
from support.platforms.telegram_citizen import Citizen
from support.platforms.telegram_messages import Sent
from support.waiting import until

HOOK = "https://qa.example.gov.ua/channels/telegram"
SECRET = "a-secret_of-40-characters-ABCDEFGHIJKLMN"


def bot(folder: Path, address: str, **changes: object) -> Application:
    """The application over the tiny corpus, whose Telegram is at `address`."""
    wanted = {"telegram_token": TOKEN, "telegram_secret": SECRET, "telegram_url": address}
    return over(tiny_index(folder, **(wanted | changes)))


@contextmanager
def telegram_bot(folder: Path, **changes: object) -> Iterator[tuple[Telegram, Application]]:
    """The platform, which delivers to the application as it does to a webhook that was set."""
    platform = Telegram()
    with platform.served() as address:
        app = bot(folder, address, **changes)
        with served(app) as port:
            platform.reach = lambda _: over_http(f"http://127.0.0.1:{port}/channels/telegram")
            platform.webhook = Webhook(HOOK, SECRET, frozenset(KINDS))
            yield platform, app


def told(citizen: Citizen, text: str) -> Sent:
    """What the bot says to a message; to the next one, where it is split."""
    before = len(citizen.reads)
    citizen.platform.deliver(citizen.writes(text))
    until(lambda: len(citizen.reads) > before)
    return citizen.reads[-1]
