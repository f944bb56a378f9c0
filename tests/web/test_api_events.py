"""What people do with answers, counted without saying who. Each test name is the rule."""

from pathlib import Path
from typing import Any

import pytest
from support.app import api, client, count, problem_of
from support.corpus import FEE_QUESTION

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
