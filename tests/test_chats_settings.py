"""Where chats are known, by the settings: what does not fit stops the start in one line."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from qa_service import chats, server
from qa_service.channels.talks import MemoryTalks
from qa_service.channels.talks_guarded import GuardedTalks
from qa_service.errors import MissingExtraError, SettingsError
from qa_service.monitoring.metrics import Metrics
from qa_service.settings import Settings, stores

SECRET = "s" * 32
URLS = ["redis://h:6379", "rediss://:hidden@h", "valkey://h:1/0", "valkeys://u:hidden@h:6379/2"]


def _settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **{"session_secret": SECRET} | values)  # type: ignore[call-arg]


def _refusal(is_needed: bool = True, **values: Any) -> str:
    with pytest.raises((SettingsError, MissingExtraError)) as refused:
        chats.talks(_settings(**values), Metrics(), is_needed)
    said = str(refused.value)
    assert "\n" not in said and "hidden" not in said and refused.value.__cause__ is None
    return said


def _is_guarded(**values: Any) -> bool:
    found = chats.talks(_settings(**values), Metrics(), True)
    asyncio.run(found.close())
    return isinstance(found, GuardedTalks)


def test_chats_are_known_in_memory_of_one_process_unless_said_otherwise() -> None:
    assert isinstance(chats.talks(_settings(), Metrics(), True), MemoryTalks)
    assert isinstance(chats.talks(_settings(workers=2), Metrics(), False), MemoryTalks)
    said = _refusal(workers=2)
    assert "QA_CHANNELS_STATE=memory" in said and "QA_WORKERS" in said


@pytest.mark.parametrize("url", URLS)
def test_each_scheme_names_a_store_that_processes_share(url: str) -> None:
    assert _is_guarded(channels_state=url, workers=2)


def test_the_journals_database_is_a_store_that_processes_share(tmp_path: Path) -> None:
    assert _is_guarded(channels_state="journal", journal=f"sqlite:///{tmp_path}/journal.sqlite")
    assert "set QA_JOURNAL" in _refusal(channels_state="journal", journal="off")


@pytest.mark.parametrize(
    "url",
    [
        *("", "file", "memory ", "redis", "http://h:6379", "unix:///socket", "redis+socket:///s"),
        *(
            "redis://:hidden@h:port",
            "valkey://:hidden@h:99999999",
            "redis://h?password=hidden&no=1",
        ),
        "valkey://:hidden@h?socket_timeout=soon",
    ],
)
def test_what_names_no_store_is_refused_without_its_password(url: str) -> None:
    assert "QA_CHANNELS_STATE must be `memory`, `journal` or a URL" in _refusal(channels_state=url)


@pytest.mark.parametrize("library", ["redis", "valkey"])
def test_a_store_needs_its_library(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "find_spec", lambda name: None if name == library else object())
    assert "[redis]" in _refusal(channels_state=f"{library}://:hidden@h:6379")


@pytest.mark.parametrize("state", ["valkey://:hidden@h:6379", "journal"])
def test_processes_that_share_a_store_share_the_secret_that_names_people(
    state: str, tmp_path: Path
) -> None:
    journal = f"sqlite:///{tmp_path}/journal.sqlite"
    said = _refusal(channels_state=state, session_secret="", journal=journal)
    assert "QA_SESSION_SECRET" in said
    asyncio.run(
        chats.talks(
            _settings(channels_state=state, session_secret="", journal=journal), Metrics(), False
        ).close()
    )


def test_every_worker_knows_people_by_the_secret_in_its_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Which `serve` puts there, its own where none is set."""
    monkeypatch.setenv("QA_SESSION_SECRET", SECRET)
    options = [chats.chats(Settings(_env_file=None), Metrics()) for _ in range(2)]  # type: ignore[call-arg]
    assert {one.secret for one in options} == {SECRET}


def test_a_shared_store_without_a_secret_is_said_to_forget(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Chats of the page /chat only: those of platforms do not start so."""
    for secret, state in (("", "redis://h:6379"), ("", "memory"), (SECRET, "redis://h:6379")):
        server._warn_of_secret(_settings(session_secret=secret, channels_state=state))
    told = [one.getMessage() for one in caplog.records]
    assert sum("chats are not known after a start" in line for line in told) == 1
    assert sum("sessions of staff" in line for line in told) == 2


def test_what_a_store_did_not_do_is_counted() -> None:
    metrics = Metrics()

    async def scenario() -> None:
        talks = chats.talks(_settings(channels_state="valkey://127.0.0.1:1"), metrics, True)
        assert await talks.is_new("d-1")
        await talks.close()

    asyncio.run(scenario())
    assert metrics.registry.get_sample_value("qa_chat_store_failures_total") == 1
