"""What every Journal does: in memory, in SQLite, on a PostgreSQL server."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from journals import ABOUT, FEEDBACK, QUESTION, answers, event, exchange, part, vote
from reading import kept
from support.fakes import fake_service

from qa_service.errors import JournalError
from qa_service.journal import (
    MAX_COMMENT_CHARS,
    Asked,
    AuditLine,
    Entry,
    Event,
    Feedback,
    Limits,
    NullJournal,
    Trimmed,
    Vote,
    sql,
)
from qa_service.journal.memory import MAX_ENTRIES, MemoryJournal
from qa_service.journal.sql import SqlJournal
from qa_service.journal.tables import AUDIT, EVENTS, QUESTIONS
from qa_service.journal.tables import FEEDBACK as FEEDBACK_TABLE
from qa_service.types import Certainty, Channel, Query, Reason, Use

pytest_plugins = ["postgresql_server"]

AnyJournal = MemoryJournal | SqlJournal


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyJournal]:
    opened: AnyJournal
    if request.param == "memory":
        opened = MemoryJournal()
    elif request.param == "sqlite":
        opened = SqlJournal.open(f"sqlite:///{tmp_path}/new/folder/journal.sqlite")
    else:
        new_database: Callable[[], str] = request.getfixturevalue("new_database")
        opened = SqlJournal.open(new_database())
    with closing(opened):
        yield opened


def test_votes_come_back_newest_first_with_what_they_are_about(journal: AnyJournal) -> None:
    unanswered: dict[str, Any] = {
        "channel": Channel.CHATBOT,
        "certainty": Certainty.NONE,
        "service": None,
        "passage_id": None,
        "confidence": 0.0,
        "reason": Reason.OFF_TOPIC,
    }
    moment = datetime.now(UTC)
    given = [
        Vote(moment - timedelta(seconds=2), FEEDBACK),
        Vote(moment - timedelta(seconds=1), Feedback("a-2", helpful=True)),
        Vote(moment, Feedback("a-3", helpful=False, comment="«'\";--")),
    ]
    journal.record(exchange("a-1"), exchange("a-2", **unanswered))
    for one in given:
        journal.record(one)
    votes = journal.votes(10)
    assert [(one.at, one.feedback) for one in votes] == [
        (one.at, one.feedback) for one in reversed(given)
    ]
    assert [one.about for one in votes] == [
        None,
        Asked(QUESTION, Channel.CHATBOT, None, None, 0.0, Reason.OFF_TOPIC, ABOUT.index_version),
        ABOUT,
    ]
    assert {one.at.tzinfo for one in votes} == {UTC}


def test_a_vote_may_come_before_its_question(journal: AnyJournal) -> None:
    journal.record(vote())
    journal.record(exchange())
    assert [one.about for one in journal.votes(10)] == [ABOUT]


def test_everything_about_a_question_and_its_answer_is_kept(journal: AnyJournal) -> None:
    journal.record(exchange(conversation="c" * 64, goes_on=True))
    columns = [column.name for column in QUESTIONS.c if column.name not in ("id", "at")]
    [kept_question] = kept(journal, QUESTIONS, *columns)
    assert dict(zip(columns, kept_question, strict=True)) == {
        "answer_id": "a-1",
        "channel": "site",
        "question": QUESTION,
        "same_as": QUESTION,
        "language": "uk",
        "certainty": "sure",
        "reason": None,
        "confidence": 0.75,
        "service": "licence-exchange",
        "topic": "fee",
        "passage_id": "licence-exchange.fee",
        "shown": ["licence-exchange.fee", "licence-exchange.term"],
        "parts": [
            {
                "asked": QUESTION,
                "topic": "fee",
                "service": "licence-exchange",
                "passage_id": "licence-exchange.fee",
                "confidence": 0.75,
                "certainty": "sure",
                "reason": None,
            }
        ],
        "index_version": "20261124-1",
        "took_ms": 4.5,
        "conversation": "c" * 64,
        "goes_on": True,
    }


def test_questions_that_are_asked_alike_are_the_same(journal: AnyJournal) -> None:
    for number, asked in enumerate(("Обмін прав", " обмін  ПРАВ", "обмін")):
        journal.record(exchange(f"a-{number}", asked))
    first, second, third = kept(journal, QUESTIONS, "same_as")
    assert first == second != third


def test_what_the_staff_did_is_kept(journal: AnyJournal) -> None:
    journal.record(AuditLine(datetime.now(UTC), "k-1", "supervisor", "export", "тел. 067 1234567"))
    assert kept(journal, AUDIT, "actor", "role", "action", "detail") == [
        ("k-1", "supervisor", "export", "тел. [телефон]")
    ]


def test_the_audit_names_versions_rows_and_keys_as_they_are(journal: AnyJournal) -> None:
    """Their digits would be masked as codes and cards of people."""
    detail = (
        "20261127T083039149159Z-3e13fd633c30, #4149, #4999, #1234, #5678, key 5nk6o276, 3123456789"
    )
    journal.record(AuditLine(datetime.now(UTC), "k-1", "editor", "reload", detail))
    [(kept_detail,)] = kept(journal, AUDIT, "detail")
    assert kept_detail == detail.replace("3123456789", "[код]")


def test_what_is_recorded_twice_is_kept_once(journal: AnyJournal) -> None:
    """A connection that breaks after the database has written makes the writer repeat itself."""
    line = AuditLine(datetime.now(UTC), "k-1", "admin", "purge")
    batch = (
        exchange(),
        event(),
        event(use=Use.SHARED),
        vote(),
        line,
        AuditLine(line.at, "k-1", "admin", "export"),
    )
    for _ in range(2):
        journal.record(*batch)
    journal.record(event())
    assert kept(journal, QUESTIONS, "answer_id") == [("a-1",)]
    assert kept(journal, EVENTS, "answer_id", "use") == [("a-1", "copied"), ("a-1", "shared")]
    assert kept(journal, AUDIT, "action") == [("purge",), ("export",)]
    assert answers(journal.votes(10)) == ["a-1"]


# Asked again


def _asked_at(journal: AnyJournal, *seconds: float, conversation: str | None = "one") -> list[str]:
    """The answers that were asked again after, where questions came at these moments."""
    start = datetime.now(UTC)
    for number, after in enumerate(seconds):
        moment = start + timedelta(seconds=after)
        journal.record(exchange(f"a-{number}", at=moment, conversation=conversation))
    return [answer for answer, use in kept(journal, EVENTS, "answer_id", "use")]


def test_who_asks_again_within_a_minute_tells_of_the_answer_before(journal: AnyJournal) -> None:
    assert _asked_at(journal, 0, 59, 121, 181) == ["a-0", "a-2"]
    assert set(kept(journal, EVENTS, "use")) == {("asked_again",)}


@pytest.mark.parametrize("after", [-0.001, -30, -86_400, 61, 1e9])
def test_a_clock_that_jumps_makes_no_question_asked_again(
    journal: AnyJournal, after: float
) -> None:
    assert _asked_at(journal, 0, after) == []


@pytest.mark.parametrize(
    ("before", "after", "is_again"),
    [
        ({}, {"passage_id": "licence-exchange.term"}, True),  # in the same words
        ({}, {"question": "почім обмін"}, True),  # with the same passage
        ({}, {"question": "які документи", "passage_id": "licence-exchange.documents"}, False),
        ({"passage_id": None}, {"question": "а довго?", "passage_id": None}, False),
        ({"reason": Reason.NOT_COVERED}, {"question": "інакше", "passage_id": "other.fee"}, True),
        ({"reason": Reason.SMALL_TALK}, {"question": "інше", "passage_id": "other.fee"}, False),
    ],
)
def test_only_who_wants_the_same_asks_again(
    journal: AnyJournal, before: dict[str, Any], after: dict[str, Any], is_again: bool
) -> None:
    now = datetime.now(UTC)
    journal.record(exchange("a-1", at=now, conversation="one", **before))
    journal.record(exchange("a-2", at=now + timedelta(seconds=5), conversation="one", **after))
    assert kept(journal, EVENTS, "answer_id") == ([("a-1",)] if is_again else [])


def test_questions_of_other_conversations_or_of_none_are_not_asked_again(
    journal: AnyJournal,
) -> None:
    journal.record(exchange("other", conversation="another"))
    assert _asked_at(journal, 0, 1, conversation=None) == []
    assert _asked_at(journal, 2) == []


def test_asked_again_counts_once_though_a_page_tells_it_too(journal: AnyJournal) -> None:
    journal.record(event("a-0", Use.ASKED_AGAIN))
    assert _asked_at(journal, 0, 10) == ["a-0"]


def test_questions_that_are_written_together_are_asked_again_too(journal: AnyJournal) -> None:
    now = datetime.now(UTC)
    later, earlier = now, now - timedelta(seconds=20)
    journal.record(
        exchange("a-1", at=earlier, conversation="one"),
        exchange("b-1", at=later, conversation="two"),
        exchange("a-2", at=later, conversation="one"),
        exchange("b-2", at=earlier, conversation="two"),
    )
    assert kept(journal, EVENTS, "answer_id") == [("a-1",)]


# Votes


def test_feedback_is_kept_with_the_moment_that_it_was_given(journal: AnyJournal) -> None:
    service = fake_service(journal=journal)
    started = datetime.now(UTC)
    for _ in range(3):
        service.feedback(Feedback(service.ask(Query("ціна")).answer_id, helpful=True))
    moments = [one.at for one in journal.votes(10)][::-1]
    through_time = [started, *moments, datetime.now(UTC)]
    assert len(moments) == 3 and through_time == sorted(through_time)
    assert {moment.tzinfo for moment in moments} == {UTC}


@pytest.mark.parametrize(
    ("limit", "expected"), [(0, []), (2, ["a-4", "a-3"]), (5, ["a-4", "a-3", "a-2", "a-1", "a-0"])]
)
def test_no_more_entries_come_back_than_asked_for(
    journal: AnyJournal, limit: int, expected: list[str]
) -> None:
    for number in range(5):
        journal.record(vote(f"a-{number}"))
    assert answers(journal.votes(limit)) == expected


def test_personal_data_is_masked_before_it_is_kept(journal: AnyJournal) -> None:
    question = "мій паспорт АА 123456, номер АА1234ВВ, 12.05.1990"
    comment = "дзвоніть 0\u200b67 123-45-67, ivan@ukr.net"
    journal.record(exchange(question=question), vote(comment=comment))
    assert kept(journal, QUESTIONS, "question", "same_as") == [
        2 * ("мій паспорт [документ], номер [номерний знак], [дата]",)
    ]
    assert kept(journal, FEEDBACK_TABLE, "comment") == [("дзвоніть [телефон], [пошта]",)]


def test_parts_lose_their_words_where_a_question_holds_personal_data(journal: AnyJournal) -> None:
    """A number may be cut in two between them, and small letters hide what capitals give away."""
    one, two = "ціна? 067 123", "45 67"
    journal.record(exchange("a-1", f"{one}. {two}?", parts=(part(one), part(two))))
    journal.record(exchange("a-2", "ціна? строк?", parts=(part("ціна"), part("строк"))))
    journal.record(exchange("a-3", "ціна", parts=(part("0671234567"), part("b"))))
    journal.record(exchange("a-4", "ціна 0671234567?", parts=(part("ціна 0671234567"),)))
    words = [[one["asked"] for one in parts] for (parts,) in kept(journal, QUESTIONS, "parts")]
    assert words == [["", ""], ["ціна", "строк"], ["[телефон]", "b"], ["ціна [телефон]?"]]


@pytest.mark.parametrize("before", range(980, 1_001, 4))
def test_personal_data_is_masked_wherever_an_overlong_question_is_cut(before: int) -> None:
    """Half a number would not be recognised."""
    question = exchange(
        question=("слово " * 200)[:before] + " 0671234567 " + "слово " * 200
    ).question
    assert len(question) <= 1_000 and not re.search(r"\d", question), question[-20:]


def test_a_long_comment_is_cut_after_masking(journal: AnyJournal) -> None:
    journal.record(vote(comment="я" * (MAX_COMMENT_CHARS - 4) + " 067 123 45 67"))
    assert journal.votes(1)[0].feedback.comment == "я" * (MAX_COMMENT_CHARS - 4) + " [те"


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "🚗\r\nї", "'; DROP TABLE feedback; --"])
def test_every_text_can_be_kept(journal: AnyJournal, text: str) -> None:
    journal.record(exchange(question=text, parts=(part("a"),)), vote(comment=text))
    [(question, parts)] = kept(journal, QUESTIONS, "question", "parts")
    assert question and [one["asked"] for one in parts] == [question]
    assert kept(journal, FEEDBACK_TABLE, "comment") == [(question,)]


def test_a_second_vote_on_an_answer_and_passage_replaces_the_first(journal: AnyJournal) -> None:
    for one in (vote(), vote("a-2")):
        journal.record(one)
    changed = vote(helpful=True, comment=None)
    journal.record(changed)
    votes = journal.votes(10)
    assert votes[0].feedback == changed.feedback
    assert answers(votes) == ["a-1", "a-2"]


def test_votes_on_other_passages_and_on_the_whole_answer_stay(journal: AnyJournal) -> None:
    given = ["licence-exchange.fee", None, "licence-exchange.term"]
    for passage_id in given * 2:
        journal.record(vote(passage_id=passage_id))
    assert [one.feedback.passage_id for one in journal.votes(10)] == given[::-1]


def test_purging_removes_what_is_older_and_says_how_much(journal: AnyJournal) -> None:
    for number in range(3):
        journal.record(vote(f"a-{number}"))
    moment = datetime.now(timezone(timedelta(hours=3)))
    journal.record(vote("later"))
    assert journal.purge(moment - timedelta(minutes=1)) == 0
    assert journal.purge(moment) == 3
    assert answers(journal.votes(10)) == ["later"]
    assert journal.purge(datetime.now(UTC) + timedelta(days=1)) == 1
    assert journal.votes(10) == []


def _everything_at(moment: datetime, number: int) -> list[Entry]:
    answer_id = f"a-{number}"
    return [
        exchange(answer_id, at=moment),
        Event(moment, answer_id, Use.COPIED),
        Vote(moment, replace(FEEDBACK, answer_id=answer_id)),
        AuditLine(moment, "k-1", "admin", f"export {number}"),
    ]


def _left(journal: AnyJournal) -> list[int]:
    """How much is left of questions, events, feedback, audit."""
    return [len(kept(journal, table, "at")) for table in (QUESTIONS, EVENTS, FEEDBACK_TABLE, AUDIT)]


def _aged(journal: AnyJournal, *days: int) -> datetime:
    """Keep one of everything that is so many days old."""
    now = datetime.now(UTC)
    for number, age in enumerate(days):
        journal.record(*_everything_at(now - timedelta(days=age, minutes=1), number))
    return now


def test_purging_removes_everything_but_lines_of_the_last_year(journal: AnyJournal) -> None:
    now = _aged(journal, 400, 100, 10, 0)
    assert journal.purge(now - timedelta(days=50)) == 7 and _left(journal) == [2, 2, 2, 3]
    assert journal.purge(now + timedelta(days=1)) == 6 and _left(journal) == [0, 0, 0, 3]


def test_what_is_older_than_the_days_that_are_kept_is_removed(journal: AnyJournal) -> None:
    now = _aged(journal, 400, 100, 10, 0)
    assert _trim_all(journal, Limits(days=90), now).old == 7
    assert _left(journal) == [2, 2, 2, 3]
    assert _trim_all(journal, Limits(days=90), now) == Trimmed()


def test_without_limits_only_lines_of_more_than_a_year_are_removed(journal: AnyJournal) -> None:
    now = _aged(journal, 4_000, 100)
    assert _trim_all(journal, Limits(), now) == Trimmed(old=1) and _left(journal) == [2, 2, 2, 1]


def test_the_oldest_questions_go_where_there_are_too_many(journal: AnyJournal) -> None:
    now = _aged(journal, 3, 2, 1, 0)
    assert _trim_all(journal, Limits(questions=3), now) == Trimmed(beyond=2)
    assert _trim_all(journal, Limits(questions=3), now) == Trimmed()
    assert kept(journal, QUESTIONS, "answer_id") == [("a-1",), ("a-2",), ("a-3",)]
    assert kept(journal, EVENTS, "answer_id") == [("a-1",), ("a-2",), ("a-3",)]
    assert len(journal.votes(10)) == 3


def test_of_votes_as_many_are_kept_as_of_questions_the_newest(journal: AnyJournal) -> None:
    now = datetime.now(UTC)
    voted = (Vote(now, replace(FEEDBACK, answer_id=f"a-{number}")) for number in range(5))
    journal.record(*voted)
    assert _trim_all(journal, Limits(questions=2), now) == Trimmed(beyond=3)
    assert kept(journal, FEEDBACK_TABLE, "answer_id") == [("a-3",), ("a-4",)]


def test_of_events_as_many_are_kept_as_so_many_answers_may_have(journal: AnyJournal) -> None:
    now = datetime.now(UTC)
    of_two = [Event(now, answer_id, use) for answer_id in ("a-1", "a-2") for use in Use]
    journal.record(*of_two)
    assert _trim_all(journal, Limits(questions=2), now) == Trimmed()
    journal.record(Event(now, "a-3", Use.OPENED), Event(now, "a-3", Use.COPIED))
    assert _trim_all(journal, Limits(questions=2), now) == Trimmed(beyond=2)
    left = [*((one.answer_id, one.use) for one in of_two[2:]), ("a-3", "opened"), ("a-3", "copied")]
    assert kept(journal, EVENTS, "answer_id", "use") == left


def test_what_is_removed_goes_in_portions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that whoever writes does not wait for a lock."""
    monkeypatch.setattr(sql, "PORTION", 2)
    now = datetime.now(UTC)
    with closing(SqlJournal.open(f"sqlite:///{tmp_path}/journal.sqlite")) as journal:
        aged = now - timedelta(days=9)
        journal.record(*(exchange(f"a-{number}", at=aged) for number in range(5)))
        journal.record(*(exchange(f"b-{number}") for number in range(5)))
        limits = Limits(days=5, questions=2)
        portions = [journal.trim(limits, now) for _ in range(4)]
        assert portions == [Trimmed(2, 2), Trimmed(1, 2), Trimmed(0, 1), Trimmed()]
        journal.record(*(Vote(now, replace(FEEDBACK, answer_id=f"b-{n}")) for n in range(5)))
        portions = [journal.trim(limits, now) for _ in range(3)]
        assert portions == [Trimmed(0, 2), Trimmed(0, 1), Trimmed()]
        assert journal.purge(now + timedelta(days=1)) == 4


def _trim_all(journal: AnyJournal, limits: Limits, now: datetime) -> Trimmed:
    removed = Trimmed()
    while portion := journal.trim(limits, now):
        removed += portion
    return removed


def test_a_vote_that_was_changed_is_as_old_as_its_change(journal: AnyJournal) -> None:
    journal.record(vote())
    moment = datetime.now(UTC)
    journal.record(vote(helpful=True))
    assert journal.purge(moment) == 0 and answers(journal.votes(10)) == ["a-1"]


def test_threads_lose_no_vote(journal: AnyJournal) -> None:
    voted = [f"a-{number}" for number in range(80)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda answer: journal.record(vote(answer)), voted))
    assert sorted(answers(journal.votes(100))) == sorted(voted)


def test_memory_keeps_the_newest_only() -> None:
    journal = MemoryJournal()
    for number in range(MAX_ENTRIES + 5):
        journal.record(vote(str(number)))
    votes = journal.votes(MAX_ENTRIES + 5)
    assert (len(votes), votes[0].feedback.answer_id) == (MAX_ENTRIES, str(MAX_ENTRIES + 4))


def test_no_journal_keeps_nothing_and_names_no_setting_to_whoever_votes() -> None:
    journal = NullJournal()
    journal.record(exchange(), event(), AuditLine(datetime.now(UTC), "k-1", "admin", "purge"))
    for use in (
        lambda: journal.record(vote()),
        lambda: journal.votes(10),
        lambda: journal.purge(datetime.now(UTC)),
    ):
        with pytest.raises(JournalError, match=r"^this installation keeps no feedback$"):
            use()
    journal.close()
