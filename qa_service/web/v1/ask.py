"""The JSON API, version 1: questions, suggestions, feedback."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from qa_service.access.keys import Role
from qa_service.service import QuestionService
from qa_service.types import Channel, Topic
from qa_service.web.audit import Audit
from qa_service.web.dependencies import Caller, require
from qa_service.web.v1.requests import (
    MOST_SERVICES,
    MOST_TOPICS,
    AskIn,
    BatchIn,
    ContextIn,
    FeedbackIn,
    FiltersIn,
    TopK,
)
from qa_service.web.v1.responses import (
    BODY_PROBLEMS,
    MISSING,
    OVERLOADED,
    PRIVATE,
    PROBLEMS,
    UNCHANGED,
    Responses,
    as_json,
    revalidated,
)
from qa_service.web.v1.schemas import (
    AnswerOut,
    AnswersOut,
    EntriesOut,
    EntryOut,
    FeedbackOut,
    ProblemOut,
    SuggestionOut,
    SuggestionsOut,
)

_MOST_SUGGESTIONS = 20


def ask_router(service: QuestionService) -> APIRouter:
    """Routes `/v1/ask`, `/v1/ask/batch` and `/v1/suggest`."""
    routes = _Ask(service)
    router = APIRouter(prefix="/v1", tags=["ask"], responses=PROBLEMS)
    in_body = MISSING | BODY_PROBLEMS | OVERLOADED
    in_address = MISSING | UNCHANGED | OVERLOADED
    for path, route, method, model, responses in (
        ("/ask", routes.ask, "POST", AnswerOut, in_body),
        ("/ask", routes.ask_by_url, "GET", AnswerOut, in_address),
        ("/ask/batch", routes.ask_batch, "POST", AnswersOut, in_body),
        ("/suggest", routes.suggestions, "GET", SuggestionsOut, UNCHANGED),
    ):
        router.add_api_route(
            path, route, methods=[method], response_model=model, responses=responses
        )
    return router


class _Ask:
    """One method per route; what takes long runs in the framework's threads."""

    def __init__(self, service: QuestionService) -> None:
        self._service = service

    async def ask(self, request: Request, body: AskIn) -> Response:
        """Answer a question with the best passages, or say honestly why not."""
        await request.state.charge(body.question)
        return await run_in_threadpool(
            lambda: as_json(AnswerOut.of(self._service.ask(body.to_query())))
        )

    async def ask_by_url(
        self,
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
        as_typed: Annotated[
            bool, Query(description="Correct no word of the question and add none")
        ] = False,
        lang: Annotated[
            str | None,
            Query(pattern="^(uk|en)$", description="Language of `reply`; else the question's"),
        ] = None,
    ) -> Response:
        """The same for a search box; a browser may keep the answer for a minute."""
        asked = AskIn(
            question=q,
            top_k=top_k,
            channel=channel,
            filters=FiltersIn(service=service or [], topic=topic or []),
            context=ContextIn(service=context) if context else None,
            as_typed=as_typed,
            lang=lang,
        )
        await request.state.charge(q)
        serving = self._service.live.current
        return await run_in_threadpool(
            revalidated,
            request,
            f"{serving.state} {self._service.signature}",
            PRIVATE,
            lambda: AnswerOut.of(self._service.ask(asked.to_query(), serving)),
            is_final=lambda answer: not answer.degraded,
        )

    async def ask_batch(self, request: Request, body: BatchIn) -> Response:
        """Answer up to 64 questions at once; each counts as if it were asked alone."""
        queries = body.to_queries()
        await request.state.charge(*(query.question for query in queries))
        found = await run_in_threadpool(self._service.ask_all, queries)
        answers = [AnswerOut.of(answer) for answer in found]
        return as_json(AnswersOut(answers=answers, index_version=found[0].index_version))

    def suggestions(
        self,
        request: Request,
        q: Annotated[
            str, Query(description="What was typed so far; popular questions where it is empty")
        ] = "",
        limit: Annotated[int, Query(ge=1, le=_MOST_SUGGESTIONS)] = 8,
    ) -> Response:
        """Services, sample questions and official terms that fit what is being typed."""
        serving = self._service.live.current

        def suggested() -> SuggestionsOut:
            found = self._service.suggest(q, limit, serving)
            return SuggestionsOut(suggestions=[SuggestionOut.model_validate(one) for one in found])

        return revalidated(request, serving.state, PRIVATE, suggested)


_UNAVAILABLE: Responses = {
    404: {"model": ProblemOut, "description": "No such answer or passage"},
    503: {
        "model": ProblemOut,
        "description": "The journal cannot be used now, or this installation keeps none",
    },
}
_MOST_ENTRIES = 1_000


def feedback_router(service: QuestionService, audit: Audit) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["feedback"], responses=PROBLEMS | _UNAVAILABLE)

    @router.post("/feedback", status_code=202, responses=BODY_PROBLEMS)
    async def feedback(body: FeedbackIn) -> FeedbackOut:
        """Say whether an answer helped. A later word on the same answer replaces an earlier one."""
        service.feedback(body.to_feedback())
        return FeedbackOut()

    @router.get("/admin/feedback")
    def kept_feedback(
        caller: Annotated[Caller, Depends(require(Role.SUPERVISOR))],
        limit: Annotated[int, Query(ge=1, le=_MOST_ENTRIES)] = 100,
    ) -> EntriesOut:
        """The latest feedback, for those who keep the texts. Needs role supervisor, as every export
        does.
        """
        entries = service.kept_feedback(limit)
        audit.note(caller, "export", f"feedback, {len(entries)} entries")
        return EntriesOut(entries=[EntryOut.model_validate(entry) for entry in entries])

    return router
