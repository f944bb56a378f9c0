"""A float32 graph -> the 8-bit graph that is served: matrices in integer arithmetic, word
embeddings as rows of int8.

By a matrix' shape one of two ways:

- A matrix no wider at its input than at its output takes activations with one scale a text, half
  the time of blocks. That alone spoils E5, a few of whose channels are far larger than the others;
  so each channel is divided by the root of its range beforehand and the matrix' row multiplied by
  it (Xiao et al., "SmoothQuant", ICML 2023, with alpha 0.5).
- The second matrix of a feed-forward sees rare large values in any channel. It keeps blocks of 128
  numbers with a scale of their own, for weights and activations alike.

docs/experiments/005 has the figures. Needs the `build` extra (ONNX).
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qa_service.modelling.ranges import Ranges, even_matrices

if TYPE_CHECKING:
    import onnx

Quantise = Callable[["onnx.ModelProto"], "onnx.ModelProto"]
"""A float32 graph -> what is served; changes the graph."""

_ALPHA = 0.5
_LARGEST = 96
"""Of a weight: at 127, processors without VNNI overflow for one pair of products in ten thousand,
here for a few in a million.
"""

_BLOCK = 128
_LEAST_RANGE = 1e-3
_TINY = np.finfo(np.float32).tiny
_ONNX_RUNTIME = "com.microsoft"


def quantise(graph: "onnx.ModelProto", ranges: Ranges) -> "onnx.ModelProto":
    """The 8-bit form of `graph`, whose inputs of matrices have these ranges; changes `graph`."""
    return word_embeddings(blocks(_evened(graph, ranges)))


def _evened(model: "onnx.ModelProto", ranges: Ranges) -> "onnx.ModelProto":
    """Those matrices in ONNX Runtime's dynamic quantisation, their inputs smoothed."""
    from onnx import helper, numpy_helper

    graph = model.graph
    tables = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    factors = {
        name: np.maximum(largest, _LEAST_RANGE) ** _ALPHA for name, largest in ranges.items()
    }
    chosen = {node.output[0] for node in even_matrices(model)}
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
    return _with_runtime_operators(model)


def _with_runtime_operators(model: "onnx.ModelProto") -> "onnx.ModelProto":
    """`model` with what its new nodes need, and without the constants that they replaced."""
    from onnx import helper

    used = {name for node in model.graph.node for name in node.input}
    kept = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    if all(imported.domain != _ONNX_RUNTIME for imported in model.opset_import):
        model.opset_import.append(helper.make_opsetid(_ONNX_RUNTIME, 1))
    return model


def blocks(model: "onnx.ModelProto") -> "onnx.ModelProto":
    """Every matrix that is still float32 in blocks."""
    from onnx import helper, numpy_helper

    tables = {tensor.name: tensor for tensor in model.graph.initializer}
    for position, node in enumerate(model.graph.node):
        if node.op_type != "MatMul" or node.input[1] not in tables:
            continue
        source, name = node.input
        matrix = numpy_helper.to_array(tables[name])
        packed, scales = _in_blocks(matrix)
        model.graph.initializer.append(numpy_helper.from_array(packed, f"{name}.uint8"))
        model.graph.initializer.append(numpy_helper.from_array(scales, f"{name}.scales"))
        product = helper.make_node(
            "MatMulNBits",
            [source, f"{name}.uint8", f"{name}.scales"],
            node.output,
            domain=_ONNX_RUNTIME,
            K=matrix.shape[0],
            N=matrix.shape[1],
            bits=8,
            block_size=_BLOCK,
            accuracy_level=4,  # activations in 8 bits as well
        )
        model.graph.node[position].CopyFrom(product)
    return _with_runtime_operators(model)


def _in_blocks(
    matrix: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Shapes (outputs, blocks, `_BLOCK`) and (outputs, blocks): 128 stands for 0, 0 for the number
    of the largest magnitude, as ONNX Runtime's own quantiser writes them.
    """
    rows = np.pad(matrix, ((0, -len(matrix) % _BLOCK), (0, 0)))
    pieces = rows.T.reshape(matrix.shape[1], -1, _BLOCK)
    least, most = pieces.min(axis=2, keepdims=True), pieces.max(axis=2, keepdims=True)
    scales = np.where(most > -least, most, least) / np.float32(-128)
    inverse = np.divide(1, scales, out=np.zeros_like(scales), where=scales != 0)
    packed = np.clip(np.floor(pieces * inverse + np.float32(128) + np.float32(0.5)), 0, 255)
    return packed.astype(np.uint8), scales[..., 0]


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
