"""SentenceTransformer -> a folder that `onnx.py` serves: one 8-bit ONNX graph, the tokenizer, a
card.

Needs the `build` extra (PyTorch).
"""

import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from qa_service.encoders.onnx import CARD_FILE, GRAPH_FILE, TOKENIZER_FILE, ModelCard
from qa_service.files import checksum
from qa_service.modelling import silenced
from qa_service.modelling.quantise import Quantise, Tokens, quantise

if TYPE_CHECKING:
    import onnx
    from sentence_transformers import SentenceTransformer

_OPSET = 21  # the first with blocked DequantizeLinear
_INPUTS = ["input_ids", "attention_mask"]


def export(
    model: "SentenceTransformer",
    name: str,
    prefixes: tuple[str, str],
    folder: Path,
    quantise: Quantise = quantise,
) -> None:
    """Write `model` to `folder`, whole or not at all. An existing folder is replaced."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".building-"))
    try:
        import onnx

        onnx.save(quantise(to_graph(model), _tokens(model), prefixes), staging / GRAPH_FILE)
        tokenizer = model.tokenizer.backend_tokenizer.to_str(pretty=True)
        (staging / TOKENIZER_FILE).write_text(tokenizer, "utf-8")  # its `save` says no OSError
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


def _tokens(model: "SentenceTransformer") -> Tokens:
    return lambda text: list(
        model.tokenizer(text, truncation=True, max_length=model.max_seq_length)["input_ids"]
    )


def to_graph(model: "SentenceTransformer") -> "onnx.ModelProto":
    """Transformer, pooling and normalisation as one float32 graph of free batch and length."""
    import torch

    class Pipeline(torch.nn.Module):
        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            features = model({"input_ids": input_ids, "attention_mask": attention_mask})
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)

    pipeline = Pipeline().eval()
    pipeline.model = model
    example = model.tokenizer(
        ["перший приклад", "другий, довший приклад"], padding=True, return_tensors="pt"
    )
    free = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    with silenced():
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
