"""A float32 graph -> the 8-bit graph that is served: matrices in integer arithmetic, word
embeddings as rows of int8.

By a matrix' shape one of two ways:

- A matrix no wider at its input than at its output takes activations with one scale a text, half
  the time of blocks. That alone spoils E5, a few of whose channels are far larger than the others;
  so each channel is divided by the root of its range beforehand and the matrix' row multiplied by
  it (Xiao et al., "SmoothQuant", ICML 2023, with alpha 0.5).
- The second matrix of a feed-forward sees rare large values in any channel. It keeps blocks of 128
  numbers with a scale of their own, for weights and activations alike.

docs/experiments/005 has the figures. Needs the `build` extra.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qa_service.modelling import silenced

if TYPE_CHECKING:
    import onnx

Tokens = Callable[[str], list[int]]
"""A text's token ids."""
Quantise = Callable[["onnx.ModelProto", Tokens, Sequence[str]], "onnx.ModelProto"]
"""See `quantise`."""

SAMPLES = tuple(Path(__file__).with_name("calibration.txt").read_text("utf-8").splitlines())
"""Texts to measure the channels' ranges on; which channels are large hardly depends on them."""

_ALPHA = 0.5
_LARGEST = 96
"""Of a weight: at 127, processors without VNNI overflow for one pair of products in ten thousand,
here for a few in a million.
"""

_BLOCK = 128
_LEAST_RANGE = 1e-3
_TINY = np.finfo(np.float32).tiny
_ONNX_RUNTIME = "com.microsoft"

Ranges = dict[str, npt.NDArray[np.float32]]


def quantise(
    graph: "onnx.ModelProto", tokens: Tokens, prefixes: Sequence[str]
) -> "onnx.ModelProto":
    """The 8-bit form of `graph`, with inputs `input_ids` and `attention_mask`; changes `graph`."""
    tensors = sorted({node.input[0] for node in _even_matrices(graph)})
    ranges = _channel_ranges(
        graph, tensors, [tokens(prefix + text) for prefix in prefixes for text in SAMPLES]
    )
    return word_embeddings(blocks(_evened(graph, ranges)))


def _even_matrices(model: "onnx.ModelProto") -> "list[onnx.NodeProto]":
    """Products of activations and a constant matrix no wider at its input than at its output."""
    shapes = {
        tensor.name: tensor.dims for tensor in model.graph.initializer if len(tensor.dims) == 2
    }
    products = [
        node for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in shapes
    ]
    return [node for node in products if shapes[node.input[1]][0] <= shapes[node.input[1]][1]]


def _channel_ranges(graph: "onnx.ModelProto", tensors: list[str], texts: list[list[int]]) -> Ranges:
    """The largest magnitude of each channel, shapes (channels,), while `graph` encodes `texts`."""
    import onnx
    import onnxruntime

    watched = onnx.ModelProto()
    watched.CopyFrom(graph)
    for name in tensors:
        watched.graph.output.append(
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        )
    session = onnxruntime.InferenceSession(
        watched.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    ranges: Ranges = {}
    for token_ids in texts:
        ids = np.array([token_ids], np.int64)
        values = session.run(tensors, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        for name, value in zip(tensors, values, strict=True):
            largest = np.abs(value).reshape(-1, value.shape[-1]).max(axis=0)
            ranges[name] = np.maximum(ranges.get(name, largest), largest)
    return ranges


def _evened(model: "onnx.ModelProto", ranges: Ranges) -> "onnx.ModelProto":
    """Those matrices in ONNX Runtime's dynamic quantisation, their inputs smoothed."""
    from onnx import helper, numpy_helper

    graph = model.graph
    tables = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    factors = {
        name: np.maximum(largest, _LEAST_RANGE) ** _ALPHA for name, largest in ranges.items()
    }
    chosen = {node.output[0] for node in _even_matrices(model)}
    nodes, constants = [], {f"{name}.inverse": 1 / factor for name, factor in factors.items()}
    for node in graph.node:
        if node.output[0] in chosen:
            source, output = node.input[0], node.output[0]
            weights = tables[node.input[1]] * factors[source][:, None]
            scales = np.maximum(np.abs(weights).max(axis=0) / _LARGEST, _TINY)
            constants |= {
                f"{output}.int8": np.rint(weights / scales).astype(np.int8),
                f"{output}.scales": scales,
            }
            inputs = [f"{source}.even", f"{output}.int8", f"{output}.scales"]
            node = helper.make_node("DynamicQuantizeMatMul", inputs, [output], domain=_ONNX_RUNTIME)
        nodes.append(node)
        nodes += [
            helper.make_node("Mul", [name, f"{name}.inverse"], [f"{name}.even"])
            for name in node.output
            if name in factors
        ]
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend(
        numpy_helper.from_array(values, name) for name, values in constants.items()
    )
    _drop_unused(model)
    if all(imported.domain != _ONNX_RUNTIME for imported in model.opset_import):
        model.opset_import.append(helper.make_opsetid(_ONNX_RUNTIME, 1))
    return model


def _drop_unused(model: "onnx.ModelProto") -> None:
    used = {name for node in model.graph.node for name in node.input}
    kept = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)


def blocks(graph: "onnx.ModelProto") -> "onnx.ModelProto":
    """Every matrix that is still float32 in blocks."""
    from onnxruntime.quantization.matmul_nbits_quantizer import (
        DefaultWeightOnlyQuantConfig,
        MatMulNBitsQuantizer,
    )

    config = DefaultWeightOnlyQuantConfig(
        block_size=_BLOCK,
        is_symmetric=True,
        accuracy_level=4,
        bits=8,
        op_types_to_quantize=("MatMul",),
    )
    with silenced():
        quantizer = MatMulNBitsQuantizer(graph, algo_config=config)
        quantizer.process()
    quantised: onnx.ModelProto = quantizer.model.model
    return quantised


def word_embeddings(model: "onnx.ModelProto") -> "onnx.ModelProto":
    """Replace the largest `Gather(table, ids)` by one of int8 rows with scales."""
    from onnx import helper, numpy_helper

    graph = model.graph
    tables = {tensor.name: tensor for tensor in graph.initializer}
    gathers = [node for node in graph.node if node.op_type == "Gather" and node.input[0] in tables]
    gather = max(gathers, key=lambda node: np.prod(tables[node.input[0]].dims))
    table = tables[gather.input[0]]
    values = numpy_helper.to_array(table)
    block = math.gcd(_BLOCK, values.shape[1])
    pieces = values.reshape(len(values), -1, block)
    scales = np.maximum(np.abs(pieces).max(axis=2) / 127, _TINY)
    rows = np.rint(pieces / scales[:, :, None]).astype(np.int8).reshape(values.shape)

    ids, output, name = gather.input[1], gather.output[0], table.name
    position = list(graph.node).index(gather)
    graph.node.remove(gather)
    graph.initializer.remove(table)
    graph.initializer.extend(
        [
            numpy_helper.from_array(rows, f"{name}.int8"),
            numpy_helper.from_array(scales.astype(np.float32), f"{name}.scales"),
        ]
    )
    replacement = [
        helper.make_node("Gather", [f"{name}.int8", ids], [f"{output}.int8"], axis=0),
        helper.make_node("Gather", [f"{name}.scales", ids], [f"{output}.scales"], axis=0),
        helper.make_node(
            "DequantizeLinear",
            [f"{output}.int8", f"{output}.scales"],
            [output],
            axis=2,
            block_size=block,
        ),
    ]
    for offset, node in enumerate(replacement):
        graph.node.insert(position + offset, node)
    return model
