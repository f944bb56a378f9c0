"""Domain adaptation: questions move towards the passages that answer them, and nothing else is touched."""

from dataclasses import replace

import numpy as np
import pytest
from worlds import tiny_weights, two_services

from qa_service.encoders.e5_small import to_sentence_transformer
from qa_service.training.encoder import Pair, Recipe, adapt, mine, training_pairs
from qa_service.types import Corpus

RECIPE = Recipe(epochs=12, batch=4, hard_negatives=2, learning_rate=0.02, rank=4, first_layer=0)


def _corpus() -> Corpus:
    corpus = two_services()
    return replace(corpus, expansions={corpus.passages[0].id: ("скока стоїть",)})


def test_every_question_known_for_a_passage_is_a_pair() -> None:
    corpus = _corpus()
    pairs = training_pairs(corpus)
    assert Pair("скока стоїть", 0) in pairs
    known = sum(1 + len(passage.questions) for passage in corpus.passages) + 1
    assert len(pairs) == known


def test_a_near_miss_is_below_the_right_passage_by_the_margin() -> None:
    passages = np.array([[1.0, 0.0], [0.995, 0.0998], [0.8, 0.6], [0.0, 1.0]], np.float32)
    assert mine(np.array([[1.0, 0.0]], np.float32), passages, [0], margin=0.02, depth=3) == [[2]]


@pytest.mark.slow
def test_training_brings_questions_nearer_to_their_passages_and_repeats_itself() -> None:
    corpus, prefixes = _corpus(), ("", "")
    model = to_sentence_transformer(tiny_weights())
    before = {name: parameter.clone() for name, parameter in model.named_parameters()}
    losses: list[tuple[str, int, int]] = []
    first = adapt(model, prefixes, corpus, RECIPE, lambda *step: losses.append(step))
    again = adapt(to_sentence_transformer(tiny_weights()), prefixes, corpus, RECIPE, lambda *step: None)

    assert losses[-1][1] == losses[-1][2] > 0
    assert all((parameter == before[name]).all() for name, parameter in model.named_parameters() if name in before)
    assert first.keys() == again.keys()
    for name, (down, up) in first.items():
        np.testing.assert_array_equal(down, again[name][0])
        np.testing.assert_array_equal(up, again[name][1])
        assert np.abs(up).max() > 0
    assert _hits(model, corpus) > _hits(to_sentence_transformer(tiny_weights()), corpus)


def _hits(model: object, corpus: Corpus) -> int:
    """Questions whose nearest passage is the right one; `model` still carries its updates as hooks."""
    pairs = training_pairs(corpus)
    encode = model.encode  # type: ignore[attr-defined]
    questions = encode([pair.question for pair in pairs], normalize_embeddings=True, show_progress_bar=False)
    passages = encode([f"{p.title}. {p.text}" for p in corpus.passages], normalize_embeddings=True, show_progress_bar=False)
    return sum(int(row == pair.row) for row, pair in zip((questions @ passages.T).argmax(axis=1), pairs, strict=True))
