"""Requests that another site has a browser send: with the cookie of a session they change nothing,
and no script of another site is signed in. Each case of what a browser may say.
"""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from support.app import api, client, problem_of
from support.signed_in import browser, signed_in

from qa_service.access.keys import KeyRing, Role
from qa_service.web.app import Application

SITE = "https://hsc.gov.ua"
OURS = [
    {"Origin": "http://testserver"},
    {"Origin": "https://testserver"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"},
    {"Sec-Fetch-Site": "same-origin", "Referer": "http://testserver/operator"},
]
NOT_OURS: list[dict[str, str]] = [
    {},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "https://evil.example"},
    {"Origin": "https://testserver.evil.example"},
    {"Origin": "http://testserver:8080"},
    {"Origin": "evil.example", "Referer": "http://testserver/operator"},
    {"Referer": "http://testserver/operator"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "Same-Origin"},
]


def _posting(app: Application, signed: TestClient, headers: dict[str, str]) -> TestClient:
    """A browser that is signed in and says of its requests what `headers` say."""
    found = client(app, headers=headers)
    found.cookies.update(signed.cookies)
    found.follow_redirects = False
    return found


@pytest.fixture
def app(tmp_path: Path) -> Application:
    return api(tmp_path, cors_origins=f"{SITE},http://testserver:8080")


def _reload(someone: TestClient) -> int:
    status: int = someone.post("/v1/admin/reload").status_code
    return status


@pytest.mark.parametrize("said", OURS)
def test_our_own_pages_change_things_in_the_name_of_who_is_signed_in(
    tmp_path: Path, app: Application, said: dict[str, str]
) -> None:
    someone = _posting(app, signed_in(app, tmp_path, Role.ADMIN), said)
    assert _reload(someone) == 200
    assert someone.post("/sign-out").status_code == 200


@pytest.mark.parametrize("said", NOT_OURS)
def test_whatever_does_not_come_from_our_own_page_changes_nothing(
    tmp_path: Path, app: Application, said: dict[str, str]
) -> None:
    signed = signed_in(app, tmp_path, Role.ADMIN)
    someone = _posting(app, signed, said)
    problem_of(someone.post("/v1/admin/reload"), 403)
    problem_of(someone.post("/v1/ask", json={"question": "обмін"}), 403)
    problem_of(someone.post("/sign-out"), 403)
    problem_of(someone.delete("/v1/services"), 403)
    assert _reload(signed) == 200, "the session goes on"


@pytest.mark.parametrize("said", NOT_OURS)
def test_nobody_is_signed_in_by_a_form_of_another_site(
    tmp_path: Path, app: Application, said: dict[str, str]
) -> None:
    """Else somebody would work in the name of an attacker's account."""
    _, token = KeyRing(tmp_path / "keys.json").create(Role.ADMIN, "Зловмисник")
    reply = client(app, headers=said).post("/sign-in", data={"key": token})
    assert reply.status_code == 403 and "set-cookie" not in reply.headers


def test_a_program_with_a_key_needs_no_origin(tmp_path: Path, app: Application) -> None:
    _, token = KeyRing(tmp_path / "keys.json").create(Role.ADMIN, "Операції")
    assert _reload(client(app, headers={"X-API-Key": token})) == 200


def test_a_public_form_without_a_session_is_taken_as_before(app: Application) -> None:
    assert client(app).post("/v1/ask", json={"question": "обмін"}).status_code == 200


@pytest.mark.parametrize("origins", [SITE, "*"])
@pytest.mark.parametrize("origin", [SITE, "http://testserver:8080"])
def test_a_script_of_another_site_is_nobody_and_may_send_no_cookies(
    tmp_path: Path, origins: str, origin: str
) -> None:
    """Also that of a host beside ours, whose requests carry cookies that are `Lax`."""
    app = api(tmp_path, cors_origins=f"{origins},{origin}" if origins != "*" else origins)
    someone = _posting(app, signed_in(app, tmp_path, Role.ADMIN), {"Origin": origin})
    answered = someone.get("/v1/services")
    assert answered.status_code == 200
    assert answered.headers["access-control-allow-origin"] in (origin, "*")
    refused = someone.get("/v1/admin/feedback")
    problem_of(refused, 401)
    preflight = {"Access-Control-Request-Method": "POST", "Origin": origin}
    asked = someone.options("/v1/admin/reload", headers=preflight)
    for reply in (answered, refused, asked):
        assert "access-control-allow-credentials" not in reply.headers


def test_a_link_of_another_site_opens_a_page_signed_in(tmp_path: Path, app: Application) -> None:
    """The telephony's program opens the console by its address."""
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    someone = _posting(app, signed_in(app, tmp_path, Role.ADMIN, "Олена"), headers)
    assert "Олена" in someone.get("/sign-in").text


def test_a_refusal_is_a_page_for_people(tmp_path: Path, app: Application) -> None:
    signed = signed_in(app, tmp_path, Role.ADMIN)
    reply = signed.post("/sign-out", headers={"Origin": "https://evil.example"})
    assert reply.status_code == 403 and "<h1" in reply.text


def test_a_page_signs_out_by_a_form_of_its_own(tmp_path: Path, app: Application) -> None:
    page = signed_in(app, tmp_path, Role.ADMIN).get("/sign-in").text
    assert '<form class="staff-who" action="/sign-out" method="post">' in page
    assert browser(app).get("/sign-out").status_code == 303, "a link does not"
