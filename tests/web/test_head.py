"""HEAD is answered as GET is, without a body. Each test name is the rule."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from support.app import api, client, count, served, token_of
from support.corpus import FEE_QUESTION

from qa_service.access.keys import Role
from qa_service.web.app import Application
from qa_service.web.widget import widget_folder_url

ASKED = ("/v1/ask?q=x", "/?q=x")
"""No two answers are alike, for each has an id, nor are their lengths."""

PATHS = (
    *ASKED,
    "/v1/suggest?q=x",
    "/v1/services",
    "/v1/services/plates-lost",
    "/v1/passages/plates-lost.fee",
    "/healthz",
    "/readyz",
    "/docs",
    "/openapi.json",
    "/",
    "/en/",
    "/services",
    "/centres",
    "/privacy",
    "/feedback",
    "/robots.txt",
    "/sitemap.xml",
    "/opensearch.xml",
    "/opensearch-suggest?q=x",
    "/static/site.css",
    "/widget.js",
    f"{widget_folder_url()}/widget.js",
    "/nope",
    "/v1/services/nope",
    "/v1/ask",
    "/v1/feedback",
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Application:
    return api(tmp_path_factory.mktemp("shared"))


@pytest.mark.parametrize("path", PATHS)
def test_status_and_headers_are_those_of_a_get_and_there_is_no_body(
    shared: Application, path: str
) -> None:
    browser = client(shared)
    got, head = (browser.request(way, path, follow_redirects=False) for way in ("GET", "HEAD"))
    assert head.status_code == got.status_code and head.content == b""
    assert set(head.headers) == set(got.headers)
    varying = {"x-request-id"} | ({"content-length"} if path in ASKED else set())
    for name in set(got.headers) - varying:
        assert head.headers[name] == got.headers[name]


def test_what_a_client_holds_is_not_changed(shared: Application) -> None:
    browser = client(shared)
    tag = browser.head("/v1/services").headers["etag"]
    assert browser.head("/v1/services", headers={"If-None-Match": tag}).status_code == 304


def test_a_question_counts_as_one_that_was_asked_by_get(tmp_path: Path) -> None:
    app = api(tmp_path, rate_limit="100/day")
    left = [
        client(app, way)
        .request(way, f"/v1/ask?q={FEE_QUESTION * 3}")
        .headers["ratelimit-remaining"]
        for way in ("GET", "HEAD")
    ]
    assert left[0] == left[1] and count(app, "qa_answers_total") == 2
    assert count(app, "qa_http_requests_total", method="HEAD", route="/v1/ask", status="200") == 1


def test_roles_and_origins_hold_for_it_too(tmp_path: Path) -> None:
    token = token_of(tmp_path, Role.SITE)
    app = api(tmp_path)
    assert client(app).head("/v1/admin/feedback").status_code == 401
    assert client(app, headers={"X-API-Key": token}).head("/v1/admin/feedback").status_code == 403
    assert client(app, headers={"Origin": "https://a.test"}).head("/v1/ask?q=x").status_code == 403


def test_an_address_that_takes_no_get_takes_no_head(shared: Application) -> None:
    refused = client(shared).head("/v1/feedback")
    assert refused.status_code == 405 and refused.headers["allow"] == "POST"
    assert client(shared).put("/v1/services").headers["allow"] == "GET, HEAD"


@contextmanager
def _connected(app: Application) -> Iterator[HTTPConnection]:
    with served(app) as port, closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        yield connection


def test_a_connection_goes_on_after_it(shared: Application) -> None:
    """Over a real socket: a body would be read as the next response."""
    with _connected(shared) as connection:
        for way in ("HEAD", "GET", "HEAD", "GET"):
            connection.request(way, "/v1/services")
            response = connection.getresponse()
            assert response.status == 200 and int(response.headers["content-length"]) > 0
            assert bool(response.read()) is (way == "GET")
