"""Feedback on answers: taken from everyone, read with an administrator's key."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from qa_service.access.keys import Role
from qa_service.engine import QAEngine
from qa_service.errors import JournalError
from qa_service.journal import Journal
from qa_service.monitoring.metrics import Metrics
from qa_service.types import Feedback
from qa_service.web.memory import RecentAnswers
from qa_service.web.middleware.callers import require
from qa_service.web.v1.ask import BODY_PROBLEMS, PROBLEMS, Responses
from qa_service.web.v1.requests import FeedbackIn
from qa_service.web.v1.schemas import EntriesOut, EntryOut, FeedbackOut, ProblemOut

SaveFeedback = Callable[[Feedback], None]
"""Raises JournalError where it cannot be kept, NotFoundError for a passage that does not exist."""

_UNAVAILABLE: Responses = {
    404: {"model": ProblemOut, "description": "No such passage"},
    503: {
        "model": ProblemOut,
        "description": "The journal cannot be used now, or this installation keeps none",
    },
}
_MOST_ENTRIES = 1_000


def saving(
    engine: QAEngine, journal: Journal, recent: RecentAnswers, metrics: Metrics
) -> SaveFeedback:
    """Keeps feedback in the journal with what it is about; failures are counted."""

    def save(feedback: Feedback) -> None:
        if feedback.passage_id is not None:
            engine.passage(feedback.passage_id)
        try:
            journal.record(feedback, recent.about(feedback.answer_id))
        except JournalError:
            metrics.journal_failures.inc()
            raise

    return save


def feedback_router(save: SaveFeedback, journal: Journal) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["feedback"], responses=PROBLEMS | _UNAVAILABLE)

    @router.post("/feedback", status_code=202, responses=BODY_PROBLEMS)
    def feedback(body: FeedbackIn) -> FeedbackOut:
        """Say whether an answer helped."""
        save(body.to_feedback())
        return FeedbackOut()

    @router.get("/admin/feedback", dependencies=[Depends(require(Role.ADMIN))])
    def kept_feedback(limit: Annotated[int, Query(ge=1, le=_MOST_ENTRIES)] = 100) -> EntriesOut:
        """The latest feedback, for those who keep the texts. Needs a key of role admin."""
        return EntriesOut(
            entries=[EntryOut.model_validate(entry) for entry in journal.entries(limit)]
        )

    return router
