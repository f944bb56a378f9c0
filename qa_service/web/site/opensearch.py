"""The search box in a browser's address bar: an OpenSearch 1.1 description and suggestions in its
JSON form.

https://github.com/dewitt/opensearch
"""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Query as Parameter
from fastapi.responses import JSONResponse, Response
from jinja2 import Environment

from qa_service.service import QuestionService

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
