"""A leg: one way to find passages. Vectors of passages, of their questions, of their services'
names; and terms.

Every leg answers with passage rows, each once, with its best score.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qa_service.arrays import Hits, Rows, Scores, Vectors
from qa_service.stores import TermIndex, VectorStore

PASSAGES, QUESTIONS, SERVICES, LEXICAL = "passages", "questions", "services", "lexical"
LEXICAL_EN = "lexical_en"
"""The lexical leg of a question read in English, with a weight of its own: only known questions
have English words, and few, so that «can I get» looks as rare as «техогляд».
"""
CONTEXT = "context"
"""Not searched: the passages of the service that the conversation is about."""

KNOWN, OFF_TOPIC = "known", "off_topic"
"""The nearest known questions, and the nearest of those that nothing answers. Their rows are their
own, not passages': they find nothing, they tell whether a question is for this service at all.
"""

VECTOR_LEGS = (PASSAGES, QUESTIONS, SERVICES)

NEIGHBOURS = {PASSAGES: 1, QUESTIONS: 3, SERVICES: 1}
"""Of how many of a passage's vectors a hit's score is the mean: one known question can be near by
chance, three are not.
"""

NO_HITS = Hits(np.empty(0, np.int64), np.empty(0, np.float32))


@dataclass(frozen=True, slots=True)
class VectorLeg:
    """Vectors that each stand for one passage or several: vector `i` for `owners[starts[i]:starts[i
    + 1]]`.

    A passage's score is the mean of its `neighbours` best vectors', or of all where it has fewer.
    """

    store: VectorStore
    starts: Rows
    owners: Rows
    neighbours: int = 1

    def search(self, query: Vectors, depth: int) -> Hits:
        """Hits of one query vector, shape (1, dimension), from its `depth * neighbours` nearest
        vectors.
        """
        return self.owned(nearest(self.store, query, depth * self.neighbours))

    def owned(self, found: Hits) -> Hits:
        """Vectors' hits -> their passages'."""
        vectors, similarities = found.rows, found.scores
        if not len(vectors):
            return NO_HITS
        first, counts = self.starts[vectors], self.starts[vectors + 1] - self.starts[vectors]
        # Positions in `owners` of each vector's passages, one vector after the other.
        positions = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        rows, scores = self.owners[positions], np.repeat(similarities, counts)
        if self.neighbours == 1:
            return best_of_each(rows, scores)
        return mean_of_best(rows, scores, np.minimum(np.bincount(self.owners), self.neighbours))


def nearest(store: VectorStore, query: Vectors, count: int) -> Hits:
    """At most `count` vectors of a store that are nearest to one query vector, shape (1,
    dimension).
    """
    rows, scores = store.search(query, min(count, len(store)))
    found = rows[0] >= 0  # a store pads where it finds fewer
    return Hits(rows[0][found], scores[0][found])


@dataclass(frozen=True, slots=True)
class TermLeg:
    index: TermIndex

    def search(self, terms: Sequence[str], depth: int) -> Hits:
        return Hits(*self.index.search(terms, depth))


def best_of_each(rows: Rows, scores: Scores) -> Hits:
    """Each row once with its best score, given pairs sorted best first."""
    _, first = np.unique(rows, return_index=True)
    first.sort()
    return Hits(rows[first], scores[first])


def mean_of_best(rows: Rows, scores: Scores, wanted: Rows) -> Hits:
    """Each row once with the mean of its `wanted[row]` best scores, given pairs sorted best first.

    Where fewer were found, the others are no better than the worst of all, and count as much.
    """
    order = np.argsort(rows, kind="stable")
    each, first, counts = np.unique(rows[order], return_index=True, return_counts=True)
    rank = np.arange(len(rows)) - np.repeat(first, counts)
    sums = np.add.reduceat(
        np.where(rank < np.repeat(wanted[each], counts), scores[order], 0), first
    )
    means = (sums + np.maximum(wanted[each] - counts, 0) * scores[-1]) / wanted[each]
    best = np.argsort(-means, kind="stable")
    return Hits(each[best], means[best].astype(np.float32))
