"""Rows of a small journal for whatever reads it: questions, what was done with their answers and
said of them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from qa_service.journal.database import make_engine, parse
from qa_service.journal.schema import prepare
from qa_service.journal.tables import EVENTS, FEEDBACK, GAPS, QUESTIONS

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
FEE_QUESTION = "Скільки коштує обмін прав?"

Row = dict[str, Any]
_numbers = count(1)


def question(**changes: Any) -> Row:
    """One of somebody else, an hour before NOW, certain of the fee of `support.fakes`."""
    number = next(_numbers)
    text = changes.get("question", FEE_QUESTION)
    return {
        "at": NOW - timedelta(hours=1),
        "answer_id": f"answer-{number}",
        "channel": "site",
        "question": text,
        "same_as": text.lower(),
        "language": "uk",
        "certainty": "sure",
        "reason": None,
        "confidence": 0.9,
        "service": "licence-exchange",
        "topic": "fee",
        "passage_id": "licence-exchange.fee",
        "shown": ["licence-exchange.fee"],
        "parts": [],
        "index_version": "v1",
        "took_ms": 10.0,
        "conversation": f"conversation-{number}",
        "goes_on": False,
    } | changes


def refused(reason: str = "not_covered", **changes: Any) -> Row:
    """A question without an answer."""
    found = {"service": None, "topic": None, "passage_id": None}
    return question(**{"certainty": "none", "reason": reason, **found, **changes})


def used(of: Row, use: str) -> Row:
    """Something that was done with the answer to a question, ten seconds later."""
    return {"at": of["at"] + timedelta(seconds=10), "answer_id": of["answer_id"], "use": use}


def vote(of: Row, **changes: Any) -> Row:
    """A complaint about the answer to a question, half a minute later."""
    return {
        "at": of["at"] + timedelta(seconds=30),
        "answer_id": of["answer_id"],
        "passage_id": None,
        "helpful": False,
        "complaint": "outdated",
        "comment": None,
        "state": "open",
        "handled_at": None,
        "handled_by": None,
    } | changes


def gap(**changes: Any) -> Row:
    return {
        "made_at": NOW - timedelta(hours=2),
        "question": "Чи видають права на інопланетян?",
        "questions": ["права для марсіан", "як отримати права з Марса"],
        "asked": 12,
        "conversations": 9,
        "first_at": NOW - timedelta(days=20),
        "last_at": NOW - timedelta(days=1),
        "weekly": [2, 3, 7],
        "service": "licence-exchange",
        "passage_id": "licence-exchange.fee",
        "state": "open",
    } | changes


def keep(
    url: str,
    questions: Sequence[Row] = (),
    events: Sequence[Row] = (),
    feedback: Sequence[Row] = (),
    gaps: Sequence[Row] = (),
) -> str:
    """Write the rows to a journal, which is made where it is missing; returns its URL."""
    engine = make_engine(parse(url))
    prepare(engine)
    with engine.begin() as connection:
        for table, rows in (
            (QUESTIONS, questions),
            (EVENTS, events),
            (FEEDBACK, feedback),
            (GAPS, gaps),
        ):
            if rows:
                connection.execute(insert(table), list(rows))
    engine.dispose()
    return url


def sqlite_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'journal.sqlite'}"
