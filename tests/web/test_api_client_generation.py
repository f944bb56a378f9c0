"""A client that is generated from the API's description works against the service."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from support.app import api, served, token_of
from support.corpus import FEE_QUESTION, ROOT

from qa_service.access.keys import Role
from qa_service.journal import Feedback
from qa_service.journal.memory import MemoryJournal
from qa_service.web.app import Application

TOOLS = ROOT / ".cache" / "client-generator" / "bin"

USER = """
import json, sys
from generated import AuthenticatedClient, Client
from generated.api.ask import ask, ask_batch, ask_by_url, suggestions as suggest
from generated.api.corpus import passage as get_passage
from generated.api.corpus import service as get_service, services as list_services
from generated.api.feedback import feedback as give_feedback, kept_feedback
from generated.models import (
    AskIn, BatchIn, Channel, ContextIn, FeedbackIn, FiltersIn, Group, ProblemOut, Topic
)

url, question, token = sys.argv[1:]
client = Client(base_url=url, raise_on_unexpected_status=True)
admin = AuthenticatedClient(base_url=url, token=token, raise_on_unexpected_status=True)

answer = ask.sync(client=client, body=AskIn(question=question))
only_fees, talk = FiltersIn(topic=[Topic.FEE]), ContextIn("plates-lost")
fees = AskIn(question, top_k=1, channel=Channel.OPERATOR, filters=only_fees, context=talk)
filtered = ask.sync(client=client, body=fees)
by_url = ask_by_url.sync(client=client, q=question, topic=[Topic.TERM])
layout = ask_by_url.sync(client=client, q="j,vsy ghfd")
batch = ask_batch.sync(client=client, body=BatchIn(questions=["номер", fees], top_k=2))
suggestions = suggest.sync(client=client, q="обм", limit=3)
services = list_services.sync(client=client, group=Group.PLATES)
service = get_service.sync("plates-lost", client=client)
passage = get_passage.sync("plates-lost.fee", client=client)
best = answer.passages[0]
given = FeedbackIn(answer.answer_id, helpful=True, passage_id=best.id, comment="Дякую")
accepted = give_feedback.sync(client=client, body=given)
kept = kept_feedback.sync(client=admin)
nothing = get_service.sync("nope", client=client)
wrong = ask.sync(client=client, body=AskIn(question, top_k=0))

print(json.dumps({
    "answer": [answer.answerable, answer.reason, best.id, best.highlights],
    "filtered": [found.id for found in filtered.passages],
    "by_url": [found.topic for found in by_url.passages],
    "layout": [change.to_dict() for change in layout.understood.corrections],
    "batch": [len(each.passages) for each in batch.answers],
    "suggestions": [len(suggestions.suggestions), suggestions.suggestions[0].kind],
    "services": [services.total, services.services[0].slug],
    "texts": [service.passages[1].text == passage.text, passage.as_of],
    "accepted": accepted.status,
    "kept": [
        [entry.feedback.comment, entry.about.question, entry.at.year > 2000]
        for entry in kept.entries
    ],
    "problems": [[isinstance(each, ProblemOut), each.status] for each in (nothing, wrong)],
    "where": wrong.errors[0].to_dict()["where"],
}))
"""


def _generate(app: Application, folder: Path) -> str:
    """A package `generated` in `folder`; what the generator said."""
    if not (TOOLS / "openapi-python-client").is_file():
        pytest.skip("no generator of clients: run scripts/install-client-generator")
    description = folder / "openapi.json"
    description.write_text(json.dumps(app.openapi()), "utf-8")
    options = (
        "--path",
        str(description),
        "--output-path",
        str(folder / "generated"),
        "--meta",
        "none",
        "--fail-on-warning",
    )
    return _run(folder, "openapi-python-client", "generate", *options)


def _run(folder: Path, tool: str, *arguments: str) -> str:
    environment = os.environ | {
        "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(folder),
    }
    command = (str(TOOLS / tool), *arguments)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_a_generated_client_asks_suggests_lists_and_gives_feedback(tmp_path: Path) -> None:
    journal, token = MemoryJournal(), token_of(tmp_path, Role.ADMIN)
    app = api(tmp_path, kept_in=journal)
    assert _generate(app, tmp_path).split() == ["Generating", str(tmp_path / "generated")]
    with served(app) as port:
        said = json.loads(
            _run(tmp_path, "python", "-c", USER, f"http://127.0.0.1:{port}", FEE_QUESTION, token)
        )
    assert said == {
        "answer": [True, None, "licence-exchange.fee", [[0, 42]]],
        "filtered": ["licence-exchange.fee"],
        "by_url": ["term"],
        "layout": [{"kind": "layout", "from": "j,vsy ghfd", "to": "обмін прав"}],
        "batch": [2, 1],
        "suggestions": [3, "service"],
        "services": [1, "plates-lost"],
        "texts": [True, "2025-09"],
        "accepted": "accepted",
        "kept": [["Дякую", FEE_QUESTION, True]],
        "problems": [[True, 404], [True, 422]],
        "where": "body.top_k",
    }
    [entry] = journal.votes(10)
    assert entry.feedback == Feedback(
        entry.feedback.answer_id, True, "licence-exchange.fee", "Дякую"
    )
