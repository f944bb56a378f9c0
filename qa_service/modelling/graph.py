"""BERT's weights -> one float32 ONNX graph: token ids and their mask in, unit vectors out.

Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", NAACL 2019; the mean of the
last layer's tokens, at unit length. Batch and length are free. Needs the `build` extra (ONNX), no
PyTorch: docs/decisions/045 says why.
"""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qa_service.modelling.e5_file import Weights

if TYPE_CHECKING:
    import onnx

_OPSET, _IR_VERSION = 21, 10  # the first with blocked DequantizeLinear
_EPSILON = 1e-12
_MASKED_SCORE = np.finfo(np.float32).min  # what a padding token's score becomes


def to_graph(weights: Weights) -> "onnx.ModelProto":
    """Inputs `input_ids`, `attention_mask`, int64 (batch, length); output `vectors`, float32
    (batch, hidden).
    """
    graph = _Graph(weights)
    mask = graph.add("Cast", "attention_mask", to=_float())
    hidden, bias = _embedded(graph), _attention_bias(graph, mask)
    for number in range(weights.layers):
        hidden = _layer(graph, f"encoder.layer.{number}", hidden, bias)
    row = graph.add("Unsqueeze", mask, graph.constant("one", np.array([1])))
    # Unit length takes away the number of tokens that a mean divides by.
    total = graph.add("Squeeze", graph.add("MatMul", row, hidden), "one")
    graph.add("LpNormalization", total, output="vectors", axis=-1, p=2)
    return graph.model()


@dataclass(slots=True)
class _Graph:
    """Collects nodes and constants. A node's one output is named by its number or, where a module
    of BertModel ends, after that.
    """

    weights: Weights
    _nodes: "list[onnx.NodeProto]" = field(default_factory=list)
    _constants: dict[str, npt.NDArray[Any]] = field(default_factory=dict)

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        from onnx import helper

        output = output or f"{operator}.{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, name: str, values: npt.NDArray[Any]) -> str:
        self._constants[name] = values
        return name

    def tensor(self, name: str) -> str:
        """A vector of the weights, by BertModel's name."""
        return self.constant(name, self.weights.tensors[name])

    def table(self, name: str) -> str:
        """A table of the weights with one row of `hidden` numbers an entry."""
        return self.constant(name, self.weights.tensors[name].reshape(-1, self.weights.hidden))

    def linear(self, module: str, source: str) -> str:
        outputs = len(self.weights.tensors[f"{module}.bias"])
        matrix = self.weights.tensors[f"{module}.weight"].reshape(outputs, -1).T
        product = self.add("MatMul", source, self.constant(f"{module}.weight", matrix))
        return self.add("Add", product, self.tensor(f"{module}.bias"), output=module)

    def normalised(self, module: str, source: str) -> str:
        gain, bias = self.tensor(f"{module}.weight"), self.tensor(f"{module}.bias")
        return self.add(
            "LayerNormalization", source, gain, bias, output=module, axis=-1, epsilon=_EPSILON
        )

    def model(self) -> "onnx.ModelProto":
        from onnx import TensorProto, helper, numpy_helper

        ids = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
            for name in ("input_ids", "attention_mask")
        ]
        shape: list[str | int | None] = ["batch", self.weights.hidden]
        vectors = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, shape)]
        constants = [
            numpy_helper.from_array(np.ascontiguousarray(values), name)
            for name, values in self._constants.items()
        ]
        graph = helper.make_graph(self._nodes, "bert", ids, vectors, constants)
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION
        )


def _embedded(graph: _Graph) -> str:
    """Word, token type 0 and position, added up and normalised."""
    table = "embeddings.token_type_embeddings.weight"
    first_type = graph.weights.tensors[table][: graph.weights.hidden]
    words = graph.add("Gather", graph.table("embeddings.word_embeddings.weight"), "input_ids")
    typed = graph.add("Add", words, graph.constant(table, first_type))
    length = graph.add("Shape", "input_ids", start=1, end=2)
    places = graph.table("embeddings.position_embeddings.weight")
    zero = graph.constant("zero", np.array([0]))
    placed = graph.add("Add", typed, graph.add("Slice", places, zero, length, zero))
    return graph.normalised("embeddings.LayerNorm", placed)


def _attention_bias(graph: _Graph, mask: str) -> str:
    """What is added to the scores of each token, (batch, 1, 1, length): nothing, or for padding so
    much that attention passes it by.
    """
    padding = graph.add("Sub", graph.constant("real", np.array(1, np.float32)), mask)
    scores = graph.add("Mul", padding, graph.constant("masked_score", np.array(_MASKED_SCORE)))
    return graph.add("Unsqueeze", scores, graph.constant("head_and_query", np.array([1, 2])))


def _layer(graph: _Graph, layer: str, hidden: str, bias: str) -> str:
    attended = graph.linear(
        f"{layer}.attention.output.dense", _attention(graph, layer, hidden, bias)
    )
    read = graph.normalised(
        f"{layer}.attention.output.LayerNorm", graph.add("Add", attended, hidden)
    )
    inner = graph.add("Gelu", graph.linear(f"{layer}.intermediate.dense", read))
    outer = graph.linear(f"{layer}.output.dense", inner)
    return graph.normalised(f"{layer}.output.LayerNorm", graph.add("Add", outer, read))


def _attention(graph: _Graph, layer: str, hidden: str, bias: str) -> str:
    """Softmax(query · key / √size) · value by head, (batch, length, hidden)."""
    heads, size = graph.weights.heads, graph.weights.hidden // graph.weights.heads
    by_head = graph.constant("by_head", np.array([0, 0, heads, size]))

    def projected(name: str, order: list[int]) -> str:
        parts = graph.add(
            "Reshape", graph.linear(f"{layer}.attention.self.{name}", hidden), by_head
        )
        return graph.add("Transpose", parts, perm=order)

    query, value = (projected(name, [0, 2, 1, 3]) for name in ("query", "value"))
    products = graph.add("MatMul", query, projected("key", [0, 2, 3, 1]))
    scale = graph.constant("scale", np.array(1 / math.sqrt(size), np.float32))
    scores = graph.add("Add", graph.add("Mul", products, scale), bias)
    read = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), value)
    joined = graph.constant("joined", np.array([0, 0, graph.weights.hidden]))
    in_order = graph.add("Transpose", read, perm=[0, 2, 1, 3])
    return graph.add("Reshape", in_order, joined, output=f"{layer}.attention.self")


def _float() -> int:
    from onnx import TensorProto

    return int(TensorProto.FLOAT)
