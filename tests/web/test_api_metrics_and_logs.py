"""What the service says of itself: counts by route template and outcome, JSON log lines, and never
a word of a question.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from http.client import HTTPConnection
from io import StringIO
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from support.app import served, tiny_client
from support.chats import Collecting, Exchange
from support.corpus import FEE_QUESTION, tiny_index
from support.personal_doors import log_lines
from support.waiting import until

from qa_service.bootstrap import build, web_dependencies
from qa_service.catalogue import Catalogue
from qa_service.channels import inbox, talks
from qa_service.monitoring.logs import JsonLines
from qa_service.monitoring.metrics import of_all_processes
from qa_service.server import application
from qa_service.types import Service
from qa_service.web.app import create_app

MARK = "єдинаприкметаXYZ42"


def _samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def _count(client: TestClient, metric: str, **labels: str) -> float:
    return _samples(client.get("/metrics").text).get((metric, frozenset(labels.items())), 0.0)


def _requests_with_mark() -> Iterator[tuple[str, str, bytes | None]]:
    """(method, address, body): every way that a question may come in, right and wrong."""
    mark = quote(MARK)
    yield "GET", f"/v1/ask?q={mark}", None
    yield "GET", f"/v1/ask?q={mark}&top_k=0", None
    yield "GET", f"/v1/ask?q=x&channel={mark}", None
    yield "GET", f"/v1/ask?q=x&service={mark}", None
    yield "GET", f"/v1/ask/?q={mark}", None
    yield "GET", f"/?q={mark}", None
    yield "GET", f"/services/{mark}", None
    yield "GET", f"/v1/services/{mark}", None
    yield "GET", f"/v1/passages/{mark}", None
    yield "GET", f"/{mark}?q={mark}", None
    yield "PUT", f"/v1/ask?q={mark}", MARK.encode()
    yield "POST", "/v1/ask", json.dumps({"question": MARK}).encode()
    yield "POST", "/v1/ask", json.dumps({"question": MARK + "\ud800"}).encode()
    yield "POST", "/v1/ask", json.dumps({"question": MARK, "top_k": 0}).encode()
    yield "POST", "/v1/ask", json.dumps({"question": [MARK], MARK: MARK}).encode()
    yield "POST", "/v1/ask", json.dumps({"question": MARK * 200}).encode()
    yield "POST", "/v1/ask", json.dumps({"question": "x", "filters": {"service": [MARK]}}).encode()
    yield "POST", "/v1/ask", json.dumps({"question": MARK}, ensure_ascii=False).encode()[:-1]
    yield (
        "POST",
        "/v1/ask",
        json.dumps({"question": MARK}, ensure_ascii=False).encode("cp1251", "replace"),
    )
    yield "POST", "/v1/ask", json.dumps({"question": MARK * 20_000}).encode()


def _send(port: int, method: str, address: str, body: bytes | None) -> None:
    headers = {"Content-Type": "application/json", "Referer": f"http://a/?q={quote(MARK)}"}
    with (
        closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection,
        suppress(BrokenPipeError, ConnectionResetError),
    ):
        connection.request(method, address, body, headers)
        connection.getresponse().read()


def _forms_of_mark() -> tuple[str, ...]:
    return MARK, quote(MARK), json.dumps(MARK)[1:-1], "XYZ42"


def _fail(*arguments: object) -> NoReturn:
    raise RuntimeError("a leg fails")


# Privacy


def test_no_question_gets_into_logs_or_metrics_whatever_became_of_it(tmp_path: Path) -> None:
    app = application(tiny_index(tmp_path))
    with log_lines() as lines, served(app) as port:
        for method, address, body in _requests_with_mark():
            _send(port, method, address, body)
    client = TestClient(app)
    loggers = [json.loads(line)["logger"] for line in lines.getvalue().splitlines()]
    assert loggers.count("qa_service.access") == len(list(_requests_with_mark()))
    said = lines.getvalue() + client.get("/metrics").text
    assert [form for form in _forms_of_mark() if form in said] == []


def test_an_unexpected_error_is_logged_without_the_address_that_it_came_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(catalogue: Catalogue, slug: str) -> Service:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(Catalogue, "service", fail)
    client = tiny_client(tmp_path)
    with log_lines() as lines:
        response = client.get(f"/v1/services/{quote(MARK)}")
    assert (
        response.status_code == 500
        and response.headers["content-type"] == "application/problem+json"
    )
    assert "fault of ours" not in response.text and "a fault of ours" in lines.getvalue()
    assert [form for form in _forms_of_mark() if form in lines.getvalue()] == []


# Logs


def test_every_request_is_one_json_line_with_route_template_status_and_time(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    with log_lines() as lines:
        client.get("/v1/services/plates-lost")
        client.post("/v1/ask", json={"question": "обмін", "top_k": 0})
        client.get("/nope")
    logged = [json.loads(line) for line in lines.getvalue().splitlines()]
    access = [line for line in logged if line["logger"] == "qa_service.access"]
    assert [(line["method"], line["route"], line["status"]) for line in access] == [
        ("GET", "/v1/services/{slug}", 200),
        ("POST", "/v1/ask", 422),
        ("GET", "unmatched", 404),
    ]
    for line in access:
        assert (
            line["level"] == "info"
            and line["event"] == "request"
            and line["ms"] > 0
            and line["time"].endswith("+00:00")
        )


@pytest.mark.parametrize(
    "message", ['quote " and \\', "two\nlines", "щось", "\ud800", "\x00\x1b[31m"]
)
def test_a_log_line_is_one_line_of_json_whatever_it_says(message: str) -> None:
    record = logging.makeLogRecord(
        {"msg": message, "levelname": "WARNING", "name": "x", "extra_value": Path("/a")}
    )
    line = JsonLines().format(record)
    assert (
        "\n" not in line
        and json.loads(line)["event"] == message
        and json.loads(line)["extra_value"] == "/a"
    )


def test_an_exception_is_part_of_its_line() -> None:
    lines = StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonLines())
    logger = logging.Logger("x")
    logger.addHandler(handler)
    try:
        raise ValueError("why")
    except ValueError:
        logger.exception("failed")
    assert (
        "ValueError: why" in json.loads(lines.getvalue())["exception"]
        and lines.getvalue().count("\n") == 1
    )


# Metrics


def test_requests_are_counted_by_method_route_template_and_status(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    for path in (
        "/v1/services/plates-lost",
        "/v1/services/exam-practical",
        "/v1/services/nope",
        "/v1/nope",
        "/nope",
    ):
        client.get(path)
    client.put("/v1/services")
    requests = "qa_http_requests_total"
    assert _count(client, requests, method="GET", route="/v1/services/{slug}", status="200") == 2
    assert _count(client, requests, method="GET", route="/v1/services/{slug}", status="404") == 1
    assert _count(client, requests, method="GET", route="unmatched", status="404") == 2
    assert _count(client, requests, method="PUT", route="/v1/services", status="405") == 1
    assert _count(client, "qa_http_request_seconds_count", route="/v1/services/{slug}") == 3


def test_answers_are_counted_by_channel_and_outcome(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    client.post("/v1/ask", json={"question": FEE_QUESTION})
    client.get("/v1/ask", params={"q": FEE_QUESTION, "channel": "operator"})
    client.post("/v1/ask", json={"question": "", "channel": "chatbot"})
    client.post("/v1/ask", json={"question": "", "channel": "chatbot"})
    client.post("/v1/ask", json={"question": "x", "top_k": 0})
    assert _count(client, "qa_answers_total", channel="site", outcome="answered") == 1
    assert _count(client, "qa_answers_total", channel="operator", outcome="answered") == 1
    assert _count(client, "qa_answers_total", channel="chatbot", outcome="empty") == 2
    assert _count(client, "qa_cached_answers_total") == 1
    assert _count(client, "qa_answer_seconds_count") == 3, "the time of those that were searched"


def test_every_metric_that_is_declared_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first question shares no word with any passage, so a leg finds nothing; then that leg
    fails; the stores of rate limits and of chats, and the journal cannot be used. Somebody asks for
    a person in a chat, which ends at once.
    """
    monkeypatch.setattr(talks, "TALK_S", 0)
    monkeypatch.setattr(inbox, "SWEEP_S", 0.01)
    (tmp_path / "file").write_text("", "utf-8")
    changes = {
        "rate_limit": "600/minute",
        "rate_limit_store": "valkey://127.0.0.1:1",
        "channels_state": "valkey://127.0.0.1:1",
        "journal": f"sqlite:///{tmp_path}/file/journal.sqlite",
    }
    settings = tiny_index(tmp_path, **changes)
    deps = web_dependencies(settings)
    chats = replace(deps.chats, platforms=(Collecting(),), exchange=Exchange())
    with TestClient(create_app(replace(deps, chats=chats))) as client:
        for question in ("zzz qqq", FEE_QUESTION, FEE_QUESTION):
            answer = client.post("/v1/ask", json={"question": question}).json()
        terms = deps.service.live.current.engine.snapshot.stores.terms
        monkeypatch.setattr(terms, "search", _fail)
        client.post("/v1/ask", json={"question": "обмін"})
        given = {"answer_id": answer["answer_id"], "helpful": True}
        assert client.post("/v1/feedback", json=given).status_code == 202
        for signature, status in (("forged", 403), ("genuine", 200)):
            headers, said = {"X-Signature": signature}, [["u-1", "p-1", "button", "p"]]
            delivered = client.post("/channels/telegram", json=said, headers=headers)
            assert delivered.status_code == status
        ended = {"channel": "telegram", "ending": "handed_over"}
        until(lambda: _count(client, "qa_chats_total", **ended))
        used = {"answer_id": answer["answer_id"], "event": "copied"}
        assert client.post("/v1/events", json=used).status_code == 202
        monkeypatch.undo()  # versions share what did not change
        manifest, _ = build(settings, force=True)
        until(lambda: deps.service.live.current.version == manifest.version)
        # The swap is counted a moment after it was done.
        until(lambda: _count(client, "qa_index_swaps_total", outcome="taken"))
    # Here the journal was closed, which tried to write once more.
    families = list(text_string_to_metric_families(client.get("/metrics").text))
    still = [
        family.name for family in families if not any(sample.value > 0 for sample in family.samples)
    ]
    assert families and still == ["qa_engine_failures"]  # no engine is asked here


def test_questions_of_the_search_page_are_counted_too(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    client.get("/", params={"q": FEE_QUESTION})
    assert _count(client, "qa_answers_total", channel="site", outcome="answered") == 1


def test_what_clients_make_up_adds_no_series(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    client.get("/nope")
    before = len(_samples(client.get("/metrics").text))
    for number in range(20):
        client.get(f"/nope-{number}")
        client.get(f"/v1/services/nope-{number}")
        client.get("/v1/ask", params={"q": f"питання {number}", "channel": f"c{number}"})
    grown = {name for name, _ in _samples(client.get("/metrics").text)}
    assert len(_samples(client.get("/metrics").text)) - before < 60 and all(
        name.startswith("qa_") for name in grown
    )


def test_two_applications_in_one_process_count_apart(tmp_path: Path) -> None:
    one, two = tiny_client(tmp_path / "one"), tiny_client(tmp_path / "two")
    one.get("/healthz")
    labels = {"method": "GET", "route": "/healthz", "status": "200"}
    assert (
        _count(one, "qa_http_requests_total", **labels) == 1
        and _count(two, "qa_http_requests_total", **labels) == 0
    )


def test_a_file_that_a_starting_process_has_not_filled_yet_is_passed_by(tmp_path: Path) -> None:
    (tmp_path / "counter_1.db").touch()
    assert generate_latest(of_all_processes(str(tmp_path))) == b""
