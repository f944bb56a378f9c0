"""A journal with some complaints and two gaps, for a picture of the editors' queue."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from qa_service.journal.gaps import Gap, GapStore
from qa_service.journal.open_tables import JournalTables
from qa_service.journal.tables import FEEDBACK, QUESTIONS
from qa_service.text.normalise import normalise

FEE = "licence-exchange.fee"
COMPLAINTS: tuple[tuple[str, str, str, str | None, str | None], ...] = (
    ("скільки зараз обмін прав", "operator", "outdated", FEE, "Абонент каже: заплатив більше."),
    ("почом замінити водійське", "site", "outdated", FEE, None),
    ("сколько стоит обмен прав в сервисном центре", "chatbot", "other_question", FEE, None),
    ("чи можна тонувати передні стекла", "operator", "missing", None, "Третій дзвінок за день."),
    ("тонировка какая разрешена", "site", "missing", None, None),
    ("де шукати евакуйоване авто", "operator", "missing", None, None),
)
TINTING = ("чи можна тонувати передні стекла", "тонировка какая разрешена", "тонування лобового")
SCOOTERS = ("чи потрібні права на електросамокат", "електросамокат категорія")


def fill(file: Path, index_version: str) -> str:
    """The URL of a journal in `file`."""
    file.touch()
    url, now = f"sqlite:///{file}", datetime.now(UTC)
    tables = JournalTables.open(url)
    with tables.transaction() as connection:
        for number, complaint in enumerate(COMPLAINTS):
            question, vote = _rows(number, complaint, now - timedelta(hours=number), index_version)
            connection.execute(insert(QUESTIONS).values(question))
            connection.execute(insert(FEEDBACK).values(vote))
    GapStore(tables).replace([_gap(TINTING, 31, now), _gap(SCOOTERS, 14, now)], now)
    tables.close()
    return url


def _rows(
    number: int,
    complaint: tuple[str, str, str, str | None, str | None],
    at: datetime,
    index_version: str,
) -> tuple[dict[str, Any], dict[str, Any]]:
    asked, channel, what, passage_id, comment = complaint
    question = {
        "at": at,
        "answer_id": f"answer-{number}",
        "channel": channel,
        "question": asked,
        "same_as": normalise(asked),
        "language": "uk",
        "certainty": "sure" if passage_id else "none",
        "reason": None if passage_id else "not_covered",
        "confidence": 0.9 if passage_id else 0.1,
        "service": "licence-exchange" if passage_id else "vehicle-arrest-search",
        "topic": "fee" if passage_id else "note",
        "passage_id": passage_id or "vehicle-arrest-search.fines",
        "shown": [],
        "parts": [],
        "index_version": index_version,
        "took_ms": 9.0,
        "conversation": None,
        "goes_on": False,
    }
    vote = {
        "at": at,
        "answer_id": f"answer-{number}",
        "passage_id": passage_id,
        "helpful": False,
        "complaint": what,
        "comment": comment,
        "state": "open",
    }
    return question, vote


def _gap(questions: tuple[str, ...], asked: int, now: datetime) -> Gap:
    return Gap(
        question=questions[0],
        questions=questions[1:],
        asked=asked,
        conversations=asked - 2,
        first_at=now - timedelta(days=29),
        last_at=now - timedelta(hours=3),
        weekly=(asked // 10, asked // 8, asked // 6, asked // 4, asked // 3),
        service="technical-control",
        passage_id="technical-control.note",
    )
