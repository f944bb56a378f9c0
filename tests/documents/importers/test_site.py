"""The pages of a site: what its sitemaps list, less what robots.txt forbids."""

import gzip
from collections.abc import Iterator

import pytest
from support.sources import Web, served_pages

from qa_service.documents.importers import Limits
from qa_service.documents.importers.addresses import Access
from qa_service.documents.importers.fetch import Fetcher
from qa_service.documents.importers.site import site_pages
from qa_service.errors import SourceError


@pytest.fixture(scope="module")
def server() -> Iterator[Web]:
    with served_pages() as web:
        yield web


@pytest.fixture
def web(server: Web) -> Web:
    server.pages.clear()
    server.asked.clear()
    return server


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def fetcher(pauses: list[float]) -> Fetcher:
    access = Access(("127.0.0.1",), private=True)
    limits = Limits(100_000, 10, pages=3, delay_s=0)
    return Fetcher("tester", access, limits, pause=pauses.append, clock=lambda: 0.0)


def _sitemap(*addresses: str) -> str:
    places = "".join(f"<url><loc>{address}</loc></url>" for address in addresses)
    return f'<?xml version="1.0"?><urlset>{places}</urlset>'


def _index(*addresses: str) -> str:
    places = "".join(f"<sitemap><loc> {address} </loc></sitemap>" for address in addresses)
    return f"<sitemapindex xmlns='x'>{places}</sitemapindex>"


def _paths(web: Web, addresses: tuple[str, ...]) -> list[str]:
    return [address.removeprefix(web.url) for address in addresses]


def test_pages_come_from_the_sitemap_each_once_and_of_this_host_only(
    web: Web, fetcher: Fetcher
) -> None:
    other = "https://hsc.gov.ua/x"
    web.put("/sitemap.xml", _sitemap(f"{web.url}/a", f"{web.url}/a/", other, f"{web.url}/b"))
    found = site_pages(web.url, fetcher)
    assert _paths(web, found.addresses) == ["/a", "/b"]
    assert (found.forbidden, found.left_out) == (0, 0)
    assert web.asked == ["/robots.txt", "/sitemap.xml"]


def test_only_pages_under_the_given_address_are_taken(web: Web, fetcher: Fetcher) -> None:
    paths = ["/posluhy", "/posluhy/a", "/posluhy?x=1", "/posluhyinshi", "/b"]
    web.put("/sitemap.xml", _sitemap(*(web.url + path for path in paths)))
    found = site_pages(f"{web.url}/posluhy/", fetcher)
    assert _paths(web, found.addresses) == paths[:3]


def test_what_robots_txt_forbids_is_left_out_and_counted(web: Web, fetcher: Fetcher) -> None:
    web.put("/robots.txt", "User-agent: *\nDisallow: /secret\nDisallow: /*.pdf$\n")
    web.put("/sitemap.xml", _sitemap(*(f"{web.url}/{name}" for name in ("a", "secret/b", "c.pdf"))))
    found = site_pages(web.url, fetcher)
    assert _paths(web, found.addresses) == ["/a"] and found.forbidden == 2


def test_a_rule_for_this_importer_alone_is_kept(web: Web, fetcher: Fetcher) -> None:
    web.put(
        "/robots.txt", "User-agent: qa-service-import\nDisallow: /\n\nUser-agent: *\nAllow: /\n"
    )
    web.put("/sitemap.xml", _sitemap(f"{web.url}/a"))
    with pytest.raises(SourceError, match=r"robots\.txt forbids all its pages"):
        site_pages(web.url, fetcher)


def test_robots_txt_names_the_sitemaps_and_the_delay(
    web: Web, fetcher: Fetcher, pauses: list[float]
) -> None:
    web.put("/robots.txt", f"User-agent: *\nCrawl-delay: 7\nSitemap: {web.url}/map.xml\n")
    web.put("/map.xml", _sitemap(f"{web.url}/a"))
    assert len(site_pages(web.url, fetcher).addresses) == 1
    assert web.asked == ["/robots.txt", "/map.xml"] and pauses == [7]


def test_sitemaps_of_sitemaps_are_followed_each_once(web: Web, fetcher: Fetcher) -> None:
    web.put("/sitemap.xml", _index(f"{web.url}/1.xml", f"{web.url}/2.xml.gz", f"{web.url}/1.xml"))
    web.put("/1.xml", _index(f"{web.url}/sitemap.xml", f"{web.url}/3.xml"))
    web.put("/2.xml.gz", gzip.compress(_sitemap(f"{web.url}/a?x=1&amp;y=2").encode()))
    web.put("/3.xml", _sitemap(f"<![CDATA[{web.url}/b]]>"))
    assert _paths(web, site_pages(web.url, fetcher).addresses) == ["/a?x=1&y=2", "/b"]
    assert sorted(web.asked) == sorted({*web.asked})


def test_no_more_pages_than_the_limit_are_taken_and_the_rest_is_counted(
    web: Web, fetcher: Fetcher
) -> None:
    web.put("/sitemap.xml", _sitemap(*(f"{web.url}/{number}" for number in range(10))))
    found = site_pages(web.url, fetcher)
    assert _paths(web, found.addresses) == ["/0", "/1", "/2"] and found.left_out == 7


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("/robots.txt", "", 503, r"its robots\.txt answers 503"),
        ("/sitemap.xml", "", 404, r"has no sitemap at .*: name its pages one by one"),
        ("/sitemap.xml", "", 500, r"its sitemap .* answers 500"),
        ("/sitemap.xml", "<html>", 200, "its sitemap names no page"),
        ("/sitemap.xml", "\x1f\x8b", 200, "its sitemap .* ends too early"),
    ],
)
def test_a_site_that_cannot_be_read_says_why(
    web: Web, fetcher: Fetcher, path: str, body: str, status: int, says: str
) -> None:
    web.put(path, body.encode("latin-1"), status)
    with pytest.raises(SourceError, match=says):
        site_pages(web.url, fetcher)


def test_a_host_that_is_not_allowed_is_not_asked_for_its_rules(web: Web, fetcher: Fetcher) -> None:
    with pytest.raises(SourceError, match=r"^example\.com is not among the allowed hosts"):
        site_pages("https://example.com/", fetcher)
