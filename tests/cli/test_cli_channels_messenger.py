"""`qa-service channels` in-process, against a simulated Messenger."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.commands import Cli, runner
from support.platforms.messenger import PAGE_ID, Messenger

SITE = "https://qa.example.gov.ua"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Messenger]:
    found = Messenger()
    with found.served() as address:
        monkeypatch.setenv("QA_MESSENGER_PAGE_TOKEN", found.page_token)
        monkeypatch.setenv("QA_MESSENGER_APP_SECRET", found.app_secret)
        monkeypatch.setenv("QA_MESSENGER_VERIFY_TOKEN", found.verify_token)
        monkeypatch.setenv("QA_MESSENGER_URL", address)
        monkeypatch.setenv("QA_PUBLIC_URL", SITE)
        yield found


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.chdir(tmp_path)
    return runner(monkeypatch, capsys)


def test_a_page_whose_token_is_known_works(page: Messenger, cli: Cli) -> None:
    ran = cli("channels", "check")
    assert ran.code == 0 and ran.err == ""
    said = f"messenger works: answers for the page «Головний сервісний центр МВС» ({PAGE_ID})\n"
    assert ran.out == said


def test_a_revoked_token_is_said_with_what_to_do(page: Messenger, cli: Cli) -> None:
    page.page_token = "another"
    ran = cli("channels", "check")
    assert ran.code == 1 and "make a new token" in ran.out
    refused = cli("channels", "set-webhook", "messenger")
    assert refused.code == 1 and "code 190" in refused.error


def test_the_page_is_set_up_and_the_address_is_said_to_be_entered_by_hand(
    page: Messenger, cli: Cli
) -> None:
    ran = cli("channels", "set-webhook", "messenger")
    assert ran.code == 0 and f"in the app's dashboard enter {SITE}/channels/messenger" in ran.out
    assert "messages" in page.fields and page.profile["get_started"]
    secrets = (page.page_token, page.app_secret, page.verify_token)
    assert [secret for secret in secrets if secret in ran.out + ran.err] == []
