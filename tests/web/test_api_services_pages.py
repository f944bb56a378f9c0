"""The list of procedures a page at a time. Each test name is the rule."""

import re
from pathlib import Path
from typing import Any

import pytest
from support.app import api, client, over, problem_of
from support.corpus import EXAM, SERVICES, tiny_settings, write_corpus

from qa_service.bootstrap import build
from qa_service.web.app import Application

SLUGS = ["exam-practical", "licence-exchange", "plates-lost"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Application:
    return api(tmp_path_factory.mktemp("shared"))


def _page(app: Application, query: str = "") -> Any:
    response = client(app).get(f"/v1/services{query}")
    assert response.status_code == 200, response.text
    return response.json()


def _next(app: Application, address: str) -> str | None:
    """The address of the following page."""
    link = client(app).get(address).headers.get("link")
    if link is None:
        return None
    found = re.fullmatch(r'<(/v1/services\?[^>]*)>; rel="next"', link)
    assert found, link
    return found[1]


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("", SLUGS),
        ("?limit=100", SLUGS),
        ("?limit=1", SLUGS[:1]),
        ("?limit=2&offset=1", SLUGS[1:]),
        ("?offset=2", SLUGS[2:]),
        ("?offset=3", []),
        ("?offset=1000000", []),
    ],
)
def test_a_page_is_that_part_of_the_list_and_total_counts_all(
    shared: Application, query: str, slugs: list[str]
) -> None:
    page = _page(shared, query)
    assert [service["slug"] for service in page["services"]] == slugs and page["total"] == len(
        SLUGS
    )


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_following_the_links_from_the_first_page_walks_all_procedures_once(
    shared: Application, limit: int
) -> None:
    walked: list[str] = []
    address: str | None = f"/v1/services?limit={limit}"
    while address:
        services = client(shared).get(address).json()["services"]
        assert services
        walked += [service["slug"] for service in services]
        address = _next(shared, address)
    assert walked == SLUGS


def test_the_last_page_and_one_beyond_it_have_no_following_page(shared: Application) -> None:
    assert [
        _next(shared, f"/v1/services{query}")
        for query in ("", "?limit=3", "?limit=1&offset=2", "?offset=9")
    ] == [None] * 4


def test_a_group_is_listed_and_walked_alone(shared: Application) -> None:
    page = _page(shared, "?group=plates")
    assert [service["slug"] for service in page["services"]] == ["plates-lost"] and page[
        "total"
    ] == 1
    assert _next(shared, "/v1/services?group=plates&limit=1") is None
    assert _page(shared, "?group=service-centres") == page | {"services": [], "total": 0}


def test_the_following_page_is_of_the_same_group(tmp_path: Path) -> None:
    write_corpus(
        tmp_path,
        {**SERVICES, "exam-practical": EXAM.replace("group: exams-and-training", "group: plates")},
    )
    settings = tiny_settings(tmp_path)
    build(settings)
    app = over(settings)
    address = _next(app, "/v1/services?group=plates&limit=1")
    assert address and set(address.partition("?")[2].split("&")) == {
        "group=plates",
        "limit=1",
        "offset=1",
    }
    assert [service["slug"] for service in client(app).get(address).json()["services"]] == [
        "plates-lost"
    ]
    assert _next(app, address) is None


def test_who_holds_a_page_is_still_told_the_following_one(shared: Application) -> None:
    page = client(shared).get("/v1/services?limit=2")
    again = client(shared).get(
        "/v1/services?limit=2", headers={"If-None-Match": page.headers["etag"]}
    )
    assert again.status_code == 304 and again.headers["link"] == page.headers["link"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=x",
        "limit=",
        "limit=1.5",
        "offset=-1",
        "offset=1000001",
        "offset=x",
        "group=nope",
    ],
)
def test_a_value_out_of_range_is_refused_by_its_name(shared: Application, query: str) -> None:
    assert problem_of(client(shared).get(f"/v1/services?{query}"), 422)["detail"].startswith(
        f"query.{query.partition('=')[0]}"
    )
