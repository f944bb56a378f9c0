"""Requests made up from the API's description get the responses that it describes."""

from pathlib import Path

import pytest
from support.app import api, served, token_of

from bench.soak.api_fuzz import TOOL, Judgement, judged
from qa_service.access.keys import Role
from qa_service.journal.memory import MemoryJournal
from qa_service.web.app import Application

EXAMPLES = 25

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not TOOL.is_file(), reason="run scripts/install-schemathesis"),
]


def judgement(app: Application, folder: Path) -> Judgement:
    with served(app) as port:
        return judged(f"http://127.0.0.1:{port}", token_of(folder, Role.ADMIN), EXAMPLES)


def test_every_operation_answers_made_up_requests_as_described(tmp_path: Path) -> None:
    said = judgement(api(tmp_path, kept_in=MemoryJournal()), tmp_path)
    assert said.tested == said.operations
    assert said.requests > 10 * said.operations
    assert not said.failures, said.printed


def test_an_answer_of_another_form_or_an_error_of_the_server_is_seen(tmp_path: Path) -> None:
    app = api(tmp_path, kept_in=MemoryJournal())

    @app.get("/v1/broken")
    def broken() -> str:
        raise ZeroDivisionError

    said = judgement(app, tmp_path)
    assert said.server_errors and any("/v1/broken" in failure for failure in said.failures)
