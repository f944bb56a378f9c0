"""Conversations as a client holds them: each turn in the context of the answer before, errors and
all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa_service.documents.dialogues import Dialogue, DialogueTurn, TurnKind
from qa_service.errors import EvaluationError
from qa_service.types import NO_CONTEXT, Answer, Certainty, Channel, Query, Reason

_TOP_K = 5


@dataclass(frozen=True, slots=True)
class TurnMeasures:
    """Turns of one kind, each share 0 to 1.

    service_at_1: the first passage is of a right service. answer_at_1, answer_at_3: a right passage
    is first, among the first three. For turns that nothing answers these count those that got no
    sure answer. none: turns without an answer.
    """

    kind: str
    turns: int
    service_at_1: float
    answer_at_1: float
    answer_at_3: float
    sure: float
    none: float


@dataclass(frozen=True, slots=True)
class _Graded:
    kind: TurnKind
    service: bool
    first: bool
    among_three: bool
    certainty: Certainty


def measure_dialogues(
    answer: Callable[[Query], Answer],
    dialogues: Sequence[Dialogue],
    channel: Channel = Channel.CHATBOT,
) -> list[TurnMeasures]:
    """A row for each kind of turn. Raises EvaluationError without conversations."""
    graded = [one for dialogue in dialogues for one in _held(answer, dialogue, channel)]
    if not graded:
        raise EvaluationError("there are no conversations: give a file that holds some")
    return [
        _summed(kind, found)
        for kind in TurnKind
        if (found := [one for one in graded if one.kind is kind])
    ]


def _held(answer: Callable[[Query], Answer], dialogue: Dialogue, channel: Channel) -> list[_Graded]:
    context, graded = NO_CONTEXT, []
    for turn in dialogue.turns:
        given = answer(Query(turn.text, _TOP_K, channel, context=turn.asked_in(context)))
        graded.append(_grade(turn, given))
        context = given.context
    return graded


def _grade(turn: DialogueTurn, given: Answer) -> _Graded:
    if not turn.passages:
        is_talk = turn.kind is TurnKind.SMALL_TALK
        is_right = (
            given.reason is Reason.SMALL_TALK if is_talk else given.certainty is not Certainty.SURE
        )
        return _Graded(turn.kind, is_right, is_right, is_right, given.certainty)
    ids = [ranked.passage.id for ranked in given.passages]
    return _Graded(
        turn.kind,
        bool(given.passages) and given.passages[0].passage.service in turn.services,
        bool(set(ids[:1]) & turn.passages),
        bool(set(ids[:3]) & turn.passages),
        given.certainty,
    )


def _summed(kind: TurnKind, found: Sequence[_Graded]) -> TurnMeasures:
    return TurnMeasures(
        kind=kind.value,
        turns=len(found),
        service_at_1=_share([one.service for one in found]),
        answer_at_1=_share([one.first for one in found]),
        answer_at_3=_share([one.among_three for one in found]),
        sure=_share([one.certainty is Certainty.SURE for one in found]),
        none=_share([one.certainty is Certainty.NONE for one in found]),
    )


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values)
