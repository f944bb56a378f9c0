"""Which settings make a bot of Telegram, and what is said of the others."""

from pathlib import Path
from typing import Any

import pytest
from support.corpus import tiny_settings
from support.platforms.telegram import TOKEN

from qa_service import chats
from qa_service.channels.telegram import Telegram
from qa_service.errors import MissingExtraError, SettingsError

SECRET = "a-secret_of-letters"


def wanted(folder: Path, **changes: object) -> Any:
    given = {"telegram_token": TOKEN, "telegram_secret": SECRET}
    return tiny_settings(folder, **(given | changes))


def test_without_settings_there_is_no_bot(tmp_path: Path) -> None:
    assert chats.platforms(tiny_settings(tmp_path)) == ()


def test_token_and_secret_make_a_bot(tmp_path: Path) -> None:
    [found] = chats.platforms(wanted(tmp_path))
    assert isinstance(found, Telegram) and found.name == "telegram"
    assert found.is_genuine({"x-telegram-bot-api-secret-token": SECRET}, b"")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"telegram_secret": ""}, "QA_TELEGRAM_SECRET"),
        ({"telegram_secret": "a b"}, "QA_TELEGRAM_SECRET"),
        ({"telegram_secret": "секрет"}, "QA_TELEGRAM_SECRET"),
        ({"telegram_secret": "a" * 257}, "QA_TELEGRAM_SECRET"),
        ({"telegram_secret": f"{SECRET}\n"}, "QA_TELEGRAM_SECRET"),
        ({"telegram_token": ""}, "QA_TELEGRAM_TOKEN"),
        ({"telegram_token": "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"}, "QA_TELEGRAM_TOKEN"),
        ({"telegram_token": f"bot{TOKEN}"}, "QA_TELEGRAM_TOKEN"),
        ({"telegram_url": "api.telegram.org"}, "QA_TELEGRAM_URL"),
        ({"telegram_url": "https://api.telegram.org/bot"}, "QA_TELEGRAM_URL"),
    ],
)
def test_a_part_of_the_settings_or_a_wrong_one_is_said(
    tmp_path: Path, changes: dict[str, str], named: str
) -> None:
    with pytest.raises(SettingsError) as error:
        chats.platforms(wanted(tmp_path, **changes))
    assert str(error.value).startswith(f"{named} must be ")
    assert TOKEN not in str(error.value) and SECRET not in str(error.value)


def test_without_the_library_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chats, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"\.\[channels\]"):
        chats.platforms(wanted(tmp_path))


@pytest.mark.parametrize(("state", "connections"), [("memory", 40), ("journal", 1)])
def test_processes_that_share_chats_are_delivered_to_over_one_connection(
    tmp_path: Path, state: str, connections: int
) -> None:
    """What a person writes comes in order then, whichever process it reaches."""
    [found] = chats.platforms(wanted(tmp_path, channels_state=state))
    assert isinstance(found, Telegram)
    [call] = found.webhook_calls("https://qa.example.gov.ua/channels/telegram")
    assert call.body["max_connections"] == connections
