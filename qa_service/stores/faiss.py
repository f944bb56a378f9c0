"""FAISS: every inner product below `HNSW_FROM` vectors, an HNSW graph from there on, which is made
with less care from `LARGE_FROM` on.

Vectors are kept in 16 bits a number, which leaves the caches to the encoder, those of a graph in 8,
since they are most of a worker's memory; scores differ from those of 32 bits by less than 0.0002,
and by some thousandths in a graph.
"""

from pathlib import Path
from typing import Any, ClassVar, Self

import faiss
import numpy as np
import numpy.typing as npt

from qa_service.errors import SnapshotError
from qa_service.machine import usable_cores
from qa_service.types import Rows, Scores, Vectors

FILE = "vectors.faiss"
HNSW_FROM = 10_000
"""From here on HNSW: a sixth of a flat scan's time at 50,000 vectors."""

LARGE_FROM = 200_000
"""From here on a third of the time to build for a hundredth of the neighbours, at 41,000: see
docs/experiments/036.
"""

_LINKS, _BUILD_DEPTH, _LARGE_BUILD_DEPTH, _SEARCH_DEPTH = 32, 200, 40, 128
_DEPTH_PER_HIT = 16
"""A search that wants few hits keeps so many candidates for each: enough to find them all the same.
"""
_BITS: Any = faiss.ScalarQuantizer.QT_fp16
_GRAPH_BITS: Any = faiss.ScalarQuantizer.QT_8bit
Content = npt.NDArray[np.uint8]
_METRIC = faiss.METRIC_INNER_PRODUCT


class FaissStore:
    """One FAISS index, built on every core and searched on the calling thread.

    OpenMP keeps the number of threads for each calling thread, so both methods set it.
    """

    name: ClassVar[str] = "faiss"

    def __init__(self, index: Any, content: Content | None = None) -> None:
        """content: the memory that the numbers of `index` stay in, where it was read."""
        self._index, self._content = index, content
        self._is_graph = isinstance(index, faiss.IndexHNSW)
        self._flat = faiss.downcast_index(index.storage) if self._is_graph else index

    @classmethod
    def build(cls, vectors: Vectors, hnsw_from: int = HNSW_FROM) -> Self:
        dimension = vectors.shape[1]
        faiss.omp_set_num_threads(usable_cores())
        index: Any
        if len(vectors) < hnsw_from:
            index = faiss.IndexScalarQuantizer(dimension, _BITS, _METRIC)
        else:
            index = faiss.IndexHNSWSQ(dimension, _GRAPH_BITS, _LINKS, _METRIC)
            is_large = len(vectors) >= LARGE_FROM
            index.hnsw.efConstruction = _LARGE_BUILD_DEPTH if is_large else _BUILD_DEPTH
            index.hnsw.efSearch = _SEARCH_DEPTH
        content = np.ascontiguousarray(vectors, np.float32)
        index.train(content)
        index.add(content)
        return cls(index)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """FAISS itself would read the file in one go in which no other thread of Python runs."""
        try:
            content = np.fromfile(folder / FILE, np.uint8)
            memory = faiss.swig_ptr(content)
            reader = faiss.ZeroCopyIOReader(memory, len(content))  # type: ignore[attr-defined]
            return cls(faiss.read_index(reader), content)
        except (OSError, RuntimeError) as error:
            raise SnapshotError(
                f"cannot read {folder / FILE}: run `qa-service build` to make the index again"
            ) from error

    def save(self, folder: Path) -> None:
        """FAISS says RuntimeError where the disk is full."""
        try:
            faiss.write_index(self._index, str(folder / FILE))
        except RuntimeError as error:
            raise OSError(f"cannot write {folder / FILE}: is the disk full?") from error

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def vectors(self, start: int, stop: int) -> Vectors:
        return np.asarray(self._flat.reconstruct_n(start, stop - start), np.float32)

    def search(self, queries: Vectors, k: int, among: Rows | None = None) -> tuple[Rows, Scores]:
        rows, scores = self._search(queries, k + 1, among)
        is_complete = among is not None or not self._is_graph
        tied = (scores[:, k - 1] == scores[:, k]) & (rows[:, k] >= 0)
        if k and is_complete and np.any(tied):
            # Which of the tied rows comes last is decided by row, so all of them are needed.
            rows, scores = self._search(queries, max(k, len(self)), among)
        return rows[:, :k], scores[:, :k]

    def _search(self, queries: Vectors, k: int, among: Rows | None) -> tuple[Rows, Scores]:
        """FAISS leaves ties in any order."""
        faiss.omp_set_num_threads(1)  # requests keep the cores busy; a team for one question waits
        vectors = np.ascontiguousarray(queries, np.float32)
        if among is None:
            scores, rows = self._index.search(vectors, k, params=self._depth_for(k))
        else:
            selector = faiss.IDSelectorBatch(among)
            only = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
            scores, rows = self._flat.search(vectors, k, params=only)
        scores[rows < 0] = -np.inf
        if np.all(scores[:, 1:] < scores[:, :-1]):
            return rows, scores
        order = np.lexsort((rows, -scores), axis=1)
        return np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1)

    def _depth_for(self, k: int) -> Any:
        """How many candidates a graph keeps while it looks for `k`; None for a scan."""
        if not self._is_graph:
            return None
        depth = min(_SEARCH_DEPTH, _DEPTH_PER_HIT * k)
        return faiss.SearchParametersHNSW(efSearch=depth)  # type: ignore[attr-defined]
