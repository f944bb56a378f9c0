"""`POST /v1/events`: what a person did with an answer, who is never known."""

from fastapi import APIRouter
from pydantic import Field

from qa_service.service import QuestionService
from qa_service.types import Use
from qa_service.web.v1.corpus_schemas import Schema
from qa_service.web.v1.requests import AnswerId, PassageId
from qa_service.web.v1.responses import BODY_PROBLEMS, PROBLEMS, Responses
from qa_service.web.v1.schemas import FeedbackOut, ProblemOut

_GONE: Responses = {404: {"model": ProblemOut, "description": "No such answer or passage"}}


class EventIn(Schema):
    answer_id: AnswerId = Field(description="Of the answer that it is about")
    event: Use
    passage_id: PassageId | None = Field(None, description="Of one passage of it")


def events_router(service: QuestionService) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["feedback"], responses=PROBLEMS | _GONE)

    @router.post("/events", status_code=202, responses=BODY_PROBLEMS)
    async def event(body: EventIn) -> FeedbackOut:
        """Say what was done with an answer. It is counted, in `/metrics`."""
        service.used(body.answer_id, body.event, body.passage_id)
        return FeedbackOut()

    return router
