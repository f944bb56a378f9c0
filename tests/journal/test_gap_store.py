"""Gaps in the journal: which questions count as unanswered, and that a run replaces the last."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.queue_rows import NOW, Rows

from qa_service.errors import NotFoundError
from qa_service.journal.gaps import Gap, GapStore

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
