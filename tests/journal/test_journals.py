"""What every Journal does: in memory, in SQLite, on a PostgreSQL server."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from journals import ABOUT, FEEDBACK

from qa_service.journal import MAX_COMMENT_CHARS, Journal
from qa_service.journal.memory import MAX_ENTRIES, MemoryJournal
from qa_service.journal.sql import SqlJournal
from qa_service.types import Channel, Feedback, Reason

pytest_plugins = ["postgresql_server"]


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    opened: Journal
    if request.param == "memory":
        opened = MemoryJournal()
    elif request.param == "sqlite":
        opened = SqlJournal.open(f"sqlite:///{tmp_path}/new/folder/journal.sqlite")
    else:
        new_database: Callable[[], str] = request.getfixturevalue("new_database")
        opened = SqlJournal.open(new_database())
    with closing(opened):
        yield opened


def test_what_is_recorded_comes_back_newest_first(journal: Journal) -> None:
    started = datetime.now(UTC)
    unanswered = replace(
        ABOUT,
        channel=Channel.CHATBOT,
        service=None,
        passage_id=None,
        confidence=0.0,
        reason=Reason.OFF_TOPIC,
    )
    given = [
        (FEEDBACK, ABOUT),
        (Feedback("a-2", helpful=True), unanswered),
        (Feedback("a-3", helpful=False, comment="«'\";--"), None),
    ]
    for feedback, about in given:
        journal.record(feedback, about)
    entries = journal.entries(10)
    assert [(entry.feedback, entry.about) for entry in entries] == given[::-1]
    moments = [entry.at for entry in entries][::-1]
    through_time = [started, *moments, datetime.now(UTC)]
    assert through_time == sorted(through_time)
    assert {moment.tzinfo for moment in moments} == {UTC}


@pytest.mark.parametrize(
    ("limit", "expected"), [(0, []), (2, ["a-4", "a-3"]), (5, ["a-4", "a-3", "a-2", "a-1", "a-0"])]
)
def test_no_more_entries_come_back_than_asked_for(
    journal: Journal, limit: int, expected: list[str]
) -> None:
    for number in range(5):
        journal.record(replace(FEEDBACK, answer_id=f"a-{number}"), ABOUT)
    assert [entry.feedback.answer_id for entry in journal.entries(limit)] == expected


def test_personal_data_is_masked_before_it_is_kept(journal: Journal) -> None:
    question = "мій паспорт АА 123456, номер АА1234ВВ, 12.05.1990"
    journal.record(
        replace(FEEDBACK, comment="дзвоніть 0\u200b67 123-45-67, ivan@ukr.net"),
        replace(ABOUT, question=question),
    )
    [entry] = journal.entries(1)
    assert entry.feedback.comment == "дзвоніть [телефон], [пошта]"
    assert entry.about is not None
    assert entry.about.question == "мій паспорт [документ], номер [номерний знак], [дата]"


def test_a_long_comment_is_cut_after_masking(journal: Journal) -> None:
    journal.record(
        replace(FEEDBACK, comment="я" * (MAX_COMMENT_CHARS - 4) + " 067 123 45 67"), ABOUT
    )
    assert journal.entries(1)[0].feedback.comment == "я" * (MAX_COMMENT_CHARS - 4) + " [те"


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "🚗\r\nї", "'; DROP TABLE feedback; --"])
def test_every_text_can_be_kept(journal: Journal, text: str) -> None:
    journal.record(replace(FEEDBACK, comment=text), replace(ABOUT, question=text))
    [entry] = journal.entries(1)
    assert (
        entry.feedback.comment
        and entry.about is not None
        and entry.about.question == entry.feedback.comment
    )


def test_purging_removes_what_is_older_and_says_how_much(journal: Journal) -> None:
    for _ in range(3):
        journal.record(FEEDBACK, ABOUT)
    moment = datetime.now(timezone(timedelta(hours=3)))
    journal.record(replace(FEEDBACK, answer_id="later"), ABOUT)
    assert journal.purge(moment - timedelta(minutes=1)) == 0
    assert journal.purge(moment) == 3
    assert [entry.feedback.answer_id for entry in journal.entries(10)] == ["later"]
    assert journal.purge(datetime.now(UTC) + timedelta(days=1)) == 1
    assert journal.entries(10) == []


def test_threads_lose_no_entry(journal: Journal) -> None:
    answers = [f"a-{number}" for number in range(80)]
    with ThreadPoolExecutor(8) as threads:
        list(
            threads.map(
                lambda answer: journal.record(Feedback(answer, helpful=True), ABOUT), answers
            )
        )
    assert sorted(entry.feedback.answer_id for entry in journal.entries(100)) == sorted(answers)


def test_memory_keeps_the_newest_only() -> None:
    journal = MemoryJournal()
    for number in range(MAX_ENTRIES + 5):
        journal.record(Feedback(str(number), helpful=True), None)
    entries = journal.entries(MAX_ENTRIES + 5)
    assert (len(entries), entries[0].feedback.answer_id) == (MAX_ENTRIES, str(MAX_ENTRIES + 4))
