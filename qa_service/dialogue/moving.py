"""What was found for a turn, with and without the talk's procedure -> evidence of a move. Pure."""

import math
from collections.abc import Sequence

import numpy as np

from qa_service.dialogue.turns import Kind, Turn
from qa_service.ranking.moves import MoveEvidence
from qa_service.retrieval import CONTEXT, SERVICES
from qa_service.retrieval.fusion import Ranking
from qa_service.text.asking import adds, has_subject, refers, words_of

_MOST_SUBJECT_WORDS, _MOST_WORDS = 6, 20


def move_evidence(
    turn: Turn,
    bare: Ranking,
    held: Ranking,
    service: str,
    services: Sequence[str],
    in_scope: float,
) -> MoveEvidence | None:
    """None where nothing is found, or nothing of the talk's procedure.

    `bare`, `held`: the turn ranked without and with `service`. `services`: of each passage.
    `in_scope`: the probability for the turn alone.
    """
    mine = np.array([services[row] == service for row in held.rows])
    if not len(bare.rows) or not mine.any():
        return None
    own, names = held.scores - held.of_leg(CONTEXT), held.of_leg(SERVICES)
    found = [services[row] for row in bare.rows]
    before = found.index(service) if service in found else len(found)
    words = words_of(turn.reading)
    return MoveEvidence(
        gap=float(bare.scores[0] - own[mine].max()),
        name_gap=float(names.max() - names[mine].max()),
        subject_words=float(
            min(sum(has_subject(word.text) for word in words), _MOST_SUBJECT_WORDS)
        ),
        words=float(min(len(words), _MOST_WORDS)),
        in_scope=in_scope,
        rank=math.log1p(before),
        refers=float(refers(turn.reading)),
        adds=float(adds(turn.reading)),
        corrects=float(turn.kind is Kind.CORRECTION),
    )
