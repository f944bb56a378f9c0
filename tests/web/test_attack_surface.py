"""What strangers can reach, as one list: every route, every method, who may call what. Rules of
docs/threat-model.md that belong to no single feature.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts
from support.app import api, client, problem_of, token_of
from support.waiting import until

from qa_service.access.keys import Role
from qa_service.phrases.languages import without_language
from qa_service.web.app import Application

ADMIN = "/v1/admin/"
UNDESCRIBED = {
    *("/", "/services", "/services/{slug}", "/centres", "/privacy", "/embed", "/feedback"),
    *("/opensearch.xml", "/opensearch-suggest", "/sitemap.xml", "/robots.txt", "/static"),
    *("/staff/static", "/sign-in", "/sign-out", "/sign-in/oidc/start", "/sign-in/oidc/callback"),
    *("/queue", "/queue/items", "/queue/items/{item_id}/draft", "/queue/static"),
    *("/queue/gaps", "/queue/gaps/{gap_id}/draft", "/queue/gaps/{gap_id}/{state}"),
    *("/insights", "/insights.json", "/insights/{table}.csv", "/insights/static"),
    *("/operator", "/operator/static/{version}/{name}"),
    *("/operator/mask", "/operator/wrap-up"),
    *("/chat", "/chat/messages", "/chat/static/{version}/{name}"),
    *("/widget.js", "/widget/{version}/{name}.js", "/docs", "/openapi.json"),
    *("/docs/oauth2-redirect", "/static-offline-docs", "/mcp"),
}
"""For people, browsers, crawlers and AI assistants; each page under its language as well."""


def _operations(app: Application) -> Iterator[tuple[str, str]]:
    """Method and path of everything that the API's description names."""
    for path, operations in client(app).get("/openapi.json").json()["paths"].items():
        for method in operations:
            yield method.upper(), path


def test_every_route_is_described_or_known(tmp_path: Path) -> None:
    app = api(tmp_path, journal=f"sqlite:///{tmp_path / 'journal.sqlite'}")
    served = {str(route.path) for route in iter_route_contexts(app.routes)}
    described = {path for _, path in _operations(app)}
    assert {without_language(path) or "/" for path in served} == described | UNDESCRIBED


def test_whatever_is_for_administrators_refuses_everybody_else(tmp_path: Path) -> None:
    tokens = {role: token_of(tmp_path, role) for role in (Role.SITE, Role.OPERATOR, Role.EDITOR)}
    app = api(tmp_path)
    operations = [(method, path) for method, path in _operations(app) if path.startswith(ADMIN)]
    assert len(operations) >= 2
    for method, path in operations:
        problem_of(client(app).request(method, path), 401)
        for token in tokens.values():
            asking = client(app, headers={"X-API-Key": token})
            problem_of(asking.request(method, path), 403)


@pytest.mark.parametrize("path", ["/", "/v1/ask", "/v1/admin/feedback", "/static/site.css"])
@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "CONNECT", "TRACK"])
def test_other_methods_are_refused_and_echo_nothing(tmp_path: Path, path: str, method: str) -> None:
    reply = client(api(tmp_path)).request(method, path, headers={"X-Secret": "do not echo"})
    assert reply.status_code == 405 and "do not echo" not in reply.text


@pytest.mark.parametrize("path", ["/static", "/static/", "/widget/", "/docs/", "/.git/config"])
def test_no_folder_is_listed(tmp_path: Path, path: str) -> None:
    reply = client(api(tmp_path)).get(path)
    assert "site.css" not in reply.text and "element.js" not in reply.text
    assert reply.status_code == 404 or path == "/docs/"


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/ask/batch", "/v1/feedback", "/v1/events"])
def test_a_field_that_nobody_asked_for_is_refused(tmp_path: Path, path: str) -> None:
    reply = client(api(tmp_path)).post(path, json={"role": "admin"})
    errors = problem_of(reply, 422)["errors"]
    assert "body.role" in {error["where"] for error in errors}


def test_no_answer_sets_a_cookie(tmp_path: Path) -> None:
    app = api(tmp_path)
    for path in ("/", "/?q=обмін", "/v1/ask?q=обмін", "/widget.js", "/healthz", "/docs"):
        assert "set-cookie" not in client(app).get(path, headers={"Cookie": "a=b"}).headers


def test_what_is_written_for_a_database_is_kept_as_text(tmp_path: Path) -> None:
    token = token_of(tmp_path, Role.ADMIN)
    app = api(tmp_path, journal=f"sqlite:///{tmp_path / 'journal.sqlite'}")
    written = ["'); DROP TABLE feedback; --", '" OR 1=1 --', "%s {0} ${x} :name ?"]
    with client(app) as someone:
        for comment in written:
            answer = someone.post("/v1/ask", json={"question": "обмін прав"}).json()
            vote = {"answer_id": answer["answer_id"], "helpful": True, "comment": comment}
            assert someone.post("/v1/feedback", json=vote).status_code == 202
        asking = client(app, headers={"X-API-Key": token})

        def kept() -> list[str]:
            entries = asking.get("/v1/admin/feedback").json()["entries"]
            return [entry["feedback"]["comment"] for entry in entries]

        until(lambda: len(kept()) == len(written))
        assert sorted(kept()) == sorted(written)
