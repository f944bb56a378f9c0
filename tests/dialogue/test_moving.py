"""What a turn's rankings say of a move, figure by figure."""

import math

import numpy as np
import pytest

from qa_service.dialogue.moving import move_evidence
from qa_service.dialogue.turns import Kind, Turn
from qa_service.retrieval import CONTEXT, QUESTIONS, SERVICES
from qa_service.retrieval.fusion import NOTHING_RANKED, Ranking

SERVICES_OF = ("exchange", "exchange", "plates")
TURN = Turn(Kind.CORRECTION, "ні, ще про номери")


def _ranking(rows: list[int], legs: tuple[str, ...], parts: list[list[float]]) -> Ranking:
    contributions = np.array(parts, np.float32)
    return Ranking(np.array(rows), contributions.sum(axis=1), contributions, legs)


BARE = _ranking([2, 0, 1], (QUESTIONS, SERVICES), [[5, 2], [3, 1], [1, 1]])
HELD = _ranking([0, 1, 2], (QUESTIONS, SERVICES, CONTEXT), [[3, 1, 9], [1, 1, 9], [5, 2, 0]])


def test_the_gaps_are_between_the_best_of_all_and_of_the_talks_procedure() -> None:
    evidence = move_evidence(TURN, BARE, HELD, "exchange", SERVICES_OF, 0.75)
    assert evidence is not None
    assert (evidence.gap, evidence.name_gap) == (3.0, 1.0), "7 - 4 without the context, 2 - 1"
    assert evidence.rank == math.log1p(1) and evidence.in_scope == 0.75


def test_the_words_of_a_turn_are_counted() -> None:
    evidence = move_evidence(TURN, BARE, HELD, "exchange", SERVICES_OF, 0.75)
    assert evidence is not None
    assert (evidence.words, evidence.subject_words) == (4.0, 1.0)
    assert (evidence.refers, evidence.adds, evidence.corrects) == (0.0, 1.0, 1.0)


@pytest.mark.parametrize(("bare", "held"), [(NOTHING_RANKED, HELD), (BARE, BARE)])
def test_without_a_passage_of_the_talks_procedure_nothing_can_be_said(
    bare: Ranking, held: Ranking
) -> None:
    service = "gone" if held is BARE else "exchange"
    assert move_evidence(TURN, bare, held, service, SERVICES_OF, 0.5) is None
