"""Fit how sure a turn of a talk must be that names a subject, on judged conversations.

Held as clients hold them, mistakes and all: in a talk what nothing answers still lies near the
talk's procedure, so that the threshold of single questions lets every fifth of it pass.
"""

from collections.abc import Iterator, Mapping, Sequence

from qa_service.documents.dialogues import Dialogue, TurnKind
from qa_service.engine import QAEngine
from qa_service.ranking.policy import confidence_in_talk
from qa_service.text.asking import has_subject
from qa_service.types import NO_CONTEXT, Answer, Channel, Query

MAX_FALSE_IN_TALK: Mapping[Channel, float] = {
    Channel.SITE: 0.10,
    Channel.OPERATOR: 1.0,
    Channel.CHATBOT: 0.06,
}
"""How many of the turns that nothing answers may get a sure answer, of some 130: in chats on which
nothing is fitted it is a third as many. In a chat a guess costs one press; an operator sees every
passage, and judges.
"""
_STEPS = tuple(step / 100 for step in range(2, 99))
_UNCHOSEN = frozenset({TurnKind.SMALL_TALK, TurnKind.CHOICE, TurnKind.VAGUE})


def fit_sure_in_talk(
    engine: QAEngine, dialogues: Sequence[Dialogue], sure: Mapping[str, float]
) -> dict[str, float]:
    """The lowest `confidence_in_talk` by channel, in steps of 0.01, that keeps within the limits;
    `sure` of single questions at least.
    """
    false = [one for dialogue in dialogues for one in false_confidences(engine, dialogue)]
    return {
        channel: _lowest(false, limit, sure[channel])
        for channel, limit in MAX_FALSE_IN_TALK.items()
    }


def false_confidences(engine: QAEngine, dialogue: Dialogue) -> Iterator[float]:
    """By how much each turn in a talk is sure that names a subject and that nothing answers, see
    `confidence_in_talk`; 0 where it gets no answer.
    """
    context = NO_CONTEXT
    for turn in dialogue.turns:
        context = turn.asked_in(context)
        query = Query(turn.text, channel=Channel.CHATBOT, context=context)
        answer = engine.answer(query)
        is_out = not turn.passages and turn.kind not in _UNCHOSEN
        if is_out and context.service and has_subject(answer.understood.reading):
            yield _in_talk(engine, query, answer) if answer.answerable else 0.0
        context = answer.context


def _in_talk(engine: QAEngine, query: Query, answer: Answer) -> float:
    alone = engine.look_up(query).found[0].retrieved.prediction
    return confidence_in_talk(answer.confidence, alone.odds or 0.0)


def _lowest(false: Sequence[float], limit: float, least: float) -> float:
    """The highest step where none keeps within the limit; `least` where none is as high."""
    steps = [step for step in _STEPS if step >= least]
    within = (step for step in steps if sum(one >= step for one in false) <= limit * len(false))
    return next(within, steps[-1] if steps else least)
