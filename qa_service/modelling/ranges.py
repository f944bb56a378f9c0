"""How large each channel gets before a matrix: what `quantise.py` evens out.

Measured once, when the adapter is trained, and shipped beside it: the same weights then give the
same served graph, and building it runs no float32 model.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qa_service.modelling.e5_file import Weights
from qa_service.modelling.graph import to_graph
from qa_service.modelling.tokenizer import to_tokenizer

if TYPE_CHECKING:
    import onnx

Ranges = Mapping[str, npt.NDArray[np.float32]]
"""Tensor of the float32 graph -> the largest magnitude of each channel, shape (channels,)."""

SAMPLES = tuple(Path(__file__).with_name("calibration.txt").read_text("utf-8").splitlines())
"""Texts to measure on; which channels are large hardly depends on them."""


def measure_ranges(weights: Weights, prefixes: Sequence[str]) -> Ranges:
    """Of the inputs of each matrix that `even_matrices` names, while the float32 model encodes the
    samples with each prefix.
    """
    import onnx
    import onnxruntime

    model, tokenizer = to_graph(weights), to_tokenizer(weights)
    names = sorted({node.input[0] for node in even_matrices(model)})
    model.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names
    )
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    ranges: dict[str, npt.NDArray[np.float32]] = {}
    for text in (prefix + sample for prefix in prefixes for sample in SAMPLES):
        ids = np.array([tokenizer.encode(text).ids], np.int64)
        values = session.run(names, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        for name, value in zip(names, values, strict=True):
            largest = np.abs(value).reshape(-1, value.shape[-1]).max(axis=0)
            ranges[name] = np.maximum(ranges.get(name, largest), largest)
    return ranges


def even_matrices(model: "onnx.ModelProto") -> "list[onnx.NodeProto]":
    """Products of activations and a constant matrix no wider at its input than at its output."""
    shapes = {
        tensor.name: tensor.dims for tensor in model.graph.initializer if len(tensor.dims) == 2
    }
    products = [
        node for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in shapes
    ]
    return [node for node in products if shapes[node.input[1]][0] <= shapes[node.input[1]][1]]


def read_ranges(path: Path) -> Ranges:
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays}


def write_ranges(ranges: Ranges, path: Path) -> None:
    staged = path.with_suffix(".partial.npz")
    np.savez_compressed(staged, **ranges)  # type: ignore[arg-type]
    staged.replace(path)
