"""How long the journal's reports take: `python -m bench.insights [--rows 1000000] [--file F]`
fills an SQLite journal, reads a period that holds all of it, prints the seconds of each insight.
"""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from sqlalchemy import Connection

from bench.insight_rows import fill
from qa_service.insights.figures import read_figures
from qa_service.journal import reports_answers, reports_questions, reports_rises, reports_votes
from qa_service.journal.reports import Reports, Scope

DAYS = 90


def insights(scope: Scope) -> dict[str, Callable[[Connection], object]]:
    first = scope.start
    return {
        "hours": lambda connection: reports_answers.hours(connection, scope),
        "latency": lambda connection: reports_answers.latency(connection, scope),
        "answers": lambda connection: reports_answers.answers(connection, scope),
        "questions": lambda connection: reports_questions.questions(connection, scope),
        "disappointing": lambda connection: reports_questions.disappointments(connection, scope),
        "risen services": lambda connection: reports_rises.services(connection, scope, first),
        "risen questions": lambda connection: reports_rises.questions(connection, scope, first),
        "votes": lambda connection: reports_votes.votes(connection, scope),
        "queue": reports_votes.queue,
        "doubts": lambda connection: reports_votes.doubts(connection, scope.start),
        "gaps": reports_votes.gaps,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--file", type=Path, help="kept, and used as it is where it exists")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        file = given.file or Path(folder) / "journal.sqlite"
        now = datetime.now(UTC)
        if not file.exists():
            seconds = timed(lambda: fill(file, given.rows, DAYS, now))
            print(f"filled: {given.rows} rows, {file.stat().st_size / 1e6:.0f} MB, {seconds:.0f} s")
        measure(Reports.of(f"sqlite:///{file}"), Scope(now + timedelta(days=1), DAYS + 1))


def measure(reports: Reports, scope: Scope) -> None:
    with reports.reading() as connection:
        for name, read in insights(scope).items():
            print(f"{name:16}{timed(lambda read=read: read(connection)):8.2f} s")  # type: ignore[misc]
    print(f"{'all of a page':16}{timed(lambda: read_figures(reports, scope)):8.2f} s")


def timed(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


if __name__ == "__main__":
    main()
