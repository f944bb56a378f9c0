"""How fast the encoder could be at best on this core.

Two bounds, of which the larger is the floor. Computing: a graph of nothing but the served graph's
matrix products, in the same shapes, with as many different weights, in ONNX Runtime's 8-bit
integers. Reading: the bytes of those weights at the speed at which the core reads a block of that
size again and again, which is what a warm server does; a machine whose caches are smaller reads
them from memory. Both take the quickest of many runs: a noisy machine only ever adds.

Left out: attention's products of activations (below 1 % of the whole at some twenty tokens),
scaling and rounding to 8 bits, softmax, layer norms, GELU, tokenising. So no program gets there.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from bench.peers.systems import CLIENTS, SERVERS
from qa_service.encoders.onnx import GRAPH_FILE

RUNS = 500
_BLOCKS_OF_8_BITS = "MatMulNBits"
_EVEN = "DynamicQuantizeMatMul"

Shape = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Floor:
    """multiply_adds: of one question of `tokens`; a second: as measured."""

    tokens: int
    multiply_adds: int
    multiply_adds_a_second: float
    weight_bytes: int
    bytes_a_second: float

    @property
    def computing_ms(self) -> float:
        return 1000 * self.multiply_adds / self.multiply_adds_a_second

    @property
    def reading_ms(self) -> float:
        return 1000 * self.weight_bytes / self.bytes_a_second

    @property
    def ms(self) -> float:
        return max(self.computing_ms, self.reading_ms)


def measure_floor(model: Path, tokens: int) -> Floor:
    """model: the served model's folder. Measured on the servers' core."""
    shapes = matrices(onnx.load(str(model / GRAPH_FILE)))
    weights = sum(rows * columns for rows, columns in shapes)
    os.sched_setaffinity(0, SERVERS)
    try:
        return Floor(
            tokens=tokens,
            multiply_adds=tokens * weights,
            multiply_adds_a_second=tokens * weights / quickest(products(shapes, tokens)),
            weight_bytes=weights,
            bytes_a_second=weights / quickest(np.ones(weights, np.int8).max),
        )
    finally:
        os.sched_setaffinity(0, CLIENTS)


def matrices(graph: onnx.ModelProto) -> list[Shape]:
    """(inputs, outputs) of each matrix that multiplies activations, in 8 bits."""
    dims = {one.name: tuple(one.dims) for one in graph.graph.initializer}
    shapes: list[Shape] = []
    for node in graph.graph.node:
        if node.op_type == _EVEN:
            rows, columns = dims[node.input[1]]
            shapes.append((rows, columns))
        elif node.op_type == _BLOCKS_OF_8_BITS:
            given = {one.name: one.i for one in node.attribute}
            shapes.append((given["K"], given["N"]))
    return shapes


def products(shapes: list[Shape], tokens: int) -> Callable[[], object]:
    """A run of all products, a session of one thread."""
    random = np.random.default_rng(1)
    inputs = {
        f"x{rows}": random.integers(0, 255, (tokens, rows), np.uint8) for rows, _ in set(shapes)
    }
    weights = [random.integers(-96, 96, shape, np.int8) for shape in shapes]
    graph = helper.make_graph(
        [
            helper.make_node("MatMulInteger", [f"x{rows}", f"w{number}"], [f"y{number}"])
            for number, (rows, _) in enumerate(shapes)
        ],
        "products",
        [
            helper.make_tensor_value_info(name, TensorProto.UINT8, value.shape)
            for name, value in inputs.items()
        ],
        [
            helper.make_tensor_value_info(f"y{number}", TensorProto.INT32, [tokens, columns])
            for number, (_, columns) in enumerate(shapes)
        ],
        [numpy_helper.from_array(one, f"w{number}") for number, one in enumerate(weights)],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(made.SerializeToString(), options)
    return lambda: session.run(None, inputs)


def quickest(call: Callable[[], object]) -> float:
    """Seconds of the quickest of `RUNS`."""
    times = []
    for _ in range(RUNS):
        began = perf_counter()
        call()
        times.append(perf_counter() - began)
    return min(times)
