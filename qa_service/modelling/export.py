"""Weights -> a folder that `onnx.py` serves: one 8-bit ONNX graph, the tokenizer, a card.

Needs the `build` extra (ONNX), no PyTorch: docs/decisions/045.
"""

import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

from qa_service.encoders.onnx import CARD_FILE, GRAPH_FILE, TOKENIZER_FILE, ModelCard
from qa_service.files import checksum
from qa_service.modelling.e5_file import Weights
from qa_service.modelling.graph import to_graph
from qa_service.modelling.quantise import Quantise
from qa_service.modelling.tokenizer import to_tokenizer


def export(
    weights: Weights, name: str, prefixes: tuple[str, str], folder: Path, quantise: Quantise
) -> None:
    """Write the model to `folder`, whole or not at all. An existing folder is replaced."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".building-"))
    try:
        graph = quantise(to_graph(weights))
        (staging / GRAPH_FILE).write_bytes(graph.SerializeToString(deterministic=True))
        tokenizer = to_tokenizer(weights).to_str(pretty=True)
        (staging / TOKENIZER_FILE).write_text(tokenizer, "utf-8")  # its `save` says no OSError
        card = ModelCard(
            name=name,
            dimension=weights.hidden,
            max_tokens=weights.max_tokens,
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
