"""Stores whose files are not on this machine: a search engine holds what they would.

They know how much there is and how terms are numbered, which an engine is asked with. To search
them here fails, and is named as failed, like a store that is broken.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, NoReturn, Self

from qa_service.errors import EngineError
from qa_service.stores import Impacts
from qa_service.types import Rows, Scores, Vectors


class VectorsElsewhere:
    """A `VectorStore` of `count` vectors, none of them here."""

    name: ClassVar[str] = "elsewhere"

    def __init__(self, count: int) -> None:
        self._count = count

    @classmethod
    def build(cls, vectors: Vectors) -> Self:
        return cls(len(vectors))

    @classmethod
    def load(cls, folder: Path) -> NoReturn:
        _refuse()

    def save(self, folder: Path) -> NoReturn:
        _refuse()

    def __len__(self) -> int:
        return self._count

    def vectors(self, start: int, stop: int) -> Vectors:
        _refuse()

    def search(self, queries: Vectors, k: int, among: Rows | None = None) -> tuple[Rows, Scores]:
        _refuse()


class TermsElsewhere:
    """A `TermIndex` of `count` documents, none of them here. numbers: of each term."""

    def __init__(self, numbers: Mapping[str, int], count: int) -> None:
        self._numbers, self._count = numbers, count

    @classmethod
    def build(cls, documents: Iterable[Sequence[str]]) -> NoReturn:
        _refuse()

    @classmethod
    def load(cls, folder: Path) -> NoReturn:
        _refuse()

    @classmethod
    def load_terms(cls, folder: Path) -> NoReturn:
        _refuse()

    def save(self, folder: Path) -> NoReturn:
        _refuse()

    def __len__(self) -> int:
        return self._count

    def numbers(self, terms: Sequence[str]) -> list[int]:
        return [self._numbers[term] for term in terms if term in self._numbers]

    def impacts(self) -> Impacts:
        _refuse()

    def scores(self, terms: Sequence[str]) -> Scores:
        _refuse()

    def search(
        self, terms: Sequence[str], k: int, among: Rows | None = None
    ) -> tuple[Rows, Scores]:
        _refuse()

    def best_scores(self, terms: Sequence[str], parts: Sequence[range]) -> NoReturn:
        _refuse()


def _refuse() -> NoReturn:
    raise EngineError("this machine does not hold this part of the index: copy the whole version")
