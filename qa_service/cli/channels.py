"""`qa-service channels`: have chat platforms deliver here, and see that they do."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.audited import note
from qa_service.cli.options import IndexOption
from qa_service.errors import ChannelError, RequestError, SettingsError
from qa_service.settings import Settings, load_settings

if TYPE_CHECKING:
    from qa_service.channels import Call, Platform
    from qa_service.channels.options import ChatOptions
    from qa_service.channels.sending import HttpExchange
    from qa_service.channels.telegram import Telegram
    from qa_service.service import QuestionService

FAILURE = 1
CLOSING_S = 10.0

_DELIVERS = "delivers to {where} from now on"
_TO_ENTER = (
    "the page delivers to its app from now on; in the app's dashboard enter {where} as the "
    "webhook, and QA_MESSENGER_VERIFY_TOKEN beside it"
)

app = typer.Typer(
    name="channels",
    help="Have chat platforms deliver here, and see that they do.",
    no_args_is_help=True,
)


class Name(StrEnum):
    """Of a platform that is told by a call where to deliver."""

    TELEGRAM = "telegram"
    VIBER = "viber"
    MESSENGER = "messenger"


@app.command()
def check() -> None:
    """Ask each platform that is set up whether it knows the bot and delivers here; exit code 1
    where one does not.
    """
    from qa_service import chats

    settings = load_settings()
    platforms = chats.platforms(settings)
    if not platforms:
        raise SettingsError(
            "no chat platform is set up: name the settings of one, QA_TELEGRAM_TOKEN and so on"
        )
    if not asyncio.run(_all_work(platforms, _site(settings))):
        raise typer.Exit(FAILURE)


@app.command("set-webhook")
def set_webhook(
    name: Annotated[Name, typer.Argument(metavar="|".join(Name), show_default=False)],
    url: Annotated[
        str | None,
        typer.Option(help="Where to deliver, https://… [the platform's path under QA_PUBLIC_URL]"),
    ] = None,
) -> None:
    """Have a platform deliver what people write to this service."""
    settings = load_settings()
    platform, where = _named(name, settings), url or _own_url(name, settings)
    if not where.startswith("https://"):
        raise RequestError(f"platforms deliver over https only, and {where} is not: name --url")
    asyncio.run(_set(platform, where))
    done = _TO_ENTER if name is Name.MESSENGER else _DELIVERS
    typer.echo(f"{name}: {done.format(where=where)}")
    note(settings, "set webhook", f"{name} to {where}")


@app.command()
def poll(index: IndexOption = None) -> None:
    """Ask Telegram for what people write, and answer it: for development, where Telegram cannot
    reach this machine.
    """
    from qa_service import chats
    from qa_service.bootstrap import load_service
    from qa_service.channels.telegram import Telegram
    from qa_service.monitoring.logs import configure_logging
    from qa_service.monitoring.metrics import Metrics

    settings = load_settings(index=index)
    options = chats.chats(settings, Metrics())
    telegram = next((one for one in options.platforms if isinstance(one, Telegram)), None)
    if telegram is None:
        raise _not_set_up(Name.TELEGRAM)
    configure_logging(settings.log_level)
    service = load_service(settings)
    typer.echo("telegram: asking for messages, until Ctrl+C", err=True)
    asyncio.run(_poll(telegram, service, options, settings))


def _named(name: Name, settings: Settings) -> "Platform":
    """Raises SettingsError."""
    from qa_service import chats

    for platform in chats.platforms(settings):
        if platform.name == name:
            return platform
    raise _not_set_up(name)


def _not_set_up(name: Name) -> SettingsError:
    return SettingsError(f"{name} is not set up: name its settings, QA_{name.upper()}_*")


def _own_url(name: Name, settings: Settings) -> str:
    """Raises SettingsError."""
    site = _site(settings)
    if not site:
        raise SettingsError("QA_PUBLIC_URL is empty: set it, or name --url https://…")
    return _hook(site, name)


def _hook(site: str, name: str) -> str:
    return f"{site}/channels/{name}"


def _site(settings: Settings) -> str:
    """Empty where it is not known. Raises SettingsError."""
    from qa_service import doors

    public = doors.public_url(settings)
    return public.geturl() if public else ""


@asynccontextmanager
async def _exchange() -> "AsyncIterator[HttpExchange]":
    from qa_service.channels.sending import HttpExchange

    exchange = HttpExchange()
    try:
        yield exchange
    finally:
        await exchange.close()


async def _asked(call: "Call", exchange: "HttpExchange") -> tuple[int, bytes]:
    """Raises ChannelError."""
    try:
        return await exchange(call)
    except OSError as error:
        raise ChannelError(f"cannot be reached ({error}): see the network") from None


async def _all_work(platforms: "Sequence[Platform]", site: str) -> bool:
    """Says of each whether it works, on a line. site: address of our own, if it is known."""
    from qa_service.channels.setup import Setup

    works = True
    async with _exchange() as exchange:
        for platform in platforms:
            if isinstance(platform, Setup):
                try:
                    answer = await _asked(platform.check_call(), exchange)
                    own_url = _hook(site, platform.name) if site else ""
                    said = platform.checked(*answer, own_url)
                except ChannelError as error:
                    works, said = False, f"does not work: {error}"
                else:
                    said = f"works: {said}"
                typer.echo(f"{platform.name} {said}")
    return works


async def _set(platform: "Platform", url: str) -> None:
    """Raises ChannelError."""
    from qa_service.channels import Fate
    from qa_service.channels.setup import Setup

    assert isinstance(platform, Setup)
    async with _exchange() as exchange:
        for call in platform.webhook_calls(url):
            outcome = platform.outcome(*await _asked(call, exchange))
            if outcome.fate is not Fate.SENT:
                raise ChannelError(f"{platform.name} does not take it: {outcome.cause}")


async def _poll(
    telegram: "Telegram", service: "QuestionService", options: "ChatOptions", settings: Settings
) -> None:
    """Until it is interrupted. Raises ChannelError."""
    from qa_service.bootstrap import handoff
    from qa_service.channels.options import open_inbox
    from qa_service.channels.polling import poll as poll_forever
    from qa_service.machine import usable_cores

    async def within(person: str) -> bool:
        return True  # whoever develops may write as fast as they can

    async with _exchange() as exchange:
        inbox = open_inbox(
            replace(options, exchange=exchange),
            service,
            handoff(settings),
            site=_site(settings),
            at_once=usable_cores(),
            within=within,
        )
        try:
            await poll_forever(telegram, exchange, inbox.accept)
        finally:
            await inbox.close(CLOSING_S)
