"""What a leg of vectors is, and the lexical scope check. Pure but for the stores.

Vectors bring «закордонний паспорт» and «закордонний техпаспорт» together; words tell them apart:
does a question share more words with known questions or with off-topic ones?
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from qa_service.retrieval import NO_HITS
from qa_service.stores import TermIndex, VectorStore
from qa_service.text.tokens import grams_of_all
from qa_service.types import Hits, Rows, Scores, Vectors


@dataclass(frozen=True, slots=True)
class VectorLeg:
    """Vector `i` stands for the passages `owners[starts[i]:starts[i + 1]]`.

    A passage scores the mean of its `neighbours` nearest vectors, or of all where it has fewer. One
    known question may be close by chance; three rarely are.
    """

    store: VectorStore
    starts: Rows
    owners: Rows
    neighbours: int = 1
    _wanted: Rows = field(init=False, repr=False)
    """How many vectors of each passage count, shape (passages,)."""

    def __post_init__(self) -> None:
        wanted = np.minimum(np.bincount(self.owners), self.neighbours)
        object.__setattr__(self, "_wanted", wanted)

    def search(self, vector: Vectors, depth: int, among: Rows | None = None) -> Hits:
        """The passages of the `depth * neighbours` vectors nearest to one of shape (dimension,).

        `among`: rows of the only vectors that may be found.
        """
        return self.owned(nearest(self.store, vector, depth * self.neighbours, among))

    def owned(self, found: Hits) -> Hits:
        """Hits of vectors -> hits of the passages that they stand for."""
        if not len(found.rows):
            return NO_HITS
        first = self.starts[found.rows]
        counts = self.starts[found.rows + 1] - first
        # `offsets[i]` counts the owners of the vectors before vector i, so that `positions` runs
        # through the owners of the first vector, then through those of the second, and so on.
        offsets = np.cumsum(counts) - counts
        positions = np.repeat(first - offsets, counts) + np.arange(counts.sum())
        rows, scores = self.owners[positions], np.repeat(found.scores, counts)
        if self.neighbours == 1:
            return best_of_each(rows, scores)
        return mean_of_best(rows, scores, self._wanted)

    def vectors_of(self, passages: Rows) -> Rows:
        """The rows of all vectors that stand for one of `passages`, ascending."""
        owning = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        return np.unique(owning[np.isin(self.owners, passages)])


def nearest(store: VectorStore, vector: Vectors, count: int, among: Rows | None = None) -> Hits:
    """At most `count` vectors of a store that are nearest to a query vector, shape (dimension,)."""
    most = len(store) if among is None else len(among)
    rows, scores = store.search(vector[None], min(count, most), among)
    found = rows[0] >= 0  # a store pads where it finds fewer
    return Hits(rows[0][found], scores[0][found])


def rows_by(values: Iterable[str]) -> dict[str, Rows]:
    """Value -> the positions where it stands, ascending."""
    rows: dict[str, list[int]] = {}
    for row, value in enumerate(values):
        rows.setdefault(value, []).append(row)
    return {value: np.array(found, np.int64) for value, found in rows.items()}


def best_of_each(rows: Rows, scores: Scores) -> Hits:
    """Each row once with its best score, given pairs sorted best first."""
    _, first = np.unique(rows, return_index=True)
    first.sort()
    return Hits(rows[first], scores[first])


def mean_of_best(rows: Rows, scores: Scores, wanted: Rows) -> Hits:
    """Each row once with the mean of its `wanted[row]` best scores, given pairs sorted best first.

    Where fewer were found, the missing ones are no better than the worst of all, and count as much.
    """
    order = np.argsort(rows, kind="stable")
    ascending = rows[order]
    first = np.flatnonzero(np.append(True, ascending[1:] != ascending[:-1]))
    each, counts = ascending[first], np.append(first[1:], len(rows)) - first
    rank = np.arange(len(rows)) - np.repeat(first, counts)
    counted = np.where(rank < np.repeat(wanted[each], counts), scores[order], 0)
    missing = np.maximum(wanted[each] - counts, 0) * scores[-1]
    means = (np.add.reduceat(counted, first) + missing) / wanted[each]
    best = np.argsort(-means, kind="stable")
    return Hits(each[best], means[best].astype(np.float32))


@dataclass(frozen=True, slots=True)
class LexicalScope:
    """`index` holds `in_scope` in-scope questions, then off-topic ones; one at least of each."""

    index: TermIndex
    in_scope: int

    @classmethod
    def of(
        cls, in_scope: Sequence[str], off_topic: Sequence[str], term_index: type[TermIndex]
    ) -> Self:
        texts = grams_of_all((*in_scope, *off_topic))
        return cls(term_index.build(texts), len(in_scope))

    def margin(self, terms: Sequence[str]) -> float:
        """From -1, only words of off-topic questions, to 1, only words of in-scope ones; 0 for
        words of neither. `terms`: the question's grams.
        """
        parts = (range(self.in_scope), range(self.in_scope, len(self.index)))
        inside, outside = self.index.best_scores(terms, parts)
        return (inside - outside) / (inside + outside) if inside + outside else 0.0


def evenly(count: int, most: int) -> Rows:
    """At most `most` of the rows below `count`, ascending, evenly spread."""
    return np.linspace(0, count - 1, min(count, most), dtype=np.int64)
