"""Who may ask: sites by their origin, programs by their key; and the id that each request carries.
Each test name is the rule.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from support.app import Reply, api, client, problem_of, token_of
from support.corpus import FEE_QUESTION, tiny_index

from qa_service.access import keys
from qa_service.access.keys import KeyRing, Role
from qa_service.bootstrap import web_dependencies
from qa_service.engine import QAEngine
from qa_service.monitoring.logs import JsonLines
from qa_service.types import Reason
from qa_service.web.app import Application, create_app
from qa_service.web.middleware.callers import WRONG_KEYS

SITE = "https://hsc.gov.ua"
SITES = f"{SITE}, http://localhost:5173"
STRANGER = "https://example.com"
OWN = "http://testserver"
EXPOSED = {
    "ETag", "Link", "Retry-After", "X-Request-ID",
    "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy",
}  # fmt: skip
STRANGE_ORIGINS = [
    STRANGER,
    "null",
    "",
    "http://hsc.gov.ua",
    f"{SITE}:444",
    f"{SITE}.example.com",
    f"{SITE}/",
    "hsc.gov.ua",
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Application:
    """Open to SITES; for tests that leave nothing behind."""
    return api(tmp_path_factory.mktemp("shared"), cors_origins=SITES)


@contextmanager
def log_lines() -> Iterator[list[dict[str, Any]]]:
    """What the service says, at every level; complete when the block ends."""
    said, lines = StringIO(), list[dict[str, Any]]()
    handler, logger = logging.StreamHandler(said), logging.getLogger("qa_service")
    handler.setFormatter(JsonLines())
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
        lines += map(json.loads, said.getvalue().splitlines())


def _fail(engine: QAEngine, question: str) -> Reason | None:
    raise RuntimeError("a fault of ours")


def _cross_origin_headers(response: Any) -> set[str]:
    return {name for name in response.headers if name.startswith("access-control-")}


def _preflight(
    app: Application, origin: str, method: str = "POST", headers: str = "content-type"
) -> Any:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }
    return client(app).options("/v1/ask", headers=asked)


# Origins


@pytest.mark.parametrize("origin", [SITE, "http://localhost:5173"])
def test_an_allowed_site_may_read_answers_and_the_headers_that_matter(
    shared: Application, origin: str
) -> None:
    response = client(shared).post(
        "/v1/ask", json={"question": FEE_QUESTION}, headers={"Origin": origin}
    )
    assert response.status_code == 200 and response.headers["access-control-allow-origin"] == origin
    assert set(response.headers["access-control-expose-headers"].split(", ")) == EXPOSED
    assert (
        "Origin" in response.headers["vary"]
        and "access-control-allow-credentials" not in response.headers
    )


def test_an_allowed_site_may_read_errors_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = client(
        api(tmp_path, cors_origins=SITES, rate_limit="5/day"), headers={"Origin": SITE}
    )
    monkeypatch.setattr(QAEngine, "refusal", _fail)
    responses = {
        401: browser.get("/v1/services", headers={"X-API-Key": "qa_site_forged"}),
        404: browser.get("/v1/services/nope"),
        422: browser.get("/v1/ask"),
        413: browser.post("/v1/ask", content=b"x" * 300_000),
        405: browser.put("/v1/ask"),
        500: browser.post("/v1/ask", json={"question": "обмін"}),
        429: browser.get("/v1/services"),
    }
    for status, response in responses.items():
        problem_of(response, status)
        assert response.headers["access-control-allow-origin"] == SITE, status
        assert set(response.headers["access-control-expose-headers"].split(", ")) == EXPOSED, status
        assert response.headers["x-request-id"], status


@pytest.mark.parametrize("origin", STRANGE_ORIGINS)
def test_another_site_is_refused_and_may_read_nothing_but_that(
    shared: Application, origin: str
) -> None:
    browser = client(shared, headers={"Origin": origin})
    for response in (
        browser.get("/v1/ask?q=x"),
        browser.post("/v1/ask", json={"question": "x"}),
        browser.get("/v1/services"),
        browser.post("/v1/feedback", json={"answer_id": "a1", "helpful": True}),
        _preflight(shared, origin),
    ):
        assert "QA_CORS_ORIGINS" in problem_of(response, 403)["detail"]
        assert response.headers["access-control-allow-origin"] == "*", (
            "its script may read why it was refused"
        )
        assert response.headers["vary"] == "Origin"


def test_where_no_site_is_named_every_other_site_is_refused(tmp_path: Path) -> None:
    problem_of(client(api(tmp_path)).get("/v1/ask?q=x", headers={"Origin": SITE}), 403)


@pytest.mark.parametrize("origin", [OWN, "https://testserver"])
def test_our_own_pages_may_always_ask_whoever_ends_their_tls(tmp_path: Path, origin: str) -> None:
    response = client(api(tmp_path), headers={"Origin": origin}).post(
        "/v1/ask", json={"question": "обмін"}
    )
    assert response.status_code == 200


def test_a_program_has_no_origin_and_may_ask(shared: Application) -> None:
    response = client(shared).get("/v1/ask?q=x")
    assert response.status_code == 200 and not _cross_origin_headers(response)


def _posted(app: Application, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client(app).post("/v1/ask", json={"question": "обмін"}, headers=named)


def test_what_a_site_without_a_name_has_a_browser_send_is_refused(shared: Application) -> None:
    response = _posted(shared, Sec_Fetch_Site="cross-site")
    assert "QA_CORS_ORIGINS" in problem_of(response, 403)["detail"]
    assert _posted(shared, Sec_Fetch_Site="cross-site", Origin=SITE).status_code == 200
    for ours in ("same-origin", "same-site", "none"):
        assert _posted(shared, Sec_Fetch_Site=ours).status_code == 200


def test_a_link_from_any_site_may_be_followed(shared: Application) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    for path in ("/v1/ask?q=x", "/v1/services", "/?q=x"):
        assert client(shared).get(path, headers=headers).status_code == 200


def test_a_star_lets_a_site_without_a_name_ask(tmp_path: Path) -> None:
    app = api(tmp_path, cors_origins="*")
    assert _posted(app, Sec_Fetch_Site="cross-site").status_code == 200


@pytest.mark.parametrize("origin", [STRANGER, "null", SITE])
def test_a_star_lets_every_site_ask(tmp_path: Path, origin: str) -> None:
    app = api(tmp_path, cors_origins="*")
    response = client(app).get("/v1/ask?q=x", headers={"Origin": origin})
    assert response.status_code == 200 and response.headers["access-control-allow-origin"] == "*"
    assert _preflight(app, origin).headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "header", ["x-api-key", "authorization", "content-type", "if-none-match, x-request-id"]
)
def test_an_allowed_site_may_send_json_keys_ids_and_tags(shared: Application, header: str) -> None:
    response = _preflight(shared, SITE, headers=header)
    assert response.status_code == 200 and response.headers["access-control-allow-origin"] == SITE
    assert {"GET", "POST"} == set(response.headers["access-control-allow-methods"].split(", "))
    assert int(response.headers["access-control-max-age"]) >= 3_600


@pytest.mark.parametrize(("method", "headers"), [("DELETE", "content-type"), ("POST", "x-other")])
def test_an_allowed_site_may_not_do_what_the_api_does_not_know(
    shared: Application, method: str, headers: str
) -> None:
    assert _preflight(shared, SITE, method, headers).status_code == 400


@pytest.mark.parametrize(
    "path", ["/", "/services", "/widget.js", "/healthz", "/openapi.json", "/static/site.css"]
)
def test_pages_and_files_are_open_to_whoever_links_or_embeds_them(
    shared: Application, path: str
) -> None:
    assert client(shared).get(path, headers={"Origin": STRANGER}).status_code == 200


# Keys


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("scheme", ["X-API-Key", "Bearer", "bearer"])
def test_a_key_counts_as_a_header_or_as_a_bearer(tmp_path: Path, role: Role, scheme: str) -> None:
    token = token_of(tmp_path, role)
    app = api(tmp_path, rate_limit="1/day")
    sent = {"X-API-Key": token} if scheme == "X-API-Key" else {"Authorization": f"{scheme} {token}"}
    assert [client(app).get("/v1/services").status_code for _ in range(2)] == [200, 429]
    assert client(app, headers=sent).get("/v1/services").status_code == 200


def _wrong_tokens(right: str) -> list[str]:
    head, _, secret = right.rpartition("_")
    other = "a" if secret[0] != "a" else "b"
    return [
        f"{head}_{other}{secret[1:]}",
        right.replace("qa_site", "qa_admin"),
        right[:-1],
        right + "a",
        right.upper(),
        f"qa_site_aaaaaaaa_{'a' * 52}",
        "x",
        "ключ",
        "x" * 5_000,
    ]


def test_a_key_that_is_forged_or_malformed_opens_nothing(tmp_path: Path) -> None:
    right = token_of(tmp_path, Role.SITE)
    app = api(tmp_path)
    for number, token in enumerate(_wrong_tokens(right)):
        for name, value in (("X-API-Key", token), ("Authorization", f"Bearer {token}")):
            response = client(app, f"192.0.2.{number}").get(
                "/v1/ask?q=x", headers=[(name.encode(), value.encode())]
            )
            assert "revoked" in problem_of(response, 401)["detail"], token
            assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("authorization", ["Basic dXNlcjpwYXNz", "qa_site_x", ""])
def test_authorization_that_is_for_a_proxy_is_no_key(
    shared: Application, authorization: str
) -> None:
    assert (
        client(shared).get("/v1/ask?q=x", headers={"Authorization": authorization}).status_code
        == 200
    )


def _sent(app: Application, token: str, address: str = "192.0.2.1") -> Reply:
    return client(app, address, {"X-API-Key": token}).get("/v1/services")


def test_an_address_that_sends_wrong_keys_is_told_to_wait_after_20_a_minute(tmp_path: Path) -> None:
    assert RateLimitItemPerMinute(20) == WRONG_KEYS
    app = api(tmp_path)
    for number in range(WRONG_KEYS.amount):
        problem_of(_sent(app, f"wrong-{number}"), 401)
    refused = _sent(app, "wrong-again")
    assert "wrong keys" in problem_of(refused, 429)["detail"]
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    problem_of(_sent(app, "wrong", "192.0.2.2"), 401)
    assert client(app).get("/v1/services").status_code == 200, "who sends no key is let in"


def test_a_right_key_is_let_in_wherever_wrong_ones_come_from(tmp_path: Path) -> None:
    token = token_of(tmp_path, Role.OPERATOR)
    app = api(tmp_path)
    for number in range(WRONG_KEYS.amount + 5):
        _sent(app, f"wrong-{number}")
    problem_of(_sent(app, "wrong"), 429)
    assert _sent(app, token).status_code == _sent(app, token, "192.0.2.2").status_code == 200


def test_wrong_keys_are_counted_where_requests_are_not_limited_and_where_the_store_is_shared(
    tmp_path: Path,
) -> None:
    """Two processes with one store count together."""
    store = MemoryStorage()
    deps = web_dependencies(tiny_index(tmp_path, rate_limit="off"))
    apps = [create_app(replace(deps, limit_store=store)) for _ in range(2)]
    statuses = [_sent(apps[number % 2], "wrong").status_code for number in range(30)]
    assert statuses == [401] * 20 + [429] * 10


def test_only_what_has_the_form_of_a_key_is_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a request, and never more than a key's 76 letters."""
    hashed: list[str] = []

    def counted(token: str) -> str:
        hashed.append(token)
        return "0" * 64

    right = token_of(tmp_path, Role.OPERATOR)
    app = api(tmp_path)
    monkeypatch.setattr(keys, "_hash", counted)
    wrong = [f"{right[:-1]}{letter}" for letter in "abcd"]
    for token in (*wrong, right + "a", "x" * 5_000, right * 60):
        _sent(app, token)
    assert hashed == wrong and max(map(len, hashed)) <= 76


def test_a_key_that_is_revoked_or_made_counts_within_a_second_without_a_restart(
    tmp_path: Path,
) -> None:
    now = 0.0
    file = KeyRing(tmp_path / "keys.json")
    key, token = file.create(Role.OPERATOR, "a desk")
    app = api(tmp_path, keys=KeyRing.open(tmp_path / "keys.json", lambda: now))
    assert client(app, headers={"X-API-Key": token}).get("/v1/services").status_code == 200
    file.revoke(key.id)
    new = token_of(tmp_path, Role.OPERATOR)
    now = 1.0
    problem_of(client(app, headers={"X-API-Key": token}).get("/v1/services"), 401)
    assert client(app, headers={"X-API-Key": new}).get("/v1/services").status_code == 200


def test_no_key_gets_into_a_log_or_an_answer(tmp_path: Path) -> None:
    right = token_of(tmp_path, Role.SITE)
    app = api(tmp_path)
    with log_lines() as lines:
        for token in (right, *_wrong_tokens(right)[:6]):
            secret = token.rpartition("_")[2]
            for headers in ({"X-API-Key": token}, {"Authorization": f"Bearer {token}"}):
                response = client(app).get("/v1/services", headers=headers)
                assert secret not in response.text + str(response.headers)
    assert len(lines) == 14 and right.rpartition("_")[2] not in json.dumps(lines)


# The id of a request


@pytest.mark.parametrize("given", ["a", "0f3c-9", "req_1.2", "x" * 64])
def test_a_plain_id_that_a_proxy_gave_is_kept_in_answer_and_log(
    shared: Application, given: str
) -> None:
    with log_lines() as lines:
        response = client(shared).get("/v1/services", headers={"X-Request-ID": given})
    assert response.headers["x-request-id"] == given == lines[-1]["request_id"]


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"x" * 65,
        b"two words",
        b"a\tb",
        b'a"b',
        b"<b>",
        b"a;b",
        "єдиний".encode(),
        b"\xff",
        b"a\r\nX-Evil: 1",
        b"a\n",
    ],
)
def test_an_id_that_is_not_plain_is_replaced(shared: Application, given: bytes) -> None:
    with log_lines() as lines:
        response = client(shared).get("/v1/services", headers=[(b"x-request-id", given)])
    made = response.headers["x-request-id"]
    assert made == lines[-1]["request_id"] and len(made) == 16 and int(made, 16) >= 0
    assert "x-evil" not in response.headers


def test_each_request_without_an_id_gets_one_of_its_own(shared: Application) -> None:
    assert len({client(shared).get("/healthz").headers["x-request-id"] for _ in range(20)}) == 20


def test_errors_carry_the_id_of_their_log_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = api(tmp_path, rate_limit="4/day")
    monkeypatch.setattr(QAEngine, "refusal", _fail)
    for status, path, headers in (
        (401, "/v1/services", {"X-API-Key": "x"}),
        (403, "/v1/services", {"Origin": STRANGER}),
        (404, "/v1/services/nope", {}),
        (404, "/nope", {}),
        (422, "/v1/ask", {}),
        (500, "/v1/ask?q=x", {}),
        (403, "/v1/admin/feedback", {"Origin": "null"}),
        (401, "/v1/admin/feedback", {}),
        (429, "/v1/services", {}),
    ):
        with log_lines() as lines:
            response = client(app).get(path, headers=headers | {"X-Request-ID": f"id-{status}"})
        problem_of(response, status)
        [access] = [line for line in lines if line["logger"] == "qa_service.access"]
        assert (
            response.headers["x-request-id"] == access["request_id"] == f"id-{status}"
            and access["status"] == status
        )
