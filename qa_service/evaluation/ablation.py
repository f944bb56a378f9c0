"""The engine with parts taken out, to see what each is worth.

Weights stay as they were fitted for the whole. What only the confidence uses is not here: it would
have to be fitted anew.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from qa_service.engine import QAEngine
from qa_service.indexing.search_index import SearchIndex
from qa_service.retrieval.legs import CONTEXT, LEXICAL, LEXICAL_EN, QUESTIONS, VectorLeg
from qa_service.text.normalise import normalise
from qa_service.text.synonyms import NO_SYNONYMS
from qa_service.text.understand import detect_language
from qa_service.text.vocabulary import Vocabulary
from qa_service.types import Understood

Kind = TypeVar("Kind", bound=SearchIndex)


def variants(engine: QAEngine) -> dict[str, QAEngine]:
    """By name: each leg alone, the whole without each leg and without each other part, the whole
    last.

    A leg alone still knows what a conversation is about; "without context" is the whole that does
    not.
    """
    index = engine.index
    taken = {
        leg: {leg, LEXICAL_EN} if leg == LEXICAL else {leg}
        for leg in engine.legs
        if leg != LEXICAL_EN
    }
    only = {
        f"only {leg}": engine.with_legs(_of(engine.legs, legs | {CONTEXT}))
        for leg, legs in taken.items()
        if leg != CONTEXT
    }
    without = {
        f"without {leg}": engine.with_legs(_of(engine.legs, engine.legs.keys() - legs))
        for leg, legs in taken.items()
    }
    parts = {
        "readings": _as(_AsTyped, index),
        "typo correction": replace(index, vocabulary=_Careless(index.vocabulary.counts)),
        "synonyms": replace(index, synonyms=NO_SYNONYMS),
        "three neighbours": replace(index, vector_legs=_nearest_only(index)),
    }
    return (
        only
        | without
        | {f"without {part}": engine.over(changed) for part, changed in parts.items()}
        | {"whole": engine}
    )


@dataclass(frozen=True, slots=True)
class _AsTyped(SearchIndex):
    """Reads nothing but what was typed."""

    def understand(self, question: str) -> Understood:
        typed = normalise(question)
        return Understood(detect_language(typed), typed)


class _Careless(Vocabulary):
    """Leaves typos as they are."""

    def corrected(self, text: str) -> str:
        return text


def _as(kind: type[Kind], index: SearchIndex) -> Kind:
    return kind(**{field.name: getattr(index, field.name) for field in fields(index)})


def _nearest_only(index: SearchIndex) -> dict[str, VectorLeg]:
    legs = index.vector_legs
    return legs | {leg: replace(legs[leg], neighbours=1) for leg in (QUESTIONS,) if leg in legs}


def _of(legs: Mapping[str, float], kept: Set[str]) -> dict[str, float]:
    return {leg: weight for leg, weight in legs.items() if leg in kept}
