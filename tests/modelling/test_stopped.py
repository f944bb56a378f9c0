"""A training that is stopped half-way changes nothing, and the next one starts clean."""

from functools import partial
from pathlib import Path

import pytest
from tiny import tiny_settings, write_corpus
from worlds import tiny_model

from qa_service.bootstrap import train_adapter
from qa_service.modelling.adapter import ADAPTER_FILE
from qa_service.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a tiny corpus; a tiny model is trained."""
    from qa_service.modelling import adapt as encoder
    from qa_service.modelling import e5_small
    from qa_service.modelling.distil import Healing

    monkeypatch.setattr(e5_small, "build_base", lambda workdir: (tiny_model(), tiny_model()))
    recipe = partial(encoder.Recipe, batch=4, first_layer=0, healing=Healing(steps=2))
    monkeypatch.setattr(encoder, "Recipe", recipe)
    write_corpus(tmp_path)
    return tiny_settings(tmp_path, model_cache=tmp_path / "models")


def test_a_training_that_is_stopped_leaves_the_adapter_as_it_was_and_nothing_behind(
    tmp_path: Path, settings: Settings
) -> None:
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
