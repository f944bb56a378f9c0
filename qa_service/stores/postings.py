"""Postings: for each term the documents that hold it, and what it adds to the score of each.

A question's commonest terms have the longest lists and add the least. `best` adds up the
lists of the rarest terms whole, as many as its budget allows, and looks only the best documents of
these up in the other lists: the work is bounded whatever the number of documents, as in JASS (Lin
and Trotman, "Anytime Ranking for Impact-Ordered Indexes", ICTIR 2015). Where all lists are within
the budget nothing is missed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from qa_service.types import Rows, Scores

Numbers = npt.NDArray[np.int32]

_BLOCK = 4_096
"""Documents that are counted at once, so that 1,000,000 need no lists of Python's objects."""

_TERM_BITS = 32
_SAMPLED = 16_384
"""Scores that say from which on a document is among the best."""

_LEAST = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, slots=True)
class Budget:
    """The work for one question: how many postings are added up, and how many documents, about, are
    looked up in the lists that are left.
    """

    postings: int
    candidates: int


@dataclass(frozen=True, slots=True)
class Postings:
    """Term `t` is in the documents `rows[starts[t]:starts[t + 1]]`, ascending, and adds `impacts`,
    in the same places, to their scores.
    """

    impacts: Scores
    rows: Numbers
    starts: Rows
    documents: int
    _most: dict[int, float] = field(init=False, repr=False, compare=False, default_factory=dict)

    @classmethod
    def count(
        cls, documents: Iterable[Sequence[str]], k1: float, b: float
    ) -> tuple[list[str], Self]:
        """The terms in the order of their numbers, and BM25's scores in Lucene's variant."""
        numbers: defaultdict[str, int] = defaultdict()
        numbers.default_factory = numbers.__len__  # terms are numbered as they come
        blocks = [*_counted(documents, numbers)]
        lengths = np.concatenate([block.lengths for block in blocks])
        having = sum(
            (np.bincount(block.terms, minlength=len(numbers)) for block in blocks),
            start=np.zeros(len(numbers), np.int64),
        )
        starts = np.concatenate([[0], np.cumsum(having)])
        rows, impacts = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.float32)
        idf = np.log(1 + (len(lengths) - having + 0.5) / (having + 0.5)).astype(np.float32)
        scale = k1 * (1 - b + b * lengths / (lengths.mean() or 1))
        free = starts[:-1].copy()
        """Where the next document of each term goes."""
        for block in blocks:
            order = np.argsort(block.terms, kind="stable")
            found, terms, counts = (part[order] for part in block[:3])
            those = np.bincount(terms, minlength=len(numbers))
            places = free[terms] + np.arange(len(terms)) - (np.cumsum(those) - those)[terms]
            rows[places] = found
            impacts[places] = idf[terms] * (counts / (scale[found] + counts))
            free += those
        return [*numbers], cls(impacts, rows, starts, len(lengths))

    def holds(self, term: int, among: range) -> tuple[Numbers, Scores]:
        """A term's documents of a range, and its impacts on them."""
        first, last = self.starts[term], self.starts[term + 1]
        rows, impacts = self.rows[first:last], self.impacts[first:last]
        if len(among) == self.documents:
            return rows, impacts
        own = slice(*np.searchsorted(rows, np.array([among.start, among.stop], np.int32)))
        return rows[own], impacts[own]

    def length(self, terms: Sequence[int]) -> int:
        """How many postings these terms have together; a term given twice counts twice."""
        return int(sum(self.starts[term + 1] - self.starts[term] for term in terms))

    def scores(self, terms: Sequence[int]) -> Scores:
        """Every document's: shape (documents,)."""
        scores = np.zeros(self.documents, np.float32)
        for term in terms:
            _add_up(scores, *self.holds(term, range(self.documents)))
        return scores

    def scores_of(self, wanted: Rows, terms: Sequence[int]) -> Scores:
        """Those of some documents, ascending: shape (wanted,)."""
        scores, found = np.zeros(len(wanted), np.float32), wanted.astype(np.int32)
        for term in terms:
            scores += _looked_up(*self.holds(term, range(self.documents)), found)
        return scores

    def best(
        self, terms: Sequence[int], k: int, among: range, budget: Budget
    ) -> tuple[Rows, Scores]:
        """The documents of a range that may be among its `k` best, and their scores."""
        lists = self._rarest_first(terms, among)
        ends = np.cumsum([len(one.rows) for one in lists])
        whole = max(1, int(np.searchsorted(ends, budget.postings, "right")))
        scores = np.zeros(len(among), np.float32)
        for one in lists[:whole]:
            _add_up(scores, one.rows - among.start if among.start else one.rows, one.impacts)
        found = np.flatnonzero(scores >= _least_of_best(scores, budget.candidates))
        scores, rows = scores[found], np.asarray(found + among.start, np.int32)
        left = sum(one.most for one in lists[whole:])
        for one in lists[whole:]:
            scores += _looked_up(one.rows, one.impacts, rows)
            left -= one.most
            if len(rows) > k:
                stays = scores >= np.partition(scores, -k)[-k] - left
                rows, scores = rows[stays], scores[stays]
        return rows.astype(np.int64), scores

    def _rarest_first(self, terms: Sequence[int], among: range) -> "list[_List]":
        lists = []
        for term, times in Counter(terms).items():
            rows, impacts = self.holds(term, among)
            most = self._most.get(term)
            if most is None:
                whole = self.impacts[self.starts[term] : self.starts[term + 1]]
                most = self._most[term] = float(whole.max(initial=0))
            lists.append(_List(rows, impacts if times == 1 else times * impacts, times * most))
        return sorted(lists, key=lambda one: len(one.rows))


class _List(NamedTuple):
    """A term's documents of a range and what it adds to their scores; `most`: to any document's."""

    rows: Numbers
    impacts: Scores
    most: float


class _Block(NamedTuple):
    """How often some documents hold terms, shape (pairs,), and how many terms each document has,
    shape (documents,).
    """

    rows: Rows
    terms: Numbers
    counts: Numbers
    lengths: Rows


def _counted(documents: Iterable[Sequence[str]], numbers: Mapping[str, int]) -> Iterator[_Block]:
    left, first = iter(documents), 0
    while some := [*islice(left, _BLOCK)]:
        lengths = np.array([*map(len, some)], np.int64)
        terms = np.fromiter(map(numbers.__getitem__, chain.from_iterable(some)), np.int64)
        rows = np.repeat(np.arange(first, first + len(some)), lengths)
        pairs, counts = np.unique(rows << _TERM_BITS | terms, return_counts=True)
        rows, terms = (part.astype(np.int32) for part in np.divmod(pairs, 1 << _TERM_BITS))
        yield _Block(rows, terms, counts.astype(np.int32), lengths)
        first += len(some)


def _add_up(scores: Scores, rows: Numbers, impacts: Scores) -> None:
    np.add.at(scores, rows, impacts)


def _least_of_best(scores: Scores, most: int) -> float:
    """A score that about `most` documents reach, by a sample of them; more than 0."""
    step = max(1, len(scores) // _SAMPLED)
    sample = scores[::step]
    place = max(0, len(sample) - max(1, most // step))
    return max(float(np.partition(sample, place)[place]), _LEAST)


def _looked_up(rows: Numbers, impacts: Scores, wanted: Numbers) -> Scores:
    """What a term adds to the scores of documents `wanted`, ascending."""
    if not len(rows):
        return np.zeros(len(wanted), np.float32)
    places = np.minimum(np.searchsorted(rows, wanted), len(rows) - 1)
    return np.where(rows[places] == wanted, impacts[places], np.float32(0))
