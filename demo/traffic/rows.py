"""Talks -> rows of the journal's tables, written in bulk."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection, Table, insert

from demo.traffic.talks import Asked, Vote
from qa_service.journal.sql import SqlJournal
from qa_service.journal.tables import EVENTS, FEEDBACK, QUESTIONS
from qa_service.text.normalise import normalise
from qa_service.text.personal import mask

_TOGETHER = 2_000
_USUAL_MS, _SPREAD = 2.3, 0.5  # of the logarithm of milliseconds: some 10 ms
_STATES = {"done": 6, "dismissed": 3, "drafted": 2, "open": 3}
_HANDLED_AFTER_DAYS = (1, 12)

Row = dict[str, Any]


def write(url: str, asked: Iterable[Asked], rng: Random, now: datetime) -> int:
    """Into the journal that `url` names; its tables are made where they are missing.

    What would have happened after `now` is left out. The number of questions. Raises JournalError,
    IntegrityError where the same month stands there already.
    """
    journal, count = SqlJournal.open(url), 0
    pending: dict[Table, list[Row]] = {QUESTIONS: [], EVENTS: [], FEEDBACK: []}
    with closing(journal), journal.engine.begin() as connection:
        for count, one in enumerate(asked, 1):  # noqa: B007
            pending[QUESTIONS].append(_question(one, rng))
            pending[EVENTS] += _events(one, now)
            if one.vote and one.at + timedelta(seconds=one.vote.after_s) < now:
                pending[FEEDBACK].append(_feedback(one, one.vote, rng, now))
            _insert(connection, pending, _TOGETHER)
        _insert(connection, pending, 1)
    return count


def _insert(connection: Connection, pending: dict[Table, list[Row]], least: int) -> None:
    for table, rows in pending.items():
        if len(rows) >= least:
            connection.execute(insert(table), rows)
            rows.clear()


def _question(one: Asked, rng: Random) -> Row:
    given = one.given
    question = mask(one.query.question)
    return {
        "at": one.at,
        "answer_id": one.answer_id,
        "channel": str(one.query.channel),
        "question": question,
        "same_as": normalise(question),
        "language": given.language,
        "certainty": str(given.certainty),
        "reason": given.reason and str(given.reason),
        "confidence": given.confidence,
        "service": given.service,
        "topic": given.topic,
        "passage_id": given.passage_id,
        "shown": list(given.shown),
        "parts": [asdict(part) for part in given.parts],
        "index_version": given.index_version,
        "took_ms": round(rng.lognormvariate(_USUAL_MS, _SPREAD), 2),
        "conversation": one.query.conversation,
        "goes_on": one.goes_on,
    }


def _events(one: Asked, now: datetime) -> Iterator[Row]:
    for after_s, use in one.uses:
        at = one.at + timedelta(seconds=after_s)
        if at < now:
            yield {"at": at, "answer_id": one.answer_id, "use": str(use)}


def _feedback(one: Asked, vote: Vote, rng: Random, now: datetime) -> Row:
    """Praise needs no editor; complaints are worked off, the oldest first."""
    at = one.at + timedelta(seconds=vote.after_s)
    handled_at = at + timedelta(days=rng.uniform(*_HANDLED_AFTER_DAYS))
    state = rng.choices(list(_STATES), list(_STATES.values()))[0]
    is_open = vote.helpful or handled_at > now or state == "open"
    return {
        "at": at,
        "answer_id": one.answer_id,
        "passage_id": one.given.passage_id,
        "helpful": vote.helpful,
        "complaint": vote.complaint and str(vote.complaint),
        "comment": vote.comment and mask(vote.comment),
        "state": "open" if is_open else state,
        "handled_at": None if is_open else handled_at,
        "handled_by": None if is_open else rng.choice(("editor-1", "editor-2")),
    }
