"""Another version is served without a restart, by every route at once. Each test name is the
rule.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.app import client, problem_of
from support.corpus import EXCHANGE, FEE_QUESTION, tiny_index, tiny_settings, write_corpus

from qa_service.bootstrap import build, load_serving, web_dependencies
from qa_service.live import Live, Probe, Serving
from qa_service.web.app import Application, create_app

PATHS = (
    f"/v1/ask?q={FEE_QUESTION}",
    "/v1/suggest?q=об",
    "/v1/services",
    "/v1/services/licence-exchange",
    "/v1/passages/licence-exchange.fee",
)


@pytest.fixture
def served(tmp_path: Path) -> tuple[Application, Live]:
    deps = web_dependencies(tiny_index(tmp_path / "first"))
    return create_app(deps), deps.service.live


@pytest.fixture
def other(tmp_path: Path) -> Serving:
    """Another fee, and one service instead of three."""
    folder = tmp_path / "other"
    write_corpus(folder, {"licence-exchange": EXCHANGE.replace("572", "999")})
    settings = tiny_settings(folder)
    build(settings)
    return load_serving(settings)


def _json(app: Application, path: str) -> Any:
    response = client(app).get(path)
    assert response.status_code == 200, response.text
    return response.json()


def test_after_a_swap_every_route_serves_the_new_version(
    served: tuple[Application, Live], other: Serving
) -> None:
    app, live = served
    assert "572" in _json(app, PATHS[0])["passages"][0]["text"]
    live.swap(other)
    answer = _json(app, PATHS[0])
    assert answer["index_version"] == other.version and "999" in answer["passages"][0]["text"]
    batch = client(app).post("/v1/ask/batch", json={"questions": ["обмін"] * 2}).json()
    assert batch["index_version"] == other.version
    listed = _json(app, "/v1/services")
    assert listed["total"] == 1 and listed["index_version"] == other.version
    assert "999" in _json(app, "/v1/passages/licence-exchange.fee")["text"]
    problem_of(client(app).get("/v1/services/plates-lost"), 404)
    problem_of(client(app).get("/v1/ask?q=x&service=plates-lost"), 404)
    assert _json(app, "/readyz") == {"status": "ready", "index_version": other.version}
    assert "999" in client(app).get(f"/?q={FEE_QUESTION}").text
    assert "plates-lost" not in client(app).get("/services").text
    assert _json(app, "/opensearch-suggest?q=номерн")[1] == []


@pytest.mark.parametrize("path", PATHS)
def test_who_holds_an_answer_of_the_earlier_version_gets_the_new_one(
    served: tuple[Application, Live], other: Serving, path: str
) -> None:
    app, live = served
    held = client(app).get(path).headers["etag"]
    assert client(app).get(path, headers={"If-None-Match": held}).status_code == 304
    live.swap(other)
    response = client(app).get(path, headers={"If-None-Match": held})
    assert response.status_code == 200 and response.headers["etag"] != held


def test_whether_the_service_is_ready_is_said_of_the_version_that_is_served(
    served: tuple[Application, Live], other: Serving
) -> None:
    app, live = served
    assert client(app).get("/readyz").status_code == 200
    works = iter((False, True))
    live.swap(replace(other, probe=Probe(lambda: next(works))))
    assert "qa-service build" in problem_of(client(app).get("/readyz"), 503)["detail"]
    assert client(app).get("/healthz").status_code == 200
    assert client(app).get("/readyz").status_code == 200, "asked again until it works"
    assert client(app).get("/readyz").status_code == 200, "then known"
