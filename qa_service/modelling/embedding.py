"""Texts -> vectors while training, with and without a gradient. Needs the `build` extra."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qa_service.types import Vectors

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

_QUESTION_TOKENS, _PASSAGE_TOKENS = 48, 96
"""Where texts are cut while a gradient is computed."""


@dataclass(frozen=True, slots=True)
class Embedder:
    """A model with what it wants before questions and before passages. All vectors are of unit
    length.
    """

    model: "SentenceTransformer"
    prefixes: tuple[str, str]

    def questions(self, texts: list[str]) -> "torch.Tensor":
        """(texts, dimension), computed in half precision; a gradient flows through them."""
        return self._embed(self.prefixes[0], texts, _QUESTION_TOKENS)

    def passages(self, texts: list[str]) -> "torch.Tensor":
        """(texts, dimension), computed in half precision; a gradient flows through them."""
        return self._embed(self.prefixes[1], texts, _PASSAGE_TOKENS)

    def encode_questions(self, texts: list[str]) -> Vectors:
        return self._encode(self.prefixes[0], texts)

    def encode_passages(self, texts: list[str]) -> Vectors:
        return self._encode(self.prefixes[1], texts)

    def _embed(self, prefix: str, texts: list[str], max_tokens: int) -> "torch.Tensor":
        import torch

        prefixed = [prefix + text for text in texts]
        length = min(max_tokens, self.model.max_seq_length or max_tokens)
        features = self.model.tokenizer(
            prefixed, padding=True, truncation=True, max_length=length, return_tensors="pt"
        )
        with torch.autocast("cpu", dtype=torch.bfloat16):
            vectors = self.model(dict(features))["sentence_embedding"]
        return torch.nn.functional.normalize(vectors.float(), dim=-1)

    def _encode(self, prefix: str, texts: list[str]) -> Vectors:
        prefixed = [prefix + text for text in texts]
        vectors = self.model.encode(
            prefixed, normalize_embeddings=True, show_progress_bar=False, batch_size=64
        )
        return np.asarray(vectors, np.float32)
