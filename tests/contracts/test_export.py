"""Export: an ONNX folder gives the vectors of the SentenceTransformer that it was made of. On a tiny random model."""

from pathlib import Path

import numpy as np
import pytest

from qa_service.encoders.e5_file import Weights
from qa_service.encoders.onnx import OnnxEncoder
from qa_service.encoders.sentence_transformer import SentenceTransformerEncoder

pytestmark = pytest.mark.slow

HIDDEN, FEED_FORWARD, MAX_TOKENS = 32, 64, 64
LETTERS = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"
TEXTS = ["обмін посвідчення водія", "а", "реєстрація транспортного засобу після купівлі за кордоном"]


def tiny_weights() -> Weights:
    """One layer of BERT over single letters, as the container of the default model would hold it."""
    generator = np.random.default_rng(1)
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -3.0), *((letter, -3.0) for letter in LETTERS)]
    layer = "encoder.layer.0"
    shapes = {
        "embeddings.word_embeddings.weight": len(pieces) * HIDDEN,
        "embeddings.position_embeddings.weight": MAX_TOKENS * HIDDEN,
        "embeddings.token_type_embeddings.weight": 2 * HIDDEN,
        f"{layer}.intermediate.dense.weight": FEED_FORWARD * HIDDEN,
        f"{layer}.intermediate.dense.bias": FEED_FORWARD,
        f"{layer}.output.dense.weight": FEED_FORWARD * HIDDEN,
        f"{layer}.output.dense.bias": HIDDEN,
    }
    for name in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
        shapes |= {f"{layer}.{name}.weight": HIDDEN * HIDDEN, f"{layer}.{name}.bias": HIDDEN}
    tensors = {name: generator.normal(0, 0.3, size).astype(np.float32) for name, size in shapes.items()}
    for norm in ("embeddings.LayerNorm", f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"):
        tensors |= {f"{norm}.weight": np.ones(HIDDEN, np.float32), f"{norm}.bias": np.zeros(HIDDEN, np.float32)}
    return Weights(HIDDEN, 1, 4, FEED_FORWARD, len(pieces), MAX_TOKENS, 2, pieces, 3, tensors)


def test_an_exported_model_gives_the_vectors_of_its_original(tmp_path: Path) -> None:
    from qa_service.encoders.e5_small import to_sentence_transformer
    from qa_service.encoders.export import export

    model = to_sentence_transformer(tiny_weights())
    prefixes = ("питання: ", "уривок: ")
    export(model, "tiny", prefixes, tmp_path / "model")
    exported = OnnxEncoder.load(tmp_path / "model")
    original = SentenceTransformerEncoder(model, "tiny", prefixes)

    assert exported.dimension == HIDDEN
    for encode in ("encode_queries", "encode_passages"):
        vectors, expected = getattr(exported, encode)(TEXTS), getattr(original, encode)(TEXTS)
        assert (vectors * expected).sum(axis=1).min() > 0.999
    assert (exported.encode_queries(TEXTS) * exported.encode_passages(TEXTS)).sum(axis=1).max() < 0.999


def test_an_export_that_fails_leaves_the_old_model(tmp_path: Path) -> None:
    from qa_service.encoders.export import export

    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.json").write_text("old", "utf-8")
    with pytest.raises(AttributeError):
        export(object(), "broken", ("", ""), folder)  # type: ignore[arg-type]
    assert (folder / "model.json").read_text("utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
