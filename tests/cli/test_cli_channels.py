"""`qa-service channels` in-process, against a simulated Telegram."""

import logging
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from support.commands import Cli, runner
from support.corpus import tiny_index
from support.platforms.faults import BAD_GATEWAY, Fault
from support.platforms.telegram import TOKEN, Telegram, Webhook
from support.platforms.telegram_citizen import Citizen
from support.waiting import until

from qa_service.channels.telegram_updates import KINDS
from qa_service.journal.sql import SqlJournal

SECRET = "a-secret_of-letters"
SITE = "https://qa.example.gov.ua"
HOOK = f"{SITE}/channels/telegram"
UNAUTHORIZED = Fault(401, b'{"ok": false, "description": "Unauthorized"}')


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Telegram]:
    found = Telegram()
    with found.served() as address:
        monkeypatch.setenv("QA_TELEGRAM_TOKEN", TOKEN)
        monkeypatch.setenv("QA_TELEGRAM_SECRET", SECRET)
        monkeypatch.setenv("QA_TELEGRAM_URL", address)
        monkeypatch.setenv("QA_PUBLIC_URL", SITE)
        yield found


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """In a folder of its own, with the hashing encoder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QA_MODEL", "hashing")
    return runner(monkeypatch, capsys)


# check


def test_a_bot_that_delivers_here_works(platform: Telegram, cli: Cli) -> None:
    cli("channels", "set-webhook", "telegram")
    ran = cli("channels", "check")
    assert ran.code == 0 and ran.err == ""
    assert ran.out == f"telegram works: bot 123456789 delivers to {HOOK} (0 waiting)\n"


def test_an_old_failure_that_holds_nothing_up_is_none(platform: Telegram, cli: Cli) -> None:
    platform.webhook, platform.last_error = Webhook(HOOK, SECRET), "Connection timed out"
    assert cli("channels", "check").code == 0


def test_a_bot_that_delivers_nowhere_is_told_how_to(platform: Telegram, cli: Cli) -> None:
    ran = cli("channels", "check")
    assert ran.code == 1 and ran.err == ""
    assert ran.out.startswith("telegram does not work: bot 123456789 delivers nowhere: run")
    assert ran.out.endswith("`qa-service channels set-webhook telegram`\n")


def test_a_bot_that_delivers_to_another_address_is_told_ours(
    platform: Telegram, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.webhook = Webhook("https://old.example/tg", SECRET)
    ran = cli("channels", "check")
    assert ran.code == 1 and f"delivers to https://old.example/tg, not to {HOOK}: run" in ran.out
    monkeypatch.delenv("QA_PUBLIC_URL")
    assert cli("channels", "check").code == 0


def test_what_telegram_cannot_deliver_is_told_with_the_reason(platform: Telegram, cli: Cli) -> None:
    platform.webhook = Webhook(HOOK, "another")
    platform.waiting.append(Citizen(platform).writes("x"))
    platform.last_error = "Wrong response from the webhook: 403 Forbidden"
    ran = cli("channels", "check")
    assert ran.code == 1
    assert f"cannot deliver to {HOOK} (1 waiting, Wrong response from the webhook: 403" in ran.out


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (UNAUTHORIZED, "Telegram knows no such QA_TELEGRAM_TOKEN: copy it from @BotFather"),
        (BAD_GATEWAY, "Telegram cannot be asked now (502 without JSON): try again later"),
        (
            Fault(200, b'{"ok": true}'),
            "Telegram cannot be asked now (without what was asked for): try again later",
        ),
        (Fault(200, b"{}", cut=True), "cannot be reached (RemoteProtocolError): see the network"),
    ],
)
def test_a_telegram_that_does_not_answer_well_is_told(
    platform: Telegram, cli: Cli, fault: Fault, said: str
) -> None:
    platform.faults.add("getWebhookInfo", fault)
    ran = cli("channels", "check")
    assert (ran.code, ran.out) == (1, f"telegram does not work: {said}\n")


def test_a_check_without_a_platform_says_what_to_set(cli: Cli) -> None:
    ran = cli("channels", "check")
    assert ran.code == 2 and "QA_TELEGRAM_TOKEN" in ran.error


# set-webhook


def test_telegram_is_told_where_to_deliver_and_drops_nothing(platform: Telegram, cli: Cli) -> None:
    platform.waiting.append(Citizen(platform).writes("x"))
    ran = cli("channels", "set-webhook", "telegram")
    assert ran.code == 0 and ran.out == f"telegram: delivers to {HOOK} from now on\n"
    assert platform.webhook == Webhook(HOOK, SECRET, frozenset(KINDS), 40)
    assert len(platform.waiting) == 1
    assert SECRET not in ran.out + ran.err and TOKEN not in ran.out + ran.err


def test_another_address_can_be_named(platform: Telegram, cli: Cli) -> None:
    assert cli("channels", "set-webhook", "telegram", "--url", f"{SITE}:8443/tg").code == 0
    assert platform.webhook and platform.webhook.url == f"{SITE}:8443/tg"


def test_where_messages_go_is_written_down(platform: Telegram, cli: Cli) -> None:
    SqlJournal.open("sqlite:///journal.sqlite").close()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("QA_JOURNAL", "sqlite:///journal.sqlite")
        cli("channels", "set-webhook", "telegram")
    with closing(sqlite3.connect("journal.sqlite")) as database:
        [line] = database.execute("select action, detail from audit").fetchall()
    assert line == ("set webhook", f"telegram to {HOOK}")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["telegram", "--url", "http://qa.example"], 2, "platforms deliver over https only"),
        (["telegram", "--url", f"{SITE}:8000"], 1, "only on ports 80, 88, 443 or 8443"),
        (["viber"], 2, "viber is not set up"),
        (["icq"], 2, "is not one of"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(
    platform: Telegram, cli: Cli, arguments: list[str], code: int, said: str
) -> None:
    ran = cli("channels", "set-webhook", *arguments)
    assert ran.code == code and said in ran.error and platform.webhook is None


def test_without_an_address_of_ours_one_has_to_be_named(
    platform: Telegram, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QA_PUBLIC_URL")
    ran = cli("channels", "set-webhook", "telegram")
    assert ran.code == 2 and "QA_PUBLIC_URL is empty: set it, or name --url" in ran.error


# poll


@pytest.fixture
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("_logging_as_before")
def test_polling_answers_until_the_token_is_revoked(
    platform: Telegram, cli: Cli, tmp_path: Path
) -> None:
    tiny_index(tmp_path)
    olena = Citizen(platform)
    platform.deliver(olena.writes("Скільки коштує обмін посвідчення водія?"))

    def revoke_when_answered() -> None:
        until(lambda: olena.reads)
        platform.faults.add("getUpdates", UNAUTHORIZED)
        platform.deliver(olena.writes("дякую"))  # ends the poll that waits

    with ThreadPoolExecutor() as pool:
        revoked = pool.submit(revoke_when_answered)
        ran = cli("channels", "poll")
        revoked.result()
    assert ran.code == 1 and "is QA_TELEGRAM_TOKEN that of the bot?" in ran.errors[-1]
    assert "572" in olena.reads[0].text and len(olena.reads) == 2


def test_polling_needs_a_bot(cli: Cli) -> None:
    ran = cli("channels", "poll")
    assert ran.code == 2 and ran.error == "telegram is not set up: name its settings, QA_TELEGRAM_*"
