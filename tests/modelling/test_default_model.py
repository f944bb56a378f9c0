"""The default model where it cannot be written: one line says what to do."""

from pathlib import Path

import pytest
from support.fakes import tiny_model

from qa_service.encoders.onnx import TOKENIZER_FILE
from qa_service.errors import ModelError
from qa_service.modelling.default_model import build_default_model
from qa_service.types import no_progress

ELSEWHERE = "choose another folder with QA_MODEL_CACHE"


def test_a_folder_of_models_that_cannot_be_made_is_named_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(ModelError) as caught:
        build_default_model(tmp_path / "file" / "models", no_progress)
    said = f"cannot write the model to {tmp_path / 'file' / 'models'}: Not a directory; {ELSEWHERE}"
    assert str(caught.value) == said


def test_a_disk_that_fills_at_the_tokenizer_leaves_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa_service.modelling import e5_small

    write_text = Path.write_text

    def full(path: Path, text: str, encoding: str) -> int:
        if path.name == TOKENIZER_FILE:
            raise OSError(28, "No space left on device")
        return write_text(path, text, encoding)

    monkeypatch.setattr(e5_small, "build_sentence_transformer", lambda workdir: tiny_model())
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ModelError, match=f"on device; free some space or {ELSEWHERE}"):
        build_default_model(tmp_path / "models", no_progress)
    assert list((tmp_path / "models").iterdir()) == []
