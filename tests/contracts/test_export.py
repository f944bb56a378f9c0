"""Export: an ONNX folder gives the vectors of the SentenceTransformer that it was made of. On a tiny random model."""

from pathlib import Path

import pytest
from worlds import HIDDEN, tiny_weights

from qa_service.encoders.onnx import OnnxEncoder
from qa_service.encoders.sentence_transformer import SentenceTransformerEncoder

pytestmark = pytest.mark.slow

TEXTS = ["обмін посвідчення водія", "а", "реєстрація транспортного засобу після купівлі за кордоном"]


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
