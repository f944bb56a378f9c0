"""One process at a time does what is for all, however many share a journal."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support.queue_rows import NOW, Rows

from qa_service.journal.jobs import LEASE, Jobs

DAY = timedelta(days=1)


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[Rows]:
    with closing(Rows.in_folder(tmp_path)) as made:
        yield made


def test_of_many_at_once_one_gets_the_claim(rows: Rows) -> None:
    askers = [Jobs(rows.tables) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda jobs: jobs.claim("gaps", DAY), askers))
    assert got.count(True) == 1


@pytest.mark.parametrize(
    ("claimed", "finished", "is_due"),
    [
        (NOW - DAY, NOW - DAY, True),
        (NOW - DAY + timedelta(minutes=1), NOW - timedelta(hours=2), False),
        (NOW - timedelta(minutes=1), None, False),
        (NOW - LEASE, None, True),
        (NOW + DAY, NOW + DAY, True),
    ],
    ids=["a day ago", "today", "running", "killed", "by a clock that was wrong"],
)
def test_a_claim_is_due(
    rows: Rows, claimed: datetime, finished: datetime | None, is_due: bool
) -> None:
    rows.claim("gaps", claimed, finished)
    assert Jobs(rows.tables).claim("gaps", DAY, at=NOW) is is_due


def test_by_hand_it_may_run_whenever_it_does_not_run(rows: Rows) -> None:
    jobs = Jobs(rows.tables)
    assert jobs.claim("gaps")
    assert not jobs.claim("gaps")
    with jobs.finishing("gaps"):
        assert jobs.finished_at("gaps") is None
    assert jobs.finished_at("gaps") is not None
    assert jobs.claim("gaps")


def _failed(rows: Rows) -> Jobs:
    jobs = Jobs(rows.tables)
    jobs.claim("gaps", at=NOW)
    with pytest.raises(ZeroDivisionError), jobs.finishing("gaps"):
        raise ZeroDivisionError
    return jobs


def test_what_failed_may_run_again_at_once_by_hand(rows: Rows) -> None:
    assert _failed(rows).claim("gaps", at=NOW)


@pytest.mark.parametrize(("later", "is_due"), [(LEASE / 2, False), (LEASE, True)])
def test_what_failed_is_due_again_soon_but_not_at_once(
    rows: Rows, later: timedelta, is_due: bool
) -> None:
    assert _failed(rows).claim("gaps", DAY, at=NOW + later) is is_due


def test_what_failed_has_not_finished_until_a_run_succeeds(rows: Rows) -> None:
    jobs = _failed(rows)
    assert jobs.finished_at("gaps") is None
    jobs.claim("gaps", at=NOW)
    with jobs.finishing("gaps"):
        pass
    assert jobs.finished_at("gaps") is not None
    assert not jobs.claim("gaps", DAY, at=NOW + LEASE)


def test_jobs_do_not_wait_for_each_other(rows: Rows) -> None:
    jobs = Jobs(rows.tables)
    assert jobs.claim("gaps") and jobs.claim("another")
