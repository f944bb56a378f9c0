"""Made-up rows of the journal by the million, to measure what reads them. Deterministic.

They are varied where reports group: a long tail of questions, all passages, hours, channels and
reasons. How people really talk is another thing; a believable month is made elsewhere.
"""

import json
import random
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path

from sqlalchemy import create_engine

from qa_service.journal.schema import prepare

TRAIN = Path("corpus/questions/train.jsonl")
BATCH = 20_000
HOUR_WEIGHTS = (1, 1, 1, 1, 1, 2, 4, 8, 20, 30, 32, 30, 26, 28, 28, 26, 22, 16, 10, 8, 6, 4, 3, 2)
CHANNELS, CHANNEL_WEIGHTS = ("site", "operator", "chatbot"), (50, 35, 15)
REASONS, REASON_WEIGHTS = ("not_covered", "off_topic", "live_data", "low_confidence"), (5, 3, 3, 4)
COMPLAINTS = ("outdated", "other_question", "unclear", "broken_link", "missing")
_KNOWN, _TAIL, _UNANSWERABLE = 0.97, 3, 4_000


@dataclass(frozen=True, slots=True)
class Known:
    """A question of the corpus, and the passage that answers it; None where none does."""

    text: str
    service: str | None
    topic: str | None
    passage: str | None


def known_questions() -> list[Known]:
    rows = list(map(json.loads, TRAIN.read_text("utf-8").splitlines()))
    unanswerable = [row for row in rows if not row["passages"]]
    rows = [row for row in rows if row["passages"]] + unanswerable[:_UNANSWERABLE]
    return [
        Known(
            row["question"],
            next(iter(row.get("services", ())), None),
            row.get("topic"),
            next(iter(row["passages"]), None),
        )
        for row in rows
    ]


def fill(file: Path, rows: int, days: int, now: datetime) -> None:
    """Make a journal of `rows` questions over `days` before `now`, in SQLite's `file`."""
    engine = create_engine(f"sqlite:///{file}")
    prepare(engine)
    engine.dispose()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        dice = random.Random(16)
        made = _questions(dice, rows, days, now)
        while batch := list(islice(made, BATCH)):
            _insert(connection, "questions", [one for one, _, _ in batch])
            _insert(connection, "events", [two for _, two, _ in batch if two])
            _insert(connection, "feedback", [three for _, _, three in batch if three])
            connection.commit()
        connection.execute("PRAGMA optimize")


Row = dict[str, object]


def _insert(connection: sqlite3.Connection, table: str, rows: Sequence[Row]) -> None:
    if rows:
        names = ", ".join(f'"{name}"' for name in rows[0])
        marks = ", ".join("?" * len(rows[0]))
        values = (tuple(row.values()) for row in rows)
        connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)


def _questions(
    dice: random.Random, rows: int, days: int, now: datetime
) -> Iterator[tuple[Row, Row | None, Row | None]]:
    """Each question with what was done with its answer and said of it, the oldest first."""
    known = known_questions()
    dice.shuffle(known)
    heavy_tail = list(accumulate(1 / (rank + _TAIL) for rank in range(len(known))))
    hours = sorted(_hours(dice, rows, days))
    conversation = ""
    for number, hour in enumerate(hours):
        at = now - timedelta(hours=days * 24 - hour, seconds=dice.randrange(3_600))
        one = dice.choices(known, cum_weights=heavy_tail)[0]
        goes_on = dice.random() < 1 / 3
        conversation = conversation if goes_on and conversation else f"{dice.getrandbits(96):024x}"
        question = _question(dice, number, at, one, conversation, goes_on)
        yield question, _event(dice, question, at), _vote(dice, question, at)


def _hours(dice: random.Random, rows: int, days: int) -> Iterator[int]:
    by_day = dice.choices(range(days), k=rows)
    by_hour = dice.choices(range(24), HOUR_WEIGHTS, k=rows)
    return (24 * day + hour for day, hour in zip(by_day, by_hour, strict=True))


def _question(
    dice: random.Random, number: int, at: datetime, one: Known, conversation: str, goes_on: bool
) -> Row:
    certainty = dice.choices(("sure", "unsure", "none"), (70, 18, 12))[0]
    certainty = certainty if one.passage else "none"
    text = one.text if dice.random() < _KNOWN else f"{one.text} {number}"
    return {
        "at": _stored(at),
        "answer_id": f"{dice.getrandbits(96):024x}",
        "channel": dice.choices(CHANNELS, CHANNEL_WEIGHTS)[0],
        "question": text,
        "same_as": text.lower(),
        "language": "uk",
        "certainty": certainty,
        "reason": dice.choices(REASONS, REASON_WEIGHTS)[0] if certainty == "none" else None,
        "confidence": dice.random(),
        "service": one.service,
        "topic": one.topic,
        "passage_id": one.passage,
        "shown": json.dumps([one.passage] * 3),
        "parts": json.dumps([{"asked": text, "topic": one.topic, "passage_id": one.passage}]),
        "index_version": "20261127T083039149159Z-3e13fd633c30",
        "took_ms": round(dice.lognormvariate(2.3, 0.5), 3),
        "conversation": conversation,
        "goes_on": int(goes_on),
    }


def _event(dice: random.Random, question: Row, at: datetime) -> Row | None:
    use = dice.choices(("copied", "asked_again", "opened", None), (30, 8, 12, 50))[0]
    if use is None:
        return None
    later = at + timedelta(seconds=dice.randrange(5, 60))
    return {"at": _stored(later), "answer_id": question["answer_id"], "use": use}


def _vote(dice: random.Random, question: Row, at: datetime) -> Row | None:
    if dice.random() > 0.03:
        return None
    helpful = dice.random() < 0.7
    return {
        "at": _stored(at + timedelta(seconds=30)),
        "answer_id": question["answer_id"],
        "passage_id": question["passage_id"],
        "helpful": int(helpful),
        "complaint": None if helpful else dice.choice(COMPLAINTS),
        "comment": None,
        "state": "done" if helpful else dice.choice(("open", "drafted", "done", "dismissed")),
    }


def _stored(at: datetime) -> str:
    """As SQLAlchemy writes a time into SQLite."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
