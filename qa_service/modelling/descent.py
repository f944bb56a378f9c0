"""Gradient descent as every stage of training does it. Needs the `build` extra."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


class Descent:
    """AdamW, each group of parameters at a rate of its own, which rises for a tenth of the steps
    and then falls.
    """

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
