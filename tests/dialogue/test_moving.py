"""What a turn's rankings say of a move, figure by figure."""

import math

import numpy as np
import pytest

from qa_service.dialogue.moving import move_evidence
from qa_service.dialogue.turns import Kind, Turn
from qa_service.ranking.moves import MoveEvidence
from qa_service.retrieval import CONTEXT, LEXICAL, QUESTIONS, SERVICES
from qa_service.retrieval.fusion import NOTHING_RANKED, Ranking
from qa_service.types import Context

SERVICES_OF = ("exchange", "exchange", "plates")
NAMES = {"exchange": ("обмін посвідчення водія",), "plates": ("втрата номерного знака",)}
TALK = Context("exchange")
TURN = Turn(Kind.CORRECTION, "ні, ще про номери")


def _ranking(rows: list[int], legs: tuple[str, ...], parts: list[list[float]]) -> Ranking:
    contributions = np.array(parts, np.float32)
    return Ranking(np.array(rows), contributions.sum(axis=1), contributions, legs)


BARE = _ranking([2, 0, 1], (QUESTIONS, SERVICES), [[5, 2], [3, 1], [1, 1]])
HELD = _ranking([0, 1, 2], (QUESTIONS, SERVICES, CONTEXT), [[3, 1, 9], [1, 1, 9], [5, 2, 0]])


def _evidence(
    bare: Ranking = BARE, held: Ranking = HELD, context: Context = TALK, turn: Turn = TURN
) -> MoveEvidence | None:
    return move_evidence(turn, bare, held, context, SERVICES_OF, NAMES.__getitem__, 0.75)


def test_the_gaps_are_between_the_best_of_all_and_of_the_talks_procedure() -> None:
    evidence = _evidence(turn=Turn(Kind.PLAIN, "ще про номери"))
    assert evidence is not None
    assert (evidence.gap, evidence.name_gap) == (3.0, 1.0), "7 - 4 without the context, 2 - 1"
    assert evidence.rank == math.log1p(1) and evidence.in_scope == 0.75


@pytest.mark.parametrize(("denied", "count"), [("не обмін, а", 1.0), ("не номери, а", 0.0)])
def test_a_correction_tells_by_what_it_denies_and_not_by_a_bare_name(
    denied: str, count: float
) -> None:
    evidence = _evidence(turn=Turn(Kind.CORRECTION, "номери", denied=denied))
    assert evidence is not None and (evidence.name_gap, evidence.denied) == (0.0, count)


def test_the_words_of_a_turn_are_counted() -> None:
    evidence = _evidence()
    assert evidence is not None
    assert (evidence.words, evidence.subject_words) == (4.0, 1.0)
    assert (evidence.refers, evidence.adds, evidence.corrects) == (0.0, 1.0, 1.0)


@pytest.mark.parametrize(("bare", "held"), [(NOTHING_RANKED, HELD), (BARE, BARE)])
def test_without_a_passage_of_the_talks_procedure_nothing_can_be_said(
    bare: Ranking, held: Ranking
) -> None:
    context = Context("gone") if held is BARE else TALK
    assert _evidence(bare, held, context) is None


def test_the_gap_by_words_is_told_apart() -> None:
    legs = (QUESTIONS, LEXICAL, CONTEXT)
    held = _ranking([0, 1, 2], legs, [[3, 1, 9], [1, 2, 9], [5, 4.5, 0]])
    evidence = _evidence(held=held)
    assert evidence is not None and evidence.word_gap == 2.5, "4.5 less the better of 1 and 2"


@pytest.mark.parametrize(
    ("text", "named"), [("а номери і знаки", 2.0), ("а нумерація", 0.0), ("а посвідчення", 0.0)]
)
def test_words_of_the_name_of_what_is_found_first_are_counted(text: str, named: float) -> None:
    evidence = _evidence(turn=Turn(Kind.PLAIN, text))
    assert evidence is not None and evidence.named == named


def test_the_talks_own_name_says_nothing_of_a_move() -> None:
    evidence = _evidence(bare=HELD, turn=Turn(Kind.PLAIN, "а обмін посвідчення"))
    assert evidence is not None and (evidence.named, evidence.returns) == (0.0, 0.0)


@pytest.mark.parametrize(("recent", "returns"), [(("plates",), 1.0), (("school",), 0.0)])
def test_what_is_found_first_may_be_what_came_before(
    recent: tuple[str, ...], returns: float
) -> None:
    evidence = _evidence(context=Context("exchange", None, recent))
    assert evidence is not None and evidence.returns == returns
