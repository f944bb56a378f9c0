"""Settings -> the chat channels: which platforms, where talks are known, what is switched off."""

import re
from importlib.util import find_spec
from secrets import token_hex

from qa_service.channels import Platform
from qa_service.channels.messenger import Messenger
from qa_service.channels.options import NAMES, ChatOptions
from qa_service.channels.talks import MemoryTalks, Talks, TalksStore
from qa_service.channels.talks_guarded import GuardedTalks
from qa_service.channels.telegram import MOST_CONNECTIONS, SECRET_FORM, TOKEN_FORM, Telegram
from qa_service.channels.viber import TOKEN_FORM as VIBER_TOKEN_FORM
from qa_service.channels.viber import Viber
from qa_service.channels.webhook import LEAST_SECRET_CHARS
from qa_service.errors import MissingExtraError, SettingsError
from qa_service.monitoring.metrics import Metrics
from qa_service.settings import OFF, Settings
from qa_service.settings.stores import redis_library

IN_MEMORY = "memory"

_FORM = (
    "QA_CHANNELS_STATE must be `memory`, `journal` or a URL like redis://host:6379 or "
    "valkey://host:6379"
)
_OF_ONE_PROCESS = (
    "QA_CHANNELS_STATE=memory is of one process: with QA_WORKERS above 1 name a store that all "
    "share, a redis:// or valkey:// URL or `journal`"
)
_NOBODY_KNOWN = (
    "QA_CHANNELS_STATE names a store that processes share, and they know a person by "
    "QA_SESSION_SECRET: set it"
)

_SERVER = re.compile(r"https?://[^\s/?#]+/?")


def chats(settings: Settings, metrics: Metrics) -> ChatOptions:
    """Raises SettingsError, MissingExtraError."""
    found = platforms(settings)
    signing = webhook_secret(settings)
    return ChatOptions(
        platforms=found,
        talks=talks(settings, metrics, is_needed=bool(found or signing)),
        off=switched_off(settings),
        hours=settings.contact_hours,
        webhook_secret=signing,
        secret=settings.session_secret.get_secret_value() or token_hex(),
    )


def platforms(settings: Settings) -> tuple[Platform, ...]:
    """Those whose settings are there.

    Raises SettingsError for a part of them, MissingExtraError.
    """
    made: tuple[Platform | None, ...] = (telegram(settings), messenger(settings), viber(settings))
    found = tuple(one for one in made if one)
    if found and find_spec("httpx2") is None:
        raise MissingExtraError("calling chat platforms", "channels")
    return found


def telegram(settings: Settings) -> Telegram | None:
    """Raises SettingsError."""
    token = settings.telegram_token.get_secret_value()
    secret = settings.telegram_secret.get_secret_value()
    if not (token or secret):
        return None
    if not TOKEN_FORM.fullmatch(token):
        raise SettingsError(
            "QA_TELEGRAM_TOKEN must be the token of a bot, like 123456789:AAHdqTcvCH1vGWJxfSe: "
            "copy it from @BotFather"
        )
    if not SECRET_FORM.fullmatch(secret):
        raise SettingsError(
            "QA_TELEGRAM_SECRET must be 1 to 256 of A-Za-z0-9_-, by which Telegram's deliveries "
            "are known: make one with `openssl rand -hex 32`"
        )
    if not _SERVER.fullmatch(settings.telegram_url):
        raise SettingsError("QA_TELEGRAM_URL must be an address like https://api.telegram.org")
    # Over one connection everything comes in order, whichever process it reaches.
    is_alone = settings.channels_state.get_secret_value() == IN_MEMORY
    connections = MOST_CONNECTIONS if is_alone else 1
    return Telegram(token, secret, settings.telegram_url, connections)


def messenger(settings: Settings) -> Messenger | None:
    """Raises SettingsError."""
    page_token = settings.messenger_page_token.get_secret_value()
    app_secret = settings.messenger_app_secret.get_secret_value()
    verify_token = settings.messenger_verify_token.get_secret_value()
    needed = {
        "QA_MESSENGER_PAGE_TOKEN": page_token,
        "QA_MESSENGER_APP_SECRET": app_secret,
        "QA_MESSENGER_VERIFY_TOKEN": verify_token,
    }
    missing = [key for key, value in needed.items() if not value]
    if len(missing) == len(needed):
        return None
    if missing:
        raise SettingsError(f"Messenger needs {' and '.join(missing)} as well")
    if not _SERVER.fullmatch(settings.messenger_url):
        raise SettingsError("QA_MESSENGER_URL must be an address like https://graph.facebook.com")
    return Messenger(page_token, app_secret, verify_token, settings.messenger_url)


def viber(settings: Settings) -> Viber | None:
    """Raises SettingsError."""
    token = settings.viber_token.get_secret_value()
    if not token:
        return None
    if not VIBER_TOKEN_FORM.fullmatch(token):
        raise SettingsError("QA_VIBER_TOKEN must be a bot's token: copy it from its page in Viber")
    if not _SERVER.fullmatch(settings.viber_url):
        raise SettingsError("QA_VIBER_URL must be an address like https://chatapi.viber.com")
    return Viber(token, settings.viber_url)


def webhook_secret(settings: Settings) -> str:
    """What other bot platforms sign with; empty for none. Raises SettingsError."""
    secret = settings.webhook_secret.get_secret_value()
    if secret and len(secret) < LEAST_SECRET_CHARS:
        raise SettingsError(
            f"QA_WEBHOOK_SECRET has fewer than {LEAST_SECRET_CHARS} characters, and whoever "
            "guesses it speaks for anybody: make one with `openssl rand -hex 32`"
        )
    return secret


def talks(settings: Settings, metrics: Metrics, is_needed: bool) -> Talks:
    """Where chats are known. Raises SettingsError, MissingExtraError."""
    url = settings.channels_state.get_secret_value()
    if url == IN_MEMORY:
        if is_needed and settings.workers > 1:
            raise SettingsError(_OF_ONE_PROCESS)
        return MemoryTalks()
    store = _in_journal(settings) if url == "journal" else _in_redis(url)
    if is_needed and not settings.session_secret.get_secret_value():
        raise SettingsError(_NOBODY_KNOWN)
    return GuardedTalks(store, metrics.chat_store_failures.inc)


def _in_journal(settings: Settings) -> TalksStore:
    url = settings.journal.get_secret_value()
    if url == OFF:
        raise SettingsError("QA_CHANNELS_STATE=journal needs a journal: set QA_JOURNAL")
    from qa_service.channels.talks_journal import WAIT_S, JournalTalks
    from qa_service.journal.open_tables import JournalTables

    return JournalTalks(JournalTables.open(url, WAIT_S))


def _in_redis(url: str) -> TalksStore:
    library = redis_library(url, "knowing chats in Redis or Valkey")
    if library is None:
        raise SettingsError(_FORM)
    from qa_service.channels.talks_redis import RedisTalks

    try:
        return RedisTalks.open(url, library)
    except (ValueError, TypeError):
        raise SettingsError(_FORM) from None  # the cause may quote a password


def switched_off(settings: Settings) -> frozenset[str]:
    """Raises SettingsError for what is no channel."""
    named = frozenset(filter(None, map(str.strip, settings.channels_off.split(","))))
    for name in sorted(named - set(NAMES)):
        raise SettingsError(f"QA_CHANNELS_OFF: {name} is no channel; known are {', '.join(NAMES)}")
    return named
