"""Domain adaptation: questions move towards the passages that answer them, and nothing else is
touched.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.corpus import two_services
from support.fakes import tiny_model

from qa_service.documents import Corpus
from qa_service.errors import ModelError
from qa_service.indexing.texts import passage_texts
from qa_service.modelling.adapt import Recipe, adapt, adapt_further, corpus_vocabulary
from qa_service.modelling.adapter import attach
from qa_service.modelling.batches import (
    NOTHING,
    Batch,
    BatchSizes,
    Pair,
    batches,
    latest,
    mine,
    training_pairs,
)
from qa_service.modelling.distil import Distillation, Embedder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

RECIPE = Recipe(
    epochs=12,
    sizes=BatchSizes(questions=4, hard_negatives=2, off_topic=2),
    learning_rate=0.02,
    rank=4,
    first_layer=0,
    distillation=Distillation(steps=2),
)
OFF_TOPIC = ["яка погода на завтра", "рецепт борщу", "скільки коштує квиток у кіно"]


def _corpus() -> Corpus:
    corpus = two_services()
    return replace(
        corpus, expansions={corpus.passages[0].id: ("скока стоїть",)}, off_topic=tuple(OFF_TOPIC)
    )


def _pairs(corpus: Corpus) -> list[Pair]:
    return training_pairs(corpus, corpus_vocabulary(corpus))


def test_every_question_known_for_a_passage_is_a_pair() -> None:
    corpus = _corpus()
    pairs = _pairs(corpus)
    assert Pair("скока стоїть", 0) in pairs
    known = sum(1 + len(passage.questions) for passage in corpus.passages) + 1
    assert len(pairs) == known


def test_a_near_miss_is_below_the_right_passage_by_the_margin() -> None:
    passages = np.array([[1.0, 0.0], [0.995, 0.0998], [0.8, 0.6], [0.0, 1.0]], np.float32)
    assert mine(np.array([[1.0, 0.0]], np.float32), passages, [0], margin=0.02, depth=3) == [[2]]


def _as_it_is(pair: Pair) -> str:
    return pair.question


def _all_batches(recipe: Recipe = RECIPE, ask: Callable[[Pair], str] = _as_it_is) -> list[Batch]:
    """Of the tiny corpus, where every passage but the right one is a near miss."""
    corpus = _corpus()
    pairs, passages = _pairs(corpus), passage_texts(corpus).texts
    near = [[row for row in range(len(passages)) if row != pair.row] for pair in pairs]
    generator = np.random.default_rng(1)
    epochs, sizes = recipe.epochs, recipe.sizes
    outside = [Pair(question, NOTHING) for question in OFF_TOPIC]
    return list(batches(pairs, passages, near, outside, ask, epochs, sizes, generator))


def _loud(pair: Pair) -> str:
    return pair.question.upper()


def test_every_pair_is_asked_once_an_epoch() -> None:
    asked = Counter(question for batch in _all_batches() for question in batch.questions)
    assert asked == {pair.question: RECIPE.epochs for pair in _pairs(_corpus())}


def test_what_does_not_fill_a_batch_waits_for_the_next_epoch() -> None:
    found = _all_batches(replace(RECIPE, sizes=replace(RECIPE.sizes, questions=5)))
    assert [len(batch.questions) for batch in found] == [5, 5] * RECIPE.epochs
    for first, second in zip(found[::2], found[1::2], strict=True):
        assert not set(first.questions) & set(second.questions)
    assert {question for batch in found for question in batch.questions} == {
        pair.question for pair in _pairs(_corpus())
    }


def test_the_right_passage_is_the_one_that_answers_among_some_near_misses() -> None:
    texts = passage_texts(_corpus()).texts
    answering = {pair.question: texts[pair.row] for pair in _pairs(_corpus())}
    for batch in _all_batches():
        right = [batch.passages[number] for number in batch.right_passages]
        assert right == [answering[question] for question in batch.questions]
        assert (
            len(set(batch.passages))
            == len(batch.passages)
            <= len(set(right)) + RECIPE.sizes.hard_negatives
        )


def test_the_right_known_question_is_another_one_for_the_same_passage_where_there_is_one() -> None:
    row_of = {pair.question: pair.row for pair in _pairs(_corpus())}
    for batch in _all_batches():
        for question, number in zip(batch.questions, batch.right_known, strict=True):
            known = batch.known[number]
            others = [
                other
                for other, row in row_of.items()
                if row == row_of[question] and other not in batch.questions
            ]
            assert row_of[known] == row_of[question]
            assert known not in batch.questions or not others


def test_a_question_off_topic_stands_in_every_batch_and_is_never_the_right_choice() -> None:
    for batch in _all_batches():
        right = {batch.known[number] for number in batch.right_known}
        assert len(set(batch.known) & set(OFF_TOPIC)) == RECIPE.sizes.off_topic and not right & set(
            OFF_TOPIC
        )
        assert len(batch.known) == len(set(batch.right_known)) + RECIPE.sizes.off_topic


def test_questions_are_put_as_asked_and_compared_with_known_ones_as_they_are_known() -> None:
    for plain, put in zip(_all_batches(), _all_batches(ask=_loud), strict=True):
        assert put.questions == [question.upper() for question in plain.questions]
        answerable = len(plain.known) - plain.off_topic_count
        assert put.known[:answerable] == plain.known[:answerable]
        assert put.known[answerable:] == [question.upper() for question in plain.known[answerable:]]


def test_the_same_seed_gives_the_same_batches() -> None:
    assert _all_batches() == _all_batches()


@pytest.mark.slow
def test_training_brings_questions_nearer_to_their_passages_and_repeats_itself() -> None:
    corpus, whole = _corpus(), tiny_model()
    model = tiny_model()
    before = {name: parameter.clone() for name, parameter in model.named_parameters()}
    losses: list[tuple[str, int, int]] = []
    first = adapt(_bare(model), _bare(whole), corpus, (), RECIPE, lambda *step: losses.append(step))
    again = adapt(_bare(tiny_model()), _bare(whole), corpus, (), RECIPE, lambda *step: None)

    assert losses[-1][1] == losses[-1][2] > 0
    assert all(
        (parameter == before[name]).all()
        for name, parameter in model.named_parameters()
        if name in before
    )
    assert first.keys() == again.keys()
    for name, (down, up) in first.items():
        np.testing.assert_array_equal(down, again[name][0])
        np.testing.assert_array_equal(up, again[name][1])
        assert np.abs(up).max() > 0
    assert _hits(model, corpus) > _hits(tiny_model(), corpus)


def test_the_latest_questions_of_each_passage_are_kept_and_every_turn_of_a_talk() -> None:
    pairs = [Pair("a", 0), Pair("b", 1), Pair("c", 0), Pair("x", 0, "name", True), Pair("d", 0)]
    assert latest(pairs, 1) == [pairs[1], pairs[3], pairs[4]]
    assert latest(pairs, 2) == pairs[1:]
    assert latest(pairs, None) == pairs


@pytest.mark.slow
def test_training_further_begins_where_the_adapter_ended() -> None:
    corpus, recipe = _corpus(), replace(RECIPE, learning_rate=1e-9, distilled_share=0)
    begun = adapt(_bare(tiny_model()), _bare(tiny_model()), corpus, (), RECIPE, lambda *step: None)
    model, steps = tiny_model(), list[str]()
    further = adapt_further(
        _bare(model), begun, corpus, (), recipe, lambda *step: steps.append(step[0])
    )
    assert "distillation" not in steps
    for name, (down, up) in begun.items():
        np.testing.assert_allclose(further[name][0], down, atol=1e-5)
        np.testing.assert_allclose(further[name][1], up, atol=1e-5)
    assert _hits(model, corpus) > _hits(tiny_model(), corpus)


def test_an_adapter_of_layers_that_are_not_trained_is_refused_by_their_names() -> None:
    begun = {name: one.factors() for name, one in attach(tiny_model(), 4, first_layer=0).items()}
    above = attach(tiny_model(), 4, first_layer=1)
    with pytest.raises(ModelError, match=r"encoder\.layer\.0\..+ train it anew"):
        attach(tiny_model(), 4, first_layer=1, begun=begun)
    assert attach(tiny_model(), 4, 1, {name: begun[name] for name in above}).keys() == above.keys()


def _bare(model: "SentenceTransformer") -> Embedder:
    return Embedder(model, ("", ""))


def _hits(model: object, corpus: Corpus) -> int:
    """Questions whose nearest passage is the right one; `model` still carries its updates as
    hooks.
    """
    pairs = _pairs(corpus)
    encode = model.encode  # type: ignore[attr-defined]
    questions = encode(
        [pair.question for pair in pairs], normalize_embeddings=True, show_progress_bar=False
    )
    passages = encode(
        [f"{p.title}. {p.text}" for p in corpus.passages],
        normalize_embeddings=True,
        show_progress_bar=False,
    )
    return sum(
        int(row == pair.row)
        for row, pair in zip((questions @ passages.T).argmax(axis=1), pairs, strict=True)
    )
