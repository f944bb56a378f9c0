"""Gaps in the journal: which questions count as unanswered, and that a run replaces the last."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.queue_rows import NOW, Rows

from qa_service.errors import NotFoundError
from qa_service.journal import Limits
from qa_service.journal.gaps import Gap, GapState, GapStore
from qa_service.journal.queue import Editor
from qa_service.journal.sql import SqlJournal

OLENA = Editor("Олена", "editor")
GAP = Gap("самокат", ("права на самокат",), 9, 6, NOW, NOW, (1, 8), "licence-first", None)


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[Rows]:
    with closing(Rows.in_folder(tmp_path)) as made:
        yield made


def test_questions_that_a_text_could_answer_count_as_unanswered(rows: Rows) -> None:
    for reason in ("not_covered", "no_match", "low_confidence", "off_topic", "live_data"):
        rows.question(reason, reason=reason)
    rows.question("sure", certainty="sure", reason=None)
    rows.question("unsure", certainty="unsure", reason=None)
    rows.question("old", at=NOW - timedelta(days=31))
    found = GapStore(rows.tables).unanswered(NOW - timedelta(days=30))
    assert {one.question for one in found} == {"not_covered", "no_match", "low_confidence"}


def test_an_answer_of_which_somebody_said_that_it_is_none_counts_too(rows: Rows) -> None:
    rows.vote("немає такого", complaint="missing")
    rows.vote("застаріле", complaint="outdated")
    found = GapStore(rows.tables).unanswered(NOW - timedelta(days=30))
    assert [one.question for one in found] == ["немає такого"]


def test_what_no_text_can_say_never_counts_even_if_people_miss_it(rows: Rows) -> None:
    for reason in ("live_data", "small_talk", "empty", "too_long", "personal_data_only"):
        rows.vote(reason, "missing", asked={"certainty": "none", "reason": reason})
    rows.vote("off_topic", "missing", asked={"certainty": "none", "reason": "off_topic"})
    found = GapStore(rows.tables).unanswered(NOW - timedelta(days=30))
    assert [one.question for one in found] == ["off_topic"]


def test_what_went_on_a_talk_counts_only_with_a_subject_that_no_text_covers(rows: Rows) -> None:
    for question, reason in (
        ("а за кордоном", "low_confidence"),
        ("а де це зробити", "not_covered"),
        ("права на самокат", "not_covered"),
    ):
        rows.question(question, reason=reason, goes_on=True)
    rows.vote("це не те", "missing", asked={"goes_on": True})
    found = GapStore(rows.tables).unanswered(NOW - timedelta(days=30))
    assert [one.question for one in found] == ["права на самокат"]


def test_a_dismissed_gap_stays_so_when_it_is_found_again_by_other_words(rows: Rows) -> None:
    store = GapStore(rows.tables)
    store.replace([GAP, replace(GAP, question="дрон", questions=())], NOW)
    number = next(kept.id for kept in store.gaps() if kept.gap == GAP)
    assert store.handle(number, GapState.DISMISSED, OLENA)
    assert not store.handle(number, GapState.DISMISSED, OLENA)
    again = replace(GAP, question="це інше", questions=("Права на самокат?",), asked=40)
    for _ in range(2):
        store.replace([again], NOW)
    assert store.gaps() == []
    [kept] = store.gaps(GapState.DISMISSED)
    assert (kept.id, kept.gap, kept.handled_by) == (number, again, "Олена") and kept.handled_at


def test_a_dismissed_gap_that_is_not_found_for_a_night_is_not_forgotten(rows: Rows) -> None:
    store = GapStore(rows.tables)
    store.replace([GAP], NOW)
    store.handle(store.gaps()[0].id, GapState.DISMISSED, OLENA)
    store.replace([], NOW)
    store.replace([GAP, replace(GAP, question="дрон", questions=())], NOW)
    assert [kept.gap.question for kept in store.gaps()] == ["дрон"]


@pytest.mark.parametrize("by", ["purge", "trim"])
def test_a_gap_is_forgotten_with_the_last_of_its_questions(rows: Rows, by: str) -> None:
    """However lately it was found, and a dismissed one too."""
    old = replace(GAP, question="дрон", questions=(), last_at=NOW - timedelta(days=91))
    dismissed = replace(old, question="тонування", conversations=20)
    kept = replace(GAP, last_at=NOW - timedelta(days=89))
    store = GapStore(rows.tables)
    store.replace([old, dismissed, kept], NOW)
    store.handle(store.gaps()[0].id, GapState.DISMISSED, OLENA)
    with closing(SqlJournal.open(rows.url)) as journal:
        if by == "purge":
            assert journal.purge(NOW - timedelta(days=90)) == 2
        else:
            assert journal.trim(Limits(days=90), NOW).old == 2
    assert [one.gap for state in GapState for one in store.gaps(state)] == [kept]


def test_each_change_of_a_gap_is_a_line_of_the_audit(rows: Rows) -> None:
    store = GapStore(rows.tables)
    store.replace([GAP], NOW)
    number = store.gaps()[0].id
    store.handle(number, GapState.DISMISSED, OLENA)
    store.handle(number, GapState.OPEN, OLENA)
    assert rows.audit() == [
        ("Олена", "editor", "gap", f"dismissed: #{number}"),
        ("Олена", "editor", "gap", f"open: #{number}"),
    ]
    [kept] = store.gaps()
    assert (kept.handled_by, kept.handled_at) == (None, None)


def test_a_run_replaces_the_one_before(rows: Rows) -> None:
    store = GapStore(rows.tables)
    store.replace([GAP, replace(GAP, question="дрон", conversations=7)], NOW)
    assert [kept.gap.question for kept in store.gaps()] == ["дрон", "самокат"]
    store.replace([GAP], NOW)
    [kept] = store.gaps()
    assert kept.gap == GAP and kept.made_at == NOW
    store.replace([], NOW)
    assert store.gaps() == []


def test_a_gap_that_is_found_again_keeps_its_number_and_no_other_gets_it(rows: Rows) -> None:
    store = GapStore(rows.tables)
    store.replace([GAP, replace(GAP, question="дрон")], NOW)
    number = {kept.gap.question: kept.id for kept in store.gaps()}
    store.replace([replace(GAP, question="тонування"), replace(GAP, question="дрон")], NOW)
    again = {kept.gap.question: kept.id for kept in store.gaps()}
    assert again["дрон"] == number["дрон"]
    assert again["тонування"] not in number.values()


def test_an_unknown_gap_is_not_found(rows: Rows) -> None:
    with pytest.raises(NotFoundError):
        GapStore(rows.tables).gap(404)
