"""What people do with answers, counted without saying who. Each test name is the rule."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from support.app import api, client, count, problem_of
from support.corpus import FEE_QUESTION

from qa_service.journal.sql import SqlJournal
from qa_service.journal.tables import EVENTS
from qa_service.types import Use


def _asked(browser: Any) -> dict[str, Any]:
    answer: dict[str, Any] = browser.post("/v1/ask", json={"question": FEE_QUESTION}).json()
    return answer


@pytest.mark.parametrize("event", list(Use))
def test_what_was_done_with_an_answer_is_counted(tmp_path: Path, event: Use) -> None:
    app = api(tmp_path)
    browser = client(app)
    answer = _asked(browser)
    told = {"answer_id": answer["answer_id"], "event": event}
    assert browser.post("/v1/events", json=told).status_code == 202
    assert count(app, "qa_answer_uses_total", event=event) == 1


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"event": "copied"}, 422),
        ({"answer_id": "forged", "event": "copied"}, 404),
        ({"event": "bought"}, 422),
        ({"event": "copied", "question": "as well"}, 422),
    ],
)
def test_what_no_page_of_ours_tells_is_refused_and_not_counted(
    tmp_path: Path, told: dict[str, str], status: int
) -> None:
    app = api(tmp_path)
    browser = client(app)
    given = _asked(browser)["answer_id"] if told != {"event": "copied"} else None
    body = ({"answer_id": given} if given else {}) | told
    assert problem_of(browser.post("/v1/events", json=body), status)
    assert count(app, "qa_answer_uses_total", event="copied") == 0


def test_a_service_that_takes_no_events_says_so_and_its_pages_tell_none(tmp_path: Path) -> None:
    browser, default = client(api(tmp_path, events=False)), client(api(tmp_path / "default"))
    told = {"answer_id": _asked(browser)["answer_id"], "event": "copied"}
    problem_of(browser.post("/v1/events", json=told), 410)
    assert "data-answer" not in browser.get("/", params={"q": FEE_QUESTION}).text
    assert "data-answer" in default.get("/", params={"q": FEE_QUESTION}).text


def _events(url: str) -> list[tuple[str, str]]:
    """The answer and event of each row that the journal keeps."""
    with closing(SqlJournal.open(url)) as journal, journal.engine.connect() as connection:
        rows = connection.execute(select(EVENTS).order_by(EVENTS.c.id))
        return [(row.answer_id, row.use) for row in rows]


def test_what_was_done_is_kept_once_however_often_it_is_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'journal.sqlite'}"
    app = api(tmp_path / "world", journal=url)
    with client(app) as browser:
        given = _asked(browser)["answer_id"]
        for event in ("copied", "copied", "shared", "copied"):
            told = {"answer_id": given, "event": event}
            assert browser.post("/v1/events", json=told).status_code == 202
    assert _events(url) == [(given, "copied"), (given, "shared")]
    assert count(app, "qa_answer_uses_total", event="copied") == 3


def test_of_an_answer_that_is_unknown_or_foreign_nothing_is_kept(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'journal.sqlite'}"
    foreign = _asked(client(api(tmp_path / "other")))["answer_id"]
    with client(api(tmp_path / "world", journal=url)) as browser:
        for answer_id in (foreign, "A" * 24):
            told = {"answer_id": answer_id, "event": "copied"}
            problem_of(browser.post("/v1/events", json=told), 404)
    assert _events(url) == []


def test_another_question_of_a_conversation_tells_of_the_answer_before(tmp_path: Path) -> None:
    """Though the page, which tells it too, is not asked."""
    url = f"sqlite:///{tmp_path / 'journal.sqlite'}"
    with client(api(tmp_path / "world", journal=url)) as browser:
        body = {"question": FEE_QUESTION, "conversation": "call-17"}
        first, second = (browser.post("/v1/ask", json=body).json() for _ in range(2))
        browser.post("/v1/ask", json={**body, "draft": True})
        told = {"answer_id": first["answer_id"], "event": "asked_again"}
        assert browser.post("/v1/events", json=told).status_code == 202
    assert _events(url) == [(first["answer_id"], "asked_again")]
    assert second["answer_id"] != first["answer_id"]


def test_without_a_journal_nothing_at_all_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked for in every file below the working folder."""
    monkeypatch.chdir(tmp_path)
    app = api(tmp_path / "world", journal="off")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    with client(app) as browser:
        question = "неповторне питання про обмін прав"
        body = {"question": question, "conversation": "call-17"}
        answer_id = browser.post("/v1/ask", json=body).json()["answer_id"]
        browser.get("/", params={"q": question})
        told = {"answer_id": answer_id, "event": "copied"}
        assert browser.post("/v1/events", json=told).status_code == 202
        vote = {"answer_id": answer_id, "helpful": False, "comment": question}
        problem_of(browser.post("/v1/feedback", json=vote), 503)
    after = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert after == before
