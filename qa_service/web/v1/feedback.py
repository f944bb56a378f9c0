"""Feedback on answers: taken from everyone, read with an administrator's key."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from qa_service.access.keys import Role
from qa_service.service import QuestionService
from qa_service.web.dependencies import require
from qa_service.web.v1.requests import FeedbackIn
from qa_service.web.v1.responses import BODY_PROBLEMS, PROBLEMS, Responses
from qa_service.web.v1.schemas import EntriesOut, EntryOut, FeedbackOut, ProblemOut

_UNAVAILABLE: Responses = {
    404: {"model": ProblemOut, "description": "No such answer or passage"},
    503: {
        "model": ProblemOut,
        "description": "The journal cannot be used now, or this installation keeps none",
    },
}
_MOST_ENTRIES = 1_000


def feedback_router(service: QuestionService) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["feedback"], responses=PROBLEMS | _UNAVAILABLE)

    @router.post("/feedback", status_code=202, responses=BODY_PROBLEMS)
    async def feedback(body: FeedbackIn) -> FeedbackOut:
        """Say whether an answer helped. A later word on the same answer replaces an earlier one."""
        service.feedback(body.to_feedback())
        return FeedbackOut()

    @router.get("/admin/feedback", dependencies=[Depends(require(Role.ADMIN))])
    def kept_feedback(
        limit: Annotated[int, Query(ge=1, le=_MOST_ENTRIES)] = 100,
    ) -> EntriesOut:
        """The latest feedback, for those who keep the texts. Needs a key of role admin."""
        entries = service.kept_feedback(limit)
        return EntriesOut(entries=[EntryOut.model_validate(entry) for entry in entries])

    return router
