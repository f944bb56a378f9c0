"""What a client may keep, and what the service gives again without work. Each test name is the
rule.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from support.app import api, client, count, over, problem_of
from support.corpus import EXCHANGE, FEE_QUESTION, WEIGHTS, tiny_index, tiny_settings, write_corpus

from qa_service import live
from qa_service.bootstrap import build
from qa_service.engine import QAEngine
from qa_service.types import Answer, Query
from qa_service.web.app import Application
from qa_service.web.v1 import responses

ASK = f"/v1/ask?q={quote(FEE_QUESTION)}"
CACHEABLE = {
    ASK: "private, max-age=60",
    "/v1/suggest?q=%D0%BE%D0%B1": "private, max-age=60",
    "/v1/services": "public, max-age=300",
    "/v1/services/licence-exchange": "public, max-age=300",
    "/v1/passages/licence-exchange.fee": "public, max-age=300",
}
SECRET: dict[str, Any] = {"session_secret": "held by all processes, and long enough"}
every_cacheable = pytest.mark.parametrize("path", CACHEABLE)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Application:
    """For tests that leave nothing behind."""
    return api(tmp_path_factory.mktemp("shared"), **SECRET)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Query]:
    """Every question that reaches an engine."""
    seen: list[Query] = []
    answer = QAEngine.answer

    def watched(engine: QAEngine, query: Query) -> Answer:
        seen.append(query)
        return answer(engine, query)

    monkeypatch.setattr(QAEngine, "answer", watched)
    return seen


def _fresh(folder: Path, asked: list[Query], **changes: object) -> Application:
    """An application whose engine was asked nothing yet but the question that warms it up."""
    app = over(tiny_index(folder, **changes))
    asked.clear()
    return app


def _tag(app: Application, path: str) -> str:
    response = client(app).get(path)
    assert response.status_code == 200, response.text
    return response.headers["etag"]


def _other_corpus(folder: Path) -> Application:
    write_corpus(folder, {"licence-exchange": EXCHANGE.replace("572", "999")})
    settings = tiny_settings(folder)
    build(settings)
    return over(settings)


# Tags


@every_cacheable
def test_an_answer_says_how_long_it_may_be_kept_and_by_whom(shared: Application, path: str) -> None:
    response = client(shared).get(path)
    assert response.headers["cache-control"] == CACHEABLE[path]
    assert response.headers["etag"].startswith('W/"') and response.headers["etag"].endswith('"')


@every_cacheable
@pytest.mark.parametrize(
    "form", ["{tag}", "{strong}", '"other", {tag}', '{strong} , "other"', 'W/"x",{tag}', "*"]
)
def test_who_holds_the_answer_gets_304_without_a_body_and_with_the_same_tag(
    shared: Application, path: str, form: str
) -> None:
    tag = _tag(shared, path)
    response = client(shared).get(
        path, headers={"If-None-Match": form.format(tag=tag, strong=tag.removeprefix("W/"))}
    )
    assert (
        response.status_code == 304
        and response.content == b""
        and "content-type" not in response.headers
    )
    assert response.headers["etag"] == tag and response.headers["cache-control"] == CACHEABLE[path]
    assert "accept-encoding" in response.headers["vary"].lower()


@every_cacheable
@pytest.mark.parametrize("held", ['W/"other"', '"other", "another"', "", "W/", "{bare}", "x{tag}"])
def test_who_holds_something_else_gets_the_answer(
    shared: Application, path: str, held: str
) -> None:
    tag = _tag(shared, path)
    response = client(shared).get(
        path, headers={"If-None-Match": held.format(tag=tag, bare=tag[3:-1])}
    )
    assert response.status_code == 200 and response.content and response.headers["etag"] == tag


def test_what_the_client_holds_costs_no_search(tmp_path: Path, asked: list[Query]) -> None:
    app = api(tmp_path)
    tag = _tag(app, ASK)
    asked.clear()
    for _ in range(3):
        assert client(app).get(ASK, headers={"If-None-Match": tag}).status_code == 304
    assert asked == [] and count(app, "qa_answers_total") == 1


def test_another_address_has_another_tag(shared: Application) -> None:
    paths = [
        *CACHEABLE,
        ASK + "&top_k=2",
        ASK + "x",
        "/v1/services?limit=2",
        "/v1/services/plates-lost",
        "/v1/suggest?limit=3",
    ]
    assert len({_tag(shared, path) for path in paths}) == len(paths)


def test_another_index_has_another_tag_and_the_same_index_the_same(
    shared: Application, tmp_path: Path
) -> None:
    same, other = api(tmp_path / "same", **SECRET), _other_corpus(tmp_path / "other")
    for path in CACHEABLE:
        tag = _tag(shared, path)
        assert _tag(same, path) == tag and _tag(other, path) != tag, path


def test_an_answer_whose_id_another_secret_signed_has_another_tag(
    shared: Application, tmp_path: Path
) -> None:
    other = api(tmp_path, session_secret="another one" * 3)
    assert _tag(other, ASK) != _tag(shared, ASK)
    assert _tag(other, "/v1/services") == _tag(shared, "/v1/services")


@every_cacheable
def test_another_day_has_another_tag_because_passages_grow_stale(
    shared: Application, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _tag(shared, path)

    class Tomorrow(date):
        @classmethod
        def today(cls) -> Self:
            return cls.fromordinal(date.today().toordinal() + 1)

    monkeypatch.setattr(responses, "date", Tomorrow)
    assert _tag(shared, path) != before


def test_another_version_of_the_package_has_another_tag(
    shared: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "package_version", lambda package: "99.0")
    newer = api(tmp_path)
    for path in CACHEABLE:
        assert _tag(newer, path) != _tag(shared, path), path


def test_other_weights_in_the_index_have_another_tag(shared: Application, tmp_path: Path) -> None:
    settings = tiny_index(tmp_path)
    tie = WEIGHTS["thresholds"]["tie"]
    weights = WEIGHTS | {"thresholds": WEIGHTS["thresholds"] | {"tie": tie / 2}}
    (settings.corpus / "weights.json").write_text(json.dumps(weights), "utf-8")
    assert build(settings)[1]
    reweighed = over(settings)
    for path in CACHEABLE:
        assert _tag(reweighed, path) != _tag(shared, path), path


@pytest.mark.parametrize(
    "setting",
    [
        {"contact_phone": "101"},
        {"max_question_chars": 500},
        {"retrieval_depth": 50},
        {"answer_deadline_ms": 2_000},
    ],
    ids=str,
)
def test_another_setting_that_answers_depend_on_has_another_tag(
    shared: Application, tmp_path: Path, setting: dict[str, object]
) -> None:
    other = over(tiny_index(tmp_path, **setting))
    for path in CACHEABLE:
        assert _tag(other, path) != _tag(shared, path), path


def test_a_setting_that_answers_do_not_depend_on_leaves_the_tag(
    shared: Application, tmp_path: Path
) -> None:
    same = api(tmp_path, cached_answers=7, rate_limit="100/day", cors_origins="*", **SECRET)
    for path in CACHEABLE:
        assert _tag(same, path) == _tag(shared, path), path


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/ask", 422),
        (ASK + "&top_k=0", 422),
        (ASK + "&service=nope", 404),
        ("/v1/suggest?limit=0", 422),
        ("/v1/services?limit=0", 422),
        ("/v1/services/nope", 404),
        ("/v1/passages/nope", 404),
    ],
)
def test_an_error_is_not_to_be_kept(shared: Application, path: str, status: int) -> None:
    response = client(shared).get(path)
    problem_of(response, status)
    assert not {"etag", "cache-control"} & set(response.headers)


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_cache_between_keeps_compressed_and_plain_answers_apart(
    shared: Application, tmp_path: Path, encoding: str
) -> None:
    response = client(shared).get(ASK, headers={"Accept-Encoding": encoding})
    assert "accept-encoding" in response.headers["vary"].lower() and response.headers[
        "etag"
    ] == _tag(shared, ASK)


def test_a_posted_question_is_not_to_be_kept(shared: Application) -> None:
    response = client(shared).post("/v1/ask", json={"question": FEE_QUESTION})
    assert response.status_code == 200 and not {"etag", "cache-control"} & set(response.headers)


# The memory of answers


def _ask(browser: TestClient, **body: Any) -> Any:
    response = browser.post("/v1/ask", json={"question": FEE_QUESTION} | body)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_repeated_question_is_searched_once_and_each_answer_has_an_id_of_its_own(
    tmp_path: Path, asked: list[Query]
) -> None:
    app = _fresh(tmp_path, asked)
    typed = "  скільки КОШТУЄ обмін  посвідчення водія? "
    answers = [_ask(client(app)), _ask(client(app)), _ask(client(app), question=typed)]
    assert len(asked) == 1 and len({answer["answer_id"] for answer in answers}) == 3
    assert [answer["question"] for answer in answers] == [FEE_QUESTION, FEE_QUESTION, typed]
    alike = [
        {name: answer[name] for name in answer if name not in ("answer_id", "question", "took_ms")}
        for answer in answers
    ]
    assert alike[0] == alike[1] == alike[2]


OTHER_REQUESTS: list[dict[str, object]] = [
    {"top_k": 2},
    {"channel": "operator"},
    {"filters": {"topic": ["fee"]}},
    {"filters": {"service": ["licence-exchange"]}},
    {"context": {"service": "plates-lost"}},
]


@pytest.mark.parametrize("other", OTHER_REQUESTS, ids=str)
def test_another_request_does_not_share_the_answer(
    tmp_path: Path, asked: list[Query], other: dict[str, object]
) -> None:
    browser = client(_fresh(tmp_path, asked))
    _ask(browser)
    _ask(browser, **other)
    assert len(asked) == 2


def test_get_post_and_batch_share_answers(tmp_path: Path, asked: list[Query]) -> None:
    browser = client(_fresh(tmp_path, asked))
    _ask(browser)
    assert browser.get(ASK).status_code == 200
    assert browser.post("/v1/ask/batch", json={"questions": [FEE_QUESTION] * 3}).status_code == 200
    assert len(asked) == 1


def test_an_answer_from_memory_is_counted_as_an_answer_too(tmp_path: Path) -> None:
    app = api(tmp_path)
    for _ in range(3):
        _ask(client(app))
    assert count(app, "qa_cached_answers_total") == 2
    assert count(app, "qa_answers_total", channel="site", outcome="answered") == 3


def test_how_many_answers_are_kept_is_a_setting(tmp_path: Path, asked: list[Query]) -> None:
    browser = client(_fresh(tmp_path, asked, cached_answers=1))
    for question in ("обмін", "номер", "обмін"):
        _ask(browser, question=question)
    assert len(asked) == 3
