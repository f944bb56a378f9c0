"""Retrieval: a question's vector and words -> candidates of each leg.

A *leg* is one way to find passages: by vectors of the passages, of the questions known about them,
of their services' names, or by words. The engine knows only the `Retriever` Protocol; fusion of the
legs stays in the process (`fusion.py`). To add an engine on another machine, implement `Retriever`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, Self

import numpy as np

from qa_service.ranking.classifier import NO_PREDICTION, ClassifierPrediction
from qa_service.ranking.legs import (
    CLASSIFIER,
    CONTEXT,
    LEXICAL,
    MESSAGE,
    PARTS,
    PASSAGES,
    QUESTIONS,
    SERVICES,
)
from qa_service.types import NO_FILTERS, Filters, Hits, Scores, Vectors

__all__ = [
    "CLASSIFIER",
    "CONTEXT",
    "KNOWN",
    "LEXICAL",
    "LEXICAL_SCOPE",
    "MESSAGE",
    "NEAREST",
    "NO_HITS",
    "NO_SCORES",
    "OFF_TOPIC",
    "PARTS",
    "PASSAGES",
    "QUESTIONS",
    "RANKING_LEGS",
    "SEARCHES",
    "SERVICES",
    "VAGUE",
    "VECTORS",
    "VECTOR_LEGS",
    "RetrievalRequest",
    "Retrieved",
    "Retriever",
]

OFF_TOPIC = "off_topic"
"""The questions known to be out of scope: they find no passage, they say whether to answer."""

VAGUE = "vague"
"""Not searched: the messages that leave open which procedure is meant, for the classifier."""

KNOWN = "known"
"""The nearest questions in scope, searched apart from their leg only where there are filters."""

LEXICAL_SCOPE = "lexical_scope"
"""The words of known and of off-topic questions: see `legs.LexicalScope`."""

VECTOR_LEGS = (PASSAGES, QUESTIONS, SERVICES)
RANKING_LEGS = (PASSAGES, SERVICES, LEXICAL)
"""The legs that only rank. The questions' leg tells the scope as well."""

VECTORS = "vectors"
"""What is named as failed where the question has no vector: all vector legs at once."""

SEARCHES = (*VECTOR_LEGS, LEXICAL, LEXICAL_SCOPE, OFF_TOPIC, KNOWN, VECTORS)
"""All that may be named as failed."""

NEAREST = 3
"""How many nearest questions of either kind say whether a question is in scope."""

NO_SCORES = np.empty(0, np.float32)
NO_HITS = Hits(np.empty(0, np.int64), NO_SCORES)


@dataclass(frozen=True, slots=True)
class RetrievalRequest:
    """What is searched for.

    vector: shape (dimension,); None where the encoder failed, then vector legs are left out.
    grams: the question's terms. language: that it is read in, for engines which analyse words
    themselves. filters: keep only these passages. depth: most passages of a leg.
    deadline: when the answer is wanted, in seconds of `time.monotonic`.
    """

    vector: Vectors | None
    grams: Sequence[str]
    language: str
    depth: int
    deadline: float
    filters: Filters = NO_FILTERS


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What was found.

    hits: of each leg that answered, by name; rows are passages of the version that was asked.
    known, off_topic: similarities of the nearest known and off-topic questions, best first,
    whatever the filters. lexical_margin: see `LexicalScope.margin`; None where there is nothing to
    compare. prediction: of the version's classifier, if it has one. failed: searches that failed or
    were late, and are left out.
    """

    hits: Mapping[str, Hits] = field(default_factory=dict)
    known: Scores = field(default_factory=lambda: NO_SCORES)
    off_topic: Scores = field(default_factory=lambda: NO_SCORES)
    lexical_margin: float | None = None
    prediction: ClassifierPrediction = NO_PREDICTION
    failed: tuple[str, ...] = ()

    def with_prediction(self, prediction: ClassifierPrediction, hits: Hits) -> Self:
        """The same with what the classifier says, and the passages that it finds likeliest."""
        return replace(self, hits={**self.hits, CLASSIFIER: hits}, prediction=prediction)


class Retriever(Protocol):
    """Searches one version of an index. Safe to call from threads."""

    def retrieve(self, request: RetrievalRequest) -> Retrieved:
        """What is found by the deadline. A leg that fails is named, never raised."""
