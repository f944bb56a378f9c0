"""Conversations are held turn by turn, each in the context of the answer before."""

from dataclasses import replace

import pytest
from support.fakes import ANSWER

from qa_service.documents.dialogues import Dialogue, DialogueTurn, TurnKind
from qa_service.errors import EvaluationError
from qa_service.evaluation.dialogues import measure_dialogues
from qa_service.types import NO_CONTEXT, Answer, Certainty, Channel, Context, Query, Reason

RIGHT = ANSWER.passages[0].passage
FIRST = DialogueTurn(
    kind=TurnKind.FIRST,
    text="скільки коштує обмін",
    services=(RIGHT.service,),
    passages=frozenset({RIGHT.id}),
)
TALK = Dialogue(id="1", turns=(FIRST, FIRST.model_copy(update={"kind": TurnKind.FOLLOW_UP})))


def test_each_turn_is_asked_in_the_context_of_the_answer_before() -> None:
    asked: list[Query] = []

    def answer(query: Query) -> Answer:
        asked.append(query)
        return replace(ANSWER, context=Context(f"talk-{len(asked)}"))

    measure_dialogues(answer, [TALK, TALK])
    contexts = [query.context.service for query in asked]
    assert contexts == [None, "talk-1", None, "talk-3"]
    assert {query.channel for query in asked} == {Channel.CHATBOT}


def test_turns_are_measured_by_kind() -> None:
    sure = replace(ANSWER, certainty=Certainty.SURE)
    first, follow_up = measure_dialogues(lambda _: sure, [TALK])
    assert (first.kind, follow_up.kind) == ("first", "follow_up")
    assert (first.turns, first.service_at_1, first.answer_at_1, first.sure) == (1, 1.0, 1.0, 1.0)


def test_a_turn_that_nothing_answers_is_right_without_a_sure_answer() -> None:
    uncovered = Dialogue(id="1", turns=(DialogueTurn(kind=TurnKind.NOT_COVERED, text="а авто?"),))
    assert _share(Certainty.SURE, uncovered) == 0.0
    assert _share(Certainty.UNSURE, uncovered) == 1.0


def _share(certainty: Certainty, dialogue: Dialogue) -> float:
    [row] = measure_dialogues(lambda _: replace(ANSWER, certainty=certainty), [dialogue])
    return row.answer_at_3


def test_small_talk_is_right_where_it_is_recognised() -> None:
    thanks = Dialogue(id="1", turns=(DialogueTurn(kind=TurnKind.SMALL_TALK, text="дякую"),))
    given = replace(ANSWER, certainty=Certainty.NONE, reason=Reason.SMALL_TALK)
    [row] = measure_dialogues(lambda _: given, [thanks])
    assert row.service_at_1 == 1.0


def test_a_choice_is_made_from_what_the_author_offered() -> None:
    choice = DialogueTurn(kind=TurnKind.CHOICE, text="перше", offered=("a", "b"))
    assert choice.asked_in(Context("talk")) == Context("talk", choices=("a", "b"))
    assert FIRST.asked_in(NO_CONTEXT) is NO_CONTEXT


def test_no_conversations_are_refused() -> None:
    with pytest.raises(EvaluationError, match="give a file that holds some"):
        measure_dialogues(lambda _: ANSWER, [])
