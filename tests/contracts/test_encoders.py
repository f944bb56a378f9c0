"""What every Encoder does. The default model is compared with the SentenceTransformer of the same
weights.

The contract runs on the hashing encoder and on a tiny ONNX model made here (a table of vectors,
averaged); with the markers `model` and `slow` also on the real one.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from support.corpus import our_corpus
from tokenizers import Tokenizer, normalizers
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from qa_service.encoders import E5_PREFIXES, Encoder
from qa_service.encoders.hashing import HashingEncoder
from qa_service.encoders.onnx import (
    CARD_FILE,
    GRAPH_FILE,
    MOST_QUERY_TOKENS,
    TOKENIZER_FILE,
    ModelCard,
    OnnxEncoder,
)
from qa_service.encoders.remembering import RememberingEncoder
from qa_service.encoders.sentence_transformer import SentenceTransformerEncoder, prefixes_of
from qa_service.errors import ModelError
from qa_service.files import checksum
from qa_service.modelling.served_models import DEFAULT, GENERAL, ServedModel, build_model
from qa_service.types import Passage, no_progress

WORDS = ["[UNK]", "query", "passage", ":", "обмін", "прав", "номер", "коштує"]
TEXTS = ["обмін прав", "номер коштує", "", "  ", "слово", "Обмін ПРАВ!", "\x00", "🚗"]


def tiny_model(
    folder: Path,
    query_prefix: str = "query: ",
    passage_prefix: str = "passage: ",
    max_tokens: int = 16,
) -> Path:
    """A model folder as `export` writes it: one vector a word, their mean, length 1."""
    folder.mkdir()
    table = np.random.default_rng(0).standard_normal((len(WORDS), 8)).astype(np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["tokens"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        helper.make_node("Mul", ["tokens", "column"], ["real"]),
        helper.make_node("ReduceSum", ["real", "middle"], ["sum"], keepdims=0),
        helper.make_node("LpNormalization", ["sum"], ["vectors"], axis=1, p=2),
    ]
    constants = [
        numpy_helper.from_array(np.array([axis], np.int64), name)
        for axis, name in ((2, "last"), (1, "middle"))
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", 8])],
        [numpy_helper.from_array(table, "table"), *constants],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10),
        folder / GRAPH_FILE,
    )
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, "[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.Lowercase(), Whitespace()
    tokenizer.save(str(folder / TOKENIZER_FILE))
    checksums = {name: checksum(folder / name) for name in (GRAPH_FILE, TOKENIZER_FILE)}
    write_card(folder, ModelCard("tiny", 8, max_tokens, query_prefix, passage_prefix, checksums))
    return folder


def write_card(folder: Path, card: ModelCard) -> None:
    (folder / CARD_FILE).write_text(json.dumps(asdict(card)), "utf-8")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return tiny_model(tmp_path / "tiny")


@pytest.fixture(
    params=[
        *("hashing", "onnx", "remembering"),
        pytest.param("default", marks=[pytest.mark.model, pytest.mark.slow]),
    ]
)
def encoder(request: pytest.FixtureRequest, tmp_path: Path) -> Encoder:
    if request.param == "hashing":
        return HashingEncoder(64)
    if request.param == "remembering":
        return RememberingEncoder(HashingEncoder(64), 9)
    folder: Path = (
        tiny_model(tmp_path / "tiny")
        if request.param == "onnx"
        else request.getfixturevalue("model_folder")
    )
    return OnnxEncoder.load(folder)


def ways(encoder: Encoder) -> tuple[Callable[..., Any], ...]:
    return encoder.encode_queries, encoder.encode_passages


def test_vectors_are_float32_of_length_1_in_the_order_of_the_texts(encoder: Encoder) -> None:
    for encode in ways(encoder):
        vectors = encode(TEXTS)
        assert (vectors.shape, vectors.dtype) == ((len(TEXTS), encoder.dimension), np.float32)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        np.testing.assert_array_equal(vectors[1], encode([TEXTS[1]])[0])


def test_a_very_long_text_has_a_vector_too(encoder: Encoder) -> None:
    for encode in ways(encoder):
        assert np.linalg.norm(encode(["обмін прав " * 5_000])[0]) == pytest.approx(1, abs=1e-5)


def test_no_texts_are_no_vectors(encoder: Encoder) -> None:
    for encode in ways(encoder):
        assert encode([]).shape == (0, encoder.dimension)


def test_a_text_has_the_same_vector_each_time_and_in_any_company(encoder: Encoder) -> None:
    for encode in ways(encoder):
        together, alone = encode(TEXTS), np.concatenate([encode([text]) for text in TEXTS])
        np.testing.assert_array_equal(together, alone)
        np.testing.assert_array_equal(together, encode(TEXTS))


def test_different_texts_have_different_vectors(encoder: Encoder) -> None:
    one, other = encoder.encode_queries(["обмін прав", "номер коштує"])
    assert one @ other < 0.999


@pytest.mark.parametrize("text", ["\ud800", "обмін \udfff прав"])
def test_encoding_fails_for_no_text_that_python_can_hold(encoder: Encoder, text: str) -> None:
    for encode in ways(encoder):
        assert np.isfinite(encode([text])).all()


def test_threads_get_the_vectors_that_one_gets(encoder: Encoder) -> None:
    texts = [f"обмін {number} прав коштує номер" for number in range(64)]
    expected = encoder.encode_queries(texts)
    with ThreadPoolExecutor(8) as threads:
        found = np.concatenate(
            list(threads.map(lambda text: encoder.encode_queries([text]), texts))
        )
    np.testing.assert_array_equal(found, expected)


def test_hashing_another_dimension_is_another_fingerprint() -> None:
    assert HashingEncoder(64).fingerprint != HashingEncoder(128).fingerprint


def test_hashing_texts_that_share_trigrams_are_near() -> None:
    near, far = HashingEncoder().encode_passages(
        ["обміняти посвідчення", "свідоцтво про реєстрацію"]
    )
    question = HashingEncoder().encode_queries(["обмін посвідчення"])[0]
    assert question @ near > question @ far


def test_a_prefix_is_put_before_each_text(tmp_path: Path, tiny: Path) -> None:
    bare = OnnxEncoder.load(tiny_model(tmp_path / "bare", "", ""))
    prefixed = OnnxEncoder.load(tiny)
    np.testing.assert_array_equal(
        prefixed.encode_queries(["обмін"]), bare.encode_queries(["query: обмін"])
    )
    np.testing.assert_array_equal(
        prefixed.encode_passages(["обмін"]), bare.encode_passages(["passage: обмін"])
    )
    assert not np.array_equal(
        prefixed.encode_queries(["обмін"]), prefixed.encode_passages(["обмін"])
    )


class Counting:
    """A session that notes how many tokens each run is given."""

    def __init__(self, session: Any) -> None:
        self._session, self.tokens = session, list[int]()

    def run(self, names: None, feed: dict[str, Any]) -> Any:
        self.tokens.append(feed["input_ids"].shape[1])
        return self._session.run(names, feed)


def test_a_question_costs_256_tokens_at_most_and_keeps_the_one_that_ends_it(
    tmp_path: Path,
) -> None:
    encoder = OnnxEncoder.load(tiny_model(tmp_path / "long", max_tokens=1_000))
    encoder._session = session = Counting(encoder._session)
    long, cut = ("номер " * 5_000, "номер " * 253 + "прав")
    encoder.encode_queries(["номер " * 254, long])
    encoder.encode_passages([long])
    assert session.tokens == [MOST_QUERY_TOKENS, MOST_QUERY_TOKENS, 1_000]
    np.testing.assert_array_equal(
        encoder.encode_queries(["номер " * 300 + "прав"]), encoder.encode_queries([cut])
    )


def test_a_text_beyond_the_models_length_is_cut_off(tiny: Path) -> None:
    encoder = OnnxEncoder.load(tiny)
    fits = "обмін " * 14  # after `query` and `:`
    np.testing.assert_array_equal(
        encoder.encode_queries([fits + "номер " * 10_000]), encoder.encode_queries([fits])
    )


def test_the_fingerprint_changes_with_whatever_changes_a_vector(tmp_path: Path, tiny: Path) -> None:
    base = OnnxEncoder.load(tiny).fingerprint
    others = [
        OnnxEncoder.load(tiny_model(tmp_path / "query", query_prefix="q: ")),
        OnnxEncoder.load(tiny_model(tmp_path / "passage", passage_prefix="p: ")),
        OnnxEncoder.load(tiny_model(tmp_path / "length", max_tokens=8)),
    ]
    assert len({base, *(encoder.fingerprint for encoder in others)}) == 4
    assert OnnxEncoder.load(tiny_model(tmp_path / "same")).fingerprint == base


@pytest.mark.parametrize("name", [GRAPH_FILE, TOKENIZER_FILE])
def test_a_missing_changed_or_cut_file_is_named_with_what_to_do(tiny: Path, name: str) -> None:
    content = (tiny / name).read_bytes()
    changed = bytes([content[0] ^ 1]) + content[1:]
    for damaged in (None, changed, content[:-1], b""):
        (tiny / name).unlink() if damaged is None else (tiny / name).write_bytes(damaged)
        with pytest.raises(
            ModelError,
            match=rf"{name} is missing or damaged: delete .*{tiny.name} and build the model again",
        ):
            OnnxEncoder.load(tiny)
        (tiny / name).write_bytes(content)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", "{}", '{"name": "x"}', "\x00", '{"surprise": 1}']
)
def test_a_card_that_cannot_be_read_is_named_with_what_to_do(tiny: Path, content: str) -> None:
    (tiny / CARD_FILE).write_text(content, "utf-8")
    with pytest.raises(
        ModelError, match=rf"cannot read .*{CARD_FILE}: delete .* and run `qa-service build`"
    ):
        OnnxEncoder.load(tiny)


@pytest.mark.parametrize("checksums", [None, [], 5, {GRAPH_FILE: 1}])
def test_a_card_of_another_shape_is_refused(tiny: Path, checksums: object) -> None:
    card = json.loads((tiny / CARD_FILE).read_text("utf-8")) | {"checksums": checksums}
    (tiny / CARD_FILE).write_text(json.dumps(card), "utf-8")
    with pytest.raises(ModelError):
        OnnxEncoder.load(tiny)


def test_a_folder_without_a_model_says_how_to_make_one(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(
            ModelError, match=r"no model in .*: run `qa-service build`, which makes it"
        ):
            OnnxEncoder.load(folder)


@pytest.mark.parametrize("name", [GRAPH_FILE, TOKENIZER_FILE])
def test_a_file_that_is_no_model_is_refused_even_if_the_card_vouches_for_it(
    tiny: Path, name: str
) -> None:
    card = ModelCard(**json.loads((tiny / CARD_FILE).read_text("utf-8")))
    (tiny / name).write_bytes(b"not a model")
    write_card(tiny, replace(card, checksums=card.checksums | {name: checksum(tiny / name)}))
    with pytest.raises(ModelError):
        OnnxEncoder.load(tiny)


class FakeTransformer:
    """As much of a SentenceTransformer as the prefixes need."""

    def __init__(self, **prompts: str) -> None:
        self.prompts = prompts


@pytest.mark.parametrize(
    ("name", "prompts", "expected"),
    [
        ("intfloat/multilingual-e5-base", {}, E5_PREFIXES),
        ("models/E5-tuned", {}, E5_PREFIXES),
        ("e5/paraphrase-multilingual", {}, ("", "")),
        ("bge-m3", {"query": "", "passage": ""}, ("", "")),
        (
            "embeddinggemma",
            {"query": "task: search | query: ", "document": "title: none | text: "},
            None,
        ),
        ("multilingual-e5-large", {"query": "q: ", "passage": "p: "}, ("q: ", "p: ")),
    ],
)
def test_a_models_own_prefixes_win_over_its_familys(
    name: str, prompts: dict[str, str], expected: tuple[str, str] | None
) -> None:
    model: Any = FakeTransformer(**prompts)
    assert prefixes_of(model, name) == (expected or (prompts["query"], prompts["document"]))


@pytest.mark.slow
def test_a_name_that_is_no_model_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    said = r"cannot load the model '.*nowhere': it is neither .*; QA_MODEL=default or general"
    with pytest.raises(ModelError, match=said):
        SentenceTransformerEncoder.load(str(tmp_path / "nowhere"))


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SentenceTransformerEncoder]:
    """The SentenceTransformer of the default model's weights, from the package index."""
    yield original_of(DEFAULT, tmp_path_factory.mktemp("e5"))


def original_of(served: ServedModel, folder: Path) -> SentenceTransformerEncoder:
    from qa_service.modelling.e5_small import weights_of
    from qa_service.modelling.original import to_sentence_transformer

    model = to_sentence_transformer(weights_of(served, folder))
    return SentenceTransformerEncoder(model, served.name, served.prefixes)


def evenly(passages: tuple[Passage, ...], count: int) -> list[Passage]:
    return [passages[row] for row in np.linspace(0, len(passages) - 1, count, dtype=np.int64)]


@pytest.mark.model
@pytest.mark.nightly
def test_the_default_model_keeps_the_vectors_of_its_original(
    model_folder: Path, reference: SentenceTransformerEncoder
) -> None:
    assert least_cosine(OnnxEncoder.load(model_folder), reference) >= 0.995


@pytest.mark.model
@pytest.mark.nightly
def test_so_does_the_general_model(tmp_path: Path) -> None:
    folder = build_model(GENERAL, tmp_path / "models", no_progress)
    assert least_cosine(OnnxEncoder.load(folder), original_of(GENERAL, tmp_path)) >= 0.995


def least_cosine(ours: Encoder, theirs: Encoder) -> float:
    """Of texts of our corpus, each encoded by both."""
    texts = [passage.text for passage in evenly(our_corpus().passages, 200)]
    cosines = np.einsum("td,td->t", ours.encode_passages(texts), theirs.encode_passages(texts))
    found = f"least {cosines.min():.5f}, mean {cosines.mean():.5f} over {len(texts)} texts"
    print(f"cosine to the original: {found}")  # noqa: T201
    return float(cosines.min())


@pytest.mark.model
@pytest.mark.nightly
def test_the_default_model_keeps_the_best_passage_of_its_original(
    model_folder: Path, reference: SentenceTransformerEncoder
) -> None:
    passages = our_corpus().passages
    texts = [f"{passage.title}. {passage.text}" for passage in passages]
    asked = [(row, text) for row, one in enumerate(passages) for text in one.questions[:3]]
    right, questions = np.array([row for row, _ in asked]), [text for _, text in asked]
    ours, theirs = (
        (encoder.encode_queries(questions) @ encoder.encode_passages(texts).T).argmax(axis=1)
        for encoder in (OnnxEncoder.load(model_folder), reference)
    )
    same, lost = np.mean(ours == theirs), np.mean(theirs == right) - np.mean(ours == right)
    found = f"{same:.1%} of {len(questions)} questions; right ones lost: {lost:.2%}"
    print(f"same best passage as the original: {found}")  # noqa: T201
    assert same >= 0.96
    assert lost <= 0.005


@pytest.mark.model
@pytest.mark.nightly
def test_the_original_keeps_the_contract_too(reference: SentenceTransformerEncoder) -> None:
    vectors = reference.encode_queries(TEXTS[:4])
    assert vectors.shape == (4, reference.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert reference.encode_passages([]).shape == (0, reference.dimension)
    bare = SentenceTransformerEncoder(reference._model, "bare", ("", ""))
    np.testing.assert_allclose(
        bare.encode_passages(["passage: обмін"]), reference.encode_passages(["обмін"]), atol=1e-6
    )
    np.testing.assert_allclose(
        bare.encode_queries(["обмін"]), reference.encode_queries(["обмін"]), atol=1e-6
    )
    assert bare.fingerprint != reference.fingerprint
