"""What the database counts for managers, in SQLite and PostgreSQL alike."""

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import CursorResult, event
from support.asked import FEE_QUESTION, NOW, gap, keep, question, refused, sqlite_in, used, vote

from qa_service.errors import JournalError
from qa_service.journal import reports
from qa_service.journal.reports import GATHERED, Reports, Scope
from qa_service.journal.reports_answers import (
    AnswerCount,
    HourCount,
    Latency,
    answers,
    first_at,
    hours,
    latency,
)
from qa_service.journal.reports_questions import disappointments, questions
from qa_service.journal.reports_rises import Rise, rises
from qa_service.journal.reports_votes import doubts, gaps, least_share, queue, votes
from qa_service.types import Certainty, Channel, Complaint, Reason

pytest_plugins = ["postgresql_server"]

WEEK = Scope(NOW, 7)
Counted = TypeVar("Counted")
BEFORE = NOW - timedelta(days=8)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of an empty database."""
    if request.param == "sqlite":
        yield sqlite_in(tmp_path)
    else:
        yield request.getfixturevalue("new_database")()


def read(url: str, insight: Callable[..., Counted], *given: object) -> Counted:
    with Reports.of(url).reading() as connection:
        return insight(connection, *given)


def five(**changes: Any) -> list[dict[str, Any]]:
    """The same question of five people."""
    return [question(**changes) for _ in range(5)]


# Which questions


def test_a_period_begins_at_midnight_of_kyiv_and_ends_now() -> None:
    assert WEEK.start == datetime(2026, 11, 20, 22, tzinfo=UTC)
    assert WEEK.before_start == datetime(2026, 11, 13, 22, tzinfo=UTC)
    assert WEEK.before_end == NOW - timedelta(days=7)


def test_a_period_across_a_change_of_clocks_still_begins_at_midnight() -> None:
    assert Scope(datetime(2026, 10, 27, 12, tzinfo=UTC), 7).start == datetime(
        2026, 10, 20, 21, tzinfo=UTC
    )


def test_hours_are_counted_by_channel_within_the_period(url: str) -> None:
    at = NOW - timedelta(hours=1)
    inside = [question(), question(), question(channel="operator")]
    outside = [question(at=WEEK.start - timedelta(seconds=1)), question(at=NOW)]
    keep(url, [*inside, *outside])
    assert read(url, hours, WEEK) == (
        HourCount(at, Channel.OPERATOR, 1),
        HourCount(at, Channel.SITE, 2),
    )


def test_a_channel_leaves_out_the_others(url: str) -> None:
    keep(url, [*five(), *five(channel="operator")])
    counted = read(url, hours, Scope(NOW, 7, Channel.OPERATOR))
    assert [(one.channel, one.asked) for one in counted] == [(Channel.OPERATOR, 5)]


def test_half_and_95_of_100_answers_took_at_most_so_long(url: str) -> None:
    keep(url, [question(took_ms=float(ms)) for ms in range(1, 101)])
    assert read(url, latency, WEEK) == (Latency(Channel.SITE, 50, 95),)


def test_answers_are_counted_in_the_period_and_in_the_one_before(url: str) -> None:
    keep(url, [*five(), question(at=BEFORE), refused(), refused("off_topic")])
    fee = ("licence-exchange", "licence-exchange.fee", Channel.SITE, Certainty.SURE, None)
    none = (None, None, Channel.SITE, Certainty.NONE)
    assert set(read(url, answers, WEEK)) == {
        AnswerCount(*fee, 5, 1),
        AnswerCount(*none, Reason.NOT_COVERED, 1, 0),
        AnswerCount(*none, Reason.OFF_TOPIC, 1, 0),
    }


def test_the_oldest_question_tells_since_when_there_is_a_journal(url: str) -> None:
    keep(url, [question(), question(at=BEFORE)])
    assert read(url, first_at) == BEFORE


def test_an_empty_journal_counts_nothing(url: str) -> None:
    keep(url)
    assert read(url, first_at) is None
    assert all(read(url, one, WEEK) == () for one in (hours, latency, answers, questions, votes))
    assert read(url, gaps).made_at is None


# Few people


def test_a_service_that_fewer_than_five_people_got_is_not_told_apart(url: str) -> None:
    keep(url, [*five()[:4], question(conversation="conversation of the fifth")])
    assert read(url, answers, WEEK)[0].service == "licence-exchange"
    keep(url, [question(service="plates", passage_id="plates.fee") for _ in range(4)])
    assert {one.service for one in read(url, answers, WEEK)} == {"licence-exchange", GATHERED}


def test_a_passage_of_few_people_is_counted_under_its_service(url: str) -> None:
    keep(url, [*five(), question(passage_id="licence-exchange.term")])
    named = {(one.service, one.passage_id) for one in read(url, answers, WEEK)}
    assert named == {
        ("licence-exchange", "licence-exchange.fee"),
        ("licence-exchange", GATHERED),
    }


def test_one_person_who_asks_often_is_not_five(url: str) -> None:
    keep(url, [question(conversation="the same") for _ in range(9)])
    assert read(url, questions, WEEK) == ()
    assert [one.service for one in read(url, answers, WEEK)] == [GATHERED]


def test_questions_without_a_conversation_are_one_person_an_hour(url: str) -> None:
    keep(url, [question(conversation=None) for _ in range(9)])
    assert read(url, questions, WEEK) == ()
    keep(url, [question(conversation=None, at=NOW - timedelta(hours=hour)) for hour in range(2, 6)])
    assert [one.asked for one in read(url, questions, WEEK)] == [13]


# Questions


def test_questions_are_the_most_frequent_first_in_the_words_asked_last(url: str) -> None:
    rare = five(question="Де забрати номери?")
    often = [
        *five(),
        question(question="СКІЛЬКИ коштує обмін прав?", at=NOW - timedelta(minutes=1)),
    ]
    lost = refused(same_as=FEE_QUESTION.lower())
    keep(url, [*rare, *often, lost, question(at=BEFORE)])
    first, second = read(url, questions, WEEK)
    assert first.question == "СКІЛЬКИ коштує обмін прав?"
    assert (first.asked, first.before, first.sure, first.refused) == (7, 1, 6, 1)
    assert (second.question, second.asked, second.before) == ("Де забрати номери?", 5, 0)


def test_what_people_asked_again_after_or_voted_down_disappoints(url: str) -> None:
    many = [*five(), question()]
    again = [used(one, "asked_again") for one in many[:5]]
    keep(url, many, again, [vote(many[0]), vote(many[5])])
    [found] = read(url, disappointments, WEEK).passages
    assert found.passage_id == "licence-exchange.fee"
    assert (found.asked_again, found.voted_down) == (5, 2)


def test_a_passage_that_disappoints_few_people_is_not_told_apart(url: str) -> None:
    many = five()
    keep(url, many, [used(one, "asked_again") for one in many[:4]])
    found = read(url, disappointments, WEEK)
    assert found.passages == () and dict(found.answers)[Channel.SITE] == 4


def test_an_answer_disappoints_its_channel_once(url: str) -> None:
    asked = [question(), question(), question(channel="operator")]
    events = [used(one, "asked_again") for one in (asked[0], asked[2])]
    keep(url, asked, events, [vote(asked[0])])
    assert dict(read(url, disappointments, WEEK).answers) == {
        Channel.SITE: 1,
        Channel.OPERATOR: 1,
        Channel.CHATBOT: 0,
    }


def test_a_guess_and_a_refusal_do_not_disappoint(url: str) -> None:
    weak = [*five(certainty="unsure"), *(refused() for _ in range(5))]
    keep(url, weak, [used(one, "asked_again") for one in weak])
    found = read(url, disappointments, WEEK)
    assert found.passages == () and sum(many for _, many in found.answers) == 0


def test_that_an_answer_is_missing_is_said_against_no_passage(url: str) -> None:
    many = five()
    missing = [vote(one, complaint="missing") for one in many]
    keep(url, many, (), missing)
    found = read(url, disappointments, WEEK)
    assert found.passages == () and dict(found.answers)[Channel.SITE] == 5
    assert read(url, votes, WEEK) == ()


def test_what_goes_on_a_talk_or_names_no_subject_is_none_of_the_questions(url: str) -> None:
    goes_on = five(question="а за кордоном", goes_on=True)
    nothing = five(question="скільки коштує")
    begun = [*five(question="номери за кордоном"), question(question="номери за кордоном")]
    odd = question(question="номери за кордоном", goes_on=True, passage_id="odd.one")
    keep(url, [*goes_on, *nothing, *begun, odd | {"at": NOW - timedelta(minutes=1)}])
    [found] = read(url, questions, WEEK)
    assert (found.question, found.asked) == ("номери за кордоном", 7)
    assert found.passage_id == "licence-exchange.fee"


# Rises


def daily(*counts: int, **changes: Any) -> list[dict[str, Any]]:
    """So many questions a day, the last ones today."""
    return [
        question(at=NOW - timedelta(days=ago, hours=1), **changes)
        for ago, many in enumerate(reversed(counts))
        for _ in range(many)
    ]


QUIET = (2, 3, 2, 2, 3, 2, 2, 3, 2, 2)
SINCE = NOW - timedelta(days=10)


def test_the_day_on_which_more_was_asked_than_on_those_before_is_told(url: str) -> None:
    quiet = daily(*QUIET, 2, question="яка ціна обміну")
    news = daily(*([0] * 8), 1, 30, 3, question="нові номери з гербом", service="plates")
    keep(url, [*quiet, *news])
    day = (NOW - timedelta(days=1)).date()
    assert read(url, rises, WEEK, SINCE) == (
        Rise("plates", None, day, 30, 1 / 8),
        Rise(None, "нові номери з гербом", day, 30, 1 / 8),
    )


def test_the_rush_of_a_week_day_is_no_rise(url: str) -> None:
    keep(url, daily(5, 20, 5, 5, 5, 5, 1, 1, 22, 5, 5))
    assert read(url, rises, WEEK, SINCE) == ()


def test_what_few_people_ask_often_or_a_young_journal_knows_is_no_rise(url: str) -> None:
    news = daily(*([0] * 9), 30, 0, conversation="the same")
    keep(url, news)
    assert read(url, rises, WEEK, SINCE) == ()
    keep(url, daily(*([0] * 9), 30, 0))
    assert read(url, rises, WEEK, NOW - timedelta(days=7)) == ()
    assert len(read(url, rises, WEEK, SINCE)) == 2
    assert read(url, rises, WEEK, None) == ()


# Votes, doubts, queue, gaps


def test_votes_are_on_the_passage_they_name_or_on_the_one_shown_first(url: str) -> None:
    asked = [question() for _ in range(6)]
    named = [vote(one, passage_id="licence-exchange.term") for one in asked[:5]]
    keep(url, asked, (), [*named, *(vote(one, complaint="unclear") for one in asked)])
    first, second = read(url, votes, WEEK)
    assert (first.passage_id, first.down, first.helpful) == ("licence-exchange.fee", 6, 0)
    assert first.complaints == ((Complaint.UNCLEAR, 6),)
    assert (second.passage_id, second.complaints) == (
        "licence-exchange.term",
        ((Complaint.OUTDATED, 5),),
    )


def test_passages_are_ordered_by_the_share_that_surely_voted_them_down(url: str) -> None:
    """Five of five tell more than eleven of sixteen, and than nine of a hundred."""
    asked = {name: [question(passage_id=name) for _ in range(9)] for name in ("a.a", "b.b", "c.c")}
    down = {"a.a": 6, "b.b": 5, "c.c": 9}
    against = [vote(one) for name, many in asked.items() for one in many[: down[name]]]
    for_a = [vote(question(), helpful=True, complaint=None, passage_id="a.a") for _ in range(4)]
    for_c = [vote(question(), helpful=True, complaint=None, passage_id="c.c") for _ in range(60)]
    keep(url, [one for many in asked.values() for one in many], (), [*against, *for_a, *for_c])
    assert [one.passage_id for one in read(url, votes, WEEK)] == ["b.b", "a.a", "c.c"]


@pytest.mark.parametrize(
    ("part", "whole", "least"), [(0, 10, 0.0), (5, 5, 0.566), (11, 16, 0.444), (50, 100, 0.404)]
)
def test_the_least_share_is_wilsons(part: int, whole: int, least: float) -> None:
    assert least_share(part, whole) == pytest.approx(least, abs=0.001)


def test_votes_of_few_people_and_praise_alone_are_left_out(url: str) -> None:
    few = five(passage_id="licence-exchange.term")[:4]
    praised = [*five(), *five(passage_id="licence-exchange.term")]
    praise = [vote(one, helpful=True, complaint=None) for one in praised]
    keep(url, [*few, *praised], (), [*map(vote, few), *praise])
    assert read(url, votes, WEEK) == ()


def test_the_queue_counts_complaints_by_state_whenever_they_were_made(url: str) -> None:
    old, new = question(at=BEFORE), question()
    feedback = [vote(old), vote(new), vote(question(), state="done")]
    keep(url, [old, new], (), [*feedback, vote(new, helpful=True, complaint=None)])
    waiting = {one.state: (one.complaints, one.oldest) for one in read(url, queue)}
    assert waiting["open"] == (2, BEFORE + timedelta(seconds=30))
    assert waiting["done"][0] == 1


def test_a_doubt_is_a_complaint_about_what_a_passage_says(url: str) -> None:
    asked = question()
    feedback = [
        vote(asked),
        vote(asked, passage_id="licence-exchange.term", complaint="unclear"),
        vote(asked, complaint="other_question"),
        vote(asked, complaint="missing"),
        vote(asked, complaint=None),
        vote(asked, state="dismissed"),
        vote(question(at=BEFORE), passage_id="licence-exchange.fee"),
    ]
    keep(url, [asked], (), feedback)
    found = read(url, doubts, NOW - timedelta(days=2))
    assert {one.passage_id for one in found} == {"licence-exchange.fee", "licence-exchange.term"}
    assert len(found) == 2


def test_gaps_are_those_computed_last_from_five_people_on(url: str) -> None:
    older = gap(made_at=NOW - timedelta(days=1), question="старе")
    few = gap(conversations=4, question="замало")
    dismissed = gap(question="не писатимемо", state="dismissed", conversations=99)
    keep(url, gaps=[older, few])
    keep(url, gaps=[gap(asked=6, conversations=5), gap()])
    keep(url, gaps=[dismissed])
    found = read(url, gaps)
    assert found.made_at == NOW - timedelta(hours=2)
    assert [one.asked for one in found.gaps] == [12, 6]
    assert found.gaps[0].weekly == (2, 3, 7) and found.gaps[0].others[0] == "права для марсіан"


# The database


@pytest.mark.parametrize("passages", [5, 60])
def test_all_passages_are_looked_at_in_so_many_statements(tmp_path: Path, passages: int) -> None:
    url = keep(
        sqlite_in(tmp_path),
        [one for n in range(passages) for one in five(service=f"s{n}", passage_id=f"s{n}.fee")],
    )
    statements: list[str] = []
    with Reports.of(url).reading() as connection:
        event.listen(
            connection, "before_cursor_execute", lambda *given: statements.append(given[2])
        )
        found = answers(connection, WEEK)
    assert len(statements) == 3 and len(found) == passages


def test_a_report_never_writes(tmp_path: Path) -> None:
    url = keep(sqlite_in(tmp_path), [question()])
    with pytest.raises(JournalError, match="readonly"), Reports.of(url).reading() as connection:
        connection.exec_driver_sql("DELETE FROM questions")


def test_a_journal_that_is_not_there_is_said_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="there is no journal in"):
        read(sqlite_in(tmp_path), hours, WEEK)
    assert list(tmp_path.iterdir()) == []


def test_a_journal_of_an_older_version_says_what_to_do(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "journal.sqlite").execute("CREATE TABLE feedback (id)")
    with pytest.raises(JournalError, match="older version: start the service"):
        read(sqlite_in(tmp_path), hours, WEEK)


def test_a_journal_of_a_newer_version_says_what_to_do(tmp_path: Path) -> None:
    url = keep(sqlite_in(tmp_path))
    with sqlite3.connect(tmp_path / "journal.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '99'")
    with pytest.raises(JournalError, match="newer version of the service: update"):
        read(url, hours, WEEK)


def test_a_journal_that_somebody_writes_to_is_read(tmp_path: Path) -> None:
    url = keep(sqlite_in(tmp_path), [question()])
    with sqlite3.connect(tmp_path / "journal.sqlite") as writing:
        writing.execute("BEGIN IMMEDIATE")
        assert len(read(url, hours, WEEK)) == 1


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def test_a_report_that_takes_too_long_is_given_up(url: str) -> None:
    keep(url)
    within = Reports.of(url).reading(within_s=0.05)
    with pytest.raises(JournalError, match="shorter period"), within as connection:
        connection.exec_driver_sql(ENDLESS)


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second goes by with each look at the clock."""
    clock = itertools.count()
    monkeypatch.setattr(reports, "monotonic", lambda: next(clock))


@pytest.mark.usefixtures("ticking")
def test_short_statements_that_together_take_too_long_are_given_up(url: str) -> None:
    keep(url)
    within, done = Reports.of(url).reading(within_s=20), 0
    with pytest.raises(JournalError, match="shorter period"), within as connection:
        while done < 50:
            connection.exec_driver_sql("SELECT 1")
            done += 1
    assert 5 < done < 20


@pytest.mark.usefixtures("ticking")
def test_a_long_statement_after_others_is_given_up_too(tmp_path: Path) -> None:
    url = keep(sqlite_in(tmp_path))
    within = Reports.of(url).reading(within_s=20)
    with pytest.raises(JournalError, match="shorter period"), within as connection:
        for statement in ("SELECT 1", "SELECT 1", ENDLESS):
            connection.exec_driver_sql(statement)


@pytest.mark.slow
@pytest.mark.usefixtures("ticking")
def test_each_statement_has_the_time_that_those_before_left(
    new_database: Callable[[], str],
) -> None:
    """PostgreSQL limits each by itself."""
    with Reports.of(keep(new_database())).reading(within_s=20) as connection:
        first, second = (connection.exec_driver_sql("SHOW statement_timeout") for _ in range(2))
    assert 20 > _seconds(first) > _seconds(second) > 0


def _seconds(shown: CursorResult[Any]) -> int:
    return int(str(shown.scalar_one()).removesuffix("s"))


def plan_of(url: str, insight: Callable[..., object]) -> str:
    """How SQLite counts what `insight` groups."""
    statements: list[tuple[str, Any]] = []
    with Reports.of(url).reading() as connection:
        event.listen(
            connection, "before_cursor_execute", lambda *given: statements.append(given[2:4])
        )
        insight(connection, WEEK)
        counting, given = next(one for one in statements if "GROUP BY" in one[0])
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {counting}", given).all()
    return "; ".join(row.detail for row in plan)


@pytest.mark.parametrize(
    ("insight", "index"),
    [
        (hours, "ix_questions_at"),
        (latency, "ix_questions_at"),
        (answers, "ix_questions_passage"),
        (questions, "ix_questions_same_as"),
    ],
)
def test_counting_reads_an_index_instead_of_the_wide_rows(
    tmp_path: Path, insight: Callable[..., object], index: str
) -> None:
    url = keep(sqlite_in(tmp_path), five())
    assert f"USING COVERING INDEX {index}" in plan_of(url, insight)


@pytest.mark.parametrize("insight", [answers, questions])
def test_groups_come_in_the_order_of_the_index_and_are_not_sorted(
    tmp_path: Path, insight: Callable[..., object]
) -> None:
    url = keep(sqlite_in(tmp_path), five())
    assert "TEMP B-TREE FOR GROUP BY" not in plan_of(url, insight)
