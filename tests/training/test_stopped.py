"""A training that is stopped half-way changes nothing: the next one starts clean."""

from functools import partial
from pathlib import Path

import pytest
from tiny import tiny_settings, write_corpus
from worlds import MAX_TOKENS, tiny_weights

from qa_service.bootstrap import train_adapter
from qa_service.encoders.adapter import ADAPTER_FILE

pytestmark = pytest.mark.slow


def test_a_training_that_is_stopped_leaves_the_adapter_as_it_was_and_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa_service.encoders import e5_small
    from qa_service.training import encoder

    monkeypatch.setattr(e5_small, "build_base", lambda workdir: e5_small.to_sentence_transformer(tiny_weights()))
    recipe = partial(encoder.Recipe, batch=4, first_layer=0, question_tokens=MAX_TOKENS, passage_tokens=MAX_TOKENS)
    monkeypatch.setattr(encoder, "Recipe", recipe)
    write_corpus(tmp_path)
    settings = tiny_settings(tmp_path, model_cache=tmp_path / "models")
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
