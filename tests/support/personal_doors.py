"""What a whole application keeps and says of messages that hold personal data: its logs, metrics,
answer cache, the queue of its journal, all tables of the journal and its exports in each format.
"""

import csv
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path
from urllib.parse import quote

from fastapi.testclient import TestClient
from pyarrow.parquet import read_table
from sqlalchemy import select
from typer.testing import CliRunner

from qa_service.bootstrap import web_dependencies
from qa_service.cli.journal import app as journal_commands
from qa_service.journal import Entry
from qa_service.journal.exports import Format, What
from qa_service.journal.sql import SqlJournal
from qa_service.journal.tables import METADATA
from qa_service.monitoring.logs import JsonLines
from qa_service.service import QuestionService
from qa_service.web.app import create_app
from support.corpus import tiny_index
from support.personal_data import Datum, Message, is_left

FOREIGN_LOGGERS = ("httpx", "httpcore", "asyncio", "hypothesis")
"""Those of the test client."""


@dataclass(frozen=True, slots=True)
class Said:
    """All that was said and kept: whole texts, and the kept texts of each message, by place."""

    logs: str
    metrics: str
    cached: tuple[str, ...]
    queued: tuple[str, ...]
    journal: tuple[str, ...]
    exported: Mapping[Format, tuple[str, ...]]

    def places_of(self, messages: Sequence[Message]) -> dict[str, list[Datum]]:
        """The data that survived, by the place where it did."""
        kept = {
            "answer cache": self.cached,
            "queue of the journal": self.queued,
            "journal": self.journal,
        } | {f"export as {form}": texts for form, texts in self.exported.items()}
        data = [datum for message in messages for datum in message.data]
        found = {
            "logs": [datum for datum in data if _is_written(datum, self.logs)],
            "metrics": [datum for datum in data if _is_written(datum, self.metrics)],
        }
        return found | {place: list(_left(data, texts)) for place, texts in kept.items()}


def said_of(messages: Sequence[Message], folder: Path) -> Said:
    """Ask every message by API, page and suggestion in a small world in `folder`, as a part of a
    longer message, and send it as the comment of feedback and as a detail of the audit.
    """
    url = f"sqlite:///{folder / 'journal.sqlite'}"
    deps = web_dependencies(tiny_index(folder, journal=url))
    client = TestClient(create_app(deps))
    with log_lines() as lines, _noted(deps.service) as put:
        for message in messages:
            _send(client, message.text)
            deps.service.audit("key", "admin", "search", message.text)
        metrics = client.get("/metrics").text
        deps.service.close()
    return Said(
        logs=lines.getvalue(),
        metrics=metrics,
        cached=tuple(_cached(deps.service)),
        queued=tuple(text for entry in put for text in _texts(asdict(entry))),
        journal=tuple(_kept(url)),
        exported={form: tuple(_exported(url, form, folder)) for form in Format},
    )


@contextmanager
def _noted(service: QuestionService) -> Iterator[list[Entry]]:
    """The entries that the service hands to its journal meanwhile."""
    put, record = list[Entry](), service._journal.record

    def noted(*entries: Entry) -> None:
        put.extend(entries)
        record(*entries)

    service._journal.record = noted  # type: ignore[method-assign]
    yield put


def _kept(url: str) -> Iterator[str]:
    """The texts in every table."""
    with closing(SqlJournal.open(url)) as journal, journal.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(select(table)):
                yield from _texts(row._asdict())


def _exported(url: str, form: Format, folder: Path) -> Iterator[str]:
    """The texts in the exports of everything."""
    for what in What:
        file = folder / f"{what}.{form}"
        arguments = ["export", "--what", what, "--format", form, "--output", str(file)]
        exported = CliRunner().invoke(journal_commands, arguments, env={"QA_JOURNAL": url})
        assert exported.exit_code == 0, exported.output
        for row in _READERS[form](file):
            yield from _texts(row)


def _csv_rows(file: Path) -> Iterator[object]:
    with file.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


_READERS: Mapping[Format, Callable[[Path], Iterable[object]]] = {
    Format.JSONL: lambda file: map(json.loads, file.read_text("utf-8").splitlines()),
    Format.CSV: _csv_rows,
    Format.PARQUET: lambda file: read_table(file).to_pylist(),
}
_NO_TEXTS = {
    *("at", "answer_id", "conversation", "confidence", "took_ms", "index_version"),
    *("asked_confidence", "asked_index_version"),
}
"""Their digits may be anybody's."""


def _texts(value: object) -> Iterator[str]:
    """Every text in a value, those of JSON in it too."""
    if isinstance(value, str):
        yield from _texts(json.loads(value)) if value.startswith('[{"') else [value]
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(one) if name not in _NO_TEXTS else ()
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


@contextmanager
def log_lines() -> Iterator[StringIO]:
    """Everything that any logger says, at every level, as the service would print it."""
    lines = StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonLines())
    handler.addFilter(lambda record: not record.name.startswith(FOREIGN_LOGGERS))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def _send(client: TestClient, text: str) -> None:
    answer = client.post("/v1/ask", json={"question": text}).json()
    parts = f"{text}. Скільки коштує обмін прав? А де здати іспит?"
    client.post("/v1/ask", json={"question": parts, "conversation": "one"})
    for path in ("/v1/ask", "/v1/suggest", "/"):
        client.get(path, params={"q": text})
    feedback = {"answer_id": answer["answer_id"], "helpful": False, "comment": text}
    assert client.post("/v1/feedback", json=feedback).status_code == 202


def _cached(service: QuestionService) -> Iterator[str]:
    for query, answer in service.live.current.answers._answers.items():
        yield query.question
        yield f"{answer.question} {answer.understood}"


def _is_written(datum: Datum, text: str) -> bool:
    """Whether a datum stands in `text` in a form in which logs could hold it."""
    written = datum.written
    forms = (written, datum.secret, quote(written), json.dumps(written)[1:-1])
    return any(form in text for form in forms)


def _left(data: Sequence[Datum], texts: Sequence[str]) -> Iterator[Datum]:
    whole = "\n".join(texts)
    for datum in data:
        if datum.written in whole or any(is_left(datum, text) for text in texts):
            yield datum
