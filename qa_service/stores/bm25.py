"""BM25 over given terms, in Lucene's variant with Robertson's usual k1 and b. Scores are worked out
at build (Lù, "BM25S: Orders of magnitude faster lexical search via eager sparse scoring", 2024).

Stored as NumPy arrays and JSON, never pickle, under the names that the library of that paper gives.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from qa_service.errors import SnapshotError
from qa_service.stores import Impacts
from qa_service.stores.postings import Budget, Postings
from qa_service.types import Rows, Scores

K1, B = 1.2, 0.75
EXACT_BELOW = 100_000
"""So many documents are all scored, whatever a question costs."""

BUDGET = Budget(postings=400_000, candidates=6_000)
"""Of the work for a question among more: among 1,000,000 a third of the time, and 995 of 1,000 of
the ten best are found (docs/experiments/036).
"""

_UNLIMITED = Budget(postings=2**62, candidates=0)

_IMPACTS, _ROWS, _STARTS = (f"{name}.csc.index.npy" for name in ("data", "indices", "indptr"))
TERMS_FILE, PARAMETERS_FILE = "vocab.index.json", "params.index.json"


class Bm25Index:
    """Scores are never negative."""

    def __init__(
        self, vocabulary: Mapping[str, int], postings: Postings, budget: Budget | None = None
    ) -> None:
        """vocabulary: the number of each term. budget: where not by the number of documents."""
        terms = sorted(vocabulary)  # arrays: a dictionary takes seven times the memory
        self._terms = np.array(terms, dtype=np.str_)
        self._numbers = np.array([vocabulary[term] for term in terms], np.int32)
        self._postings = postings
        self._budget = budget or (BUDGET if len(self) >= EXACT_BELOW else _UNLIMITED)

    @classmethod
    def build(cls, documents: Iterable[Sequence[str]], budget: Budget | None = None) -> Self:
        terms, postings = Postings.count(documents, K1, B)
        return cls({term: number for number, term in enumerate(terms)}, postings, budget)

    @classmethod
    def load(cls, folder: Path) -> Self:
        vocabulary, documents = cls.load_terms(folder)
        try:
            impacts, rows, starts = (
                np.load(folder / name, allow_pickle=False) for name in (_IMPACTS, _ROWS, _STARTS)
            )
            if not len(impacts) == len(rows) == starts[len(vocabulary)]:
                raise ValueError("the files are not of one index")
        except (OSError, ValueError, IndexError, EOFError) as error:
            raise _unreadable(folder) from error
        return cls(vocabulary, Postings(impacts, rows, starts, documents))

    @classmethod
    def load_terms(cls, folder: Path) -> tuple[Mapping[str, int], int]:
        try:
            numbers = json.loads((folder / TERMS_FILE).read_bytes())
            return dict(numbers), json.loads((folder / PARAMETERS_FILE).read_bytes())["num_docs"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _unreadable(folder) from error

    def save(self, folder: Path) -> None:
        held = self._postings
        for name, array in ((_IMPACTS, held.impacts), (_ROWS, held.rows), (_STARTS, held.starts)):
            np.save(folder / name, np.asarray(array), allow_pickle=False)
        for name, values in self._described().items():
            (folder / name).write_text(json.dumps(values, ensure_ascii=False), "utf-8")

    def _described(self) -> dict[str, Mapping[str, int]]:
        vocabulary = dict(zip(self._terms.tolist(), self._numbers.tolist(), strict=True))
        return {PARAMETERS_FILE: {"num_docs": len(self)}, TERMS_FILE: vocabulary}

    def __len__(self) -> int:
        return self._postings.documents

    def numbers(self, terms: Sequence[str]) -> list[int]:
        if not (len(terms) and len(self._terms)):
            return []
        asked = np.array(terms, dtype=np.str_)
        places = np.minimum(np.searchsorted(self._terms, asked), len(self._terms) - 1)
        found: list[int] = self._numbers[places[self._terms[places] == asked]].tolist()
        return found

    def impacts(self) -> Impacts:
        """Postings hold the documents of each term; here are the terms of each document."""
        held = self._postings
        terms = np.repeat(np.arange(len(held.starts) - 1), np.diff(held.starts))
        order = np.argsort(held.rows, kind="stable")
        starts = np.searchsorted(held.rows[order], np.arange(len(self) + 1))
        return Impacts(starts, terms[order], held.impacts[order], len(self._terms))

    def scores(self, terms: Sequence[str]) -> Scores:
        return self._postings.scores(self.numbers(terms))

    def search(
        self, terms: Sequence[str], k: int, among: Rows | None = None
    ) -> tuple[Rows, Scores]:
        rows, scores = self._candidates(self.numbers(terms), k, among)
        if len(rows) > k > 0:
            best = scores >= np.partition(scores, -k)[-k]  # and all that tie with the last
            rows, scores = rows[best], scores[best]
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order]

    def best_scores(self, terms: Sequence[str], parts: Sequence[range]) -> list[float]:
        known = self.numbers(terms)
        if self._is_cheap(known):
            scores = self._postings.scores(known)
            return [float(scores[part.start : part.stop].max(initial=0)) for part in parts]
        found = (self._postings.best(known, 1, part, self._budget) for part in parts)
        return [float(scores.max(initial=0)) for _, scores in found]

    def _candidates(self, known: list[int], k: int, among: Rows | None) -> tuple[Rows, Scores]:
        """The documents that may be among the `k` best, ascending, and their scores."""
        if k and not self._is_cheap(known):
            if among is None:
                return self._postings.best(known, k, range(len(self)), self._budget)
            if len(among) <= self._budget.candidates:
                return _positive(among, self._postings.scores_of(among, known))
        scores = self._postings.scores(known)
        if among is None:
            rows = np.flatnonzero(scores > 0)
            return rows, scores[rows]
        return _positive(among, scores[among])

    def _is_cheap(self, known: list[int]) -> bool:
        return self._postings.length(known) <= self._budget.postings


def _positive(rows: Rows, scores: Scores) -> tuple[Rows, Scores]:
    """Without documents that share no term with the question."""
    shares = scores > 0
    return rows[shares], scores[shares]


def _unreadable(folder: Path) -> SnapshotError:
    return SnapshotError(
        f"cannot read the BM25 index in {folder}: run `qa-service build` to make it again"
    )
