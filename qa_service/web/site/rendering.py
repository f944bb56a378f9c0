"""Templates of the pages and the pure helpers they call.

Jinja2 escapes every value; the only links to other hosts are those of the corpus, `tel:` and the
contact centre's site.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from qa_service import phrases
from qa_service.catalogue import CENTRES_PAGE, is_centre
from qa_service.journal import MAX_COMMENT_CHARS
from qa_service.phrases import forms
from qa_service.phrases.languages import LANGUAGES, UKRAINIAN, Language, other_than
from qa_service.text.sentences import sentences
from qa_service.types import Complaint, Passage, Topic
from qa_service.web.pages import START_PAGE
from qa_service.web.site.blocks import blocks
from qa_service.web.site.talk import NO_TALK, Talk

STATIC_FOLDER = Path(__file__).parent / "static"
ECHO_CHARS = 1_000
"""How much of an overlong question goes back into the search box, for the person to shorten."""

CITIZENS = frozenset(Complaint) - {Complaint.MISSING}
"""What a citizen may say of an answer that is shown; that there is none, staff say."""

_TEMPLATE_FOLDER = Path(__file__).parent / "templates"
_VERSION_CHARS = 10
_OWN_PAGES = ("/services/", CENTRES_PAGE)


def page_templates(language: Language = UKRAINIAN, **known: object) -> Environment:
    """A Jinja2 environment that escapes values and refuses unknown names."""
    prefix = language.prefix
    templates = Environment(
        loader=FileSystemLoader(_TEMPLATE_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "caveat": partial(forms.caveat, language=language),
        "channel_words": partial(forms.channel_words, language=language),
        "confidence_words": partial(forms.confidence_words, language=language),
        "date_words": language.date,
        "first_sentence": first_sentence,
        "services_count": partial(forms.services_count, language=language),
        "unclear_count": partial(forms.unclear_count, language=language),
        "http_url": http_url,
        "is_centre": is_centre,
        "is_stale": is_stale,
        "phone_url": phone_url,
        "site_url": site_url,
    }
    templates.globals |= {
        "_": language.say,
        "language": language,
        "languages": LANGUAGES,
        "other_language": other_than(language),
        "uk": Markup("") if language is UKRAINIAN else Markup(' lang="uk"'),
        "here": partial(own_url, prefix=prefix),
        "topics": phrases.TOPICS,
        "groups": phrases.GROUPS,
        "group_hints": phrases.GROUP_HINTS,
        "complaints": {one: said for one, said in phrases.COMPLAINTS.items() if one in CITIZENS},
        "evidence_notes": phrases.EVIDENCE_NOTES,
        "ask_url": partial(ask_url, prefix=prefix),
        "blocks": blocks,
        "source_kinds": phrases.SOURCE_KINDS,
        "most_comment_chars": MAX_COMMENT_CHARS,
        "passage_url": partial(passage_url, prefix=prefix),
        "perhaps": phrases.PERHAPS,
        "reasons": phrases.REASONS,
        "search_name": phrases.SEARCH_NAME,
        "service_url": partial(service_url, prefix=prefix),
        "site_description": phrases.SITE_DESCRIPTION,
        "site_name": phrases.SITE_NAME,
        "static_versions": {
            path.name: _version(path) for path in STATIC_FOLDER.iterdir() if path.is_file()
        },
    } | known
    templates.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    return templates


def is_stale(passage: Passage) -> bool:
    """Whether a passage's facts are too old to rely on today."""
    return passage.is_stale(date.today())


def first_sentence(text: str) -> str:
    """The first sentence of a text, which states its fact."""
    spans = sentences(text)
    return text[slice(*spans[0])] if spans else text


def first_of_topics(passages: Sequence[Passage], topics: Sequence[Topic]) -> list[Passage]:
    """The first passage of each topic, in the order of `topics`."""
    first = {passage.topic: passage for passage in reversed(passages)}
    return [first[topic] for topic in topics if topic in first]


def http_url(url: str | None) -> str | None:
    """`url` if it is http(s); None for `javascript:`, `data:` and the like."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def phone_url(phone: str) -> str:
    """`(044) 290-19-88` -> `tel:+380442901988`, which dials from any country."""
    digits = re.sub(r"\D", "", phone)
    return (
        f"tel:+38{digits}"
        if digits.startswith("0")
        else f"tel:+{digits}"
        if digits.startswith("380")
        else f"tel:{digits}"
    )


def site_url(site: str) -> str | None:
    """`hsc.gov.ua` or a full address -> an address that a link can hold."""
    return http_url(site if "://" in site else f"https://{site}")


def site_of(request: Request) -> str:
    """The address of the site, without a slash at its end."""
    return str(request.base_url).rstrip("/")


def own_url(path: str, prefix: str = "") -> str:
    """A page of ours in the language whose pages begin with `prefix`."""
    return prefix + path


def ask_url(
    question: str,
    service: str | None = None,
    talk: Talk = NO_TALK,
    prefix: str = "",
    exactly: bool = False,
) -> str:
    """The page that answers `question`, in one service only where it is given, as the next question
    of a talk where one goes on. `exactly`: as it is typed.
    """
    only = [("service", service)] if service else []
    as_typed = [("exactly", "1")] if exactly else []
    asked = urlencode([("q", question), *only, *talk.parameters, *as_typed])
    return own_url(f"{START_PAGE}?{asked}", prefix)


def passage_url(passage: Passage, prefix: str = "") -> str | None:
    """Where to read a passage: our own page, else the web page of its text, else None."""
    url = passage.url or ""
    return own_url(url, prefix) if url.startswith(_OWN_PAGES) else http_url(url)


def service_url(passage: Passage, prefix: str = "") -> str | None:
    """The page of a passage's service; None for a corpus that has no services."""
    url = passage.url or ""
    return own_url(url, prefix).partition("#")[0] if url.startswith("/services/") else None


def _version(path: Path) -> str:
    """A hash of the file for its address, so that a cache may keep it for good."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:_VERSION_CHARS]
