"""What the default model learnt of this domain: a low-rank update of some matrices, shipped as
`adapter.npz`, merged when the model is built.

LoRA: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022. Made by
`qa-service train --encoder`; only training needs the `models` extra.
"""

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from qa_service.errors import ModelError
from qa_service.modelling.e5_file import Weights

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

Factors = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""(down, up): shapes (rank, inputs) and (outputs, rank); the update is up @ down."""


def merge(weights: Weights, updates: Mapping[str, Factors]) -> Weights:
    """`weights` with each update added to its matrix. Raises ModelError for other shapes."""
    tensors = dict(weights.tensors)
    for name, (down, up) in updates.items():
        update = (up.astype(np.float32) @ down.astype(np.float32)).ravel()
        if name not in tensors or tensors[name].shape != update.shape:
            sizes = (
                f"{len(update)} numbers, the model has "
                f"{len(tensors[name]) if name in tensors else 'no such matrix'}"
            )
            raise ModelError(
                f"the adapter was made for another model: its {name} has {sizes}; train it again "
                "or remove it"
            )
        tensors[name] = tensors[name] + update
    return replace(weights, tensors=tensors)


def blend(
    first: Mapping[str, Factors], second: Mapping[str, Factors], share: float
) -> dict[str, Factors]:
    """`share` of the first update and the rest of the second, of the sum of their ranks; merged, it
    costs a question nothing.

    Between a model and what it was tuned to lie models that keep the tuning and forget less:
    Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022. Raises ModelError where
    they update different matrices.
    """
    if first.keys() != second.keys():
        raise ModelError(
            "the two adapters update different matrices: they were made by different versions"
        )
    pairs = {name: (first[name], second[name]) for name in first}
    return {
        name: (
            np.concatenate([down, other_down]),
            np.concatenate([np.float32(share) * up, np.float32(1 - share) * other_up], axis=1),
        )
        for name, ((down, up), (other_down, other_up)) in pairs.items()
    }


def read_adapter(path: Path) -> dict[str, Factors]:
    """Matrix name -> factors; empty without a file. Raises ModelError for an unreadable one."""
    if not path.is_file():
        return {}
    try:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            names = sorted(key.removesuffix("/down") for key in arrays if key.endswith("/down"))
            return {name: (arrays[f"{name}/down"], arrays[f"{name}/up"]) for name in names}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ModelError(
            f"cannot read {path}: restore it, or remove it to build the model without it"
        ) from error


def write_adapter(updates: Mapping[str, Factors], path: Path) -> None:
    """Stored in half precision: the update is small against what it is added to."""
    arrays = {
        f"{name}/{part}": array
        for name, pair in updates.items()
        for part, array in zip(("down", "up"), pair, strict=True)
    }
    staged = path.with_suffix(".partial.npz")
    np.savez_compressed(staged, **{key: array.astype(np.float16) for key, array in arrays.items()})  # type: ignore[arg-type]
    staged.replace(path)


class LowRank:
    """A trainable update of one matrix, added to its module's output; zero at first, or `begun`."""

    def __init__(self, module: "torch.nn.Linear", rank: int, begun: Factors | None = None) -> None:
        import torch

        rank = len(begun[0]) if begun else rank
        self._down = torch.nn.Linear(module.in_features, rank, bias=False)
        self._up = torch.nn.Linear(rank, module.out_features, bias=False)
        torch.nn.init.zeros_(self._up.weight)
        if begun:
            with torch.no_grad():
                for layer, factor in zip((self._down, self._up), begun, strict=True):
                    layer.weight.copy_(torch.tensor(factor.astype(np.float32)))
        module.register_forward_hook(
            lambda module, inputs, output: output + self._up(self._down(inputs[0]))
        )

    def parameters(self) -> "list[torch.nn.Parameter]":
        return [*self._down.parameters(), *self._up.parameters()]

    def factors(self) -> Factors:
        """As they are now; training on does not change them."""
        return self._down.weight.detach().numpy().copy(), self._up.weight.detach().numpy().copy()


def attach(
    model: "SentenceTransformer",
    rank: int,
    first_layer: int,
    begun: Mapping[str, Factors] | None = None,
) -> dict[str, LowRank]:
    """Put a trainable update beside every matrix of the upper layers; freeze the rest.

    begun: what to go on from, by name; of any rank. Raises ModelError where it updates a matrix
    that is not among them.
    """
    import torch

    model.requires_grad_(False)
    bert: torch.nn.Module = model[0].auto_model  # type: ignore[assignment]
    matrices = {
        f"{name}.weight": module
        for name, module in bert.named_modules()
        if isinstance(module, torch.nn.Linear) and _layer_of(name) >= first_layer
    }
    begun = begun or {}
    if left_out := sorted(begun.keys() - matrices.keys()):
        raise ModelError(
            f"the adapter updates matrices that are not trained now, {', '.join(left_out)}: "
            "train it anew, without --further"
        )
    return {name: LowRank(module, rank, begun.get(name)) for name, module in matrices.items()}


def _layer_of(name: str) -> int:
    """`encoder.layer.7.output.dense` -> 7; -1 outside the layers."""
    parts = name.split(".")
    return int(parts[2]) if parts[:2] == ["encoder", "layer"] else -1
