"""What was found for a turn, with and without the talk's procedure -> evidence of a move. Pure."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from qa_service.dialogue.choosing import Names, shared_words
from qa_service.dialogue.turns import Kind, Turn
from qa_service.ranking.moves import MoveEvidence
from qa_service.retrieval import CONTEXT, LEXICAL, SERVICES
from qa_service.retrieval.fusion import Ranking
from qa_service.text.asking import Word, adds, has_subject, refers, words_of
from qa_service.types import Context, Scores

_MOST_SUBJECT_WORDS, _MOST_WORDS = 6, 20


def move_evidence(
    turn: Turn,
    bare: Ranking,
    held: Ranking,
    context: Context,
    services: Sequence[str],
    names: Names,
    in_scope: float,
) -> MoveEvidence | None:
    """None where nothing is found, or nothing of the talk's procedure.

    `bare`, `held`: the turn ranked without and with the service of `context`. `services`: of each
    passage.
    `in_scope`: the probability for the turn alone.
    """
    mine = np.array([services[row] == context.service for row in held.rows])
    if not len(bare.rows) or not mine.any():
        return None
    own = held.scores - held.of_leg(CONTEXT)
    found = [services[row] for row in bare.rows]
    before = found.index(context.service) if context.service in found else len(found)
    first = found[0] if found[0] != context.service else None
    words = words_of(turn.reading)
    corrects = turn.kind is Kind.CORRECTION
    return MoveEvidence(
        gap=float(bare.scores[0] - own[mine].max()),
        name_gap=0.0 if corrects else _gap(held.of_leg(SERVICES), mine),
        subject_words=float(
            min(sum(has_subject(word.text) for word in words), _MOST_SUBJECT_WORDS)
        ),
        words=float(min(len(words), _MOST_WORDS)),
        in_scope=in_scope,
        rank=math.log1p(before),
        refers=float(refers(turn.reading)),
        adds=float(adds(turn.reading)),
        corrects=float(corrects),
        word_gap=_gap(held.of_leg(LEXICAL), mine),
        named=_shared(words, names(first)) if first else 0.0,
        returns=float(first in context.before),
        denied=_shared(words_of(turn.denied), names(context.service)) if context.service else 0.0,
    )


def _shared(words: Sequence[Word], names: Sequence[str]) -> float:
    return float(shared_words([word.text for word in words], names))


def _gap(scores: Scores, mine: npt.NDArray[np.bool_]) -> float:
    """How far the best of all is above the best of the talk's procedure."""
    return float(scores.max() - scores[mine].max())
