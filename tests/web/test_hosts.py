"""By which names the service goes, and what each response says to browsers. Each test name is the
rule.
"""

from pathlib import Path

import pytest
from support.app import Reply, api, client, count, problem_of, token_of
from support.corpus import FEE_QUESTION, tiny_settings

from qa_service.access.keys import Role
from qa_service.doors import allowed_hosts, public_url
from qa_service.errors import SettingsError
from qa_service.web.app import Application

NAMES = "qa.example.gov.ua, *.hsc.gov.ua, 127.0.0.1, [::1]"


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Application:
    return api(tmp_path_factory.mktemp("named"), allowed_hosts=NAMES)


def asked_as(app: Application, host: str, path: str = "/healthz") -> Reply:
    return client(app).get(path, headers={"Host": host})


@pytest.mark.parametrize(
    "host",
    [
        "qa.example.gov.ua",
        "QA.Example.GOV.UA",
        "qa.example.gov.ua:8443",
        "a.hsc.gov.ua",
        "a.b.hsc.gov.ua",
        "127.0.0.1:8000",
        "[::1]:8000",
        "[::1]",
    ],
)
def test_its_own_names_are_served(named: Application, host: str) -> None:
    assert asked_as(named, host).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "qa.example.gov.ua.evil.test",
        "evilqa.example.gov.ua",
        "hsc.gov.ua",
        "evilhsc.gov.ua",
        "localhost",
        "",
        ":8000",
        "127.0.0.1.evil.test",
    ],
)
def test_other_names_are_refused(named: Application, host: str) -> None:
    detail = problem_of(asked_as(named, host), 400)["detail"]
    assert "QA_ALLOWED_HOSTS" in detail and (not host or host not in detail)


def test_by_default_any_name_is_served(tmp_path: Path) -> None:
    assert asked_as(api(tmp_path), "anything.test").status_code == 200


def test_the_public_address_stands_in_pages_whatever_the_proxy_passes_on(tmp_path: Path) -> None:
    app = api(tmp_path, public_url="https://qa.example.gov.ua/", allowed_hosts="internal")
    for host in ("internal", "qa.example.gov.ua"):
        html = asked_as(app, host, "/services").text
        assert '<link rel="canonical" href="https://qa.example.gov.ua/services">' in html
        robots = asked_as(app, host, "/robots.txt").text
        assert "Sitemap: https://qa.example.gov.ua/sitemap.xml" in robots
    problem_of(asked_as(app, "evil.test", "/services"), 400)


def test_requests_at_the_public_address_are_counted_by_their_route(tmp_path: Path) -> None:
    app = api(tmp_path, public_url="https://qa.example.gov.ua")
    assert asked_as(app, "internal", "/v1/services").status_code == 200
    assert count(app, "qa_http_requests_total", route="/v1/services") == 1


def test_only_pages_at_the_public_address_are_our_own(tmp_path: Path) -> None:
    app = api(tmp_path, public_url="https://qa.example.gov.ua")
    for origin, status in (("https://qa.example.gov.ua", 200), ("http://evil.test", 403)):
        headers = {"Host": "evil.test", "Origin": origin}
        reply = client(app).post("/v1/ask", json={"question": FEE_QUESTION}, headers=headers)
        assert reply.status_code == status


@pytest.mark.parametrize(
    "names",
    [
        "https://a.test",
        "a test",
        "a/b",
        "*a.test",
        "ї.укр",
        "",
        " , ",
        ".",
        "a..test",
        "a.test:8443",
        "a.test, ::1",
        "[a.test]",
        "[::1]:8000",
    ],
)
def test_what_is_no_name_is_a_wrong_setting(tmp_path: Path, names: str) -> None:
    with pytest.raises(SettingsError, match="QA_ALLOWED_HOSTS"):
        allowed_hosts(tiny_settings(tmp_path, allowed_hosts=names))


@pytest.mark.parametrize(
    ("names", "public", "host"),
    [
        ("qa.test.", "", "qa.test"),
        ("*.test.", "", "qa.test"),
        ("[2001:DB8::1]", "", "[2001:db8::1]:8000"),
        ("", "https://qa.test", "qa.test"),
        ("internal", "http://[::1]:8000", "[::1]:8000"),
    ],
)
def test_a_name_that_may_be_set_is_served(
    tmp_path: Path, names: str, public: str, host: str
) -> None:
    app = api(tmp_path, allowed_hosts=names, public_url=public)
    assert asked_as(app, host).status_code == 200


@pytest.mark.parametrize("url", ["qa.example.gov.ua", "https://a.test/path", "ftp://a.test", "//a"])
def test_what_is_no_address_is_a_wrong_setting(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="QA_PUBLIC_URL"):
        public_url(tiny_settings(tmp_path, public_url=url))


# What each response says


@pytest.mark.parametrize(
    "path", ["/", "/v1/ask?q=x", "/healthz", "/metrics", "/docs", "/nope", "/widget.js"]
)
def test_no_response_is_taken_for_another_type(named: Application, path: str) -> None:
    assert asked_as(named, "127.0.0.1", path).headers["x-content-type-options"] == "nosniff"


def test_nobody_keeps_what_administrators_read(tmp_path: Path) -> None:
    token = token_of(tmp_path, Role.ADMIN)
    browser = client(api(tmp_path), headers={"X-API-Key": token})
    for reply in (
        browser.get("/v1/admin/feedback"),
        client(api(tmp_path)).get("/v1/admin/feedback"),
    ):
        assert reply.headers["cache-control"] == "no-store"


def test_the_documentation_has_a_policy_of_its_own_host(named: Application) -> None:
    policy = asked_as(named, "127.0.0.1", "/docs").headers["content-security-policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
