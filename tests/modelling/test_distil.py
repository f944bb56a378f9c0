"""A model that lost layers comes back to the vectors of the whole one, and keeps the layers it was
left.
"""

import numpy as np
import pytest
from support.fakes import tiny_model, tiny_weights

from qa_service.modelling.adapter import attach
from qa_service.modelling.distil import Distillation, Embedder, distil
from qa_service.modelling.e5_small import prune

QUESTIONS = [
    "яка ціна",
    "де зробити обмін",
    "чи треба медична довідка",
    "яка погода на завтра",
    "рецепт борщу",
    "графік роботи",
]
PASSAGES = ["обмін посвідчення водія коштує", "медична довідка діє два роки"]


def test_the_layers_that_stay_are_numbered_anew_and_as_they_were() -> None:
    whole = tiny_weights(layers=4)
    pruned = prune(whole, (0, 3))
    assert pruned.layers == 2
    kept = {"encoder.layer.0.": "encoder.layer.0.", "encoder.layer.1.": "encoder.layer.3."}
    for name, values in pruned.tensors.items():
        before = next(
            (old + name.removeprefix(new) for new, old in kept.items() if name.startswith(new)),
            name,
        )
        np.testing.assert_array_equal(values, whole.tensors[before])
    assert len(pruned.tensors) == len(tiny_weights(layers=2).tensors)


@pytest.mark.slow
def test_vectors_to_train_on_stand_in_the_order_of_the_texts() -> None:
    model = Embedder(tiny_model(tiny_weights(layers=2)), ("", ""))
    texts = [" ".join(QUESTIONS[:count]) for count in (6, 1, 3, 2, 5, 4, 6, 2, 1, 3)]
    trained = model.questions(texts).detach().numpy()
    alike = (trained * model.encode_questions(texts)).sum(axis=1)
    assert alike.min() > 0.99


@pytest.mark.slow
def test_a_pruned_model_comes_nearer_to_the_whole_one() -> None:
    weights = tiny_weights(layers=3)
    pruned, whole = (
        Embedder(tiny_model(prune(weights, (0, 2))), ("", "")),
        Embedder(tiny_model(weights), ("", "")),
    )
    expected = whole.encode_questions(QUESTIONS)
    before = pruned.encode_questions(QUESTIONS)
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return question

    updates = attach(pruned.model, rank=4, first_layer=0)
    factors = [factor for update in updates.values() for factor in update.parameters()]
    recipe = Distillation(steps=30, questions=4, passages=2, learning_rate=0.02)
    distil(
        pruned,
        whole,
        factors,
        QUESTIONS,
        PASSAGES,
        ask,
        recipe,
        np.random.default_rng(1),
        lambda done, total: None,
    )

    after = pruned.encode_questions(QUESTIONS)
    assert (1 - (after * expected).sum(axis=1)).mean() < (
        1 - (before * expected).sum(axis=1)
    ).mean() / 2
    np.testing.assert_array_equal(whole.encode_questions(QUESTIONS), expected)
    assert len(asked) == 30 * 4 and set(asked) == set(QUESTIONS)
