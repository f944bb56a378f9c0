"""schema.org data for search engines, and the browser's search box with suggestions, an OpenSearch
1.1 description (https://github.com/dewitt/opensearch).

The template writes the data with `tojson`, which escapes `<`, `>` and `&`, so that no text ends the
script element.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Query as Parameter
from fastapi.responses import JSONResponse, Response
from jinja2 import Environment

from qa_service import phrases
from qa_service.phrases import forms
from qa_service.service import QuestionService
from qa_service.types import Handoff, Passage, Service

Data = dict[str, Any]

_CONTEXT = "https://schema.org"
_LANGUAGE = "uk"


def website(base: str) -> Data:
    """The site and its search box; `base` ends in a slash."""
    return {
        "@context": _CONTEXT,
        "@type": "WebSite",
        "@id": f"{base}#website",
        "url": base,
        "name": phrases.SITE_NAME,
        "inLanguage": _LANGUAGE,
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{base}?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
    }


def procedure(service: Service, url: str, contact: Handoff, site: str | None) -> Data:
    """JSON-LD of a page of questions and answers; `site` is the contact centre's address."""
    return {
        "@context": _CONTEXT,
        "@graph": [_government_service(service, url, contact, site), _questions(service, url)],
    }


def _government_service(service: Service, url: str, contact: Handoff, site: str | None) -> Data:
    operator = {"@type": "GovernmentOrganization", "name": phrases.OPERATOR_NAME}
    described: Data = {
        "@type": "GovernmentService",
        "@id": f"{url}#service",
        "name": service.title,
        "url": url,
        "audience": {"@type": "Audience", "audienceType": service.audience},
        "areaServed": {"@type": "Country", "name": phrases.COUNTRY_NAME},
        "serviceOperator": operator | ({"url": site} if site else {}),
        "availableChannel": [
            {
                "@type": "ServiceChannel",
                "name": forms.channel_words((channel,)),
                "serviceUrl": url,
                "servicePhone": {"@type": "ContactPoint", "telephone": contact.phone},
            }
            for channel in service.channels
        ],
    }
    names = [name for name in (service.official_name, *service.aliases) if name]
    if names:
        described["alternateName"] = names
    if service.registry_id:
        described["identifier"] = service.registry_id
    return described


def _questions(service: Service, url: str) -> Data:
    return {
        "@type": "FAQPage",
        "@id": url,
        "url": url,
        "name": service.title,
        "inLanguage": _LANGUAGE,
        "dateModified": service.reviewed,
        "about": {"@id": f"{url}#service"},
        "mainEntity": [_question(passage, url) for passage in service.passages],
    }


def _question(passage: Passage, url: str) -> Data:
    answer = {"@type": "Answer", "text": passage.text, "url": f"{url}#{passage.anchor}"}
    return {"@type": "Question", "name": passage.title, "acceptedAnswer": answer}


DESCRIPTION_TYPE = "application/opensearchdescription+xml"
SUGGESTIONS_TYPE = "application/x-suggestions+json"

_SUGGESTIONS = 8
_NO_SNIFFING = {"X-Content-Type-Options": "nosniff"}


def opensearch_router(service: QuestionService, templates: Environment) -> APIRouter:
    """Routes `/opensearch.xml` and `/opensearch-suggest`."""
    router = APIRouter(include_in_schema=False)
    description = templates.get_template("opensearch.xml")

    @router.get("/opensearch.xml", response_class=Response)
    def opensearch(request: Request) -> Response:
        xml = description.render(base=str(request.base_url))
        return Response(
            xml,
            headers=_NO_SNIFFING | {"Cache-Control": "public, max-age=300"},
            media_type=DESCRIPTION_TYPE,
        )

    @router.get("/opensearch-suggest", response_class=JSONResponse)
    def opensearch_suggest(q: Annotated[str, Parameter()] = "") -> Response:
        texts = [suggestion.text for suggestion in service.suggest(q, _SUGGESTIONS)]
        headers = _NO_SNIFFING | {"Cache-Control": "private, no-cache"}
        return JSONResponse([q, texts], headers=headers, media_type=SUGGESTIONS_TYPE)

    return router
