"""Domain adaptation of the default encoder on the corpus' own questions: `qa-service train
--encoder`.

Contrastive learning (InfoNCE) on low-rank updates of the upper layers; word embeddings and lower
layers stay, so that the model keeps its languages. Each question learns four things at once, as
the index will use them: which passage answers, by its text; which other question asks for the same
passage, among questions for others and off-topic ones; a linear classifier learns which of all
passages answers, or none; and another to separate in-scope from off-topic questions. A question is
trained in the form in which it is read, some with typing errors. Needs the `models` extra.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Self

import numpy as np

from qa_service.documents import Corpus
from qa_service.documents.dialogues import Dialogue
from qa_service.errors import ModelError
from qa_service.indexing.texts import lexical_texts, passage_texts
from qa_service.modelling.adapter import Factors, LowRank, attach, blend
from qa_service.modelling.batches import (
    NOTHING,
    Batch,
    BatchSizes,
    Pair,
    batches,
    latest,
    mine,
    mistype,
    training_pairs,
    wrap,
)
from qa_service.modelling.distil import Distillation, Embedder, Optimiser, distil
from qa_service.modelling.losses import Heads, loss
from qa_service.modelling.turn_pairs import in_talks, turn_pairs
from qa_service.text.spelling import Vocabulary
from qa_service.text.talks import after_name
from qa_service.text.understand import Synonyms, understand
from qa_service.types import Progress

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Recipe:
    """The numbers of one run; the same ones, corpus and number of threads give the same adapter."""

    seed: int = 1
    epochs: int = 1
    sizes: BatchSizes = field(default_factory=lambda: BatchSizes(32, 16, 24))
    mistyped: float = 0.2
    """Share of the questions that are asked with typing errors."""
    wrapped: float = 0.15
    """Share of the questions that are asked with courtesy around them, none of it taken off."""
    in_talks: float = 0.15
    """Share of the questions that are read after the name of a procedure, as turns of a talk."""
    learning_rate: float = 3e-4
    scope_learning_rate: float = 3e-2
    classes_learning_rate: float = 3e-3
    temperature: float = 0.02
    classes_temperature: float = 0.05
    rank: int = 32
    first_layer: int = 2
    latest: int | None = None
    """At most so many questions of each passage, the last ones that the corpus lists."""
    distillation: Distillation = field(default_factory=Distillation)
    distilled_share: float = 0.1
    """Vectors of the distilled model, mixed into the result: what it knows of other subjects."""


FURTHER = Recipe(learning_rate=1e-4, latest=24)
"""For training an adapter on, with what has been asked since: a third of the steps."""


def adapt(
    pruned: Embedder,
    whole: Embedder,
    corpus: Corpus,
    dialogues: Sequence[Dialogue],
    recipe: Recipe,
    progress: Progress,
) -> dict[str, Factors]:
    """Matrix name -> low-rank update of `pruned`, distilled from `whole`, then adapted to the
    corpus' questions and the turns of `dialogues`.

    The models' own weights stay. Raises ModelError where there are too few questions.
    """
    material = _Material.of(corpus, dialogues, recipe)
    updates = attach(pruned.model, recipe.rank, recipe.first_layer)
    distil(
        pruned,
        whole,
        _parameters(updates),
        [one.question for one in (*material.pairs, *material.outside) if not one.is_turn],
        material.passages,
        material.put,
        recipe.distillation,
        material.generator,
        partial(progress, "distillation"),
    )
    distilled = {name: update.factors() for name, update in updates.items()}
    trained = _contrast(pruned, updates, material, recipe, progress)
    return blend(distilled, trained, recipe.distilled_share)


def adapt_further(
    pruned: Embedder,
    begun: Mapping[str, Factors],
    corpus: Corpus,
    dialogues: Sequence[Dialogue],
    recipe: Recipe,
    progress: Progress,
) -> dict[str, Factors]:
    """The update `begun` of `pruned`, trained on with the latest questions of each passage, so that
    what it has learnt is repeated beside what is new. Raises ModelError as `adapt` does.
    """
    material = _Material.of(corpus, dialogues, recipe)
    updates = attach(pruned.model, recipe.rank, recipe.first_layer, begun)
    return _contrast(pruned, updates, material, recipe, progress)


@dataclass(frozen=True, slots=True)
class _Material:
    """What is learnt from. outside: what no passage answers. put: a question's form varied."""

    pairs: list[Pair]
    outside: list[Pair]
    passages: list[str]
    put: Callable[[str], str]
    generator: np.random.Generator

    @classmethod
    def of(cls, corpus: Corpus, dialogues: Sequence[Dialogue], recipe: Recipe) -> Self:
        """Raises ModelError where there are too few questions. Seeds torch, too."""
        import torch

        torch.manual_seed(recipe.seed)
        generator = np.random.default_rng(recipe.seed)
        vocabulary, synonyms = corpus_vocabulary(corpus), Synonyms(corpus.synonyms)
        answered, outside = _questions(corpus, dialogues, vocabulary)
        pairs, outside = (
            in_talks(some, corpus, recipe.in_talks, generator)
            for some in (latest(answered, recipe.latest), outside)
        )
        if len(pairs) < recipe.sizes.questions:
            few = f"{len(pairs)}, and a batch is {recipe.sizes.questions}"
            raise ModelError(f"too few questions to train with: {few}")

        def put(question: str) -> str:
            if corpus.wrappers and generator.random() < recipe.wrapped:
                return wrap(question, corpus.wrappers, generator)
            is_mistyped = generator.random() < recipe.mistyped
            typed = mistype(question, generator) if is_mistyped else question
            return understand(typed, vocabulary, synonyms).reading

        return cls(pairs, outside, passage_texts(corpus).texts, put, generator)

    def ask(self, pair: Pair) -> str:
        """The question of a pair as it is trained with."""
        return after_name(pair.after, self.put(pair.question))


def _contrast(
    model: Embedder,
    updates: Mapping[str, LowRank],
    material: _Material,
    recipe: Recipe,
    progress: Progress,
) -> dict[str, Factors]:
    """Mine near misses with the model as it is, then train `updates`."""
    pairs, passages = material.pairs, material.passages
    progress("mining", 0, 1)
    asked = model.encode_questions([after_name(pair.after, pair.question) for pair in pairs])
    embedded = model.encode_passages(passages)
    near = mine(asked, embedded, [pair.row for pair in pairs])
    progress("mining", 1, 1)
    drawn = batches(
        pairs,
        passages,
        near,
        material.outside,
        material.ask,
        recipe.epochs,
        recipe.sizes,
        material.generator,
    )
    factors = _parameters(updates)
    steps = recipe.epochs * (len(pairs) // recipe.sizes.questions)
    _train(model, factors, Heads.of(embedded), drawn, recipe, partial(progress, "training"), steps)
    return {name: update.factors() for name, update in updates.items()}


def _parameters(updates: Mapping[str, LowRank]) -> "list[torch.nn.Parameter]":
    return [factor for update in updates.values() for factor in update.parameters()]


def _train(
    model: Embedder,
    factors: "Sequence[torch.nn.Parameter]",
    heads: Heads,
    drawn: Iterable[Batch],
    recipe: Recipe,
    progress: Callable[[int, int], None],
    steps: int,
) -> None:
    """One step a batch; the updates and the heads learn."""
    groups = [
        (factors, recipe.learning_rate),
        (list(heads.scope.parameters()), recipe.scope_learning_rate),
        (list(heads.classes.parameters()), recipe.classes_learning_rate),
    ]
    optimiser = Optimiser(groups, steps)
    for step, batch in enumerate(drawn, 1):
        lost = loss(model, heads, batch, recipe.temperature, recipe.classes_temperature)
        optimiser.step(lost)
        progress(step, steps)


def _questions(
    corpus: Corpus, dialogues: Sequence[Dialogue], vocabulary: Vocabulary
) -> tuple[list[Pair], list[Pair]]:
    """What a passage answers, known questions and turns of talks, and what none does."""
    turns = turn_pairs(corpus, dialogues, vocabulary)
    answered = training_pairs(corpus, vocabulary) + [one for one in turns if one.row != NOTHING]
    outside = [Pair(question, NOTHING) for question in corpus.off_topic]
    return answered, outside + [one for one in turns if one.row == NOTHING]


def corpus_vocabulary(corpus: Corpus) -> Vocabulary:
    """The words that an index of this corpus knows."""
    return Vocabulary.of(lexical_texts(corpus))
