"""What every Journal does: in memory, in SQLite, on a PostgreSQL server."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from journals import ABOUT, FEEDBACK, answers, entry
from support.fakes import fake_service

from qa_service.errors import JournalError
from qa_service.journal import MAX_COMMENT_CHARS, Entry, Feedback, Journal, NullJournal
from qa_service.journal.memory import MAX_ENTRIES, MemoryJournal
from qa_service.journal.sql import SqlJournal
from qa_service.types import Channel, Query, Reason

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
    unanswered = replace(
        ABOUT,
        channel=Channel.CHATBOT,
        service=None,
        passage_id=None,
        confidence=0.0,
        reason=Reason.OFF_TOPIC,
    )
    moment = datetime.now(UTC)
    given = [
        Entry(moment - timedelta(seconds=2), FEEDBACK, ABOUT),
        Entry(moment - timedelta(seconds=1), Feedback("a-2", helpful=True), unanswered),
        Entry(moment, Feedback("a-3", helpful=False, comment="«'\";--"), None),
    ]
    for one in given:
        journal.record(one)
    entries = journal.entries(10)
    assert entries == given[::-1]
    assert {one.at.tzinfo for one in entries} == {UTC}


def test_feedback_is_kept_with_the_moment_that_it_was_given(journal: Journal) -> None:
    service = fake_service(journal=journal)
    started = datetime.now(UTC)
    for _ in range(3):
        service.feedback(Feedback(service.ask(Query("ціна")).answer_id, helpful=True))
    moments = [one.at for one in journal.entries(10)][::-1]
    through_time = [started, *moments, datetime.now(UTC)]
    assert len(moments) == 3 and through_time == sorted(through_time)
    assert {moment.tzinfo for moment in moments} == {UTC}


@pytest.mark.parametrize(
    ("limit", "expected"), [(0, []), (2, ["a-4", "a-3"]), (5, ["a-4", "a-3", "a-2", "a-1", "a-0"])]
)
def test_no_more_entries_come_back_than_asked_for(
    journal: Journal, limit: int, expected: list[str]
) -> None:
    for number in range(5):
        journal.record(entry(f"a-{number}"))
    assert answers(journal.entries(limit)) == expected


def test_personal_data_is_masked_before_it_is_kept(journal: Journal) -> None:
    question = "мій паспорт АА 123456, номер АА1234ВВ, 12.05.1990"
    comment = "дзвоніть 0\u200b67 123-45-67, ivan@ukr.net"
    journal.record(entry(about=replace(ABOUT, question=question), comment=comment))
    [kept] = journal.entries(1)
    assert kept.feedback.comment == "дзвоніть [телефон], [пошта]"
    assert kept.about is not None
    assert kept.about.question == "мій паспорт [документ], номер [номерний знак], [дата]"


def test_a_long_comment_is_cut_after_masking(journal: Journal) -> None:
    journal.record(entry(comment="я" * (MAX_COMMENT_CHARS - 4) + " 067 123 45 67"))
    assert journal.entries(1)[0].feedback.comment == "я" * (MAX_COMMENT_CHARS - 4) + " [те"


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "🚗\r\nї", "'; DROP TABLE feedback; --"])
def test_every_text_can_be_kept(journal: Journal, text: str) -> None:
    journal.record(entry(about=replace(ABOUT, question=text), comment=text))
    [kept] = journal.entries(1)
    assert (
        kept.feedback.comment
        and kept.about is not None
        and kept.about.question == kept.feedback.comment
    )


def test_a_second_vote_on_an_answer_and_passage_replaces_the_first(journal: Journal) -> None:
    for one in (entry(), entry("a-2")):
        journal.record(one)
    changed = entry(helpful=True, comment=None)
    journal.record(changed)
    entries = journal.entries(10)
    assert entries[0] == changed
    assert answers(entries) == ["a-1", "a-2"]


def test_votes_on_other_passages_and_on_the_whole_answer_stay(journal: Journal) -> None:
    given = ["licence-exchange.fee", None, "licence-exchange.term"]
    for passage_id in given * 2:
        journal.record(entry(passage_id=passage_id))
    assert [one.feedback.passage_id for one in journal.entries(10)] == given[::-1]


@pytest.mark.parametrize("passage_id", ["licence-exchange.fee", None])
def test_a_second_vote_keeps_what_the_first_was_about_where_it_does_not_know(
    journal: Journal, passage_id: str | None
) -> None:
    later = replace(ABOUT, question="ціна", reason=Reason.LOW_CONFIDENCE)
    kept = []
    for about in (None, ABOUT, None, later, None):
        journal.record(entry(about=about, passage_id=passage_id))
        [one] = journal.entries(10)
        kept.append(one.about)
    assert kept == [None, ABOUT, ABOUT, later, later]


def test_purging_removes_what_is_older_and_says_how_much(journal: Journal) -> None:
    for number in range(3):
        journal.record(entry(f"a-{number}"))
    moment = datetime.now(timezone(timedelta(hours=3)))
    journal.record(entry("later"))
    assert journal.purge(moment - timedelta(minutes=1)) == 0
    assert journal.purge(moment) == 3
    assert answers(journal.entries(10)) == ["later"]
    assert journal.purge(datetime.now(UTC) + timedelta(days=1)) == 1
    assert journal.entries(10) == []


def test_a_vote_that_was_changed_is_as_old_as_its_change(journal: Journal) -> None:
    journal.record(entry())
    moment = datetime.now(UTC)
    journal.record(entry(helpful=True))
    assert journal.purge(moment) == 0 and answers(journal.entries(10)) == ["a-1"]


def test_threads_lose_no_entry(journal: Journal) -> None:
    voted = [f"a-{number}" for number in range(80)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda answer: journal.record(entry(answer)), voted))
    assert sorted(answers(journal.entries(100))) == sorted(voted)


def test_memory_keeps_the_newest_only() -> None:
    journal = MemoryJournal()
    for number in range(MAX_ENTRIES + 5):
        journal.record(entry(str(number), about=None))
    entries = journal.entries(MAX_ENTRIES + 5)
    assert (len(entries), entries[0].feedback.answer_id) == (MAX_ENTRIES, str(MAX_ENTRIES + 4))


def test_no_journal_keeps_nothing_and_names_no_setting_to_whoever_votes() -> None:
    journal = NullJournal()
    for use in (
        lambda: journal.record(entry()),
        lambda: journal.entries(10),
        lambda: journal.purge(datetime.now(UTC)),
    ):
        with pytest.raises(JournalError, match=r"^this installation keeps no feedback$"):
            use()
    journal.close()
