"""Encoders: texts -> embeddings. Callers know only this Protocol; `bootstrap` picks the class.

To add one, copy the smallest sibling (`hashing.py`) and add it to
`tests/contracts/test_encoders.py`.
"""

from collections.abc import Sequence
from typing import Protocol

from qa_service.types import Vectors

E5_PREFIXES = ("query: ", "passage: ")
"""What models of the E5 family are trained to see before questions and before passages."""


class Encoder(Protocol):
    """Turns texts into unit vectors. Safe to call from several threads.

    Prefixes such as `query: ` are the encoder's own setting: callers pass plain text. Text beyond
    the model's maximal length is cut off. Raises ModelError where the model cannot be loaded;
    encoding itself does not fail.
    """

    @property
    def name(self) -> str:
        """What to show to people, e.g. `multilingual-e5-small`."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors may: an index opens only with the encoder that made it."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Embeddings of questions, shape (len(texts), dimension)."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Embeddings of passages, shape (len(texts), dimension)."""
