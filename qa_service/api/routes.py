"""The JSON API, version 1."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from qa_service.api.observe import Ask
from qa_service.api.schemas import (
    AnswerOut,
    AskIn,
    ContextIn,
    FiltersIn,
    PassageOut,
    ProblemOut,
    ServiceOut,
    ServicesOut,
    ServiceSummaryOut,
    TopK,
)
from qa_service.engine import QAEngine
from qa_service.types import Channel, Topic

Responses = dict[int | str, dict[str, object]]

_PROBLEMS: Responses = {
    404: {"model": ProblemOut, "description": "No such service or passage"},
    422: {"model": ProblemOut, "description": "The request is wrong; the detail says where"},
}
_ASK_PROBLEMS: Responses = {
    **_PROBLEMS,
    400: {"model": ProblemOut, "description": "The body is not JSON"},
    413: {"model": ProblemOut, "description": "The body is too large"},
    415: {"model": ProblemOut, "description": "The body is of another media type"},
}


def api_router(engine: QAEngine, ask_engine: Ask) -> APIRouter:
    router = APIRouter(prefix="/v1")

    def answer(request: AskIn) -> Response:
        # Serialised here: the framework would validate the answer a second time, for a tenth of the whole time.
        answered = AnswerOut.of(ask_engine(request.to_query()))
        return Response(answered.model_dump_json(by_alias=True), media_type="application/json")

    @router.post("/ask", tags=["ask"], response_model=AnswerOut, responses=_ASK_PROBLEMS)
    def ask(request: AskIn) -> Response:
        """Answer a question with the best passages, or say honestly why not."""
        return answer(request)

    @router.get("/ask", tags=["ask"], response_model=AnswerOut, responses=_PROBLEMS)
    def ask_by_url(
        q: Annotated[str, Query(description="The question", examples=["яка сума за обмін прав"])],
        top_k: TopK = 3,
        channel: Channel = Channel.SITE,
        service: Annotated[list[str] | None, Query(description="Slugs of services to search in")] = None,
        topic: Annotated[list[Topic] | None, Query(description="Topics to search in")] = None,
        context: Annotated[str | None, Query(description="Slug of the service that the conversation is about")] = None,
        lang: Annotated[str | None, Query(pattern="^(uk|en)$")] = None,
    ) -> Response:
        """The same for a search box."""
        filters = FiltersIn(service=service or [], topic=topic or [])
        context_in = ContextIn(service=context) if context else None
        return answer(AskIn(question=q, top_k=top_k, channel=channel, filters=filters, context=context_in, lang=lang))

    @router.get("/services", tags=["corpus"])
    def services() -> ServicesOut:
        """All procedures."""
        summaries = [ServiceSummaryOut.of(service) for service in engine.services]
        return ServicesOut(services=summaries, total=len(summaries), index_version=engine.index_version)

    @router.get("/services/{slug}", tags=["corpus"], responses=_PROBLEMS)
    def service(slug: str) -> ServiceOut:
        """One procedure with all its passages."""
        return ServiceOut.model_validate(engine.service(slug))

    @router.get("/passages/{passage_id}", tags=["corpus"], responses=_PROBLEMS)
    def passage(passage_id: str) -> PassageOut:
        """One passage by its id."""
        return PassageOut.model_validate(engine.passage(passage_id))

    return router
