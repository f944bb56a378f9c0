"""What search engines read first: which pages there are (Sitemaps 0.9, https://www.sitemaps.org),
and which addresses are no pages (RFC 9309). Answers to questions are `noindex`, which a robot must
be let in to read.
"""

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from jinja2 import Environment

from qa_service.live import Live

ROBOTS = """\
User-agent: *
Disallow: /v1/
Disallow: /feedback
Disallow: /en/feedback
Allow: /

Sitemap: {base}sitemap.xml
"""
_HEADERS = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}


def crawlers_router(live: Live, templates: Environment) -> APIRouter:
    """Routes `/robots.txt` and `/sitemap.xml`."""
    router = APIRouter(include_in_schema=False)
    template = templates.get_template("sitemap.xml")

    def robots(request: Request) -> Response:
        return PlainTextResponse(ROBOTS.format(base=request.base_url), headers=_HEADERS)

    def sitemap(request: Request) -> Response:
        services = live.current.catalogue.services
        xml = template.render(base=str(request.base_url), services=services)
        return Response(xml, headers=_HEADERS, media_type="application/xml")

    router.add_api_route("/robots.txt", robots, methods=["GET"])
    router.add_api_route("/sitemap.xml", sitemap, methods=["GET"])
    return router
