"""What a part that fails costs: the rest is answered and honestly marked, and nothing waits for it.
Each test name is the rule.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any, NoReturn

import pytest
from support.app import client, count, problem_of
from support.corpus import FEE_QUESTION, tiny_index

from qa_service.bootstrap import web_dependencies
from qa_service.encoders.hashing import HashingEncoder
from qa_service.journal import Entry, Journal
from qa_service.journal.memory import MemoryJournal
from qa_service.journal.writer import JournalWriter
from qa_service.retrieval import LEXICAL, VECTOR_LEGS, VECTORS
from qa_service.service import QuestionService
from qa_service.web.app import Application, create_app
from qa_service.web.dependencies import AppDependencies

BROWSER = {"Accept": "text/html,*/*;q=0.8"}
LEGS = (*VECTOR_LEGS, LEXICAL)


def _deps(folder: Path, **changes: object) -> AppDependencies:
    return web_dependencies(tiny_index(folder, **changes))


def _store(deps: AppDependencies, leg: str) -> object:
    """What is searched for one leg."""
    stores = deps.service.live.current.engine.snapshot.stores
    return stores.terms if leg == LEXICAL else stores.legs[leg].store


def _fail(*arguments: object) -> NoReturn:
    raise RuntimeError(f"a fault of ours at {FEE_QUESTION}")


def _ask(app: Application, question: str = FEE_QUESTION) -> Any:
    response = client(app).post("/v1/ask", json={"question": question})
    assert response.status_code == 200, response.text
    return response.json()


# A part of the search


@pytest.mark.parametrize("leg", LEGS)
def test_a_leg_that_fails_is_left_out_named_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leg: str
) -> None:
    deps = _deps(tmp_path)
    app = create_app(deps)
    monkeypatch.setattr(_store(deps, leg), "search", _fail)
    answer = _ask(app)
    assert answer["degraded"] == [leg]
    assert answer["passages"][0]["id"] == "licence-exchange.fee"
    assert count(app, "qa_failed_legs_total", leg=leg) == 1 == count(app, "qa_failed_legs_total")
    assert count(app, "qa_answers_total") == 1


def test_an_encoder_that_fails_leaves_the_words_to_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(_deps(tmp_path))
    monkeypatch.setattr(HashingEncoder, "encode_queries", _fail)
    answer = _ask(app)
    assert answer["degraded"] == [VECTORS]
    assert answer["passages"][0]["id"] == "licence-exchange.fee"
    assert count(app, "qa_failed_legs_total", leg=VECTORS) == 1


def test_a_leg_that_is_not_done_by_the_deadline_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deps, done = _deps(tmp_path, answer_deadline_ms=1_000), Event()
    app = create_app(deps)
    monkeypatch.setattr(_store(deps, LEXICAL), "search", lambda *_: done.wait(60) and _fail())
    try:
        answer = _ask(app)
    finally:
        done.set()
    assert answer["degraded"] == [LEXICAL]
    assert answer["passages"][0]["id"] == "licence-exchange.fee"


def test_a_degraded_answer_is_kept_by_nobody_and_a_whole_one_follows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deps = _deps(tmp_path)
    app = create_app(deps)
    with monkeypatch.context() as broken:
        broken.setattr(_store(deps, LEXICAL), "search", _fail)
        degraded = client(app).get("/v1/ask", params={"q": FEE_QUESTION})
    assert degraded.json()["degraded"] == [LEXICAL]
    assert degraded.headers["cache-control"] == "no-store" and "etag" not in degraded.headers
    whole = client(app).get("/v1/ask", params={"q": FEE_QUESTION})
    assert whole.json()["degraded"] == [] and whole.headers["etag"]
    assert whole.headers["cache-control"] == "private, max-age=60"
    assert count(app, "qa_cached_answers_total") == 0


def test_a_part_that_fails_is_said_in_the_log_without_the_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    deps = _deps(tmp_path)
    app = create_app(deps)
    for leg in LEGS:
        monkeypatch.setattr(_store(deps, leg), "search", _fail)
    with caplog.at_level(logging.DEBUG, "qa_service"):
        client(app).post("/v1/ask", json={"question": FEE_QUESTION})
    said = [record for record in caplog.records if record.getMessage() == "a search fails"]
    assert sorted(vars(record)["leg"] for record in said) == sorted(LEGS)
    assert {vars(record)["cause"] for record in said} == {"RuntimeError"}
    assert FEE_QUESTION not in caplog.text and "fault of ours" not in caplog.text


# The whole search


@pytest.fixture
def searchless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
    """An application of which no leg can be searched."""
    deps = _deps(tmp_path)
    app = create_app(deps)
    for leg in LEGS:
        monkeypatch.setattr(_store(deps, leg), "search", _fail)
    return app


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/ask", {"question": FEE_QUESTION}),
        ("GET", f"/v1/ask?q={FEE_QUESTION}", None),
        ("POST", "/v1/ask/batch", {"questions": [FEE_QUESTION, "обмін"]}),
    ],
)
def test_where_nothing_can_be_searched_the_caller_is_told_when_to_ask_again(
    searchless: Application, method: str, path: str, body: object
) -> None:
    response = client(searchless).request(method, path, json=body)
    assert "ask again" in problem_of(response, 503)["detail"]
    assert response.headers["retry-after"] == "5"
    assert not {"etag", "cache-control"} & set(response.headers)
    assert count(searchless, "qa_answers_total", outcome="overloaded") == 1
    assert count(searchless, "qa_answers_total") == 1


def test_where_nothing_can_be_searched_a_person_gets_a_page_that_says_so(
    searchless: Application,
) -> None:
    response = client(searchless).get("/", params={"q": FEE_QUESTION}, headers=BROWSER)
    assert response.status_code == 503 and response.headers["retry-after"] == "5"
    assert response.headers["content-type"].startswith("text/html")
    assert f'value="{FEE_QUESTION}"' in response.text


def test_where_nothing_can_be_searched_the_rest_is_served(searchless: Application) -> None:
    for path in ("/", "/services", "/v1/services", "/v1/suggest?q=об", "/healthz", "/metrics"):
        assert client(searchless).get(path).status_code == 200, path
    refused = client(searchless).post("/v1/ask", json={"question": ""})
    assert refused.status_code == 200 and refused.json()["reason"] == "empty"


# The journal


class StalledJournal(MemoryJournal):
    """Writes nothing until it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.going_on, self.reached = Event(), Event()

    def record(self, *entries: Entry) -> None:
        self.reached.set()
        assert self.going_on.wait(60)
        super().record(*entries)


@pytest.fixture
def stalled() -> Iterator[StalledJournal]:
    journal = StalledJournal()
    yield journal
    journal.going_on.set()


def _kept_in(journal: Journal, folder: Path) -> Application:
    deps = _deps(folder)
    service = QuestionService(deps.service.live, journal, deps.service.metrics)
    return create_app(replace(deps, service=service))


def _send_feedback(app: Application, times: int) -> list[int]:
    """The status of feedback on so many answers."""
    ids = [_ask(app)["answer_id"] for _ in range(times)]
    sent = [{"answer_id": answer_id, "helpful": True} for answer_id in ids]
    return [client(app).post("/v1/feedback", json=body).status_code for body in sent]


@pytest.mark.parametrize(("capacity", "taken"), [(1_000, 60), (40, 40)])
def test_a_journal_that_stalls_delays_nobody_and_feedback_beyond_its_queue_is_refused(
    tmp_path: Path, stalled: StalledJournal, capacity: int, taken: int
) -> None:
    writer = JournalWriter(lambda: stalled, capacity=capacity)
    app = _kept_in(writer, tmp_path)
    assert _send_feedback(app, 60) == [202] * taken + [503] * (60 - taken)
    assert stalled.reached.wait(60) and stalled.votes(100) == []
    assert _ask(app, "обмін прав")["answerable"] is True
    for path in ("/healthz", "/readyz", "/metrics", f"/?q={FEE_QUESTION}"):
        assert client(app).get(path).status_code == 200, path
    stalled.going_on.set()
    writer.close()
    assert len(stalled.votes(100)) == taken


def test_a_form_is_thanked_while_the_journal_stalls(
    tmp_path: Path, stalled: StalledJournal
) -> None:
    writer = JournalWriter(lambda: stalled)
    app = _kept_in(writer, tmp_path)
    for _ in range(2):
        fields = {"answer_id": _ask(app)["answer_id"], "helpful": "yes"}
        response = client(app).post("/feedback", data=fields)
        assert response.status_code == 200 and "Дякуємо за відгук" in response.text
    stalled.going_on.set()
    writer.close()
    assert len(stalled.votes(100)) == 2
