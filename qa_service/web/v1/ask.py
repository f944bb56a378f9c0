"""The JSON API, version 1: questions and suggestions."""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from qa_service.engine import QAEngine
from qa_service.monitoring.metrics import Ask
from qa_service.suggest import Suggestion
from qa_service.types import Channel, Topic
from qa_service.web.v1.caching import PRIVATE, Revalidation
from qa_service.web.v1.requests import (
    MOST_SERVICES,
    MOST_TOPICS,
    AskIn,
    BatchIn,
    ContextIn,
    FiltersIn,
    TopK,
)
from qa_service.web.v1.schemas import (
    AnswerOut,
    AnswersOut,
    ProblemOut,
    SuggestionOut,
    SuggestionsOut,
)

Suggest = Callable[[str, int], Sequence[Suggestion]]
Responses = dict[int | str, dict[str, object]]

PROBLEMS: Responses = {
    401: {"model": ProblemOut, "description": "The key is not valid"},
    403: {"model": ProblemOut, "description": "The site that asks is not allowed to"},
    422: {"model": ProblemOut, "description": "The request is wrong; the detail says where"},
    429: {
        "model": ProblemOut,
        "description": "Too many requests; Retry-After says when to ask again",
    },
}
BODY_PROBLEMS: Responses = {
    400: {"model": ProblemOut, "description": "The body is not JSON"},
    413: {"model": ProblemOut, "description": "The body is too large"},
    415: {"model": ProblemOut, "description": "The body is of another media type"},
}
MISSING: Responses = {404: {"model": ProblemOut, "description": "No such service or passage"}}
UNCHANGED: Responses = {
    304: {"description": "What the client holds is still right: its ETag was in If-None-Match"}
}

_MOST_SUGGESTIONS = 20


def ask_router(engine: QAEngine, ask_engine: Ask, suggest: Suggest) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["ask"], responses=PROBLEMS)
    cache = Revalidation(engine.index_version, engine.handoff)

    @router.post("/ask", response_model=AnswerOut, responses=MISSING | BODY_PROBLEMS)
    def ask(body: AskIn) -> Response:
        """Answer a question with the best passages, or say honestly why not."""
        return _json(AnswerOut.of(ask_engine(body.to_query())))

    @router.get("/ask", response_model=AnswerOut, responses=MISSING | UNCHANGED)
    def ask_by_url(
        request: Request,
        q: Annotated[str, Query(description="The question", examples=["яка сума за обмін прав"])],
        top_k: TopK = 3,
        channel: Channel = Channel.SITE,
        service: Annotated[
            list[str] | None,
            Query(max_length=MOST_SERVICES, description="Slugs of services to search in"),
        ] = None,
        topic: Annotated[
            list[Topic] | None, Query(max_length=MOST_TOPICS, description="Topics to search in")
        ] = None,
        context: Annotated[
            str | None, Query(description="Slug of the service that the conversation is about")
        ] = None,
        lang: Annotated[str | None, Query(pattern="^(uk|en)$")] = None,
    ) -> Response:
        """The same for a search box; a browser may keep the answer for a minute."""
        filters = FiltersIn(service=service or [], topic=topic or [])
        context_in = ContextIn(service=context) if context else None
        asked = AskIn(
            question=q, top_k=top_k, channel=channel, filters=filters, context=context_in, lang=lang
        )
        return cache.json(request, PRIVATE, lambda: AnswerOut.of(ask_engine(asked.to_query())))

    @router.post("/ask/batch", response_model=AnswersOut, responses=MISSING | BODY_PROBLEMS)
    async def ask_batch(request: Request, body: BatchIn) -> Response:
        """Answer up to 64 questions at once; each counts as a request."""
        queries = body.to_queries()
        await request.state.charge(len(queries) - 1)
        answers = await run_in_threadpool(
            lambda: [AnswerOut.of(ask_engine(query)) for query in queries]
        )
        return _json(AnswersOut(answers=answers, index_version=engine.index_version))

    @router.get("/suggest", response_model=SuggestionsOut, responses=UNCHANGED)
    def suggestions(
        request: Request,
        q: Annotated[
            str, Query(description="What was typed so far; popular questions where it is empty")
        ] = "",
        limit: Annotated[int, Query(ge=1, le=_MOST_SUGGESTIONS)] = 8,
    ) -> Response:
        """Services, sample questions and official terms that fit what is being typed."""
        return cache.json(request, PRIVATE, lambda: _suggestions(suggest(q, limit)))

    return router


def _json(answered: AnswerOut | AnswersOut) -> Response:
    """Serialised here: the framework would validate the answer a second time, for a tenth of the
    whole time.
    """
    return Response(answered.model_dump_json(by_alias=True), media_type="application/json")


def _suggestions(found: Sequence[Suggestion]) -> SuggestionsOut:
    return SuggestionsOut(
        suggestions=[SuggestionOut.model_validate(suggestion) for suggestion in found]
    )
