"""What a talk is about after a turn: its service, what stands beside it, what came before."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from qa_service.dialogue.carrying import Finding, next_context
from qa_service.ranking.policy import Decision
from qa_service.retrieval import Retrieved
from qa_service.retrieval.fusion import NOTHING_RANKED, Ranking
from qa_service.types import Certainty, Context, Passage, Reason, Topic

SERVICES = ("lost", "exchange", "centres", "school", "plates")
PASSAGES = cast(
    Sequence[Passage],
    [SimpleNamespace(service=service, topic=Topic.FEE) for service in SERVICES],
)
SURE = Decision(Certainty.SURE, 0.9, None)
TALK = Context("lost", Topic.FEE, ("school",))


def _ranked(services: Sequence[str], scores: Sequence[float]) -> Ranking:
    rows = np.array([SERVICES.index(service) for service in services])
    values = np.array(scores, np.float32)
    return Ranking(rows, values, values[:, None], ("questions",))


def _after(
    before: Context,
    services: Sequence[str],
    scores: Sequence[float],
    *,
    held: str | None = None,
    other: str | None = None,
    decision: Decision = SURE,
    asked: str = "техпаспорт",
) -> Context:
    second = _ranked([other], [1]) if other else None
    ranking = _ranked(services, scores) if services else NOTHING_RANKED
    found = Finding(asked, Retrieved(), ranking, decision, held, second)
    return next_context(before, [found], decision, PASSAGES, "centres")


def test_what_is_nearly_as_good_stands_beside_the_service_that_was_found() -> None:
    context = _after(Context(), ["lost", "exchange"], [9, 7])
    assert (context.service, context.beside, context.before) == ("lost", ("exchange",), ())


def test_what_is_far_behind_does_not_stand_beside() -> None:
    assert _after(Context(), ["lost", "exchange"], [9, 2]).recent == ()


def test_a_few_stand_beside_at_most_and_the_latest_before_is_kept() -> None:
    context = _after(TALK, ["exchange", "lost", "centres", "plates", "school"], [9, 8, 7, 6, 5])
    assert (context.service, context.beside) == ("exchange", ("lost", "centres", "plates"))
    assert context.before == ("lost",)


def test_what_takes_the_talk_changes_places_with_its_service() -> None:
    before = Context("lost", None, ("exchange", "centres", "school", "lost"))
    context = _after(before, ["exchange"], [9], held="lost")
    assert (context.service, context.beside) == ("exchange", ("lost", "centres", "school"))


def test_a_move_keeps_the_service_before_it() -> None:
    context = _after(TALK, ["exchange", "lost"], [9, 2])
    assert (context.service, context.beside) == ("exchange", ())
    assert context.before == ("lost", "school")


def test_the_other_reading_of_a_turn_stands_beside_before_what_is_close() -> None:
    context = _after(TALK, ["exchange", "school"], [9, 8], other="lost")
    assert (context.service, context.beside) == ("exchange", ("lost", "school"))


def test_two_readings_that_agree_leave_nothing_beside() -> None:
    assert _after(TALK, ["exchange", "lost"], [9, 2], other="exchange").beside == ()


def test_a_turn_that_stays_changes_nothing_but_the_topic() -> None:
    before = Context("lost", Topic.WHERE, ("exchange", "lost", "school"))
    context = _after(before, ["lost", "school"], [9, 8], held="lost")
    assert (context.service, context.recent) == ("lost", before.recent)


def test_what_stood_beside_takes_the_talk_where_its_passage_is_best() -> None:
    before = Context("lost", None, ("exchange", "lost", "school"))
    context = _after(before, ["exchange", "lost"], [9, 8], held="lost")
    assert (context.service, context.beside) == ("exchange", ("lost",))
    assert context.before == ("lost", "school")


def test_a_neighbours_passage_does_not_carry_the_talk_away() -> None:
    assert _after(TALK, ["exchange", "lost"], [9, 8], held="lost").service == "lost"


def test_centres_stand_beside_the_procedure_that_one_goes_there_for() -> None:
    context = _after(TALK, ["centres", "exchange"], [9, 8])
    assert (context.service, context.beside) == ("lost", ("centres",))
    assert context.before == ("school",)


def test_a_talk_may_begin_with_centres() -> None:
    assert _after(Context(), ["centres"], [9]).service == "centres"


def test_what_nothing_answers_leaves_the_talk_where_it_was() -> None:
    refused = Decision.none(0.1, Reason.OFF_TOPIC)
    assert _after(TALK, ["exchange"], [9], decision=refused).service == "lost"


def test_a_guess_moves_the_talk_only_where_it_names_a_subject() -> None:
    for reason in (Reason.AMBIGUOUS, Reason.LOW_CONFIDENCE):
        guess = Decision.none(0.2, reason)
        assert _after(TALK, ["exchange"], [9], decision=guess).service == "exchange"
    bare = _after(TALK, ["exchange"], [9], decision=guess, asked="скільки коштує")
    assert (bare.service, bare.topic) == ("lost", Topic.FEE)


def test_a_context_holds_five_services_besides_its_own_at_most() -> None:
    before = Context("lost", None, ("school", "a", "b", "c", "d"))
    assert len(_after(before, ["exchange", "centres"], [9, 8]).recent) == 5


def test_small_talk_between_loses_no_offers() -> None:
    before = Context("lost", Topic.FEE, ("school",), ("exchange", "school"))
    for reason in (Reason.SMALL_TALK, Reason.PERSONAL_DATA_ONLY):
        assert _after(before, [], [], decision=Decision.none(0.0, reason)) == before
    assert _after(before, ["lost"], [9], held="lost").choices == ()


@pytest.mark.parametrize(
    ("asked", "topic"),
    [("техпаспорт", Topic.STEPS), ("техпаспорт ціна", Topic.FEE), ("як техпаспорт", Topic.FEE)],
)
def test_a_bare_subject_that_is_asked_back_opens_with_the_steps(asked: str, topic: Topic) -> None:
    asked_back = Decision.none(0.2, Reason.AMBIGUOUS, ("lost", "exchange"))
    context = _after(Context(), ["lost", "exchange"], [9, 9], decision=asked_back, asked=asked)
    assert (context.topic, context.choices) == (topic, ("lost", "exchange"))
