"""Questions as turns of talks, to train the encoder on: read after the name of the procedure that
the talk is about, so that what a turn leaves out is in its vector. Pure.

Yu et al., "Few-Shot Conversational Dense Retrieval", SIGIR 2021.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from qa_service.documents import Corpus
from qa_service.documents.dialogues import Dialogue, TurnKind
from qa_service.modelling.batches import NOTHING, Pair
from qa_service.text.normalise import normalise
from qa_service.text.spelling import Vocabulary
from qa_service.text.understand import understand

_ASKED = frozenset(
    {
        TurnKind.FOLLOW_UP,
        TurnKind.CHANGE,
        TurnKind.BACK,
        TurnKind.CORRECTION,
        TurnKind.NOT_COVERED,
    }
)
"""The turns whose words say what is asked, as far as the talk does not."""
_OWN = 0.5
"""How many questions of a talk are asked in one about their own procedure."""


def turn_pairs(corpus: Corpus, dialogues: Sequence[Dialogue], vocabulary: Vocabulary) -> list[Pair]:
    """The turns of conversations, as they are read, each after the name of the procedure that the
    talk was about: one pair for each passage that answers, or one for `NOTHING`.
    """
    rows = {passage.id: row for row, passage in enumerate(corpus.passages)}
    names, pairs = _names(corpus), []
    for dialogue in dialogues:
        about = ""
        for turn in dialogue.turns:
            found = sorted(rows[one] for one in turn.passages if one in rows)
            reading = understand(turn.text, vocabulary).reading
            if about and reading and turn.kind in _ASKED:
                pairs += [Pair(reading, row, about, True) for row in found or [NOTHING]]
            if found and turn.services:
                about = names.get(turn.services[0], "")
    return pairs


def in_talks(
    pairs: Sequence[Pair],
    corpus: Corpus,
    share: float,
    generator: np.random.Generator,
) -> list[Pair]:
    """The same pairs, a share of them asked in a talk about their own procedure or any other."""
    by_service = _names(corpus)
    names = [*by_service.values()]
    if not names:
        return list(pairs)
    own = {row: by_service[one.service] for row, one in enumerate(corpus.passages)}

    def put(pair: Pair) -> Pair:
        if pair.is_turn or generator.random() >= share:
            return pair
        other = names[int(generator.integers(len(names)))]
        is_own = generator.random() < _OWN
        return replace(pair, after=own.get(pair.row, other) if is_own else other)

    return [put(pair) for pair in pairs]


def _names(corpus: Corpus) -> dict[str, str]:
    """The name of each procedure as it is read, by slug."""
    return {service.slug: normalise(service.title) for service in corpus.services}
