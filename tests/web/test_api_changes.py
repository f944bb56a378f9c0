"""`GET /v1/changes`: what newer versions changed. Each test name is the rule."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from support.app import problem_of, tiny_client
from support.corpus import EXCHANGE, tiny_index

from qa_service.bootstrap import build
from qa_service.indexing.versions import current_version
from qa_service.server import application
from qa_service.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Two versions: the fee was 572, then 999."""
    settings = tiny_index(tmp_path)
    (settings.corpus / "services" / "licence-exchange.md").write_text(
        EXCHANGE.replace("572", "999"), "utf-8"
    )
    return settings


@pytest.fixture
def first(settings: Settings) -> str:
    return current_version(settings.index) or ""


@pytest.fixture
def client(settings: Settings, first: str) -> TestClient:
    build(settings)
    return TestClient(application(settings))


def test_a_change_is_told_with_the_text_before_and_after(client: TestClient, first: str) -> None:
    answer = client.get("/v1/changes", params={"since": first}).json()
    [change] = answer["changes"]
    assert (change["kind"], change["passage_id"]) == ("changed", "licence-exchange.fee")
    assert "572" in change["before"] and "999" in change["after"] and "text" in change["fields"]
    assert answer["complete"] and answer["index_version"] > first
    assert datetime.fromisoformat(change["at"]) <= datetime.now(UTC)


def test_since_the_served_version_nothing_changed(client: TestClient) -> None:
    version = client.get("/v1/services").json()["index_version"]
    answer = client.get("/v1/changes", params={"since": version}).json()
    assert answer == {"index_version": version, "complete": True, "changes": []}


@pytest.mark.parametrize(
    ("days", "changes", "complete"), [(-1, 1, False), (1, 0, True)], ids=["yesterday", "tomorrow"]
)
def test_a_date_or_a_time_is_understood(
    client: TestClient, days: int, changes: int, complete: bool
) -> None:
    moment = datetime.now(UTC) + timedelta(days)
    for since in (moment.date().isoformat(), moment.isoformat(), f"{moment:%Y-%m-%dT%H:%M:%S}"):
        answer = client.get("/v1/changes", params={"since": since}).json()
        assert (len(answer["changes"]), answer["complete"]) == (changes, complete), since


def test_without_a_beginning_all_that_is_known_is_told(client: TestClient) -> None:
    answer = client.get("/v1/changes").json()
    assert len(answer["changes"]) == 1 and not answer["complete"]


@pytest.mark.parametrize("since", ["20200101T000000000000Z-000000000000", "вчора", "2026-13-45"])
def test_a_version_that_is_not_known_is_a_problem_that_says_what_to_give(
    client: TestClient, since: str
) -> None:
    problem = problem_of(client.get("/v1/changes", params={"since": since}), 404)
    assert "a date such as 2026-11-27" in problem["detail"]


def test_a_first_version_changed_nothing_and_does_not_know_what_was_before_it(
    tmp_path: Path,
) -> None:
    client = tiny_client(tmp_path)
    for since, complete in (("2020-01-01", False), (datetime.now(UTC).isoformat(), True)):
        answer = client.get("/v1/changes", params={"since": since}).json()
        assert (answer["changes"], answer["complete"]) == ([], complete)


def test_an_answer_that_is_still_right_is_not_sent_again(client: TestClient) -> None:
    tag = client.get("/v1/changes").headers["etag"]
    assert client.get("/v1/changes", headers={"If-None-Match": tag}).status_code == 304
