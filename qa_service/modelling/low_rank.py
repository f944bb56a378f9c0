"""Trainable low-rank updates beside the matrices of a model (LoRA: see `adapter.py`).
Needs the `build` extra.
"""

from typing import TYPE_CHECKING

from qa_service.modelling.adapter import Factors

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer


class LowRank:
    """A trainable update of one matrix, added to its module's output; zero at first."""

    def __init__(self, module: "torch.nn.Linear", rank: int) -> None:
        import torch

        self._down = torch.nn.Linear(module.in_features, rank, bias=False)
        self._up = torch.nn.Linear(rank, module.out_features, bias=False)
        torch.nn.init.zeros_(self._up.weight)
        module.register_forward_hook(
            lambda module, inputs, output: output + self._up(self._down(inputs[0]))
        )

    def parameters(self) -> "list[torch.nn.Parameter]":
        return [*self._down.parameters(), *self._up.parameters()]

    def factors(self) -> Factors:
        """As they are now; training on does not change them."""
        return self._down.weight.detach().numpy().copy(), self._up.weight.detach().numpy().copy()


def attach(model: "SentenceTransformer", rank: int, first_layer: int) -> dict[str, LowRank]:
    """Put a trainable update beside every matrix of the upper layers, and freeze everything
    else.
    """
    import torch

    model.requires_grad_(False)
    bert: torch.nn.Module = model[0].auto_model  # type: ignore[assignment]
    return {
        f"{name}.weight": LowRank(module, rank)
        for name, module in bert.named_modules()
        if isinstance(module, torch.nn.Linear) and _layer_of(name) >= first_layer
    }


def _layer_of(name: str) -> int:
    """`encoder.layer.7.output.dense` -> 7; -1 outside the layers."""
    parts = name.split(".")
    return int(parts[2]) if parts[:2] == ["encoder", "layer"] else -1
