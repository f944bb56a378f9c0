"""The served models: what they are made with, what names their folders; where one cannot be made,
one line says what to do.
"""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from support.corpus import two_services
from support.fakes import tiny_weights

from qa_service.encoders.onnx import TOKENIZER_FILE, OnnxEncoder
from qa_service.encoders.sentence_transformer import SentenceTransformerEncoder
from qa_service.errors import MissingExtraError, ModelError
from qa_service.modelling import e5_small, served_models
from qa_service.modelling.ranges import measure_ranges, read_ranges, write_ranges
from qa_service.modelling.served_models import (
    DEFAULT,
    GENERAL,
    SERVED_MODELS,
    ServedModel,
    build_model,
    train_adapter,
)
from qa_service.types import no_progress

ELSEWHERE = "choose another folder with QA_MODEL_CACHE"


PYTORCH = ("torch", "sentence_transformers", "transformers")


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServedModel:
    """A model of tiny weights, with their ranges; not adapted."""
    monkeypatch.setattr(e5_small, "weights_of", lambda model, workdir: tiny_weights())
    ranges = tmp_path / "ranges.npz"
    write_ranges(measure_ranges(tiny_weights(), DEFAULT.prefixes), ranges)
    return replace(DEFAULT, adapter=tmp_path / "adapter.npz", ranges=ranges)


def test_a_folder_of_models_that_cannot_be_made_is_named_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(ModelError) as caught:
        build_model(DEFAULT, tmp_path / "file" / "models", no_progress)
    said = f"cannot write the model to {tmp_path / 'file' / 'models'}: Not a directory; {ELSEWHERE}"
    assert str(caught.value) == said


def test_a_disk_that_fills_at_the_tokenizer_leaves_no_model(
    tiny: ServedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text = Path.write_text

    def full(path: Path, text: str, encoding: str) -> int:
        if path.name == TOKENIZER_FILE:
            raise OSError(28, "No space left on device")
        return write_text(path, text, encoding)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ModelError, match=f"on device; free some space or {ELSEWHERE}"):
        build_model(tiny, tmp_path / "models", no_progress)
    assert list((tmp_path / "models").iterdir()) == []


def test_the_model_is_made_and_served_without_pytorch(
    tiny: ServedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in (*PYTORCH, "sklearn", "scipy", "onnx_ir", "onnxscript"):
        monkeypatch.setitem(sys.modules, library, None)
    folder = build_model(tiny, tmp_path / "models", no_progress)
    assert OnnxEncoder.load(folder).encode_queries(["обмін"]).shape == (1, 32)


def test_other_ranges_or_another_adapter_are_another_model(
    tiny: ServedModel, tmp_path: Path
) -> None:
    keys = [tiny.key]
    (tmp_path / "adapter.npz").write_bytes(b"learnt")
    keys.append(tiny.key)
    tiny.ranges.write_bytes(b"measured")
    assert len({*keys, tiny.key}) == 3


def test_the_general_model_is_the_original_with_all_its_layers_and_prefixes() -> None:
    layers = DEFAULT.layers
    assert GENERAL.adapter is None and len(GENERAL.layers) == 12 > len(layers)
    assert GENERAL.prefixes == ("query: ", "passage: ")


@pytest.mark.parametrize("name", SERVED_MODELS)
def test_a_served_models_ranges_are_of_its_layers(name: str) -> None:
    model = SERVED_MODELS[name]
    layers = {tensor.split(".")[2] for tensor in read_ranges(model.ranges) if "layer" in tensor}
    assert len(layers) == len(model.layers)


@pytest.mark.parametrize(("library", "extra"), [("onnx", "build"), (PYTORCH[1], "models")])
def test_what_is_not_installed_is_named_with_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, extra: str
) -> None:
    monkeypatch.setattr(
        served_models, "find_spec", lambda name: None if name == library else object()
    )
    advice = rf"needs an optional part: in the checkout, run pip install -e '\.\[{extra}\]'$"
    with pytest.raises(MissingExtraError, match=f"^training the default model {advice}"):
        train_adapter(two_services(), (), tmp_path, no_progress)
    if library == "onnx":
        with pytest.raises(MissingExtraError, match=f"^building the model {DEFAULT.name} {advice}"):
            build_model(DEFAULT, tmp_path, no_progress)
    assert list(tmp_path.iterdir()) == []


def test_training_further_needs_an_adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served_models, "ADAPTER_FILE", tmp_path / "adapter.npz")
    with pytest.raises(ModelError, match=r"train without --further$"):
        train_adapter(two_services(), (), tmp_path / "models", no_progress, further=True)
    assert list(tmp_path.iterdir()) == []


def test_any_other_model_says_how_to_install_what_loads_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtraError) as caught:
        SentenceTransformerEncoder.load("BAAI/bge-m3")
    advice = "in the checkout, run pip install -e '.[models]'"
    assert str(caught.value) == f"the model BAAI/bge-m3 needs an optional part: {advice}"
