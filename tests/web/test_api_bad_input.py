"""Whatever a client sends, it is told what to change: problem details, no traceback, and never the
server's fault.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.app import Reply, problem_of, tiny_client
from support.corpus import FEE_QUESTION

from qa_service.settings import Settings
from qa_service.text.normalise import well_formed

JSON = {"content-type": "application/json"}
MAX_BODY_BYTES: int = Settings.model_fields["max_body_bytes"].default

fuzz = settings(
    max_examples=400,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


def _chunks(size: int) -> Iterator[bytes]:
    for _ in range(size // 1_000):
        yield b"x" * 1_000


def _is_fair(response: Reply) -> None:
    """An answer, or problem details for the client's fault; always JSON."""
    if response.status_code == 200:
        assert response.headers["content-type"] == "application/json"
        assert "answer_id" in response.json()
    else:
        assert 400 <= response.status_code < 500, response.text[:500]
        problem_of(response, response.status_code)


# Wrong values

WRONG_VALUES: list[tuple[dict[str, Any], str]] = [
    ({"question": 7}, "body.question"),
    ({"question": 7.5}, "body.question"),
    ({"question": True}, "body.question"),
    ({"question": None}, "body.question"),
    ({"question": ["обмін"]}, "body.question"),
    ({"question": {"text": "обмін"}}, "body.question"),
    ({"top_k": 0}, "body.top_k"),
    ({"top_k": 21}, "body.top_k"),
    ({"top_k": -1}, "body.top_k"),
    ({"top_k": 2.5}, "body.top_k"),
    ({"top_k": 21.0}, "body.top_k"),
    ({"top_k": "3"}, "body.top_k"),
    ({"top_k": "three"}, "body.top_k"),
    ({"top_k": True}, "body.top_k"),
    ({"top_k": None}, "body.top_k"),
    ({"top_k": [3]}, "body.top_k"),
    ({"top_k": 10**400}, "body.top_k"),
    ({"channel": "phone"}, "body.channel"),
    ({"channel": None}, "body.channel"),
    ({"channel": 1}, "body.channel"),
    ({"lang": "ru"}, "body.lang"),
    ({"lang": "uk\n"}, "body.lang"),
    ({"lang": 1}, "body.lang"),
    ({"filters": None}, "body.filters"),
    ({"filters": []}, "body.filters"),
    ({"filters": {"service": "plates-lost"}}, "body.filters.service"),
    ({"filters": {"service": [None]}}, "body.filters.service.0"),
    ({"filters": {"service": ["plates-lost"] * 101}}, "body.filters.service"),
    ({"filters": {"topic": ["price"]}}, "body.filters.topic.0"),
    ({"filters": {"topic": "fee"}}, "body.filters.topic"),
    ({"filters": {"services": []}}, "body.filters.services"),
    ({"context": "plates-lost"}, "body.context"),
    ({"context": {"service": 7}}, "body.context.service"),
    ({"context": {"recent": "plates-lost"}}, "body.context.recent"),
    ({"context": {"v": False}}, "body.context.v"),
    ({"context": {"v": "1"}}, "body.context.v"),
    ({"context": {"v": 1.5}}, "body.context.v"),
    ({"topk": 3}, "body.topk"),
    ({"": 3}, "body"),
]


def test_a_wrong_value_is_a_422_that_names_its_place(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    passed = []
    for change, where in WRONG_VALUES:
        response = client.post("/v1/ask", json={"question": "обмін"} | change)
        if response.status_code != 422:
            passed.append(change)
            continue
        body = problem_of(response, 422)
        assert [error["where"].rstrip(".") for error in body["errors"]] == [where]
        assert (
            body["detail"].startswith(where)
            and "/docs" in body["detail"]
            and body["errors"][0]["message"]
        )
    assert passed == []


def test_known_values_are_listed_where_one_is_unknown(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    topic = problem_of(
        client.post("/v1/ask", json={"question": "x", "filters": {"topic": ["price"]}}), 422
    )["detail"]
    channel = problem_of(client.get("/v1/ask?q=x&channel=phone"), 422)["detail"]
    assert "'fee'" in topic and "'documents'" in topic
    assert "'site'" in channel and "'operator'" in channel and "'chatbot'" in channel


def test_every_wrong_place_is_named_not_only_the_first(tmp_path: Path) -> None:
    body = problem_of(tiny_client(tmp_path).post("/v1/ask", json={"top_k": 0, "channel": "x"}), 422)
    assert {error["where"] for error in body["errors"]} == {
        "body.question",
        "body.top_k",
        "body.channel",
    }


def test_a_wrong_parameter_of_get_is_a_422_that_names_it(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    for query, where in (
        ("", "query.q"),
        ("question=x", "query.q"),
        ("q=x&top_k=0", "query.top_k"),
        ("q=x&top_k=21", "query.top_k"),
        ("q=x&top_k=three", "query.top_k"),
        ("q=x&top_k=", "query.top_k"),
        ("q=x&top_k=2.5", "query.top_k"),
        ("q=x&channel=phone", "query.channel"),
        ("q=x&topic=price", "query.topic.0"),
        ("q=x&lang=ru", "query.lang"),
    ):
        assert problem_of(client.get(f"/v1/ask?{query}"), 422)["detail"].startswith(where), query


def test_an_unknown_service_to_search_in_is_told_where_services_are_listed(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    for response in (
        client.post(
            "/v1/ask", json={"question": "обмін", "filters": {"service": ["plates-lost", "nope"]}}
        ),
        client.get("/v1/ask?q=x&service=nope"),
    ):
        assert (
            problem_of(response, 404)["detail"]
            == "there is no service 'nope'; GET /v1/services lists them"
        )


def test_a_context_that_was_made_up_is_ignored(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    for context in (
        {"service": "nope"},
        {"service": "\ud800", "recent": ["\ud800"], "choices": ["nope"] * 9},
        {"service": "plates-lost", "topic": "gone", "v": 1},
        {"service": "plates-lost", "v": 99},
        {},
    ):
        body = json.dumps({"question": "обмін", "context": context})
        assert client.post("/v1/ask", content=body, headers=JSON).status_code == 200, context
    assert client.get("/v1/ask?q=обмін&context=nope").status_code == 200


# Bodies that are no JSON object


def test_a_body_that_is_no_object_is_a_422(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    for body in (b"[]", b"null", b'"x"', b"7", b"true", b""):
        assert problem_of(client.post("/v1/ask", content=body, headers=JSON), 422)[
            "detail"
        ].startswith("body"), body


def test_broken_json_is_told_so(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    for body in (
        b"{",
        b"{'question': 'x'}",
        b'{"question": "x",}',
        b'{"question": "x"} y',
        b'{"question": "\n"}',
        b'{"question": x}',
    ):
        assert (
            "JSON" in problem_of(client.post("/v1/ask", content=body, headers=JSON), 422)["detail"]
        ), body


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('{"question": "обмін"}'.encode("cp1251"), id="cp1251"),
        pytest.param(b'{"question": "\xff"}', id="no-utf-8"),
        pytest.param(b"[" * 60_000, id="deep-list"),
        pytest.param(b'{"question":' * 5_000, id="deep-object"),
        pytest.param(b'{"question": "x", "top_k": ' + b"9" * 5_000 + b"}", id="long-number"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_what_to_send_instead(
    tmp_path: Path, body: bytes
) -> None:
    response = tiny_client(tmp_path).post("/v1/ask", content=body, headers=JSON)
    assert response.status_code in (400, 422)
    detail = problem_of(response, response.status_code)["detail"]
    assert "UTF-8" in detail or "/docs" in detail


def test_a_body_of_another_media_type_is_told_to_come_as_json(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    for media_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ):
        response = client.post(
            "/v1/ask", content=b'{"question": "x"}', headers={"content-type": media_type}
        )
        assert response.status_code in (415, 422)
        assert "application/json" in problem_of(response, response.status_code)["detail"]


@pytest.mark.parametrize(
    "headers", [JSON, JSON | {"content-type": "application/json; charset=utf-8"}]
)
def test_json_may_say_its_charset(tmp_path: Path, headers: dict[str, str]) -> None:
    body = json.dumps({"question": FEE_QUESTION}, ensure_ascii=False).encode()
    assert (
        tiny_client(tmp_path).post("/v1/ask", content=body, headers=headers).json()["question"]
        == FEE_QUESTION
    )


def test_a_lone_surrogate_in_a_question_is_no_fault_of_the_server(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    for question in ("\ud800", "обмін \udfff прав", "\ud800" * 10):
        _is_fair(client.post("/v1/ask", content=json.dumps({"question": question}), headers=JSON))
        raw = json.dumps({"question": question}, ensure_ascii=False).encode(
            "utf-8", "surrogatepass"
        )
        _is_fair(client.post("/v1/ask", content=raw, headers=JSON))


def test_a_lone_surrogate_anywhere_else_is_no_fault_of_the_server(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    for body in (
        {"question": "x", "\ud800": 1},
        {"question": "x", "channel": "\ud800"},
        {"question": "x", "lang": "\ud800"},
        {"question": "x", "filters": {"service": ["\ud800"]}},
        {"question": "x", "filters": {"\ud800": []}},
        {"question": "x", "filters": {"topic": ["\ud800"]}},
    ):
        response = client.post("/v1/ask", content=json.dumps(body), headers=JSON)
        assert response.status_code in (404, 422), body
        problem_of(response, response.status_code)


# Sizes


def test_a_body_over_the_limit_is_a_413_that_names_the_limit_whether_its_length_is_said_or_not(
    tmp_path: Path,
) -> None:
    client = tiny_client(tmp_path)
    for body in (
        b"x" * 2_000_000,
        _chunks(2_000_000),
        b'{"question": "' + b"x" * MAX_BODY_BYTES + b'"}',
    ):
        response = client.post("/v1/ask", content=body, headers=JSON)
        assert str(MAX_BODY_BYTES) in problem_of(response, 413)["detail"]


def test_a_body_at_the_limit_is_read_and_the_limit_is_a_setting(tmp_path: Path) -> None:
    client = tiny_client(tmp_path, max_body_bytes=2_000)
    body = b'{"question": "x"}'.ljust(2_000)
    assert client.post("/v1/ask", content=body, headers=JSON).status_code == 200
    problem_of(client.post("/v1/ask", content=body + b" ", headers=JSON), 413)


def test_a_large_body_is_refused_on_every_route(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    for path in ("/v1/nope", "/", "/healthz"):
        problem_of(client.post(path, content=b"x" * (MAX_BODY_BYTES + 1)), 413)


def test_a_length_that_is_no_number_is_no_fault_of_the_server(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    for length in ("-1", "abc", "", "1e9", "٣"):
        headers = [(b"content-type", b"application/json"), (b"content-length", length.encode())]
        _is_fair(client.post("/v1/ask", content=_chunks(2_000), headers=headers))


def test_a_question_over_the_limit_is_answered_with_the_reason_by_both_methods(
    tmp_path: Path,
) -> None:
    client = tiny_client(tmp_path)
    for response in (
        client.post("/v1/ask", json={"question": "щ" * 5_000}),
        client.get("/v1/ask", params={"q": "щ" * 5_000}),
    ):
        assert (
            response.status_code == 200
            and response.json()["reason"] == "too_long"
            and response.json()["handoff"]
        )


# Anything at all

_any_text = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.lists(
        st.sampled_from(
            [
                "обмін",
                "прав",
                "номера",
                "\u0301",
                "\u200b",
                "\x00",
                "\ud800",
                "'",
                "’",
                "<b>",
                "%",
                "{}",
                "👍🏽",
                "a",
                "\n",
            ]
        ),
        max_size=12,
    ).map(" ".join),
)
_any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_any_text, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
def test_any_text_is_answered_or_refused_as_json_never_a_server_error(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)

    @fuzz
    @given(_any_text)
    def ask(question: str) -> None:
        _is_fair(client.post("/v1/ask", content=json.dumps({"question": question}), headers=JSON))

    ask()


@pytest.mark.slow
def test_any_bytes_in_the_address_are_answered_as_json_and_as_a_page(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)

    @fuzz
    @given(
        st.one_of(
            st.binary(max_size=40),
            _any_text.map(lambda text: text.encode("utf-8", "surrogatepass")),
        )
    )
    def ask(question: bytes) -> None:
        escaped = "".join(f"%{byte:02X}" for byte in question)
        response = client.get(f"/v1/ask?q={escaped}")
        assert response.status_code == 200 and "answer_id" in response.json()
        page = client.get(f"/?q={escaped}")
        assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")

    ask()


@pytest.mark.slow
def test_any_json_value_in_any_field_is_never_a_server_error(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    fields = st.sampled_from(
        ["question", "top_k", "channel", "filters", "context", "lang", "extra"]
    )

    @fuzz
    @given(st.dictionaries(fields, _any_json, max_size=4))
    def ask(body: dict[str, Any]) -> None:
        _is_fair(
            client.post("/v1/ask", content=json.dumps({"question": "обмін"} | body), headers=JSON)
        )

    ask()


@pytest.mark.parametrize("name", ["service", "topic"])
def test_a_filter_of_too_many_values_in_the_address_is_refused_like_one_in_a_body(
    tmp_path: Path, name: str
) -> None:
    client = tiny_client(tmp_path)
    value, most = {"service": ("plates-lost", 100), "topic": ("fee", 16)}[name]
    assert (
        client.get("/v1/ask", params=[("q", "обмін"), *[(name, value)] * most]).status_code == 200
    )
    refused = problem_of(
        client.get("/v1/ask", params=[("q", "обмін"), *[(name, value)] * (most + 1)]), 422
    )
    assert refused["detail"].startswith(f"query.{name}: ")


@pytest.mark.slow
def test_any_value_of_any_parameter_in_the_address_is_never_a_server_error(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    names = st.sampled_from(["top_k", "channel", "service", "topic", "context", "lang", "extra"])
    values = st.sampled_from(["fee", "plates-lost", "site", "uk", "3"]) | _any_text.map(well_formed)

    @fuzz
    @given(st.lists(st.tuples(names, values), max_size=6), st.integers(1, 130))
    def ask(parameters: list[tuple[str, str]], times: int) -> None:
        _is_fair(
            client.get("/v1/ask", params=[("q", "обмін"), *parameters, *parameters[:1] * times])
        )

    ask()


@pytest.mark.slow
def test_any_bytes_as_a_body_are_never_a_server_error(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)

    @fuzz
    @given(st.binary(max_size=200))
    def ask(body: bytes) -> None:
        _is_fair(client.post("/v1/ask", content=body, headers=JSON))

    ask()


def test_odd_query_strings_are_never_a_server_error_for_api_and_pages(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    for query in (
        "q=%zz",
        "q=%",
        "q=%F",
        "q",
        "=x",
        "&&&",
        "q=x&q=y",
        "q=%2500",
        "q=x;y",
        "q[]=x",
        "q=+%20+",
        "q=%ED%A0%80",
        "q=%00",
    ):
        _is_fair(client.get(f"/v1/ask?{query}"))
        assert client.get(f"/?{query}").status_code == 200, query


def test_a_request_with_many_mistakes_is_told_of_some(tmp_path: Path) -> None:
    body = {"question": "x"} | {f"unknown-{number}" + "y" * 500: 1 for number in range(300)}
    reply = tiny_client(tmp_path).post("/v1/ask", json=body)
    errors = problem_of(reply, 422)["errors"]
    assert len(errors) == 20 and all(len(error["where"]) <= 200 for error in errors)
