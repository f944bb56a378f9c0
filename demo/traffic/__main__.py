"""Fills a journal with a month of made-up questions, or asks some of a running service.

python -m demo.traffic --url sqlite:///demo.sqlite --days 30
python -m demo.traffic --real 500 --service http://127.0.0.1:8000
"""

import argparse
import sys
from datetime import UTC, datetime
from random import Random

from sqlalchemy.exc import IntegrityError

from demo.traffic.asking import Client
from demo.traffic.engine import remembered
from demo.traffic.judged import judged
from demo.traffic.month import load_world, month, some_talks
from demo.traffic.rows import write
from qa_service.bootstrap import load_service
from qa_service.settings import load_settings


def main() -> None:
    given = _arguments()
    world, until = load_world(given.seed), given.until.astimezone(UTC)
    if given.real:
        client = Client(given.service, given.key)
        told = some_talks(world, client.answering(), seed=given.seed, questions=given.real)
        count = sum(1 for _ in map(client.tell, told))
        print(f"asked {count} questions of {given.service}")  # noqa: T201
        return
    answering = judged(world) if given.judged else remembered(load_service(load_settings()).ask)
    size = {"days": given.days, "questions": given.questions}
    asked = month(world, answering, seed=given.seed, now=until, **size)
    try:
        count = write(given.url, asked, Random(given.seed), until)  # noqa: S311 - made up
    except IntegrityError:
        sys.exit(f"{given.url} holds this month already: take an empty database or another --seed")
    print(f"wrote {count} questions of {given.days} days")  # noqa: T201


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m demo.traffic",
        description="Fills a journal with made-up questions, or asks some of a running service.",
    )
    add = parser.add_argument
    add("--url", default="sqlite:///demo.sqlite", help="database to write (default: %(default)s)")
    add("--days", type=int, default=30, help="days up to now (default: %(default)s)")
    add("--questions", type=int, default=30_000, help="about so many (default: %(default)s)")
    add("--seed", type=int, default=1, help="another seed, another month (default: %(default)s)")
    add(
        "--judged",
        action="store_true",
        help="do not ask the engine: answer as the questions are judged, in seconds",
    )
    add(
        "--until",
        type=datetime.fromisoformat,
        default=datetime.now(UTC),
        help="the end, such as 2026-11-27T18:00 (default: now)",
    )
    add("--real", type=int, default=0, help="write nothing: ask so many of a running service")
    add("--service", default="http://127.0.0.1:8000", help="its address (default: %(default)s)")
    add("--key", default="", help="key to ask with")
    return parser.parse_args()


if __name__ == "__main__":
    main()
