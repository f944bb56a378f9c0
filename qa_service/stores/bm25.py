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
from qa_service.stores.postings import Budget, Postings
from qa_service.types import Rows, Scores

K1, B = 1.2, 0.75
EXACT_BELOW = 100_000
"""So many documents are all scored, whatever a question costs."""

BUDGET = Budget(postings=400_000, candidates=6_000)
"""Of the work for a question among more: among 1,000,000 a third of the time, and 995 of 1,000 of
the ten best are found (docs/experiments/036).
"""

_NO_BUDGET = Budget(postings=2**62, candidates=0)

_IMPACTS, _ROWS, _STARTS = (f"{name}.csc.index.npy" for name in ("data", "indices", "indptr"))
_VOCABULARY, _COUNT = "vocab.index.json", "params.index.json"


class Bm25Index:
    """Scores are never negative."""

    def __init__(
        self, vocabulary: Mapping[str, int], postings: Postings, budget: Budget | None = None
    ) -> None:
        """vocabulary: the number of each term. budget: where not by the number of documents."""
        self._vocabulary, self._postings = vocabulary, postings
        self._budget = budget or (BUDGET if len(self) >= EXACT_BELOW else _NO_BUDGET)

    @classmethod
    def build(cls, documents: Iterable[Sequence[str]], budget: Budget | None = None) -> Self:
        terms, postings = Postings.count(documents, K1, B)
        return cls({term: number for number, term in enumerate(terms)}, postings, budget)

    @classmethod
    def load(cls, folder: Path) -> Self:
        try:
            impacts, rows, starts = (
                np.load(folder / name, allow_pickle=False) for name in (_IMPACTS, _ROWS, _STARTS)
            )
            documents = json.loads((folder / _COUNT).read_bytes())["num_docs"]
            vocabulary = json.loads((folder / _VOCABULARY).read_bytes())
            if not len(impacts) == len(rows) == starts[len(vocabulary)]:
                raise ValueError("the files are not of one index")
            return cls(vocabulary, Postings(impacts, rows, starts, documents))
        except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError) as error:
            raise SnapshotError(
                f"cannot read the BM25 index in {folder}: run `qa-service build` to make it again"
            ) from error

    def save(self, folder: Path) -> None:
        held = self._postings
        for name, array in ((_IMPACTS, held.impacts), (_ROWS, held.rows), (_STARTS, held.starts)):
            np.save(folder / name, np.asarray(array), allow_pickle=False)
        for name, values in ((_COUNT, {"num_docs": len(self)}), (_VOCABULARY, self._vocabulary)):
            (folder / name).write_text(json.dumps(values, ensure_ascii=False), "utf-8")

    def __len__(self) -> int:
        return self._postings.documents

    def scores(self, terms: Sequence[str]) -> Scores:
        return self._postings.scores(self._known(terms))

    def search(
        self, terms: Sequence[str], k: int, among: Rows | None = None
    ) -> tuple[Rows, Scores]:
        rows, scores = self._candidates(self._known(terms), k, among)
        if len(rows) > k > 0:
            best = scores >= np.partition(scores, -k)[-k]  # and all that tie with the last
            rows, scores = rows[best], scores[best]
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order]

    def best_scores(self, terms: Sequence[str], parts: Sequence[range]) -> list[float]:
        known = self._known(terms)
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

    def _known(self, terms: Sequence[str]) -> list[int]:
        return [self._vocabulary[term] for term in terms if term in self._vocabulary]


def _positive(rows: Rows, scores: Scores) -> tuple[Rows, Scores]:
    """Without documents that share no term with the question."""
    shares = scores > 0
    return rows[shares], scores[shares]
