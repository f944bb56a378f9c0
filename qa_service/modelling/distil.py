"""A model that has lost layers learns back the vectors of the whole one. Needs the `build` extra.

Distillation needs no answers, so the questions that nothing answers teach, too, and the model keeps
its language where the corpus has no words. Reimers & Gurevych, "Making Monolingual Sentence
Embeddings Multilingual using Knowledge Distillation", EMNLP 2020.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qa_service.modelling.descent import Descent
from qa_service.modelling.embedding import Embedder

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Healing:
    """The numbers of this stage."""

    steps: int = 400
    questions: int = 56
    """A batch."""
    passages: int = 8
    """A batch."""
    learning_rate: float = 1e-3


def heal(
    pruned: Embedder,
    whole: Embedder,
    factors: "Sequence[torch.nn.Parameter]",
    questions: Sequence[str],
    passages: Sequence[str],
    ask: Callable[[str], str],
    recipe: Healing,
    generator: np.random.Generator,
    progress: Callable[[int, int], None],
) -> None:
    """Train `factors`, the updates of `pruned`. The whole model reads a question as it is, the
    pruned one as `ask` puts it.
    """
    import torch

    descent = Descent([(factors, recipe.learning_rate)], recipe.steps)
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
        descent.step(1 - (vectors * right).sum(dim=1).mean())
        progress(step, recipe.steps)
