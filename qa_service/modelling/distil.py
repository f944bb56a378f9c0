"""The first stage of training: a model that lost layers learns the vectors of the whole one.

Distillation needs no labels: off-topic questions are used as well, which preserves language ability
beyond the corpus. Reimers & Gurevych, "Making Monolingual Sentence Embeddings Multilingual using
Knowledge Distillation", EMNLP 2020. Needs the `models` extra.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qa_service.types import Vectors

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

_QUESTION_TOKENS, _PASSAGE_TOKENS = 128, 96
"""Where texts are cut while a gradient is computed: in a story the question often comes last."""
_EMBEDDED_TOGETHER = 16
"""Texts of like length, so that few tokens are padding."""


@dataclass(frozen=True, slots=True)
class Embedder:
    """A model and its two prefixes. All vectors are of unit length."""

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

        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        read = [prefix + texts[number] for number in order]
        starts = range(0, len(read), _EMBEDDED_TOGETHER)
        vectors = [
            self._embed_alike(read[start : start + _EMBEDDED_TOGETHER], max_tokens)
            for start in starts
        ]
        return torch.cat(vectors)[torch.argsort(torch.tensor(order))]

    def _embed_alike(self, texts: list[str], max_tokens: int) -> "torch.Tensor":
        import torch

        length = min(max_tokens, self.model.max_seq_length or max_tokens)
        features = self.model.tokenizer(
            texts, padding=True, truncation=True, max_length=length, return_tensors="pt"
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


class Optimiser:
    """AdamW with a rate per group of parameters: linear warm-up for a tenth, then decay."""

    def __init__(
        self, groups: "Sequence[tuple[Sequence[torch.nn.Parameter], float]]", steps: int
    ) -> None:
        import torch

        self._optimizer = torch.optim.AdamW(
            [{"params": list(parameters)} for parameters, _ in groups]
        )
        rates = [rate for _, rate in groups]
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimizer, rates, total_steps=steps + 1, pct_start=0.1
        )

    def step(self, loss: "torch.Tensor") -> None:
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        self._schedule.step()


@dataclass(frozen=True, slots=True)
class Distillation:
    """The numbers of this stage."""

    steps: int = 400
    questions: int = 56
    """A batch."""
    passages: int = 8
    """A batch."""
    learning_rate: float = 1e-3


def distil(
    pruned: Embedder,
    whole: Embedder,
    factors: "Sequence[torch.nn.Parameter]",
    questions: Sequence[str],
    passages: Sequence[str],
    ask: Callable[[str], str],
    recipe: Distillation,
    generator: np.random.Generator,
    progress: Callable[[int, int], None],
) -> None:
    """Train `factors`, the updates of `pruned`, to give the vectors of the whole model."""
    import torch

    optimiser = Optimiser([(factors, recipe.learning_rate)], recipe.steps)
    for step in range(1, recipe.steps + 1):
        asked = [
            questions[number]
            for number in generator.permutation(len(questions))[: recipe.questions]
        ]
        read = [
            passages[number] for number in generator.permutation(len(passages))[: recipe.passages]
        ]
        with torch.no_grad():
            right = torch.cat([whole.questions(asked), whole.passages(read)])
        vectors = torch.cat(
            [pruned.questions([ask(question) for question in asked]), pruned.passages(read)]
        )
        optimiser.step(1 - (vectors * right).sum(dim=1).mean())
        progress(step, recipe.steps)
