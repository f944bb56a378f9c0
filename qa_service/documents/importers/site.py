"""The pages of a site, as its sitemaps list them and its robots.txt allows."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from protego import Protego

from qa_service.documents.importers.addresses import page_key
from qa_service.documents.importers.encoding import decoded
from qa_service.documents.importers.fetch import Fetcher
from qa_service.documents.importers.packed import GZIP, limited
from qa_service.errors import GoneError, SourceError

MAX_SITEMAPS = 50
ROBOTS_NAME = "qa-service-import"
"""What rules for us alone would be under in robots.txt."""

_LOCATION = re.compile(r"<loc>\s*(?:<!\[CDATA\[)?\s*(.*?)\s*(?:\]\]>)?\s*</loc>", re.DOTALL)
_INDEX = re.compile(r"<sitemapindex[\s>]")


@dataclass(frozen=True, slots=True)
class SitePages:
    """Addresses to import, in the order of the sitemaps; how many robots.txt forbids, and how many
    are over the limit.
    """

    addresses: tuple[str, ...]
    forbidden: int
    left_out: int


def site_pages(start: str, fetcher: Fetcher) -> SitePages:
    """The pages of the host of `start` that stand under its path.

    Raises SourceError where robots.txt or the sitemap cannot be read, or no page is left.
    """
    fetcher.access.target(start)
    robots = _robots(start, fetcher)
    delay = robots.crawl_delay(ROBOTS_NAME)
    if delay:
        fetcher.slow_down(start, delay)
    sitemaps = [*robots.sitemaps] or [urljoin(start, "/sitemap.xml")]
    under = page_key(start)
    found: dict[str, str] = {}
    for address in _locations(sitemaps, fetcher):
        key = page_key(address)
        if key == under or key.startswith(f"{under}/") or key.startswith(f"{under}?"):
            found.setdefault(key, address)
    allowed = [one for one in found.values() if robots.can_fetch(one, ROBOTS_NAME)]
    if not allowed:
        why = "robots.txt forbids all its pages" if found else "its sitemap names no page under it"
        raise SourceError(f"{why}: import single pages that a person may read")
    kept = allowed[: fetcher.limits.pages]
    return SitePages(tuple(kept), len(found) - len(allowed), len(allowed) - len(kept))


def _robots(start: str, fetcher: Fetcher) -> Protego:
    """The rules of a site; a site without robots.txt allows everything (RFC 9309)."""
    try:
        return Protego.parse(decoded(fetcher.fetch(urljoin(start, "/robots.txt")).content))
    except GoneError:
        return Protego.parse("")
    except SourceError as error:
        raise SourceError(f"its robots.txt {error}") from error


def _locations(sitemaps: list[str], fetcher: Fetcher) -> Iterator[str]:
    """The addresses in sitemaps and in the sitemaps that these name, each sitemap once."""
    waiting, seen = list(sitemaps), set(sitemaps)
    for _ in range(MAX_SITEMAPS):
        if not waiting:
            return
        address = waiting.pop(0)
        text = _sitemap(address, fetcher)
        named = [urljoin(address, html.unescape(one)) for one in _LOCATION.findall(text)]
        if _INDEX.search(text):
            waiting += [one for one in dict.fromkeys(named) if one not in seen]
            seen.update(named)
        else:
            yield from (one for one in named if urlsplit(one).scheme in ("http", "https"))


def _sitemap(address: str, fetcher: Fetcher) -> str:
    try:
        content = fetcher.fetch(address).content
        if content.startswith(GZIP):
            content = limited([content], fetcher.limits.max_bytes, "gzip")
    except GoneError as error:
        raise SourceError(f"has no sitemap at {address}: name its pages one by one") from error
    except SourceError as error:
        raise SourceError(f"its sitemap {address} {error}") from error
    return decoded(content)
