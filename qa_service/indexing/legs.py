"""A leg: one way to find passages. Vectors of passages, of their questions, of their services' names; and terms.

Every leg answers with passage rows, each once, with its best score.
"""

from dataclasses import dataclass

import numpy as np

from qa_service.stores import TermIndex, VectorStore
from qa_service.types import Hits, Rows, Scores, Vectors

PASSAGES, QUESTIONS, SERVICES, LEXICAL = "passages", "questions", "services", "lexical"
CONTEXT = "context"
"""Not searched: the passages of the service that the conversation is about."""

OFF_TOPIC = "off_topic"
"""Questions that nothing answers. Its rows are theirs, not passages': it finds nothing, it warns."""

VECTOR_LEGS = (PASSAGES, QUESTIONS, SERVICES)


NO_HITS = Hits(np.empty(0, np.int64), np.empty(0, np.float32))


@dataclass(frozen=True, slots=True)
class VectorLeg:
    """Vectors that each stand for one passage or several: vector `i` for `owners[starts[i]:starts[i + 1]]`."""

    store: VectorStore
    starts: Rows
    owners: Rows

    def search(self, query: Vectors, depth: int) -> Hits:
        """Hits of one query vector, shape (1, dimension), from its `depth` nearest vectors."""
        found, scores = self.store.search(query, min(depth, len(self.store)))
        hit = found[0] >= 0
        vectors, similarities = found[0][hit], scores[0][hit]
        if not len(vectors):
            return NO_HITS
        first, counts = self.starts[vectors], self.starts[vectors + 1] - self.starts[vectors]
        # Positions in `owners` of each vector's passages, one vector after the other.
        positions = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        return best_of_each(self.owners[positions], np.repeat(similarities, counts))


@dataclass(frozen=True, slots=True)
class TermLeg:
    index: TermIndex

    def search(self, terms: list[str], depth: int) -> Hits:
        return Hits(*self.index.search(terms, depth))


def best_of_each(rows: Rows, scores: Scores) -> Hits:
    """Each row once with its best score, given pairs sorted best first."""
    _, first = np.unique(rows, return_index=True)
    first.sort()
    return Hits(rows[first], scores[first])
