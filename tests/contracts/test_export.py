"""Export: the graph that is written from the weights gives the vectors of the SentenceTransformer
made of the same weights, in float32 and in the 8 bits that are served. On tiny random weights, and
with the marker `nightly` on the ones that are served.
"""

from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from support.fakes import HIDDEN, tiny_model, tiny_weights

from qa_service.encoders.onnx import GRAPH_FILE, OnnxEncoder
from qa_service.encoders.sentence_transformer import SentenceTransformerEncoder
from qa_service.modelling import quantise as quantising
from qa_service.modelling.e5_file import Weights
from qa_service.modelling.export import export
from qa_service.modelling.graph import to_graph
from qa_service.modelling.original import to_sentence_transformer
from qa_service.modelling.quantise import blocks, quantise
from qa_service.modelling.ranges import even_matrices, measure_ranges, read_ranges, write_ranges
from qa_service.modelling.served_models import SERVED_MODELS
from qa_service.modelling.tokenizer import to_tokenizer
from qa_service.types import Vectors

pytestmark = pytest.mark.slow

TEXTS = [
    "обмін посвідчення водія",
    "а",
    "реєстрація транспортного засобу після купівлі за кордоном",
]
MANY = [
    *TEXTS,
    *(
        "",
        "   ",
        "!",
        "1",
        "572 грн",
        "\x00",
        "🚗🚗",
        "щ" * 300,
        "ґ є ї",
        "IBAN UA21 3223 1300 0002",
    ),
    "Скільки коштує обмін посвідчення водія у 2026 році?",
    "какие документы нужны для перерегистрации автомобиля",
    "How much does it cost to exchange a driving licence?",
    "Wo kann ich meinen Führerschein umtauschen, und was kostet das?",
    "Ile kosztuje wymiana prawa jazdy w Kijowie?",
    "Où puis-je échanger mon permis de conduire étranger ?",
    "¿Dónde puedo registrar un coche importado?",
    "Sürücü belgemi nerede değiştirebilirim?",
    "Unde pot schimba permisul de conducere?",
    "дзе памяняць вадзіцельскае пасведчанне",
    "運転免許証 をどこで更新できますか",
    "أين يمكنني تبديل رخصة القيادة",
    "passage: Номерний знак виготовляють протягом трьох робочих днів. " * 4,
    "Документи: паспорт; картка платника податків; довідка. " * 40,
    "замена прав " * 200,
    "зареєструвати авто, куплене в Німеччині, якщо втратив техпаспорт, а власник помер",
]


def eight_bits(weights: Weights, folder: Path, prefixes: tuple[str, str] = ("", "")) -> OnnxEncoder:
    ranges = measure_ranges(weights, prefixes)
    export(weights, "tiny", prefixes, folder, partial(quantise, ranges=ranges))
    return OnnxEncoder.load(folder)


def encoded(weights: Weights, texts: list[str]) -> Vectors:
    """By the float32 graph, all texts in one padded batch."""
    session = onnxruntime.InferenceSession(
        to_graph(weights).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    tokenizer = to_tokenizer(weights)
    tokenizer.enable_padding(pad_id=1, pad_token="<pad>")
    read = tokenizer.encode_batch(texts)
    ids = np.array([one.ids for one in read], np.int64)
    mask = np.array([one.attention_mask for one in read], np.int64)
    vectors: Vectors = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
    return vectors


def by_the_original(weights: Weights, texts: list[str]) -> Vectors:
    model = to_sentence_transformer(weights)
    return SentenceTransformerEncoder(model, "original", ("", "")).encode_queries(texts)


def assert_the_same(ours: Vectors, theirs: Vectors) -> None:
    cosines = np.einsum("td,td->t", ours.astype(np.float64), theirs)
    assert cosines.min() >= 0.9999, cosines.tolist()
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("layers", [1, 3])
def test_the_graph_gives_the_vectors_of_the_sentence_transformer(layers: int) -> None:
    weights = tiny_weights(layers)
    theirs = by_the_original(weights, MANY)
    assert_the_same(encoded(weights, MANY), theirs)
    assert_the_same(np.concatenate([encoded(weights, [text]) for text in MANY]), theirs)


@pytest.mark.model
@pytest.mark.nightly
@pytest.mark.parametrize("name", SERVED_MODELS)
def test_so_do_those_of_the_served_models(tmp_path: Path, name: str) -> None:
    from qa_service.modelling.e5_small import weights_of

    model = SERVED_MODELS[name]
    weights = weights_of(model, tmp_path)
    assert_the_same(encoded(weights, MANY), by_the_original(weights, MANY))
    measured = measure_ranges(weights, model.prefixes)
    shipped = read_ranges(model.ranges)
    assert measured.keys() == shipped.keys()
    for name, largest in shipped.items():
        np.testing.assert_allclose(measured[name], largest, rtol=1e-3, err_msg=name)


def test_an_exported_model_gives_the_vectors_of_its_original(tmp_path: Path) -> None:
    prefixes = ("питання: ", "уривок: ")
    exported = eight_bits(tiny_weights(), tmp_path / "model", prefixes)
    original = SentenceTransformerEncoder(tiny_model(), "tiny", prefixes)

    assert exported.dimension == HIDDEN
    for encode in ("encode_queries", "encode_passages"):
        vectors, expected = getattr(exported, encode)(TEXTS), getattr(original, encode)(TEXTS)
        assert (vectors * expected).sum(axis=1).min() > 0.999
    assert (exported.encode_queries(TEXTS) * exported.encode_passages(TEXTS)).sum(
        axis=1
    ).max() < 0.999


def test_the_same_weights_are_the_same_model(tmp_path: Path) -> None:
    one, other = (eight_bits(tiny_weights(), tmp_path / name) for name in ("one", "other"))
    assert one.fingerprint == other.fingerprint


def test_every_matrix_is_multiplied_in_integers_the_feed_forwards_second_by_blocks(
    tmp_path: Path,
) -> None:
    eight_bits(tiny_weights(), tmp_path / "model")
    graph = onnx.load(tmp_path / "model" / GRAPH_FILE).graph
    operators = Counter(node.op_type for node in graph.node)
    constants = {tensor.name for tensor in graph.initializer}
    assert (operators["DynamicQuantizeMatMul"], operators["MatMulNBits"]) == (5, 1)
    assert not any(node.op_type == "MatMul" and constants & set(node.input) for node in graph.node)
    assert constants <= {name for node in graph.node for name in node.input}


def test_a_matrix_in_blocks_is_what_onnx_runtimes_quantiser_makes_of_it() -> None:
    from onnxruntime.capi._pybind_state import quantize_matmul_8bits

    graph = to_graph(tiny_weights())
    table = next(
        one for one in graph.graph.initializer if one.name.endswith(".output.dense.weight")
    )
    matrix = onnx.numpy_helper.to_array(table)
    matrix = np.tile(matrix, (4, 1)) * np.linspace(-1, 1, matrix.shape[1], dtype=np.float32)
    matrix[:2, 0] = -5, 5  # as large in either direction
    table.CopyFrom(onnx.numpy_helper.from_array(matrix, table.name))
    inputs, outputs = matrix.shape
    packed = np.zeros((outputs, inputs // 128, 128), np.uint8)
    scales = np.zeros((outputs, inputs // 128), np.float32)
    zeros = np.zeros_like(scales, np.uint8)
    quantize_matmul_8bits(packed, matrix, scales, zeros, 128, outputs, inputs, True)

    made = {one.name: one for one in blocks(graph).graph.initializer}
    np.testing.assert_array_equal(onnx.numpy_helper.to_array(made[f"{table.name}.uint8"]), packed)
    np.testing.assert_array_equal(onnx.numpy_helper.to_array(made[f"{table.name}.scales"]), scales)


def test_one_channel_far_larger_than_the_others_does_not_turn_the_vectors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tiny_weights()
    weights.tensors["embeddings.LayerNorm.weight"][3] = 200.0
    expected = by_the_original(weights, TEXTS)

    def lost(alpha: float) -> float:
        """Of the cosine to the original, at worst."""
        monkeypatch.setattr(quantising, "_ALPHA", alpha)
        vectors = eight_bits(weights, tmp_path / str(alpha)).encode_queries(TEXTS)
        return 1 - float((vectors * expected).sum(axis=1).min())

    evened, plain = lost(0.5), lost(0.0)
    assert evened < plain / 2, (evened, plain)


def test_ranges_are_read_as_they_were_written(tmp_path: Path) -> None:
    ranges = measure_ranges(tiny_weights(), ("",))
    assert ranges.keys() == {node.input[0] for node in even_matrices(to_graph(tiny_weights()))}
    write_ranges(ranges, tmp_path / "ranges.npz")
    found = read_ranges(tmp_path / "ranges.npz")
    assert found.keys() == ranges.keys()
    for name, largest in ranges.items():
        np.testing.assert_array_equal(found[name], largest)
    assert [path.name for path in tmp_path.iterdir()] == ["ranges.npz"]


def test_an_export_that_fails_leaves_the_old_model(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.json").write_text("old", "utf-8")

    def broken(graph: onnx.ModelProto) -> onnx.ModelProto:
        raise RuntimeError("cannot be quantised")

    with pytest.raises(RuntimeError):
        export(tiny_weights(), "broken", ("", ""), folder, broken)
    assert (folder / "model.json").read_text("utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
