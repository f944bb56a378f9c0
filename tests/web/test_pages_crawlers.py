"""Search engines find the pages and keep none of the questions. Each test name is the rule."""

from dataclasses import replace
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from support.app import site_client as client
from support.fakes import EXCHANGE

NAMESPACE = {"": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def test_the_sitemap_lists_every_page_that_has_one_address() -> None:
    response = client(services=(EXCHANGE, replace(EXCHANGE, slug="a&b"))).get("/sitemap.xml")
    assert response.headers["content-type"] == "application/xml"
    found = ElementTree.fromstring(response.text)
    locations = [location.text for location in found.findall("url/loc", NAMESPACE)]
    assert locations == [
        f"http://testserver/{path}"
        for path in (
            "",
            "services",
            "centres",
            "privacy",
            "services/licence-exchange",
            "services/a&b",
        )
    ]
    assert [date.text for date in found.findall("url/lastmod", NAMESPACE)] == [
        EXCHANGE.reviewed
    ] * 2


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True),
        ("/services/licence-exchange", True),
        ("/centres", True),
        ("/v1/ask", False),
        ("/feedback", False),
    ],
)
def test_robots_are_kept_from_what_is_no_page(path: str, allowed: bool) -> None:
    robots = RobotFileParser()
    robots.parse(client().get("/robots.txt").text.splitlines())
    assert robots.can_fetch("anything", f"http://testserver{path}") is allowed


def test_robots_are_told_of_the_sitemap_and_may_read_that_an_answer_is_not_for_them() -> None:
    robots = client().get("/robots.txt").text
    assert "Sitemap: http://testserver/sitemap.xml\n" in robots and "?" not in robots
    assert '<meta name="robots" content="noindex">' in client().get("/?q=обмін").text


@pytest.mark.parametrize("path", ["/robots.txt", "/sitemap.xml"])
def test_both_can_be_asked_for_without_a_body(path: str) -> None:
    assert client().head(path).status_code == 200
