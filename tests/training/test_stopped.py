"""A training that is stopped half-way changes nothing, the next one starts clean; one that ends is kept before it is averaged."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_settings, write_corpus
from worlds import MAX_TOKENS, tiny_weights

from qa_service import bootstrap
from qa_service.bootstrap import train_adapter
from qa_service.encoders.adapter import ADAPTER_FILE, Factors, write_adapter
from qa_service.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a tiny corpus; a tiny model is trained."""
    from qa_service.encoders import e5_small
    from qa_service.training import encoder

    monkeypatch.setattr(e5_small, "build_base", lambda workdir: e5_small.to_sentence_transformer(tiny_weights()))
    recipe = partial(encoder.Recipe, batch=4, first_layer=0, question_tokens=MAX_TOKENS, passage_tokens=MAX_TOKENS)
    monkeypatch.setattr(encoder, "Recipe", recipe)
    write_corpus(tmp_path)
    return tiny_settings(tmp_path, model_cache=tmp_path / "models")


def test_a_training_that_is_stopped_leaves_the_adapter_as_it_was_and_nothing_behind(tmp_path: Path, settings: Settings) -> None:
    steps = []

    def stop_in_the_second_step(stage: str, done: int, total: int) -> None:
        if stage == "training":
            steps.append(done)
            if done == 2:
                raise KeyboardInterrupt

    before = ADAPTER_FILE.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        train_adapter(settings, stop_in_the_second_step)
    assert steps == [1, 2]
    assert ADAPTER_FILE.read_bytes() == before
    assert list((tmp_path / "models").iterdir()) == []
    assert not list(ADAPTER_FILE.parent.glob("*.partial*"))


def test_what_was_trained_is_written_before_it_is_averaged_with_another(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Mapping[str, Factors]] = []
    monkeypatch.setattr(bootstrap, "write_adapter", written.append)
    train_adapter(settings)
    [alone] = written
    write_adapter(alone, tmp_path / "other.npz")
    train_adapter(settings, beside=tmp_path / "other.npz")
    _, again, averaged = written
    for name, (down, up) in alone.items():
        np.testing.assert_array_equal(up @ down, again[name][1] @ again[name][0])
        np.testing.assert_allclose(averaged[name][1] @ averaged[name][0], up @ down, atol=1e-3)
        assert averaged[name][0].shape[0] == 2 * down.shape[0]
