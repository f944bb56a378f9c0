"""SentenceTransformer -> a folder that `onnx.py` serves: one ONNX graph with 8-bit weights, the tokenizer, a card.

Quantisation is block-wise (128 numbers share a scale) for weights and activations alike. Per-tensor dynamic int8, the
usual recipe, kept a cosine of 0.997 but changed one top answer in four on our corpus, because E5's cosines all lie
within 0.1 of each other; block-wise keeps 0.998 and 98 in 100 top answers (docs/performance.md has the figures).
Needs the `build` extra (PyTorch).
"""

import json
import math
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qa_service.encoders.onnx import CARD_FILE, GRAPH_FILE, TOKENIZER_FILE, ModelCard
from qa_service.encoders.quiet import quiet
from qa_service.files import checksum

if TYPE_CHECKING:
    import onnx
    from sentence_transformers import SentenceTransformer

_BLOCK = 128
_OPSET = 21  # the first with blocked DequantizeLinear
_INPUTS = ["input_ids", "attention_mask"]


def export(model: "SentenceTransformer", name: str, prefixes: tuple[str, str], folder: Path) -> None:
    """Write `model` to `folder`, which appears only when complete. An existing folder is replaced."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".building-"))
    try:
        import onnx

        onnx.save(quantise(to_graph(model)), staging / GRAPH_FILE)
        model.tokenizer.backend_tokenizer.save(str(staging / TOKENIZER_FILE))
        dimension = model.get_embedding_dimension()
        card = ModelCard(
            name=name,
            dimension=int(dimension or 0),
            max_tokens=int(model.max_seq_length or 512),
            query_prefix=prefixes[0],
            passage_prefix=prefixes[1],
            checksums={file: checksum(staging / file) for file in (GRAPH_FILE, TOKENIZER_FILE)},
        )
        (staging / CARD_FILE).write_text(json.dumps(asdict(card), indent=2) + "\n", "utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        staging.chmod(0o755)  # mkdtemp made it private; the service may run as another user
        staging.replace(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def to_graph(model: "SentenceTransformer") -> "onnx.ModelProto":
    """The whole pipeline - transformer, pooling, normalisation - as one float32 graph with free batch and length."""
    import torch

    class Pipeline(torch.nn.Module):
        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            features = model({"input_ids": input_ids, "attention_mask": attention_mask})
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)

    pipeline = Pipeline().eval()
    pipeline.model = model
    example = model.tokenizer(["перший приклад", "другий, довший приклад"], padding=True, return_tensors="pt")
    free = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    with quiet():
        program = torch.onnx.export(
            pipeline,
            tuple(example[name] for name in _INPUTS),
            dynamo=True,
            input_names=_INPUTS,
            output_names=["vectors"],
            dynamic_shapes=dict.fromkeys(_INPUTS, free),
            opset_version=_OPSET,
            verbose=False,
        )
    assert program is not None
    return program.model_proto


def quantise(graph: "onnx.ModelProto") -> "onnx.ModelProto":
    """8-bit blocks for the matrices (int8 arithmetic) and the word embeddings (dequantised row by row)."""
    from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

    config = DefaultWeightOnlyQuantConfig(
        block_size=_BLOCK, is_symmetric=True, accuracy_level=4, bits=8, op_types_to_quantize=("MatMul",)
    )
    with quiet():
        quantizer = MatMulNBitsQuantizer(graph, algo_config=config)
        quantizer.process()
    return _quantise_word_embeddings(quantizer.model.model)


def _quantise_word_embeddings(model: "onnx.ModelProto") -> "onnx.ModelProto":
    """Replace the largest `Gather(table, ids)` by a gather of int8 rows and their scales, then DequantizeLinear."""
    from onnx import helper, numpy_helper

    graph = model.graph
    tables = {tensor.name: tensor for tensor in graph.initializer}
    gathers = [node for node in graph.node if node.op_type == "Gather" and node.input[0] in tables]
    gather = max(gathers, key=lambda node: np.prod(tables[node.input[0]].dims))
    table = tables[gather.input[0]]
    values = numpy_helper.to_array(table)
    block = math.gcd(_BLOCK, values.shape[1])
    blocks = values.reshape(len(values), -1, block)
    scales = np.maximum(np.abs(blocks).max(axis=2) / 127, np.finfo(np.float32).tiny)
    rows = np.rint(blocks / scales[:, :, None]).astype(np.int8).reshape(values.shape)

    ids, output, name = gather.input[1], gather.output[0], table.name
    position = list(graph.node).index(gather)
    graph.node.remove(gather)
    graph.initializer.remove(table)
    graph.initializer.extend(
        [numpy_helper.from_array(rows, f"{name}.int8"), numpy_helper.from_array(scales.astype(np.float32), f"{name}.scales")]
    )
    replacement = [
        helper.make_node("Gather", [f"{name}.int8", ids], [f"{output}.int8"], axis=0),
        helper.make_node("Gather", [f"{name}.scales", ids], [f"{output}.scales"], axis=0),
        helper.make_node("DequantizeLinear", [f"{output}.int8", f"{output}.scales"], [output], axis=2, block_size=block),
    ]
    for offset, node in enumerate(replacement):
        graph.node.insert(position + offset, node)
    return model
