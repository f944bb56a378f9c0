"""What a whole application keeps and says of messages that hold personal data: its logs, metrics,
answer cache, memory for feedback, journal and the journal's export.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from urllib.parse import quote

from fastapi.testclient import TestClient
from typer.testing import CliRunner

from qa_service.bootstrap import web_dependencies
from qa_service.cli.journal import app as journal_commands
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
    remembered: tuple[str, ...]
    journal: tuple[str, ...]
    exported: tuple[str, ...]

    def places_of(self, messages: Sequence[Message]) -> dict[str, list[Datum]]:
        """The data that survived, by the place where it did."""
        kept = {
            "answer cache": self.cached,
            "memory for feedback": self.remembered,
            "journal": self.journal,
            "export": self.exported,
        }
        data = [datum for message in messages for datum in message.data]
        found = {
            "logs": [datum for datum in data if _is_written(datum, self.logs)],
            "metrics": [datum for datum in data if _is_written(datum, self.metrics)],
        }
        return found | {place: list(_left(data, texts)) for place, texts in kept.items()}


def said_of(messages: Sequence[Message], folder: Path) -> Said:
    """Ask every message by API, page and suggestion in a small world in `folder`, and send it as
    the comment of feedback.
    """
    url = f"sqlite:///{folder / 'journal.sqlite'}"
    deps = web_dependencies(tiny_index(folder, journal=url))
    client = TestClient(create_app(deps))
    with log_lines() as lines:
        for message in messages:
            _send(client, message.text)
        metrics = client.get("/metrics").text
        deps.service.close()
    exported = CliRunner().invoke(journal_commands, ["export"], env={"QA_JOURNAL": url})
    assert exported.exit_code == 0, exported.output
    entries = deps.service.kept_feedback(len(messages))
    return Said(
        logs=lines.getvalue(),
        metrics=metrics,
        cached=tuple(_cached(deps.service)),
        remembered=tuple(asked.question for asked in deps.service._asked.values()),
        journal=tuple(
            text
            for entry in entries
            for text in (entry.feedback.comment, entry.about and entry.about.question)
            if text
        ),
        exported=tuple(
            text
            for entry in map(json.loads, exported.stdout.splitlines())
            for text in (entry["feedback"]["comment"], entry["about"]["question"])
        ),
    )


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
