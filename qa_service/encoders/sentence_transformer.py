"""Any sentence-transformers model, by name or path. Needs the `models` extra (PyTorch)."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from qa_service.encoders import E5_PREFIXES
from qa_service.errors import MissingExtraError, ModelError
from qa_service.text.normalise import well_formed
from qa_service.types import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class SentenceTransformerEncoder:
    """A SentenceTransformer with the prefixes its family was trained with."""

    def __init__(self, model: "SentenceTransformer", name: str, prefixes: tuple[str, str]) -> None:
        self.name = name
        self._model = model
        self._query_prefix, self._passage_prefix = prefixes
        # A probe's vectors identify the weights without hashing gigabytes of them.
        self.dimension = len(self._encode(["probe"])[0])
        probe = self._encode(["посвідчення водія", "vehicle registration"]).round(3).tobytes()
        self.fingerprint = hashlib.sha256(probe + "|".join(prefixes).encode()).hexdigest()[:16]

    @classmethod
    def load(cls, name_or_path: str) -> "SentenceTransformerEncoder":
        """Load from a folder or a model hub. Raises ModelError, MissingExtraError."""
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise MissingExtraError(f"the model {name_or_path}", "models") from error
        try:
            model = SentenceTransformer(name_or_path, device="cpu")
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(
                f"cannot load the model {name_or_path!r}: it is neither a sentence-transformers "
                "folder nor reachable on a hub; QA_MODEL=default or general needs none"
            ) from error
        return cls(model, name_or_path, prefixes_of(model, name_or_path))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self._query_prefix + text for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self._passage_prefix + text for text in texts])

    def _encode(self, texts: list[str]) -> Vectors:
        vectors = self._model.encode(
            [well_formed(text) for text in texts],
            normalize_embeddings=True,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        return (
            np.asarray(vectors, np.float32).reshape(len(texts), -1)
            if texts
            else np.empty((0, self.dimension), np.float32)
        )


def prefixes_of(model: "SentenceTransformer", name: str) -> tuple[str, str]:
    """(query, passage) prefixes: the model's own, else E5's for a model named E5, else none."""
    prompts = model.prompts or {}
    if query := prompts.get("query"):
        return query, prompts.get("passage") or prompts.get("document") or ""
    return E5_PREFIXES if "e5" in name.lower().split("/")[-1] else ("", "")
