"""Stores: files on this machine in which vectors and terms are searched. `bootstrap` picks classes.

To add one, copy `exact.py` and add it to `tests/contracts/test_stores.py`, which compares rows and
scores with it. An engine on another machine is no store: it implements `retrieval.Retriever`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, Self, TypeVar

from qa_service.types import Rows, Scores, Vectors

_Part = TypeVar("_Part")


class Share(Protocol):
    """Gives a part of a version that is in memory already, or loads it."""

    def __call__(self, name: str, load: Callable[[], _Part]) -> _Part:
        """`name`: the file or folder of the version that the part is read from."""


def unshared(name: str, load: Callable[[], _Part]) -> _Part:
    """Loads every part."""
    return load()


@dataclass(frozen=True, slots=True)
class Impacts:
    """What each term adds to a document's score. Document `i` has the terms
    `terms[starts[i]:starts[i + 1]]`, by number, with these `values`; an array each. No document
    has the term `unused`.
    """

    starts: Rows
    terms: Rows
    values: Scores
    unused: int


class VectorStore(Protocol):
    """Nearest neighbours by inner product. Immutable once built; safe to search from threads."""

    name: ClassVar[str]
    """What manifests and QA_STORE call it."""

    @classmethod
    def build(cls, vectors: Vectors) -> Self:
        """Index `vectors`, shape (count, dimension); a hit's row is the vector's position."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises SnapshotError where a file is missing or unreadable."""

    def save(self, folder: Path) -> None:
        """Write to an existing folder. Raises OSError."""

    def __len__(self) -> int:
        """Number of vectors."""

    def vectors(self, start: int, stop: int) -> Vectors:
        """The vectors of rows `start` to `stop`, as they are compared."""

    def search(self, queries: Vectors, k: int, among: Rows | None = None) -> tuple[Rows, Scores]:
        """The `k` best rows of each query and their inner products, best first, ties by row.

        Shapes (len(queries), k); with fewer vectors the rest is row -1, score -inf. `among`: rows,
        ascending, of the only vectors that may be found; every one of them is compared.
        """


class TermIndex(Protocol):
    """Lexical search. Immutable once built; safe to search from threads."""

    @classmethod
    def build(cls, documents: Iterable[Sequence[str]]) -> Self:
        """Index documents given as terms, which are gone through once."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises SnapshotError where a file is missing or unreadable."""

    @classmethod
    def load_terms(cls, folder: Path) -> tuple[Mapping[str, int], int]:
        """The numbers of the terms and how many documents there are, where no more is read. Raises
        SnapshotError.
        """

    def save(self, folder: Path) -> None:
        """Write to an existing folder. Raises OSError."""

    def __len__(self) -> int:
        """Number of documents."""

    def numbers(self, terms: Sequence[str]) -> list[int]:
        """The numbers of those terms that are known, as often as they are given."""

    def impacts(self) -> Impacts:
        """What `scores` adds up: a document's score is the sum over a question's terms."""

    def scores(self, terms: Sequence[str]) -> Scores:
        """Every document's score, shape (documents,); 0 where it shares no term with `terms`."""

    def search(
        self, terms: Sequence[str], k: int, among: Rows | None = None
    ) -> tuple[Rows, Scores]:
        """At most `k` rows that share a term with the question, best first, ties by row: shape
        (hits,). Among very many documents a few may be missed.

        `among`: rows, ascending, of the only documents that may be found.
        """

    def best_scores(self, terms: Sequence[str], parts: Sequence[range]) -> list[float]:
        """The best score of a document in each of some ranges of rows, none empty; 0 where none
        shares a term with `terms`.
        """
