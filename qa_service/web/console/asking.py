"""What the console answers without scripts: one question in the address, without the talk."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from qa_service import phrases
from qa_service.phrases import Advice
from qa_service.service import QuestionService
from qa_service.types import Answer, Channel, Query, RankedPassage, Reason


@dataclass(frozen=True, slots=True)
class Plain:
    """An answer as the page without scripts shows it: passages to read out, or why there are none,
    with the question's words.
    """

    answer: Answer
    advice: Advice | None

    @property
    def passages(self) -> tuple[RankedPassage, ...]:
        """What answers each part; all of them where they are suggestions."""
        if not self.answer.answerable:
            return ()
        parts = sum(part.passage_id is not None for part in self.answer.parts)
        is_sure = self.answer.certainty == "sure"
        return self.answer.passages[: max(parts, 1)] if is_sure else self.answer.passages


async def plain_answer(service: QuestionService, request: Request, question: str) -> Plain | None:
    """The answer to a question; None where nothing was asked. Raises OverloadedError."""
    if not question.strip():
        return None
    await request.state.charge(question)
    query = Query(question, channel=Channel.OPERATOR)
    answer = await run_in_threadpool(service.ask, query)
    return Plain(answer, None if answer.answerable else advice_of(answer))


def advice_of(answer: Answer) -> Advice:
    found = phrases.REASONS[answer.reason or Reason.LOW_CONFIDENCE]
    return Advice(found.title, answer.reply) if answer.reply else found
