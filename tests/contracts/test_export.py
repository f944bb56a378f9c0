"""Export: an ONNX folder gives the vectors of the SentenceTransformer that it was made of. On a
tiny random model.
"""

from collections import Counter
from pathlib import Path

import onnx
import pytest
from support.fakes import HIDDEN, tiny_model, tiny_weights

from qa_service.encoders.onnx import GRAPH_FILE, OnnxEncoder
from qa_service.encoders.sentence_transformer import SentenceTransformerEncoder
from qa_service.modelling import quantise

pytestmark = pytest.mark.slow

TEXTS = [
    "обмін посвідчення водія",
    "а",
    "реєстрація транспортного засобу після купівлі за кордоном",
]


def test_an_exported_model_gives_the_vectors_of_its_original(tmp_path: Path) -> None:
    from qa_service.modelling.export import export

    model = tiny_model()
    prefixes = ("питання: ", "уривок: ")
    export(model, "tiny", prefixes, tmp_path / "model")
    exported = OnnxEncoder.load(tmp_path / "model")
    original = SentenceTransformerEncoder(model, "tiny", prefixes)

    assert exported.dimension == HIDDEN
    for encode in ("encode_queries", "encode_passages"):
        vectors, expected = getattr(exported, encode)(TEXTS), getattr(original, encode)(TEXTS)
        assert (vectors * expected).sum(axis=1).min() > 0.999
    assert (exported.encode_queries(TEXTS) * exported.encode_passages(TEXTS)).sum(
        axis=1
    ).max() < 0.999


def test_every_matrix_is_multiplied_in_integers_the_feed_forwards_second_by_blocks(
    tmp_path: Path,
) -> None:
    from qa_service.modelling.export import export

    export(tiny_model(), "tiny", ("", ""), tmp_path / "model")
    graph = onnx.load(tmp_path / "model" / GRAPH_FILE).graph
    operators = Counter(node.op_type for node in graph.node)
    constants = {tensor.name for tensor in graph.initializer}
    assert (operators["DynamicQuantizeMatMul"], operators["MatMulNBits"]) == (5, 1)
    assert not any(node.op_type == "MatMul" and constants & set(node.input) for node in graph.node)
    assert constants <= {name for node in graph.node for name in node.input}


def test_one_channel_far_larger_than_the_others_does_not_turn_the_vectors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa_service.modelling.export import export

    weights = tiny_weights()
    weights.tensors["embeddings.LayerNorm.weight"][3] = 200.0
    model = tiny_model(weights)
    expected = SentenceTransformerEncoder(model, "tiny", ("", "")).encode_queries(TEXTS)

    def lost(alpha: float) -> float:
        """Of the cosine to the original, at worst."""
        monkeypatch.setattr(quantise, "_ALPHA", alpha)
        export(model, "tiny", ("", ""), tmp_path / str(alpha))
        return 1 - float(
            (OnnxEncoder.load(tmp_path / str(alpha)).encode_queries(TEXTS) * expected)
            .sum(axis=1)
            .min()
        )

    evened, plain = lost(0.5), lost(0.0)
    assert evened < plain / 2, (evened, plain)


def test_an_export_that_fails_leaves_the_old_model(tmp_path: Path) -> None:
    from qa_service.modelling.export import export

    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.json").write_text("old", "utf-8")
    with pytest.raises(AttributeError):
        export(object(), "broken", ("", ""), folder)  # type: ignore[arg-type]
    assert (folder / "model.json").read_text("utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
