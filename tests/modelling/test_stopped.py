"""A training that is stopped half-way changes nothing, and the next one starts clean."""

from functools import partial
from pathlib import Path

import pytest
from support.corpus import write_corpus
from support.fakes import tiny_weights

from qa_service.documents import Corpus, load_corpus
from qa_service.modelling.served_models import ADAPTER_FILE, train_adapter

pytestmark = pytest.mark.slow


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """A tiny one; a tiny model is trained on it."""
    from qa_service.modelling import adapt as encoder
    from qa_service.modelling import e5_small
    from qa_service.modelling.batches import BatchSizes
    from qa_service.modelling.distil import Distillation

    monkeypatch.setattr(e5_small, "original_weights", lambda workdir: tiny_weights(layers=12))
    sizes, distillation = BatchSizes(4, 2, 2), Distillation(steps=2)
    recipe = partial(encoder.Recipe, sizes=sizes, first_layer=0, distillation=distillation)
    monkeypatch.setattr(encoder, "Recipe", recipe)
    return load_corpus(write_corpus(tmp_path))


def test_a_training_that_is_stopped_leaves_the_adapter_as_it_was_and_nothing_behind(
    tmp_path: Path, corpus: Corpus
) -> None:
    steps = []

    def stop_in_the_second_step(stage: str, done: int, total: int) -> None:
        if stage == "training":
            steps.append(done)
            if done == 2:
                raise KeyboardInterrupt

    before = ADAPTER_FILE.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        train_adapter(corpus, (), tmp_path / "models", stop_in_the_second_step)
    assert steps == [1, 2]
    assert ADAPTER_FILE.read_bytes() == before
    assert list((tmp_path / "models").iterdir()) == []
    assert not list(ADAPTER_FILE.parent.glob("*.partial*"))
