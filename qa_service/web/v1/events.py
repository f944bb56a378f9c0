"""`POST /v1/events`: what a person did with an answer, who is never known."""

from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, HTTPException
from pydantic import Field

from qa_service.service import QuestionService
from qa_service.types import Use
from qa_service.web.v1.corpus_schemas import Schema
from qa_service.web.v1.requests import AnswerId
from qa_service.web.v1.responses import BODY_PROBLEMS, PROBLEMS, Responses
from qa_service.web.v1.schemas import ProblemOut

_REFUSED: Responses = {
    404: {"model": ProblemOut, "description": "No such answer"},
    410: {"model": ProblemOut, "description": "This service takes no events"},
}


class EventIn(Schema):
    answer_id: AnswerId = Field(description="Of the answer that it is about")
    event: Use


class EventOut(Schema):
    status: Literal["counted"] = "counted"


def events_router(service: QuestionService, is_on: bool = True) -> APIRouter:
    """`is_on`: else clients are told to send no more."""
    router = APIRouter(prefix="/v1", tags=["feedback"], responses=PROBLEMS | _REFUSED)

    @router.post("/events", status_code=202, responses=BODY_PROBLEMS)
    async def event(body: EventIn) -> EventOut:
        """Say what was done with an answer. It is counted, in `/metrics`."""
        if not is_on:
            raise HTTPException(HTTPStatus.GONE, "this service takes no events: send none")
        service.used(body.answer_id, body.event)
        return EventOut()

    return router
