"""BM25 over given terms, by `bm25s` (MIT), which computes scores when it builds. Robertson's usual
k1 and b. Stored as NumPy arrays and JSON, never pickle.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import bm25s
import numpy as np

from qa_service.errors import SnapshotError
from qa_service.stores import Impacts
from qa_service.types import Rows, Scores

K1, B = 1.2, 0.75

TERMS_FILE, PARAMETERS_FILE = "vocab.index.json", "params.index.json"
"""What bm25s calls them."""

_NO_TERM = "\x00"


class Bm25Index:
    """A BM25 index in Lucene's variant, whose scores are never negative."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self._vocabulary: dict[str, int] = {
            term: row for term, row in index.vocab_dict.items() if term != _NO_TERM
        }

    @classmethod
    def build(cls, documents: Sequence[Sequence[str]]) -> Self:
        vocabulary: defaultdict[str, int] = defaultdict()
        vocabulary.default_factory = vocabulary.__len__  # terms are numbered as they come
        ids = [[*map(vocabulary.__getitem__, terms)] for terms in documents]
        if not vocabulary:
            ids = [[0] for _ in documents]
        logging.getLogger("bm25s").setLevel(logging.WARNING)
        index = bm25s.BM25(method="lucene", k1=K1, b=B)
        # bm25s refuses an empty vocabulary, so there always is one term more than the documents
        # have.
        index.index(
            (ids, {**vocabulary, _NO_TERM: len(vocabulary)}),
            create_empty_token=False,
            show_progress=False,
        )
        return cls(index)

    @classmethod
    def load(cls, folder: Path) -> Self:
        try:
            return cls(bm25s.BM25.load(str(folder), load_corpus=False, allow_pickle=False))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
            raise _unreadable(folder) from error

    @classmethod
    def load_terms(cls, folder: Path) -> tuple[Mapping[str, int], int]:
        try:
            numbers = json.loads((folder / TERMS_FILE).read_text("utf-8"))
            numbers.pop(_NO_TERM)
            return numbers, json.loads((folder / PARAMETERS_FILE).read_text("utf-8"))["num_docs"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _unreadable(folder) from error

    def save(self, folder: Path) -> None:
        self._index.save(str(folder), show_progress=False)

    def __len__(self) -> int:
        return int(self._index.scores["num_docs"])

    def numbers(self, terms: Sequence[str]) -> list[int]:
        return [self._vocabulary[term] for term in terms if term in self._vocabulary]

    def impacts(self) -> Impacts:
        """bm25s keeps the documents of each term; here are the terms of each document."""
        by_term = self._index.scores
        terms = np.repeat(np.arange(len(by_term["indptr"]) - 1), np.diff(by_term["indptr"]))
        order = np.argsort(by_term["indices"], kind="stable")
        starts = np.searchsorted(by_term["indices"][order], np.arange(len(self) + 1))
        return Impacts(starts, terms[order], by_term["data"][order], len(self._vocabulary))

    def scores(self, terms: Sequence[str]) -> Scores:
        known = self.numbers(terms)
        if not known:
            return np.zeros(len(self), np.float32)
        return np.asarray(self._index.get_scores_from_ids(known), np.float32)

    def search(
        self, terms: Sequence[str], k: int, among: Rows | None = None
    ) -> tuple[Rows, Scores]:
        scores = self.scores(terms)
        found = np.flatnonzero(scores > 0) if among is None else among[scores[among] > 0]
        if len(found) > k > 0:
            least = np.partition(scores[found], -k)[-k]
            found = found[scores[found] >= least]  # the k best, and all that tie with the last
        best = found[np.lexsort((found, -scores[found]))][:k]
        return best.astype(np.int64), scores[best]


def _unreadable(folder: Path) -> SnapshotError:
    return SnapshotError(
        f"cannot read the BM25 index in {folder}: run `qa-service build` to make it again"
    )
