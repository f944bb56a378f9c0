"""Fusion: the legs' scores -> one score a passage, by fitted weights. Pure.

Vector scores are measured in standard deviations above unrelated pairs of the same index, so that
the weights hold for another corpus or encoder. Plain rank fusion was clearly worse on our questions
(docs/experiments/002).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from qa_service.types import Hits, Rows, Scores, Vectors


@dataclass(frozen=True, slots=True)
class Background:
    """Mean and standard deviation of a leg's scores for unrelated questions and passages."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, products: Vectors) -> Self:
        """Scores of pairs drawn from all over the corpus: nearly all of them are unrelated."""
        unequal = products[products < 1 - 1e-4]  # a text with itself says nothing
        if not len(unequal):
            return cls(0.0, 1.0)
        mean, deviation = float(unequal.mean()), float(max(unequal.std(), 1e-3))
        return cls(round(mean, 6), round(deviation, 6))


UNSCALED = Background(0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates of one question, best first.

    rows: passage rows, shape (candidates,). scores: weighted sums, same shape. contributions: what
    each leg added to the score, shape (candidates, legs), in the order of `legs`.
    """

    rows: Rows
    scores: Scores
    contributions: Scores
    legs: tuple[str, ...]

    def of_leg(self, leg: str) -> Scores:
        """What a leg added to each candidate's score, shape (candidates,); 0 without the leg."""
        if leg not in self.legs:
            return np.zeros(len(self.rows), np.float32)
        return self.contributions[:, self.legs.index(leg)]

    def best_contribution(self, leg: str) -> float:
        """What a leg added to the best candidate's score; 0 without the leg or candidates."""
        if leg not in self.legs or not len(self.rows):
            return 0.0
        return float(self.contributions[0, self.legs.index(leg)])


NOTHING_RANKED = Ranking(
    np.empty(0, np.int64), np.empty(0, np.float32), np.empty((0, 0), np.float32), ()
)


def fuse(
    hits: Mapping[str, Hits],
    background: Mapping[str, Background],
    weights: Mapping[str, float],
    depth: int,
) -> Ranking:
    """The best `depth` of all hits by the weighted sum of their scores, ties by row.

    background: of the legs that score every passage and return the best, as vectors do. A passage
    that such a leg did not return gets its lowest returned score: it cannot have more. The others
    return all that they score: what the lexical leg leaves out shares no word with the question and
    gets 0. A leg without hits counts nothing.
    """
    legs = tuple(leg for leg in weights if leg in hits and len(hits[leg].rows))
    if not legs:
        return NOTHING_RANKED
    rows = _distinct(np.concatenate([hits[leg].rows for leg in legs]))
    contributions = np.empty((len(rows), len(legs)), np.float32)
    for number, leg in enumerate(legs):
        contributions[:, number] = _column(rows, hits[leg], background.get(leg)) * weights[leg]
    scores = contributions.sum(axis=1)
    order = np.argsort(-scores, kind="stable")[:depth]
    return Ranking(rows[order], scores[order], contributions[order], legs)


def _distinct(rows: Rows) -> Rows:
    """Each row once, ascending: a quarter of the time of `np.unique`, which hashes."""
    ascending = np.sort(rows)
    return np.asarray(ascending[np.append(True, ascending[1:] != ascending[:-1])])


def _column(rows: Rows, hits: Hits, background: Background | None) -> Scores:
    """One leg's standardised score for each of `rows`."""
    scores_every_passage = background is not None
    floor = hits.scores[-1] if scores_every_passage else 0.0
    scale = background or UNSCALED
    column = np.full(len(rows), floor, np.float32)
    column[np.searchsorted(rows, hits.rows)] = hits.scores
    return (column - np.float32(scale.mean)) / np.float32(scale.deviation)
