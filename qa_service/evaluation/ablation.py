"""The engine with parts taken out, to see what each is worth.

Weights stay as they were fitted for the whole. What only the policy uses is not here: it would have
to be fitted anew.
"""

from collections.abc import Set
from dataclasses import replace

from qa_service.indexing.snapshot import Snapshot
from qa_service.retrieval import CONTEXT, QUESTIONS
from qa_service.text.synonyms import NO_SYNONYMS
from qa_service.text.vocabulary import Vocabulary


def variants(snapshot: Snapshot) -> dict[str, Snapshot]:
    """By name: each leg alone, the whole without each leg and without each other part, the whole
    last.

    Single-leg variants keep the conversation; only `without context` drops it.
    """
    legs = snapshot.weights.legs.keys()
    only = {f"only {leg}": _with(snapshot, {leg, CONTEXT}) for leg in legs if leg != CONTEXT}
    without = {f"without {leg}": _with(snapshot, legs - {leg}) for leg in legs}
    known_words = snapshot.vocabulary.counts
    parts = {
        "typo correction": replace(snapshot, vocabulary=Vocabulary(known_words, corrects=False)),
        "synonyms": replace(snapshot, synonyms=NO_SYNONYMS),
        "three neighbours": _nearest_only(snapshot),
    }
    named = {f"without {part}": changed for part, changed in parts.items()}
    return only | without | named | {"whole": snapshot}


def _with(snapshot: Snapshot, legs: Set[str]) -> Snapshot:
    """The snapshot whose other legs count nothing."""
    weights = snapshot.weights
    kept = {leg: weight for leg, weight in weights.legs.items() if leg in legs}
    return replace(snapshot, weights=replace(weights, legs=kept))


def _nearest_only(snapshot: Snapshot) -> Snapshot:
    legs = snapshot.stores.legs
    changed = {leg: replace(legs[leg], neighbours=1) for leg in (QUESTIONS,) if leg in legs}
    return replace(snapshot, stores=replace(snapshot.stores, legs={**legs, **changed}))
