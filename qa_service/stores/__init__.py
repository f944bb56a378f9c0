"""Stores: where vectors and terms are searched. The engine knows only these Protocols; `bootstrap`
picks the classes.

To add one, copy `exact.py` and add it to `tests/contracts/test_stores.py`, which compares rows and
scores with it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

from qa_service.arrays import Rows, Scores, Vectors


class VectorStore(Protocol):
    """Nearest neighbours by inner product. Immutable once built; safe to search from several
    threads.
    """

    @classmethod
    def build(cls, vectors: Vectors) -> Self:
        """Index `vectors`, shape (count, dimension); a hit's row is the vector's position."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises SnapshotError where a file is missing or unreadable."""

    def save(self, folder: Path) -> None:
        """Write to an existing folder."""

    def __len__(self) -> int:
        """Number of vectors."""

    def search(self, queries: Vectors, k: int) -> tuple[Rows, Scores]:
        """The `k` best rows of each query and their inner products, best first, ties by row: shapes
        (len(queries), k).

        With fewer than `k` vectors the rest is row -1, score -inf.
        """


class TermIndex(Protocol):
    """Lexical search. Immutable once built; safe to search from several threads."""

    @classmethod
    def build(cls, documents: Sequence[Sequence[str]]) -> Self:
        """Index documents given as terms."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises SnapshotError where a file is missing or unreadable."""

    def save(self, folder: Path) -> None:
        """Write to an existing folder."""

    def __len__(self) -> int:
        """Number of documents."""

    def scores(self, terms: Sequence[str]) -> Scores:
        """Every document's score, shape (documents,); 0 where it shares no term with the
        question.
        """

    def search(self, terms: Sequence[str], k: int) -> tuple[Rows, Scores]:
        """At most `k` rows that share a term with the question, best first, ties by row: shape
        (hits,).
        """
