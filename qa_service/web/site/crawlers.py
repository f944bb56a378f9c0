"""What search engines read first: which pages there are (Sitemaps 0.9, https://www.sitemaps.org),
and which addresses are not for them (RFC 9309): questions of people stay out of others' indexes.
"""

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from jinja2 import Environment

from qa_service.live import Live

ROBOTS = """\
User-agent: *
Disallow: /*?
Disallow: /v1/
Disallow: /feedback
Allow: /

Sitemap: {base}sitemap.xml
"""
_HEADERS = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}


def crawlers_router(live: Live, templates: Environment) -> APIRouter:
    """Routes `/robots.txt` and `/sitemap.xml`."""
    router = APIRouter(include_in_schema=False)
    sitemap = templates.get_template("sitemap.xml")

    @router.get("/robots.txt", response_class=PlainTextResponse)
    def robots(request: Request) -> Response:
        return PlainTextResponse(ROBOTS.format(base=request.base_url), headers=_HEADERS)

    @router.get("/sitemap.xml", response_class=Response)
    def pages(request: Request) -> Response:
        services = live.current.catalogue.services
        xml = sitemap.render(base=str(request.base_url), services=services)
        return Response(xml, headers=_HEADERS, media_type="application/xml")

    return router
