"""What the public pages share, whichever room makes them: their metadata and their headers."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from fastapi.responses import HTMLResponse
from jinja2 import Environment

START_PAGE = "/"
CACHED, PRIVATE = "public, max-age=300", "private, no-cache"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src "
        "'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Head:
    """A page's metadata. path: of the page in Ukrainian, with what is asked. base: the site's
    address, for pages that search engines may keep; they are told to leave out the others. data:
    of schema.org.
    """

    title: str
    description: str
    path: str = START_PAGE
    base: str | None = None
    data: Mapping[str, object] | None = None


def rendered(
    templates: Environment,
    template: str,
    head: Head,
    *,
    status: int = HTTPStatus.OK,
    cache: str = CACHED,
    **values: object,
) -> HTMLResponse:
    """A page; `cache`: who may keep it."""
    html = templates.get_template(template).render(values, head=head)
    return HTMLResponse(html, status, HEADERS | {"Cache-Control": cache})
