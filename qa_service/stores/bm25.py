"""BM25 over given terms, by `bm25s` (MIT), which computes scores when it builds. Robertson's usual
k1 and b. Stored as NumPy arrays and JSON, never pickle.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from qa_service.errors import SnapshotError
from qa_service.stores import Impacts
from qa_service.types import Rows, Scores

K1, B = 1.2, 0.75

TERMS_FILE, PARAMETERS_FILE = "vocab.index.json", "params.index.json"
"""What bm25s calls them."""

_NO_TERM = "\x00"

_ARRAYS = ("data", "indices", "indptr")


class Bm25Index:
    """A BM25 index in Lucene's variant, whose scores are never negative.

    It is searched without bm25s, which brings SciPy: 20 MB a process.
    """

    def __init__(self, numbers: Mapping[str, int], scores: Mapping[str, Any]) -> None:
        """numbers: of the terms. scores: bm25s' arrays and number of documents."""
        terms = sorted(numbers)  # arrays: a dictionary takes seven times the memory
        self._terms = np.array(terms, dtype=np.str_)
        self._numbers = np.array([numbers[term] for term in terms], np.int32)
        rows = scores["indices"].astype(np.min_scalar_type(scores["num_docs"]), copy=False)
        self._scores = {**scores, "indices": rows}

    @classmethod
    def build(cls, documents: Sequence[Sequence[str]]) -> Self:
        import bm25s

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
        return cls(dict(vocabulary), index.scores)

    @classmethod
    def load(cls, folder: Path) -> Self:
        try:
            numbers, documents = cls.load_terms(folder)
            arrays = {name: np.load(folder / _file(name), allow_pickle=False) for name in _ARRAYS}
            return cls(numbers, arrays | {"num_docs": documents})
        except (OSError, ValueError, EOFError) as error:
            raise _unreadable(folder) from error

    @classmethod
    def load_terms(cls, folder: Path) -> tuple[Mapping[str, int], int]:
        try:
            numbers = json.loads((folder / TERMS_FILE).read_text("utf-8"))
            numbers.pop(_NO_TERM, None)  # indexes that bm25s saved hold it
            return numbers, json.loads((folder / PARAMETERS_FILE).read_text("utf-8"))["num_docs"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _unreadable(folder) from error

    def save(self, folder: Path) -> None:
        numbers = dict(zip(self._terms.tolist(), self._numbers.tolist(), strict=True))
        (folder / TERMS_FILE).write_text(json.dumps(numbers, ensure_ascii=False), "utf-8")
        (folder / PARAMETERS_FILE).write_text(json.dumps({"num_docs": len(self)}), "utf-8")
        for name in _ARRAYS:
            np.save(folder / _file(name), self._scores[name], allow_pickle=False)

    def __len__(self) -> int:
        return int(self._scores["num_docs"])

    def numbers(self, terms: Sequence[str]) -> list[int]:
        if not (len(terms) and len(self._terms)):
            return []
        asked = np.array(terms, dtype=np.str_)
        places = np.minimum(np.searchsorted(self._terms, asked), len(self._terms) - 1)
        found: list[int] = self._numbers[places[self._terms[places] == asked]].tolist()
        return found

    def impacts(self) -> Impacts:
        """bm25s keeps the documents of each term; here are the terms of each document."""
        by_term = self._scores
        terms = np.repeat(np.arange(len(by_term["indptr"]) - 1), np.diff(by_term["indptr"]))
        order = np.argsort(by_term["indices"], kind="stable")
        starts = np.searchsorted(by_term["indices"][order], np.arange(len(self) + 1))
        return Impacts(starts, terms[order], by_term["data"][order], len(self._numbers))

    def scores(self, terms: Sequence[str]) -> Scores:
        starts, documents, impacts = (self._scores[name] for name in ("indptr", "indices", "data"))
        scores = np.zeros(len(self), np.float32)
        for number in self.numbers(terms):
            postings = slice(starts[number], starts[number + 1])
            np.add.at(scores, documents[postings], impacts[postings])
        return scores

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


def _file(array: str) -> str:
    return f"{array}.csc.index.npy"


def _unreadable(folder: Path) -> SnapshotError:
    return SnapshotError(
        f"cannot read the BM25 index in {folder}: run `qa-service build` to make it again"
    )
