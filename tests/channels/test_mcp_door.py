"""The door of AI assistants, `/mcp`: the same care as for `/v1`. Each test name is the rule."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient
from support.app import api, client, count, problem_of, token_of
from support.assistants import NEW, call, message, post, result, tool_error, with_centres
from support.corpus import FEE_QUESTION

from qa_service.access.keys import Role
from qa_service.journal import Exchange
from qa_service.journal.memory import MemoryJournal
from qa_service.service import QuestionService
from qa_service.web.app import Application
from qa_service.web.middleware.admission import Client as Visitor
from qa_service.web.middleware.admission import Gate
from qa_service.web.v1 import mcp_route


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Application:
    return with_centres(tmp_path_factory.mktemp("assistants"))


@pytest.fixture
def asking(app: Application) -> Iterator[TestClient]:
    with client(app) as someone:
        yield someone


def test_no_session_is_kept(asking: TestClient) -> None:
    reply = post(asking, message("tools/list"))
    assert reply.status_code == 200 and "mcp-session-id" not in reply.headers


def test_the_same_application_may_be_started_again(app: Application) -> None:
    for _ in range(2):
        with client(app) as someone:
            assert post(someone, message("ping")).json()["result"] == {}


def test_two_first_requests_at_once_are_both_answered_and_load_once(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads, load = list[QuestionService](), mcp_route.load_door

    def counted(service: QuestionService) -> object:
        loads.append(service)
        return load(service)

    async def both() -> list[int]:
        transport = httpx2.ASGITransport(app)
        base = "http://testserver"
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url=base) as asking,
        ):
            replies = await asyncio.gather(
                *(asking.post("/mcp", json=message("ping")) for _ in range(2))
            )
        return [reply.status_code for reply in replies]

    monkeypatch.setattr(mcp_route, "load_door", counted)
    assert asyncio.run(both()) == [200, 200]
    assert len(loads) == 1


def test_a_door_that_could_not_be_loaded_says_so_and_the_next_request_tries_again(
    asking: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(service: QuestionService) -> object:
        raise ImportError("half an installation")

    with monkeypatch.context() as patch:
        patch.setattr(mcp_route, "load_door", broken)
        reply = post(asking, message("ping"))
        assert problem_of(reply, 503) and int(reply.headers["retry-after"]) > 0
        assert "half an installation" not in reply.text
        assert asking.get("/v1/services").status_code == 200
    assert [record.getMessage() for record in caplog.records if record.exc_info] == [
        "the door of AI assistants cannot be opened"
    ]
    assert post(asking, message("ping")).json()["result"] == {}


# What is no message

FORGED = [
    b"",
    b"nope",
    b"\xff\xfe",
    b"null",
    b"[]",
    b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
    b'{"id":1,"method":"ping"}',
    b'{"jsonrpc":"1.0","id":1,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1,"method":"\\ud800"}',
    b'{"jsonrpc":"2.0","id":1,"method":5}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("version", [None, NEW, "2025-06-18", "1999-01-01", "nope"])
@pytest.mark.parametrize("body", FORGED, ids=range(len(FORGED)))
def test_what_is_no_message_is_refused_and_nothing_of_the_inside_is_told(
    asking: TestClient, body: bytes, version: str | None
) -> None:
    headers = {"Content-Type": "application/json"}
    headers |= {"MCP-Protocol-Version": version} if version else {}
    reply = asking.post("/mcp", content=body, headers=headers)
    error = reply.json()["error"]
    assert reply.status_code == 400 and error["message"].startswith("this is no ")
    assert "pydantic" not in reply.text and "Traceback" not in reply.text


@pytest.mark.parametrize("content", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_another_media_type_is_refused(asking: TestClient, content: str | None) -> None:
    headers = {"Content-Type": content} if content else {}
    problem_of(asking.post("/mcp", content=b"{}", headers=headers), 415)


def test_only_post_is_served(asking: TestClient) -> None:
    for method in ("GET", "DELETE", "PUT"):
        reply = asking.request(method, "/mcp", headers={"Accept": "text/event-stream"})
        assert problem_of(reply, 405) and reply.headers["allow"] == "POST"


# The same care as for /v1


def test_a_question_is_counted_and_kept_masked_as_a_chatbots(tmp_path: Path) -> None:
    journal = MemoryJournal()
    app = api(tmp_path, journal)
    with client(app) as asking:
        result(asking, "ask", question=f"{FEE_QUESTION} мій телефон 067 123 45 67")
    [kept] = [entry for entry in journal.kept if isinstance(entry, Exchange)]
    assert kept.channel == "chatbot" and "67" not in kept.question.replace("572", "")
    assert count(app, "qa_answers_total", channel="chatbot") == 1
    assert count(app, "qa_http_requests_total", route="/mcp", status="200") == 1


def test_a_question_costs_what_it_costs_the_api(tmp_path: Path) -> None:
    app = api(tmp_path, rate_limit="100/minute")
    long = FEE_QUESTION + " для водія, який живе за кордоном" * 5
    with client(app, "192.0.2.7") as asking:
        post(asking, message("tools/list"))
        left = int(post(asking, call("ask", question=long)).headers["ratelimit-remaining"])
    with client(app, "192.0.2.8") as other:
        other.get("/v1/services")
        same = int(other.post("/v1/ask", json={"question": long}).headers["ratelimit-remaining"])
    assert left == same < 98


def test_whoever_has_too_little_left_for_a_question_is_told_by_the_tool_when_to_ask_again(
    tmp_path: Path,
) -> None:
    with client(api(tmp_path, rate_limit="10/minute")) as asking:
        for _ in range(9):
            post(asking, message("ping"))
        told = tool_error(asking, "ask", question="обмін прав " * 20)
    assert told.startswith("too many requests from here; ask again in ")


def test_whoever_has_nothing_left_gets_429(tmp_path: Path) -> None:
    with client(api(tmp_path, rate_limit="2/minute")) as asking:
        replies = [post(asking, message("ping")) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert problem_of(replies[2], 429) and int(replies[2].headers["retry-after"]) > 0


def test_a_key_counts_as_it_does_for_the_api(tmp_path: Path) -> None:
    token = token_of(tmp_path, Role.OPERATOR)
    with client(api(tmp_path, rate_limit="2/minute")) as asking:
        by_key = [post(asking, message("ping"), **{"X-API-Key": token}) for _ in range(5)]
        problem_of(post(asking, message("ping"), **{"X-API-Key": "nope"}), 401)
    assert {reply.status_code for reply in by_key} == {200}


def test_where_no_place_is_left_the_tool_says_when_to_ask_again_and_others_answer(
    tmp_path: Path,
) -> None:
    app = api(tmp_path, max_waiting=0)
    gate: Gate = app.state.gate

    async def fill() -> None:
        while not gate.is_full:
            await gate.enter(Visitor({"type": "http.request"}, never))

    with client(app) as asking:
        assert asking.portal
        asking.portal.call(fill)
        told = tool_error(asking, "ask", question=FEE_QUESTION)
        assert told == "too many questions at once; ask again in 1 s"
        assert not result(asking, "get_service", slug="plates-lost")["isError"]
        asking.portal.call(lambda: free(gate))
        assert not result(asking, "ask", question=FEE_QUESTION)["isError"]
        assert not gate.is_full, "the place was given back"


async def never() -> dict[str, object]:
    raise AssertionError("nobody listens whether it left")


async def free(gate: Gate) -> None:
    gate.leave()


def test_a_body_over_the_limit_is_refused(tmp_path: Path) -> None:
    with client(api(tmp_path, max_body_bytes=2_000)) as asking:
        problem_of(post(asking, call("ask", question="x" * 2_000)), 413)


def test_another_name_is_refused(tmp_path: Path) -> None:
    with client(api(tmp_path, allowed_hosts="qa.example.gov.ua, *.hsc.gov.ua")) as asking:
        for host in ("evil.example", "qa.example.gov.ua.evil.example", "127.0.0.1"):
            problem_of(post(asking, message("ping"), Host=host), 400)
        for host in ("qa.example.gov.ua", "qa.example.gov.ua:8443", "a.hsc.gov.ua"):
            assert post(asking, message("ping"), Host=host).status_code == 200


def test_another_site_is_refused(tmp_path: Path) -> None:
    with client(api(tmp_path, cors_origins="https://chat.example")) as asking:
        for origin in ("https://evil.example", "null", "http://chat.example"):
            problem_of(post(asking, message("ping"), Origin=origin), 403)
        problem_of(post(asking, message("ping"), **{"Sec-Fetch-Site": "cross-site"}), 403)
        for origin in ("https://chat.example", "http://testserver"):
            assert post(asking, message("ping"), Origin=origin).status_code == 200


def test_a_page_of_an_allowed_site_may_send_the_protocols_headers(tmp_path: Path) -> None:
    wanted = "content-type, mcp-protocol-version, mcp-method, mcp-name"
    headers = {
        "Origin": "https://chat.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": wanted,
    }
    with client(api(tmp_path, cors_origins="https://chat.example")) as asking:
        assert asking.options("/mcp", headers=headers).status_code == 200


# Where it is not there


def test_switched_off_there_is_nothing_at_this_address(tmp_path: Path) -> None:
    with client(api(tmp_path, channels_off="mcp")) as asking:
        problem_of(post(asking, message("ping")), 404)


def test_without_the_extra_there_is_nothing_at_this_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    with client(api(tmp_path)) as asking:
        problem_of(post(asking, message("ping")), 404)
        assert asking.get("/v1/services").status_code == 200
