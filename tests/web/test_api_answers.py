"""Every operation of the API answers in the shape that DESIGN.md promises."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from support.app import Reply, problem_of, tiny_client
from support.corpus import FEE_QUESTION, PASSAGES, SERVICES

from qa_service.types import Reason

ANSWER = {
    "answer_id", "question", "understood", "answerable", "confidence", "reason", "passages",
    "siblings", "choices", "related", "handoff", "index_version", "degraded", "took_ms",
    "actions", "centres", "reply", "certainty", "parts", "context",
}  # fmt: skip
PASSAGE = {
    "id", "service", "service_title", "topic", "title", "text", "as_of", "status", "evidence",
    "conflict", "sources", "url", "stale", "doubt", "items", "item_spans",
    "numbered", "figure", "acts",
}  # fmt: skip
RANKED = PASSAGE | {"highlights", "score", "confidence"}
SERVICE = {
    "slug", "title", "official_name", "registry_id", "group", "aliases", "audience", "channels",
    "reviewed", "sources", "passages", "url", "page", "actions",
}  # fmt: skip


def _json(response: Reply) -> Any:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    return response.json()


def _without_what_differs(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in ("answer_id", "took_ms")}


# Asking


def test_an_answer_has_exactly_the_documented_fields(tmp_path: Path) -> None:
    answer = _json(tiny_client(tmp_path).post("/v1/ask", json={"question": FEE_QUESTION}))
    assert set(answer) == ANSWER
    assert answer["question"] == FEE_QUESTION and answer["answerable"] is True
    assert (
        answer["reason"] is None
        and answer["handoff"] is None
        and answer["degraded"] == []
        and answer["choices"] == []
    )
    assert 0 < answer["confidence"] <= 1 and answer["took_ms"] > 0
    assert re.fullmatch(r"[A-Za-z0-9_-]{24}", answer["answer_id"])
    assert answer["understood"] == {
        "language": "uk", "reading": "скільки коштує обмін посвідчення водія?", "corrections": []
    }  # fmt: skip
    assert answer["siblings"] and all(
        set(sibling) == {"topic", "id", "title", "text"} for sibling in answer["siblings"]
    )
    assert all(isinstance(question, str) for question in answer["related"])


def test_a_ranked_passage_has_exactly_the_documented_fields(tmp_path: Path) -> None:
    passages = _json(tiny_client(tmp_path).post("/v1/ask", json={"question": FEE_QUESTION}))[
        "passages"
    ]
    assert len(passages) == 3 and all(set(passage) == RANKED for passage in passages)
    best = passages[0]
    text = (
        "Обмін посвідчення водія коштує 572 гривні. Комісію банку платять окремо. Сплатити можна "
        "карткою на місці."
    )
    assert best | {"score": 0, "confidence": 0} == {
        "id": "licence-exchange.fee",
        "service": "licence-exchange",
        "service_title": "Обмін посвідчення водія",
        "topic": "fee",
        "title": "Скільки коштує обмін посвідчення водія",
        "text": text,
        "highlights": [[0, 42]],
        "score": 0,
        "confidence": 0,
        "as_of": "2025-11",
        "status": "needs-review",
        "evidence": "medium",
        "conflict": "Раніше називали 515 гривень.",
        "doubt": None,
        "stale": best["stale"],
        "items": [],
        "item_spans": [],
        "numbered": False,
        "figure": None,
        "acts": [],
        "sources": [
            {
                "title": "Прейскурант",
                "url": "https://hsc.gov.ua/price",
                "kind": "official",
                "place": None,
                "states": None,
                "read": None,
            },
            {
                "title": "Постанова № 340",
                "url": None,
                "kind": "media",
                "place": None,
                "states": None,
                "read": None,
            },
        ],
        "url": "/services/licence-exchange#fee",
    }


def test_a_correction_says_kind_from_and_to(tmp_path: Path) -> None:
    understood = _json(tiny_client(tmp_path).post("/v1/ask", json={"question": "j,vsy ghfd"}))[
        "understood"
    ]
    assert understood["corrections"] == [
        {"kind": "layout", "from": "j,vsy ghfd", "to": "обмін прав"}
    ]
    assert understood["reading"] == "обмін прав" and understood["language"] == "uk"


def test_get_answers_as_post_does(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    body = {
        "question": FEE_QUESTION, "top_k": 2, "channel": "operator", "lang": "uk",
        "filters": {"service": ["licence-exchange", "plates-lost"], "topic": ["fee", "term"]},
        "context": {"service": "plates-lost"},
    }  # fmt: skip
    url = (
        "/v1/ask?top_k=2&channel=operator&lang=uk&service=licence-exchange&service=plates-lost&topic=fee&topic=term"
        f"&context=plates-lost&q={quote(FEE_QUESTION)}"
    )
    posted, got = _json(client.post("/v1/ask", json=body)), _json(client.get(url))
    assert _without_what_differs(posted) == _without_what_differs(got)
    assert [passage["id"] for passage in got["passages"]] == [
        "licence-exchange.fee",
        "licence-exchange.term",
    ]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"topic": ["term"]}, {"licence-exchange.term"}),
        ({"topic": ["fee"], "service": ["plates-lost"]}, {"plates-lost.fee"}),
        ({"topic": ["where", "steps"]}, {"exam-practical.where", "plates-lost.steps"}),
        ({"service": ["plates-lost"]}, {"plates-lost.fee", "plates-lost.steps"}),
        ({"topic": ["contact"]}, set()),
    ],
)
def test_filters_leave_out_every_passage_that_does_not_pass_however_many_are_wanted(
    tmp_path: Path, filters: dict[str, list[str]], found: set[str]
) -> None:
    client = tiny_client(tmp_path)
    for question in (FEE_QUESTION, "zzz qqq"):
        body = {"question": question, "top_k": 20, "filters": filters}
        answer = _json(client.post("/v1/ask", json=body))
        assert {passage["id"] for passage in answer["passages"]} == found, question


def test_the_documented_defaults_are_three_passages_on_the_site_channel(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    plain = _json(client.post("/v1/ask", json={"question": "обмін"}))
    spelt = {
        "question": "обмін",
        "top_k": 3,
        "channel": "site",
        "filters": {"service": [], "topic": []},
        "context": None,
    }
    assert _without_what_differs(plain) == _without_what_differs(
        _json(client.post("/v1/ask", json=spelt | {"lang": None}))
    )


@pytest.mark.parametrize("top_k", [1, 20, 2.0])
def test_top_k_is_the_number_of_passages_as_far_as_there_are(tmp_path: Path, top_k: float) -> None:
    answer = _json(
        tiny_client(tmp_path).post("/v1/ask", json={"question": FEE_QUESTION, "top_k": top_k})
    )
    assert len(answer["passages"]) == min(top_k, len(PASSAGES))


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("", Reason.EMPTY),
        (" \n\t ", Reason.EMPTY),
        ("?!.,…«»", Reason.EMPTY),
        ("\x00", Reason.EMPTY),
        ("я" * 1_001, Reason.TOO_LONG),
        ("zzz qqq xxx", Reason.AMBIGUOUS),
    ],
)
def test_a_question_that_cannot_be_answered_gets_a_reason_and_a_handoff(
    tmp_path: Path, question: str, reason: Reason
) -> None:
    client = tiny_client(tmp_path)
    for response in (
        client.post("/v1/ask", json={"question": question}),
        client.get("/v1/ask", params={"q": question}),
    ):
        answer = _json(response)
        assert set(answer) == ANSWER and answer["question"] == question
        assert answer["answerable"] is False and answer["reason"] == reason
        assert answer["handoff"] == {"phone": "(044) 290-19-88", "site": "https://hsc.gov.ua"}


def test_best_guesses_still_come_where_there_is_no_answer(tmp_path: Path) -> None:
    answer = _json(tiny_client(tmp_path).post("/v1/ask", json={"question": "zzz qqq xxx"}))
    assert (
        answer["answerable"] is False and len(answer["passages"]) == 3 and answer["related"] == []
    )


def test_a_large_answer_is_compressed_where_the_client_takes_it(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    body = {"question": FEE_QUESTION}
    assert (
        client.post("/v1/ask", json=body, headers={"accept-encoding": "gzip"}).headers[
            "content-encoding"
        ]
        == "gzip"
    )
    assert (
        "content-encoding"
        not in client.post("/v1/ask", json=body, headers={"accept-encoding": "identity"}).headers
    )


# The corpus


def test_services_are_listed_with_their_number_of_passages(tmp_path: Path) -> None:
    listed = _json(tiny_client(tmp_path).get("/v1/services"))
    assert set(listed) == {"services", "total", "index_version"} and listed["total"] == len(
        SERVICES
    )
    assert listed["services"][2] == {
        "slug": "plates-lost",
        "title": "Втрата номерних знаків",
        "group": "plates",
        "passages": 2,
        "url": "/services/plates-lost",
    }


def test_a_service_has_all_its_passages_in_the_order_of_its_file(tmp_path: Path) -> None:
    service = _json(tiny_client(tmp_path).get("/v1/services/licence-exchange"))
    assert set(service) == SERVICE and all(
        set(passage) == PASSAGE for passage in service["passages"]
    )
    assert [passage["topic"] for passage in service["passages"]] == [
        "fee",
        "documents",
        "term",
        "fee",
    ]
    assert service["registry_id"] == "00509" and service["aliases"] == [
        "поміняти права",
        "обмін прав",
    ]
    assert service["reviewed"] == "2026-01-05" and service["channels"] == ["service-centre", "diia"]


def test_every_passage_is_found_by_its_id_as_its_service_shows_it(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    shown = [
        passage
        for slug in SERVICES
        for passage in _json(client.get(f"/v1/services/{slug}"))["passages"]
    ]
    assert sorted(passage["id"] for passage in shown) == sorted(PASSAGES)
    for passage in shown:
        assert _json(client.get(f"/v1/passages/{passage['id']}")) == passage


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/v1/services/nope", "GET /v1/services lists them"),
        ("/v1/services/%D0%BE%D0%B1%D0%BC%D1%96%D0%BD", "GET /v1/services lists them"),
        ("/v1/services/%ED%A0%80", "GET /v1/services lists them"),
        ("/v1/services/%00", "GET /v1/services lists them"),
        ("/v1/passages/licence-exchange.nope", "GET /v1/services/{slug} lists"),
        ("/v1/passages/" + "x" * 5_000, "GET /v1/services/{slug} lists"),
    ],
)
def test_an_unknown_service_or_passage_is_not_found_with_the_way_to_known_ones(
    tmp_path: Path, path: str, hint: str
) -> None:
    assert hint in problem_of(tiny_client(tmp_path).get(path), 404)["detail"]


# Health and documents


def test_the_process_is_alive_and_ready_with_its_index_version(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    version = _json(client.get("/v1/services"))["index_version"]
    assert _json(client.get("/healthz"))["status"] == "ok"
    assert _json(client.get("/readyz")) == {"status": "ready", "index_version": version}
    assert _json(client.post("/v1/ask", json={"question": "обмін"}))["index_version"] == version


@pytest.mark.parametrize("path", ["/", "/docs", "/services"])
def test_people_get_html(tmp_path: Path, path: str) -> None:
    response = tiny_client(tmp_path).get(path)
    assert response.status_code == 200 and response.headers["content-type"].startswith("text/html")


def test_head_of_the_search_page_has_no_body(tmp_path: Path) -> None:
    response = tiny_client(tmp_path).head("/")
    assert (
        response.status_code == 200
        and response.content == b""
        and response.headers["content-type"].startswith("text/html")
    )


@pytest.mark.parametrize(
    "path",
    ["/v1/services/", "/healthz/", "/v1/passages/plates-lost.fee/", "/services/plates-lost/"],
)
def test_a_closing_slash_leads_to_the_same_resource(tmp_path: Path, path: str) -> None:
    client = tiny_client(tmp_path)
    followed = client.get(path, follow_redirects=True)
    assert followed.status_code == 200 and followed.url.path == path.rstrip("/")


@pytest.mark.parametrize(
    "path", ["/v1//ask?q=x", "//v1/ask?q=x", "/V1/ask?q=x", "/v1/ask/x", "/v1", "/v1/nope"]
)
def test_a_path_that_is_not_a_route_is_a_404(tmp_path: Path, path: str) -> None:
    problem_of(tiny_client(tmp_path).get(path, follow_redirects=True), 404)


def test_a_404_of_no_route_says_where_the_routes_are(tmp_path: Path) -> None:
    assert "/docs" in problem_of(tiny_client(tmp_path).get("/v1/nope"), 404)["detail"]


def test_a_wrong_method_is_told_all_methods_that_are_allowed(tmp_path: Path) -> None:
    client = tiny_client(tmp_path)
    for path, allowed in (
        ("/v1/services", {"GET"}),
        ("/v1/services/plates-lost", {"GET"}),
        ("/healthz", {"GET"}),
        ("/", {"GET", "HEAD"}),
        ("/v1/ask", {"GET", "POST"}),
    ):
        for method in ("PUT", "DELETE", "PATCH"):
            response = client.request(method, path)
            problem_of(response, 405)
            assert {name.strip() for name in response.headers["allow"].split(",")} >= allowed, path


def test_a_405_says_which_method_to_use(tmp_path: Path) -> None:
    assert "GET" in problem_of(tiny_client(tmp_path).put("/v1/services"), 405)["detail"]
