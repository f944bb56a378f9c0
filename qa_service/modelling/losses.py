"""What training the encoder minimises, and the heads that it takes for it.

Needs the `models` extra.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from qa_service.modelling.batches import Batch
from qa_service.modelling.distil import Embedder
from qa_service.types import Vectors

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Heads:
    """What the encoder is trained with and shipped without. classes: one a passage, then none."""

    scope: "torch.nn.Linear"
    classes: "torch.nn.Linear"

    @classmethod
    def of(cls, passages: Vectors) -> Self:
        """Each class begins as its passage, shape (passages, dimension)."""
        import torch

        count, dimension = passages.shape
        heads = cls(torch.nn.Linear(dimension, 1), torch.nn.Linear(dimension, count + 1))
        with torch.no_grad():
            heads.classes.weight.copy_(torch.tensor(np.vstack([passages, 0 * passages[:1]])))
            heads.classes.bias.zero_()
        return heads


def loss(
    model: Embedder, heads: Heads, batch: Batch, temperature: float, classes_temperature: float
) -> "torch.Tensor":
    """Of one batch: the sum of what the four things to learn lack."""
    import torch

    asked, known = model.questions(batch.questions), model.questions(batch.known)
    found = model.passages(batch.passages)
    choose = torch.nn.functional.cross_entropy
    by_passage = choose(asked @ found.T / temperature, torch.tensor(batch.right_passages))
    by_question = choose(asked @ known.T / temperature, torch.tensor(batch.right_known))
    off_topic = known[len(known) - batch.off_topic_count :]
    both = torch.cat([asked, off_topic])
    none = heads.classes.out_features - 1
    by_class = choose(
        heads.classes(both) / classes_temperature,
        torch.tensor(batch.rows + [none] * len(off_topic)),
    )
    in_scope = torch.cat([torch.ones(len(asked)), torch.zeros(len(off_topic))])
    judged = heads.scope(both).squeeze(-1)
    by_scope = torch.nn.functional.binary_cross_entropy_with_logits(judged, in_scope)
    return by_passage + by_question + by_class + by_scope
