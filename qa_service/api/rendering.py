"""Templates of the pages and the pure helpers they call: links, highlights, versions of static files.

Everything that comes from outside is escaped by Jinja2; the only links to other hosts are http(s) sources, `tel:` and the
contact centre's site.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from qa_service.api import wording
from qa_service.types import Passage

STATIC_FOLDER = Path(__file__).parent / "static"
_TEMPLATE_FOLDER = Path(__file__).parent / "templates"
_VERSION_CHARS = 10


def page_templates() -> Environment:
    """A Jinja2 environment that escapes every value and refuses unknown names."""
    templates = Environment(
        loader=FileSystemLoader(_TEMPLATE_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "channel_words": wording.channel_words,
        "confidence_words": wording.confidence_words,
        "date_words": wording.date_words,
        "services_count": wording.services_count,
        "http_url": http_url,
        "phone_url": phone_url,
        "site_url": site_url,
    }
    templates.globals |= {
        "topics": wording.TOPICS,
        "groups": wording.GROUPS,
        "group_hints": wording.GROUP_HINTS,
        "evidence_notes": wording.EVIDENCE_NOTES,
        "ask_url": ask_url,
        "highlighted": highlighted,
        "passage_url": passage_url,
        "service_url": service_url,
        "static_versions": {path.name: _version(path) for path in STATIC_FOLDER.iterdir()},
    }
    return templates


def highlighted(text: str, spans: tuple[tuple[int, int], ...]) -> Iterator[tuple[str, bool]]:
    """Cut `text` into (piece, is marked) pairs that join to it again; spans may overlap, touch or reach past the end."""
    done = 0
    for start, end in sorted(spans):
        start, end = max(start, done), min(end, len(text))
        if start >= end:
            continue
        if start > done:
            yield text[done:start], False
        yield text[start:end], True
        done = end
    if done < len(text):
        yield text[done:], False


def http_url(url: str | None) -> str | None:
    """`url` where it leads to a web page; None for `javascript:`, `data:` and everything else that is not http(s)."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def phone_url(phone: str) -> str:
    """`(044) 290-19-88` -> `tel:+380442901988`: a Ukrainian number in the form that dials from any country."""
    digits = re.sub(r"\D", "", phone)
    return f"tel:+38{digits}" if digits.startswith("0") else f"tel:+{digits}" if digits.startswith("380") else f"tel:{digits}"


def site_url(site: str) -> str | None:
    """`hsc.gov.ua` or a full address -> an address that a link can hold."""
    return http_url(site if "://" in site else f"https://{site}")


def ask_url(question: str, service: str | None = None) -> str:
    """The page that answers `question`, in one service only where it is given."""
    return "/?" + urlencode({"q": question} | ({"service": service} if service else {}))


def passage_url(passage: Passage) -> str | None:
    """Where a passage stands: our own page or, in a corpus of other texts, a web page. None where there is neither."""
    url = passage.url or ""
    return url if url.startswith("/services/") else http_url(url)


def service_url(passage: Passage) -> str | None:
    """The page of a passage's service; None for a corpus that has no services."""
    url = passage_url(passage) or ""
    return url.partition("#")[0] if url.startswith("/services/") else None


def _version(path: Path) -> str:
    """A hash of the file for its address, so that a cache may keep it for good."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:_VERSION_CHARS]
