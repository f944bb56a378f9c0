"""A journal with questions and votes, as rows of its tables."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, insert, select, update

from qa_service.journal.database import file_of, make_engine, parse
from qa_service.journal.open_tables import JournalTables
from qa_service.journal.tables import AUDIT, FEEDBACK, JOBS, QUESTIONS
from qa_service.text.normalise import normalise

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
_numbers = count(1)


class Rows:
    """Writes rows into the tables of the journal at `url`, which it makes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine: Engine = make_engine(parse(url))
        self._opened: list[JournalTables] = []
        if file := file_of(self._engine.url):
            file.touch()
        with self.tables.transaction():
            """Which makes them."""

    @classmethod
    def in_folder(cls, folder: Path) -> "Rows":
        folder.mkdir(exist_ok=True)
        return cls(f"sqlite:///{folder / 'journal.sqlite'}")

    @property
    def tables(self) -> JournalTables:
        """Opened anew each time, as by another process; closed with the rows."""
        opened = JournalTables.open(self.url)
        self._opened.append(opened)
        return opened

    def close(self) -> None:
        for one in self._opened:
            one.close()
        self._engine.dispose()

    def question(self, question: str, **changes: Any) -> str:
        """The id of its answer; by default nothing was found that answers."""
        answer_id = f"a{next(_numbers)}"
        row = {
            "at": NOW,
            "answer_id": answer_id,
            "channel": "site",
            "question": question,
            "same_as": normalise(question),
            "language": "uk",
            "certainty": "none",
            "reason": "not_covered",
            "confidence": 0.1,
            "service": "licence-exchange",
            "topic": "fee",
            "passage_id": "licence-exchange.fee",
            "shown": [],
            "parts": [],
            "index_version": "v1",
            "took_ms": 3.0,
            "conversation": None,
            "goes_on": False,
        }
        self._insert(QUESTIONS, row | changes)
        return answer_id

    def vote(
        self,
        question: str = "скільки коштує обмін",
        complaint: str | None = "outdated",
        asked: dict[str, Any] | None = None,
        **changes: Any,
    ) -> int:
        """The id of the item: a vote that did not help, on an answer to `question`."""
        sure = {"certainty": "sure", "reason": None}
        answer_id = self.question(question, **(sure | (asked or {})))
        row = {
            "at": NOW + timedelta(minutes=1),
            "answer_id": answer_id,
            "passage_id": "licence-exchange.fee",
            "helpful": False,
            "complaint": complaint,
            "comment": None,
            "state": "open",
        }
        self._insert(FEEDBACK, row | changes)
        with self._engine.connect() as connection:
            return int(connection.execute(select(func.max(FEEDBACK.c.id))).scalar_one())

    def state(self, item_id: int) -> str:
        with self._engine.connect() as connection:
            found = connection.execute(select(FEEDBACK.c.state).where(FEEDBACK.c.id == item_id))
            return str(found.scalar_one())

    def audit(self) -> list[tuple[str, str, str, str]]:
        """(actor, role, action, detail) of each line, oldest first."""
        columns = (AUDIT.c[name] for name in ("actor", "role", "action", "detail"))
        with self._engine.connect() as connection:
            found = connection.execute(select(*columns).order_by(AUDIT.c.id))
            return [tuple(row) for row in found]

    def claim(self, name: str, claimed_at: datetime, finished_at: datetime | None) -> None:
        values = {"claimed_at": claimed_at, "finished_at": finished_at}
        with self._engine.begin() as connection:
            changed = connection.execute(update(JOBS).where(JOBS.c.name == name).values(values))
            if not changed.rowcount:
                connection.execute(insert(JOBS).values(name=name, **values))

    def _insert(self, table: Any, row: dict[str, Any]) -> None:
        with self._engine.begin() as connection:
            connection.execute(insert(table).values(row))
