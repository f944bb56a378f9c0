"""Fit when a turn of a talk leaves its procedure, on judged conversations. Needs the `build` extra
(scikit-learn).

Each turn is read in the context of the right services before it, so that the model learns from
turns, not from its own mistakes.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from qa_service.dialogue.turns import Kind, read_turn
from qa_service.documents.dialogues import Dialogue, DialogueTurn
from qa_service.engine import QAEngine
from qa_service.ranking.moves import MOVE_FEATURES, MoveEvidence
from qa_service.types import NO_CONTEXT, Context, Understood

_INVERSE_RIDGE = 1.0
_NO_DIALOGUES = {"bias": -2.0} | dict.fromkeys(MOVE_FEATURES, 0.0) | {"gap": 0.3}
"""Where there is no conversation to fit on."""


def fit_moves(engine: QAEngine, dialogues: Sequence[Dialogue]) -> dict[str, float]:
    """The bias and coefficients of `ranking.moves.MoveModel`."""
    from sklearn.linear_model import LogisticRegression

    found = [one for dialogue in dialogues for one in examples(engine, dialogue)]
    moved = np.array([has_moved for _, has_moved in found])
    if len(set(moved.tolist())) < 2:
        return _NO_DIALOGUES
    points = np.array([[getattr(one, name) for name in MOVE_FEATURES] for one, _ in found])
    scale = points.std(axis=0) + 1e-9
    model = LogisticRegression(C=_INVERSE_RIDGE, max_iter=1000).fit(points / scale, moved)
    values = (*model.intercept_, *(model.coef_[0] / scale))
    names = ("bias", *MOVE_FEATURES)
    return {name: round(float(value), 3) for name, value in zip(names, values, strict=True)}


def examples(engine: QAEngine, dialogue: Dialogue) -> Iterator[tuple[MoveEvidence, bool]]:
    """The evidence of each turn that is neither a choice nor a return, and whether it moved."""
    context = NO_CONTEXT
    for turn in dialogue.turns:
        read = engine.snapshot.understand(turn.text)
        if read.reading and context.service and turn.passages and not turn.offered:
            said = read_turn(read.reading, context, engine.catalogue.names)
            asked = Understood(read.language, said.reading)
            evidence = engine.moves(said, engine.retrieve(asked), context, read.language)
            if evidence is not None and said.kind is not Kind.BACK:
                yield evidence, context.service not in turn.services
        context = _after(context, turn)


def _after(context: Context, turn: DialogueTurn) -> Context:
    """The context with the right service of a turn."""
    if not turn.services or not turn.passages:
        return context
    service = turn.services[0]
    before = (context.service, *context.recent)
    return Context(service, None, tuple(one for one in before if one and one != service))
